package topics

import (
	"slices"
	"strings"

	"aidbox-nats/aidbox"
)

// interactions are all that a trigger can watch, in the order of a life.
var interactions = [...]string{"create", "update", "delete"}

var past = map[string]string{"create": "created", "update": "updated", "delete": "deleted"}

// happens says what is done to a resource for a trigger to look at it:
// "created, updated or deleted".
func happens(watched []string) string {
	var words []string
	for _, i := range interactions {
		if len(watched) == 0 || slices.Contains(watched, i) {
			words = append(words, past[i])
		}
	}
	for _, i := range watched {
		if past[i] == "" {
			words = append(words, i)
		}
	}
	return join(words, "or")
}

// join writes a list as a sentence does.
func join(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// a puts the article before a name.
func a(name string) string {
	if name != "" && strings.ContainsRune("AEIO", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// fires says in words when a trigger fires, up to its criterion.
func fires(g aidbox.Trigger) string {
	if g.Resource == "" {
		return "something without a type is " + happens(g.Interactions)
	}
	return a(g.Resource) + " is " + happens(g.Interactions)
}

// inLine puts a criterion that was written over several lines on one.
func inLine(criterion string) string { return strings.Join(strings.Fields(criterion), " ") }

// watches names the resource types of a topic's triggers, each once.
func watches(t aidbox.Topic) string {
	var types []string
	for _, g := range t.Triggers {
		if !slices.Contains(types, g.Resource) {
			types = append(types, g.Resource)
		}
	}
	return strings.Join(types, " ")
}

// shortID is the beginning of an id that a person did not choose.
func shortID(id string) string {
	if len(id) > 12 {
		return id[:8]
	}
	return id
}
