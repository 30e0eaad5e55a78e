package aidbox

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
)

// Bounds of what is kept of an OperationOutcome.
const (
	maxIssues    = 200
	maxIssueText = 4 << 10
)

const outcomeType = "OperationOutcome"

// OperationOutcome is a server's account of what was wrong. Every part may be missing.
type OperationOutcome struct {
	ID     string
	Text   string // the narrative, without its tags
	Issues []Issue
}

// Issue is one complaint of an OperationOutcome.
type Issue struct {
	Severity    string // fatal, error, warning, information
	Code        string // FHIR's issue type: invalid, not-found, forbidden
	Diagnostics string
	Expression  []string // FHIRPath of the elements it speaks of: Patient.name[0].ups
	Detail      string   // Aidbox's finer code: unknown-key, expected-array, required-key
}

// Sentence is the issue for people: "Patient.ups: element is not allowed by the profile". It never contains control
// characters.
func (i Issue) Sentence() string {
	text := i.Diagnostics
	for _, other := range []string{i.Detail, i.Code, i.Severity} {
		if text == "" {
			text = other
		}
	}
	text = clean(text, 1000)
	var about []string
	for _, e := range i.Expression {
		if e = clean(e, 200); e != "" && !strings.Contains(text, e) {
			about = append(about, e)
		}
	}
	if len(about) == 0 {
		return text
	}
	return strings.Join(about, ", ") + ": " + text
}

// Sentences gives one sentence an issue, or the narrative when there is no issue.
func (o OperationOutcome) Sentences() []string {
	var all []string
	seen := map[string]bool{}
	for _, i := range o.Issues {
		if s := i.Sentence(); s != "" && !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	if len(all) > 0 {
		return all
	}
	for _, s := range []string{o.Text, o.ID} {
		if s = clean(s, 1000); s != "" {
			return []string{s}
		}
	}
	return nil
}

// failed tells an outcome that reports a failure from one that only comments on a success.
func (o OperationOutcome) failed() bool {
	for _, i := range o.Issues {
		if i.Severity != "information" && i.Severity != "warning" && i.Severity != "success" {
			return true
		}
	}
	return len(o.Issues) == 0
}

var tags = regexp.MustCompile(`<[^<>]*>`)

// decodeOutcome reads an OperationOutcome and, because gateways before a server write their own errors, the objects
// {message}, {error} and {error_description} too.
func decodeOutcome(body []byte) OperationOutcome {
	o, ok := parseObject(body)
	if !ok {
		return OperationOutcome{}
	}
	out := OperationOutcome{ID: cut(o.text("id"), 200)}
	if out.Text = o.text("text"); out.Text == "" {
		out.Text = html.UnescapeString(tags.ReplaceAllString(o.child("text").text("div"), " "))
	}
	for _, name := range []string{"error_description", "message", "error"} {
		if out.Text == "" {
			out.Text = o.text(name)
		}
	}
	out.Text = strings.TrimSpace(cut(out.Text, maxIssueText))
	for _, raw := range itemsOf(o.get("issue")) {
		if len(out.Issues) == maxIssues {
			break
		}
		if i, ok := decodeIssue(raw); ok {
			out.Issues = append(out.Issues, i)
		}
	}
	return out
}

func decodeIssue(raw json.RawMessage) (Issue, bool) {
	if text := textOf(raw); text != "" {
		return Issue{Diagnostics: cut(text, maxIssueText)}, true
	}
	o, ok := parseObject(raw)
	if !ok {
		return Issue{}, false
	}
	i := Issue{Severity: o.text("severity"), Code: o.text("code"), Expression: textsOf(o.get("expression"))}
	if len(i.Expression) == 0 {
		i.Expression = textsOf(o.get("location"))
	}
	details := o.child("details")
	for _, coding := range details.objects("coding") {
		if i.Detail == "" {
			i.Detail = cut(coding.text("code"), 200)
		}
	}
	i.Diagnostics = o.text("diagnostics")
	if d, ok := parseObject(o.get("diagnostics")); ok {
		i.Diagnostics = diagnosticsOf(d)
	}
	for _, text := range []string{details.text("text"), firstDisplay(details)} {
		if i.Diagnostics == "" {
			i.Diagnostics = text
		}
	}
	i.Diagnostics = cut(i.Diagnostics, maxIssueText)
	return i, i.Sentence() != ""
}

func firstDisplay(details object) string {
	for _, coding := range details.objects("coding") {
		if d := coding.text("display"); d != "" {
			return d
		}
	}
	return ""
}

// diagnosticsOf writes the object form {type, path} as a sentence.
func diagnosticsOf(d object) string {
	text := d.text("message")
	if text == "" {
		text = d.text("type")
	}
	if path := pathOf(d.get("path")); path != "" {
		text = strings.TrimSuffix(path+": "+text, ": ")
	}
	if text == "" {
		text = string(d.encode())
	}
	return text
}

// pathOf reads "Patient.name", ["Patient", "name", 0] and ["Patient.name"].
func pathOf(raw json.RawMessage) string {
	var b strings.Builder
	for _, item := range itemsOf(raw) {
		step := textOf(item)
		switch {
		case step == "":
		case item[0] != '"':
			b.WriteString("[" + step + "]")
		case b.Len() > 0:
			b.WriteString("." + step)
		default:
			b.WriteString(step)
		}
	}
	return b.String()
}
