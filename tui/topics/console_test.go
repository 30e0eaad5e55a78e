package topics_test

import (
	"strings"
	"testing"

	"aidbox-nats/tui/tuitest"
)

func start(t *testing.T, w, h int) *tuitest.Console {
	t.Helper()
	return tuitest.Start(t, tuitest.Options{Width: w, Height: h})
}

const topic = "AidboxSubscriptionTopic"

const rich = `{"resourceType":"AidboxSubscriptionTopic","id":"t1","url":"visits","status":"active","copyright":"us",
 "trigger":[{"resource":"Patient","fhirPathCriteria":"name.exists() and active = true","canFilterBy":[{"description":"x"}]}]}`

func TestATopicOfTwoTriggersIsMade(t *testing.T) {
	c := start(t, 140, 42)
	c.Press("n")
	c.WaitFor("New topic")
	c.Type("visits")
	c.Press("enter", "enter")
	c.Type("name.exists( and active")
	c.WaitUntil(func(s string) bool {
		return strings.Contains(s, `^ column 14: unexpected "and"`) && caretBelow(s, "and active")
	})
	for range " and active" {
		c.Press("backspace")
	}
	c.Type(")")
	c.WaitFor("✓ fires   the template of Patient, when created")
	c.Press("ctrl+n")
	c.Type("Encou")
	c.WaitFor("tab completes: Encounter")
	c.Press("tab", "enter", "enter", "space", "enter")
	c.Type("gone")
	c.WaitFor("note           gone")
	c.Press("ctrl+s")
	c.WaitFor("201 Created visits in")
	c.WaitFor("an Encounter is updated or deleted, whatever it holds")
	topics, err := c.Client.Topics(tuitest.Context(t))
	if err != nil || len(topics) != 1 || len(topics[0].Triggers) != 2 {
		t.Fatalf("%+v %v", topics, err)
	}
	if g := topics[0].Triggers[1]; g.Resource != "Encounter" || strings.Join(g.Interactions, " ") != "update delete" || g.Description != "gone" {
		t.Errorf("%+v", g)
	}
	if g := topics[0].Triggers[0]; g.Criteria != "name.exists()" || g.Interactions != nil {
		t.Errorf("%+v", g)
	}
}

// caretBelow says that a caret stands below the beginning of words.
func caretBelow(screen, words string) bool {
	lines := strings.Split(screen, "\n")
	for i, l := range lines[:len(lines)-1] {
		at := strings.LastIndex(l, words)
		caret := strings.Index(lines[i+1], "^")
		if at >= 0 && caret >= 0 && len([]rune(l[:at])) == len([]rune(lines[i+1][:caret])) {
			return true
		}
	}
	return false
}

// What no form asks for is kept, and what somebody else did meanwhile too.
func TestATopicIsEdited(t *testing.T) {
	c := start(t, 140, 42)
	c.Put(topic, "t1", rich)
	c.Press("r")
	c.WaitFor("a Patient is created, updated or deleted, if name.exists() and active")
	c.Press("e")
	c.WaitFor("if-match:")
	c.Press("shift+tab")
	c.Type("visits to us")
	c.Press("ctrl+s")
	c.WaitFor("200 OK visits in")
	if v := c.Held(topic, "t1"); v["description"] != "visits to us" || v["copyright"] != "us" || v["trigger"].([]any)[0].(map[string]any)["canFilterBy"] == nil {
		t.Fatalf("%v", v)
	}

	c.Press("e")
	c.WaitFor("if-match:")
	c.Put(topic, "t1", strings.Replace(rich, `"us"`, `"them"`, 1))
	c.Press("shift+tab")
	c.Type(" again")
	c.Press("ctrl+s")
	c.WaitFor("✗ 412: visits was changed by somebody else")
	if v := c.Held(topic, "t1"); v["copyright"] != "them" || v["description"] != nil {
		t.Fatalf("it was written over: %v", v)
	}
	c.WaitGone("if-match:")
	c.Press("ctrl+s")
	c.WaitFor("200 OK visits in")
	if v := c.Held(topic, "t1"); v["copyright"] != "us" || v["description"] != "visits to us again" {
		t.Fatalf("%v", v)
	}
}

// A criterion that cannot be read is asked about once: a server may know more.
func TestACriterionInDoubtIsSentTheSecondTime(t *testing.T) {
	c := start(t, 140, 42)
	c.Press("n")
	c.WaitFor("New topic")
	c.Type("odd")
	c.Press("enter", "enter")
	c.Type("name.foo()")
	c.Press("ctrl+s")
	c.WaitFor("ctrl+s again sends it as it is")
	if topics, err := c.Client.Topics(tuitest.Context(t)); err != nil || len(topics) != 0 {
		t.Fatalf("%+v %v", topics, err)
	}
	c.Press("ctrl+s")
	c.WaitFor("201 Created odd in")
}

func TestACriterionIsTriedOnSamples(t *testing.T) {
	c := start(t, 140, 42)
	c.Put(topic, "t1", rich)
	c.Put("Patient", "5e78", `{"resourceType":"Patient","active":true,"name":[{"family":"smith"}]}`)
	c.Press("r")
	c.WaitFor("visits")
	c.Press("x")
	c.WaitFor("Try visits")
	c.WaitFor("○ does not fire: empty")
	c.WaitUntil(func(s string) bool {
		return strings.Contains(s, "├ ✓ name.exists()") && strings.Contains(s, "└ ○ active = true") && strings.Contains(s, "decides")
	})
	c.Press("tab", "right")
	c.WaitFor("Patient/5e78, version")
	c.WaitFor("✓ fires")
	c.WaitFor(`"family": "smith"`)

	c.Press("shift+tab", "right") // as an update
	c.WaitUntil(func(s string) bool {
		return strings.Contains(s, "─ %previous") && strings.Contains(s, "─ %current")
	})
	c.Press("tab", "right", "tab") // pasted
	c.WaitFor("%previous: the sample is empty")
	c.Paste("resourceType: Patient\nname: [{family: x}]\nactive: false\n")
	c.WaitFor("✗ does not fire: false")
	c.Press("tab")
	c.Press("ctrl+e")
	c.WaitFor("Edit topic visits")
	c.Press("esc")
	c.WaitGone("Edit topic visits")
	if v := c.Held(topic, "t1"); v["copyright"] != "us" {
		t.Errorf("%v", v)
	}
}

func TestTheTrialOfAnotherTypeAndWithoutAnySample(t *testing.T) {
	c := start(t, 80, 24)
	c.Put(topic, "t1", `{"resourceType":"AidboxSubscriptionTopic","url":"visits","status":"draft","trigger":[
	 {"resource":"Patient"},{"resource":"Encounter","supportedInteraction":["delete"],"fhirPathCriteria":"status = 'finished'"}]}`)
	c.Press("r")
	c.WaitFor("visits")
	c.Press("x")
	c.WaitFor("✓ fires: there is no criterion, so every create does")
	c.WaitFor("! the topic's status is draft")
	c.Press("right")
	c.WaitFor("status = 'finished'")
	c.WaitFor("─ %previous")
	c.Press("tab", "left", "left")
	c.WaitFor("! this trigger watches delete, not create")
	c.Press("tab", "right")
	c.WaitFor("The server holds no Encounter yet; this is the template.")
	c.Press("esc")
	c.WaitGone("Try visits")
}
