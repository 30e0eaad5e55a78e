package topics_test

import (
	"strings"
	"testing"

	"aidbox-nats/aidbox"
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
	c.WaitFor("✓ fires   on the template, when created")
	c.Press("ctrl+n")
	c.Type("Encou")
	c.WaitFor("tab completes: Encounter")
	c.Press("tab", "enter", "enter", "space", "enter")
	c.Type("gone")
	c.WaitFor("trigger note   gone")
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

// What cannot be a criterion is told in a sentence where it is typed; nothing
// of it is lost, and esc leads out.
func TestACriterionThatCannotBeReadIsKept(t *testing.T) {
	for rule, c := range map[string]struct{ source, says string }{
		"no FHIRPath":            {"name.exists( and active", `^ column 14: unexpected "and"`},
		"at its beginning":       {") and active", `✗ column 1: unexpected ")"`},
		"far to the right":       {strings.Repeat("active and ", 30) + ")", `✗ column 331: unexpected ")"`},
		"nested 5,000 deep":      {strings.Repeat("(", 5000), "✗ the criterion is nested deeper than 100 levels: use fewer parentheses and signs"},
		"20,000 characters deep": {strings.Repeat("(", 20_000), "✗ the criterion is longer than 10000 characters: make it shorter"},
	} {
		t.Run(rule, func(t *testing.T) {
			o := start(t, 140, 42)
			o.Press("n")
			o.WaitFor("New topic")
			o.Type("visits")
			o.Press("enter", "enter")
			o.Paste(c.source)
			o.WaitFor(c.says)
			o.Press("ctrl+t")
			o.WaitFor("Try visits")
			o.WaitFor(strings.TrimLeft(c.says, "^✗ "))
			o.Press("esc")
			o.WaitGone("Try visits")
			o.WaitFor(c.says)
			o.Press("ctrl+s")
			o.WaitFor("ctrl+s again sends it as it is")
			if n := len(o.All(topic)); n != 0 {
				t.Errorf("%d topics were made", n)
			}
			o.Press("esc")
			o.WaitFor("esc again throws away what is typed")
			o.Press("tab", "ctrl+s")
			o.WaitFor("201 Created visits in")
			topics, err := o.Client.Topics(tuitest.Context(t))
			if err != nil || len(topics) != 1 || topics[0].Triggers[0].Criteria != c.source {
				t.Errorf("%d topics, %v", len(topics), err)
			}
		})
	}
}

// esc leads out of each place, one step a time.
func TestEscLeadsOutOfTheTrialAndTheEditor(t *testing.T) {
	c := start(t, 80, 24)
	c.Press("n")
	c.WaitFor("New topic")
	c.Type("visits")
	c.Press("enter", "enter")
	c.Paste(strings.Repeat("(", 20_000))
	c.WaitFor("longer than 10000 characters")
	c.Press("ctrl+t")
	c.WaitFor("Try visits")
	c.Press("esc")
	c.WaitGone("Try visits")
	c.Press("esc")
	c.WaitFor("esc again throws away what is typed")
	c.Press("esc")
	c.WaitGone("New topic")
	if sent := c.Sent(); len(sent) != 0 {
		t.Errorf("%d requests were sent", len(sent))
	}
}

// Triggers can be removed; what no form asks for stays in the others.
func TestATriggerIsRemoved(t *testing.T) {
	c := start(t, 140, 42)
	c.Put(topic, "t1", `{"resourceType":"AidboxSubscriptionTopic","url":"visits","status":"active","copyright":"us","trigger":[
	 {"resource":"Patient","fhirPathCriteria":"name.exists()"},{"resource":"Encounter","canFilterBy":[{"description":"x"}]}]}`)
	c.Press("r")
	c.WaitFor("an Encounter is created, updated or deleted, whatever it holds")
	c.Press("e")
	c.WaitFor("✓ fires   on the template, when created")
	c.Press("enter", "ctrl+x")
	c.WaitGone("✓ fires")
	c.Press("ctrl+s")
	c.WaitFor("200 OK visits in")
	v := c.Held(topic, "t1")
	triggers := v["trigger"].([]any)
	if g := triggers[0].(map[string]any); len(triggers) != 1 || g["resource"] != "Encounter" || g["canFilterBy"] == nil || v["copyright"] != "us" {
		t.Errorf("%v", v)
	}
}

// A changed url leaves destinations behind: that is said beneath it as it is typed.
func TestAChangedURLNamesWhatItLeavesBehind(t *testing.T) {
	c := start(t, 140, 42)
	c.Topic("visits", "")
	c.Destination("basic", aidbox.KindCoreBestEffort, "visits", "foo")
	c.Press("r")
	c.WaitFor("goes to        basic")
	c.Press("e")
	c.WaitFor("Edit topic visits")
	c.Type("2")
	c.WaitFor("! By the url visits, basic still uses it: it stays and gets nothing more.")
	c.Press("backspace")
	c.WaitGone("By the url")
}

func TestDeletingATopicNamesItsDestinationsFirst(t *testing.T) {
	c := start(t, 140, 42)
	c.Topic("visits", "")
	c.Destination("basic", aidbox.KindCoreBestEffort, "visits", "foo")
	c.Press("r")
	c.WaitFor("goes to        basic")
	c.Press("d")
	c.WaitFor("Delete topic visits?")
	c.WaitFor("basic still uses it: it stays and gets nothing more.")
	c.WaitFor("DELETE /fhir/AidboxSubscriptionTopic/")
	c.Press("enter") // Cancel
	c.WaitGone("Delete topic visits?")
	if n := len(c.All(topic)); n != 1 {
		t.Fatalf("%d topics are left", n)
	}
	c.Press("d")
	c.WaitFor("Delete topic visits?")
	c.Press("tab", "enter")
	c.WaitFor("Deleted topic visits in")
	if n := len(c.All(topic)); n != 0 {
		t.Errorf("%d topics are left", n)
	}
}

// What arrives tells when its topic fired.
func TestANotificationTellsWhenItsTopicFired(t *testing.T) {
	c := start(t, 140, 42)
	c.Topic("visits", "")
	c.Destination("basic", aidbox.KindCoreBestEffort, "visits", "foo")
	c.Press("r")
	c.WaitFor("goes to        basic")
	c.WaitFor("not seen since the console started")
	c.Press("s")
	c.WaitFor("Subscribe")
	c.Type("foo")
	c.Press("enter")
	c.WaitFor("foo")
	c.WaitGone("Subscribe")
	r := c.Create(`{"resourceType":"Patient","active":true}`)
	c.WaitFor("Message 1 on foo")
	c.Press("1")
	c.WaitFor("last seen here ")
	c.WaitFor(": " + r.Reference())
	c.WaitFor("through basic")
}

// With the mask on no sample tells who somebody is, and each is tried as it is.
func TestSamplesAreMaskedAndTriedAsTheyAre(t *testing.T) {
	c := start(t, 140, 42)
	c.Topic("visits", "name.family = 'Secretperson'")
	c.Put("Patient", "5e78", `{"resourceType":"Patient","active":true,"name":[{"family":"Secretperson"}]}`)
	c.Press("r")
	c.WaitFor("visits")
	c.Press("M")
	c.WaitFor("MASKED")
	c.Press("x")
	c.WaitFor("○ does not fire")
	c.Press("tab", "right") // the newest
	c.WaitFor("Patient/5e78, version")
	c.WaitFor("✓ fires")
	c.WaitFor("Shown masked, tried as it is")
	unnamed := func(rule string) {
		t.Helper()
		if s := c.Text(); strings.Contains(strings.ReplaceAll(s, "= 'Secretperson'", ""), "Secretperson") {
			t.Errorf("%s:\n%s", rule, s)
		}
	}
	unnamed("the newest")

	c.Press("right", "tab") // pasted
	c.WaitFor("the sample is empty")
	c.Paste("resourceType: Patient\nname: [{family: Secretperson, given: [Hiddenname]}]\n")
	c.WaitFor("✓ fires")
	unnamed("pasted")
	if s := c.Text(); strings.Contains(s, "Hiddenname") {
		t.Errorf("pasted:\n%s", s)
	}

	c.Press("shift+tab", "right", "right", "right", "tab") // pasted anew
	c.WaitFor("the sample is empty")
	c.Type(`{"resourceType":"Patient","name":[{"family":"Secretperson","given":["Hiddenname"]}]}`)
	c.WaitFor("✓ fires")
	c.Press("tab")
	c.WaitGone("Hiddenname")
	unnamed("typed, when the keys have left it")
	c.WaitFor("✓ fires")
	c.Press("esc")
	c.WaitGone("Try visits")

	c.Press("M")
	c.WaitGone("MASKED")
	c.Press("x")
	c.WaitFor("Hiddenname") // nothing of it was lost
}

func TestFramesOfTheEditorAndTheTrial(t *testing.T) {
	for size, wh := range map[string][2]int{"140x42": {140, 42}, "80x24": {80, 24}} {
		t.Run(size, func(t *testing.T) {
			c := start(t, wh[0], wh[1])
			c.Press("n")
			c.WaitFor("New topic")
			c.Type("visits")
			c.Press("enter", "enter")
			// What is typed key by key leaves traces in the layout, as drawn between.
			c.Paste("name.exists( and active")
			c.WaitFor("^ column 14")
			c.Press("pgup", "pgup") // to the beginning of the request
			c.Frame("editor-wrong-" + size)
			c.Press("ctrl+u")
			c.Paste("name.exists() and (active = true or %previous.exists())")
			c.WaitFor("! does not fire: empty")
			c.Press("pgup", "pgup")
			c.Frame("editor-" + size)

			c.Press("ctrl+t")
			c.WaitFor("Try visits")
			c.Press("right")
			c.WaitFor("─ %previous")
			c.WaitFor("✓ fires")
			c.Frame("trial-" + size)
		})
	}
}
