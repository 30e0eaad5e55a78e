package data_test

import (
	"errors"
	"fmt"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
)

func TestAnErrorIsToldWithoutWhatItQuotes(t *testing.T) {
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	refusal := func(status int, said ...string) *aidbox.Error {
		e := &aidbox.Error{Status: status, Method: "POST", URL: "http://a:8080/fhir/Patient?name=Smith"}
		for _, s := range said {
			e.Outcome.Issues = append(e.Outcome.Issues, aidbox.Issue{Severity: "error", Diagnostics: s, Expression: []string{"Patient.name"}})
		}
		return e
	}
	unreadable := refusal(502)
	unreadable.Body = "Smith is not here"
	m := data.Mask{On: true, Masker: mask.New(definitions)}
	url := m.URL("http://a:8080/fhir/Patient?name=Smith")
	for _, c := range []struct {
		rule string
		err  error
		want string
	}{
		{"a sentence keeps what it does not quote", refusal(422, "no Smith"), "POST " + url + ": 422 Unprocessable Entity: Patient.name: no " + mask.Hidden},
		{"one that quotes nothing stays", refusal(422, "element is required"),
			"POST " + url + ": 422 Unprocessable Entity: Patient.name: element is required"},
		{"an answer that is no outcome is a note", unreadable, "POST " + url + ": 502 Bad Gateway: text, 17 B, masked"},
		{"what was tried around it stays", fmt.Errorf("send it again: %w", refusal(404)), "send it again: POST " + url + ": 404 Not Found"},
		{"subjects stay", &nats.PermissionError{Op: nats.OpPublish, Subject: "Orders.Created"},
			(&nats.PermissionError{Op: nats.OpPublish, Subject: "Orders.Created"}).Error()},
		{"of anything else prose stays", errors.New("cannot reach Smith"), "cannot reach " + mask.Hidden},
	} {
		if got := m.Error(c.err); got != c.want {
			t.Errorf("%s: %s, want %s", c.rule, got, c.want)
		}
		if got := (data.Mask{}).Error(c.err); got != c.err.Error() {
			t.Errorf("%s, with the mask off: %s", c.rule, got)
		}
	}
}
