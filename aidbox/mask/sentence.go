package mask

import (
	"html"
	"regexp"
	"strings"
)

// maxSentence bounds the sentences that are looked at, in bytes.
const maxSentence = 512

// sentences are diagnostics of Aidbox and of the R4 check. They quote names of elements and types, ids of resources and kinds of JSON, never a value.
var sentences = regexp.MustCompile(strings.NewReplacer(
	"PATH", `[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z_][A-Za-z0-9_-]*(?:\[[0-9]+\])?)*`,
	"NAME", `[A-Za-z_][A-Za-z0-9_-]*`,
	"REFERENCE", `[A-Z][A-Za-z0-9]*/[A-Za-z0-9._-]+`,
	"KIND", `(?:null|boolean|number|string|array|object)`,
	"\n", "|",
).Replace(`^(?:(?:PATH: )?(?:` + strings.TrimSpace(`
element is not allowed by the profile
element is required
the property's value cannot be empty
written more than once in the same object
expected array
expected array, got KIND
unexpected array
expected one value, got array
expected object(?: or null)?, got KIND
only elements with a primitive value have this form
only one of NAME and NAME may be there
value has the wrong type: expected KIND, got KIND
value has the wrong type: expected NAME as a JSON KIND, got KIND
value has the wrong type: not in the form of FHIR's NAME`) + `)|(?:` + strings.TrimSpace(`
Forbidden
Invalid resource
Version Id mismatch
Authentication required: unknown client or wrong secret
Resource REFERENCE not found
Resource REFERENCE was deleted
Resource REFERENCE already exists
Resource type NAME not found
Referenced resource REFERENCE does not exist
[0-9]+ resources of type NAME match the condition
No NAME matches the condition
AidboxTopicDestination/[A-Za-z0-9._-]+ cannot be changed: delete it and create it again
(?:Internal server error: )?AidboxTopicDestination [A-Za-z0-9._-]+ has no sender associated with it\.`) + `))$`))

// sentence is the text itself if it may stay, as it is or in a div.
func sentence(s string) string {
	if len(s) <= maxSentence {
		text := strings.TrimSuffix(strings.TrimPrefix(s, `<div xmlns="http://www.w3.org/1999/xhtml">`), "</div>")
		if sentences.MatchString(html.UnescapeString(text)) {
			return s
		}
	}
	return Hidden
}
