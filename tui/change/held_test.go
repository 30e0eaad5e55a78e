package change_test

import (
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/tuitest"
)

func TestUpdating(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.topic(true)
	r := c.Create(`{"resourceType":"Patient","name":[{"family":"smith"}],"active":true}`)
	c.Create(`{"resourceType":"Patient","name":[{"family":"jones"}]}`)
	c.open()
	c.Press("tab", "right", "enter")
	c.WaitFor("jones") // the newest of the type
	c.Type("smi")
	c.WaitGone("jones")
	c.Press("enter")
	c.WaitFor("Update " + r.Reference())
	c.WaitFor(`if-match: W/"` + r.VersionID + `"`)
	c.WaitFor("nothing differs from what was read")
	c.Press("down", "end", "left", "backspace")
	c.Type("z")
	c.WaitFor(`"smitz"`)
	c.WaitFor("→ patient-topic → basic")
	c.Press("ctrl+s")
	c.WaitFor("200 OK " + r.Reference() + " updated")
	got, err := c.Client.Read(tuitest.Context(t), "Patient", r.ID)
	if err != nil || !strings.Contains(string(got.Raw), "smitz") || got.VersionID == r.VersionID {
		t.Errorf("%s, %v", got.Raw, err)
	}
}

func TestSomebodyElseIsNotOverwritten(t *testing.T) {
	c := start(t, tuitest.Options{})
	r := c.Create(`{"resourceType":"Patient","name":[{"family":"smith"}]}`)
	c.open()
	c.Press("tab", "right", "enter", "enter")
	c.WaitFor(`"family": "smith"`)
	c.WaitFor("Update " + r.Reference())
	if _, err := c.Client.Update(tuitest.Context(t), "Patient", r.ID, []byte(`{"resourceType":"Patient","name":[{"family":"other"}]}`), aidbox.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.Press("down", "end", "left")
	c.Type("y")
	c.WaitFor(`"smithy"`)
	c.Press("ctrl+s")
	c.WaitFor("412 Precondition Failed: somebody changed or deleted " + r.Reference())
	c.WaitFor("after version " + r.VersionID + " was read")
	c.WaitFor(`"smithy"`)
	c.Press("tab", "tab", "tab", "enter") // its id
	c.WaitFor(`"other"`)
	c.WaitFor("yours") // kept
	c.Press("tab", "tab", "tab", "tab", "left")
	c.WaitFor(`"smithy"`)
	c.Press("ctrl+s")
	c.WaitFor("200 OK " + r.Reference() + " updated")
	got, err := c.Client.Read(tuitest.Context(t), "Patient", r.ID)
	if err != nil || !strings.Contains(string(got.Raw), "smithy") {
		t.Errorf("%s, %v", got.Raw, err)
	}
}

func TestDeletingAsks(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.topic(true)
	r := c.Create(`{"resourceType":"Patient","name":[{"family":"smith"}]}`)
	c.open()
	c.Press("tab", "right", "right", "enter", "enter")
	c.WaitFor("Delete " + r.Reference())
	c.WaitFor("→ patient-topic")
	c.Press("ctrl+s")
	c.WaitFor("Delete " + r.Reference() + "?")
	c.WaitFor("Version " + r.VersionID + ", smith, will be gone")
	c.WaitFor("DELETE /fhir/Patient/" + r.ID)
	c.Press("enter") // Cancel
	c.WaitGone("will be gone")
	if len(c.Sent()) != 0 {
		t.Errorf("%+v", c.Sent())
	}
	c.Press("ctrl+s", "y")
	c.WaitFor("200 OK " + r.Reference() + " deleted")
	c.WaitFor("→ patient-topic")
	if _, err := c.Client.Read(tuitest.Context(t), "Patient", r.ID); !aidbox.IsGone(err) {
		t.Errorf("%v", err)
	}
}

// What is deleted is what was shown.
func TestWhatSomebodyElseChangedIsNotDeleted(t *testing.T) {
	c := start(t, tuitest.Options{})
	r := c.Create(`{"resourceType":"Patient","name":[{"family":"smith"}]}`)
	c.open()
	c.Press("tab", "right", "right", "enter", "enter")
	c.WaitFor("Delete " + r.Reference())
	c.WaitFor(`if-match: W/"` + r.VersionID + `"`)
	c.Put("Patient", r.ID, `{"resourceType":"Patient","name":[{"family":"other"}]}`)
	c.Press("ctrl+s", "y")
	c.WaitFor("412 Precondition Failed: somebody changed or deleted " + r.Reference())
	c.WaitFor("nothing was deleted")
	c.Held("Patient", r.ID)
	c.Press("tab", "tab", "tab", "enter") // its id
	c.WaitFor(`"other"`)
	c.Press("ctrl+s", "y")
	c.WaitFor("200 OK " + r.Reference() + " deleted")
	if _, err := c.Client.Read(tuitest.Context(t), "Patient", r.ID); !aidbox.IsGone(err) {
		t.Errorf("%v", err)
	}
}

func TestAnIDThatIsNotThereIsNotDeleted(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Press("tab", "right", "right", "enter")
	c.WaitFor("The server has no Patient to choose")
	c.Press("ctrl+s")
	c.WaitFor("Choose which Patient to delete")
	c.Type("nonesuch")
	c.WaitFor("as typed")
	c.Press("enter")
	c.WaitFor("Patient/nonesuch is not there")
	c.Press("esc")
	c.WaitGone("Patient/nonesuch")
}

func TestCreatingUnderAChosenID(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.topic(true)
	c.open()
	c.Press("tab", "right", "enter")
	c.WaitFor("type an id: it is created if it is not there")
	c.Type("chosen")
	c.Press("enter")
	c.WaitFor("Patient/chosen is not there yet: sending this creates it")
	c.WaitFor("Create Patient/chosen")
	c.WaitFor("PUT /fhir/Patient/chosen")
	c.WaitFor("→ patient-topic → basic")
	if strings.Contains(c.Text(), "if-match") {
		t.Errorf("%s", c.Text())
	}
	c.Press("ctrl+s")
	c.WaitUntil(func(s string) bool {
		return strings.Contains(s, "201 Created Patient/chosen in") && strings.Contains(s, "ms → patient-topic")
	})
	c.Held("Patient", "chosen")

	if _, err := c.Client.Delete(tuitest.Context(t), "Patient", "chosen", aidbox.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.Press("c", "ctrl+r")
	c.WaitFor("PUT Patient/chosen")
	c.Press("enter")
	c.WaitFor("Patient/chosen was deleted: sending this brings it back")
	c.Press("ctrl+s")
	c.WaitUntil(func(string) bool { return len(c.Sent()) == 2 })
	c.WaitFor("201 Created Patient/chosen")
	c.Held("Patient", "chosen")
}
