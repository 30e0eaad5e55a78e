package aidbox_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
)

func TestVersionForms(t *testing.T) {
	for _, c := range []struct {
		body   string
		text   string
		number int
	}{
		{`{"version":"2602","commit":"ab12","timestamp":"2026-02-03T04:05:06Z"}`, "2602", 2602},
		{`{"version":"2409.1"}`, "2409.1", 2409},
		{`{"version":2602}`, "2602", 2602},
		{`{"version":2409.1}`, "2409.1", 2409},
		{`{"version":"v2602-rc1"}`, "v2602-rc1", 2602},
		{`{"version":"edge"}`, "edge", 0},
		{`{"version":"99999999999999999999"}`, "99999999999999999999", 999999999},
		{`{}`, "", 0},
	} {
		v, err := ask(t, jsonAlways(200, c.body)).Version(within(t))
		if err != nil || v.Text != c.text || v.Number != c.number {
			t.Errorf("%s is read as %+v, %v", c.body, v, err)
		}
	}
	s := serve(t, jsonAlways(200, `{"version":"2602","commit":"ab12","timestamp":"2026-02-03T04:05:06Z"}`))
	v, err := dial(t, aidbox.Config{URL: s.URL}).Version(within(t))
	if err != nil || v.Commit != "ab12" || !v.Timestamp.Equal(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)) {
		t.Errorf("got %+v, %v", v, err)
	}
	if uri := s.got()[0].uri; uri != "/$version" {
		t.Errorf("asked %s", uri)
	}
}

func TestHealthForms(t *testing.T) {
	s := serve(t, jsonAlways(200, `{"status":"pass","description":"Aidbox","about":{"version":"2609","channel":"edge","commit":"c"},"checks":{"db":[]}}`))
	h, err := dial(t, aidbox.Config{URL: s.URL}).Health(within(t))
	if err != nil || !h.OK() || h.Version.Number != 2609 || h.Description != "Aidbox" || len(h.Raw) == 0 {
		t.Errorf("got %+v, %v", h, err)
	}
	if uri := s.got()[0].uri; uri != "/health" {
		t.Errorf("asked %s", uri)
	}
	if h, err := ask(t, jsonAlways(200, `{"status":"fail"}`)).Health(within(t)); err != nil || h.OK() {
		t.Errorf("got %+v, %v", h, err)
	}
}

func TestBundleForms(t *testing.T) {
	total := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		rule, body string
		total      *int64
		ids        []string
		more       bool
		check      func(*testing.T, aidbox.Page)
	}{
		{rule: "no entry when empty", body: `{"resourceType":"Bundle","type":"searchset","meta":{"versionId":"0"},"total":0,"link":[{"relation":"first","url":"x"},{"relation":"self","url":"x"}]}`, total: total(0)},
		{rule: "no total", body: `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"1"}}]}`, ids: []string{"1"}},
		{rule: "total as a text", body: `{"resourceType":"Bundle","total":"12"}`, total: total(12)},
		{rule: "total as a decimal", body: `{"resourceType":"Bundle","total":12.0}`, total: total(12)},
		{rule: "a next page", body: `{"resourceType":"Bundle","link":[{"relation":"self","url":"a"},{"relation":"next","url":"b"},{"relation":"last","url":"c"}]}`, more: true},
		{rule: "ids are the resource's, not fullUrl's", body: `{"resourceType":"Bundle","entry":[{"fullUrl":"http://localhost:8080/Patient/wrong","search":{"mode":"match"},"resource":{"resourceType":"Patient","id":"right"}}]}`, ids: []string{"right"}},
		{rule: "null and wrong kinds are passed over", body: `{"resourceType":"Bundle","total":null,"link":"x","entry":[null,3,"x",{"resource":null},{"resource":{"resourceType":"Patient","id":7}}]}`, ids: []string{"", "7"}},
		{rule: "a single entry without its array", body: `{"resourceType":"Bundle","entry":{"resource":{"resourceType":"Patient","id":"1"}}}`, ids: []string{"1"}},
		{rule: "history", body: `{"resourceType":"Bundle","type":"history","total":2,"entry":[
			{"resource":{"resourceType":"Patient","id":"1","meta":{"versionId":"9","lastUpdated":"2026-08-01T10:00:00.123456Z"}},"request":{"method":"DELETE","url":"Patient"}},
			{"resource":{"resourceType":"Patient","id":"1","meta":{"versionId":7}},"request":{"method":"PUT","url":"Patient"}}]}`,
			total: total(2), ids: []string{"1", "1"}, check: func(t *testing.T, p aidbox.Page) {
				a, b := p.Entries[0], p.Entries[1]
				if a.Method != "DELETE" || a.URL != "Patient" || a.Resource.VersionID != "9" || b.Method != "PUT" || b.Resource.VersionID != "7" {
					t.Errorf("got %+v and %+v", a, b)
				}
				if a.Resource.LastUpdated.Nanosecond() != 123456000 {
					t.Errorf("lastUpdated is %v", a.Resource.LastUpdated)
				}
			}},
		{rule: "response.status as number, text and sentence", body: `{"resourceType":"Bundle","type":"batch-response","entry":[
			{"response":{"status":201}},{"response":{"status":"201"}},{"response":{"status":"200 OK"}},{"response":{"status":"204"}},
			{"response":{"status":"422","outcome":{"resourceType":"OperationOutcome","issue":[{"diagnostics":"no"}]}}},
			{"resource":{"resourceType":"OperationOutcome","issue":[{"diagnostics":"neither"}]},"response":{"status":404}}]}`,
			ids: []string{"", "", "", "", "", ""}, check: func(t *testing.T, p aidbox.Page) {
				for i, want := range []int{201, 201, 200, 204, 422, 404} {
					if p.Entries[i].Status != want {
						t.Errorf("entry %d has status %d, want %d", i, p.Entries[i].Status, want)
					}
				}
				if a, b := p.Entries[4].Outcome.Sentences(), p.Entries[5].Outcome.Sentences(); !slices.Equal(a, []string{"no"}) || !slices.Equal(b, []string{"neither"}) {
					t.Errorf("outcomes are %v and %v", a, b)
				}
			}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p, err := ask(t, jsonAlways(200, c.body)).Search(within(t), "Patient", nil)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, e := range p.Entries {
				ids = append(ids, e.Resource.ID)
			}
			if !slices.Equal(ids, c.ids) || p.More() != c.more {
				t.Errorf("ids %q, more %v", ids, p.More())
			}
			if (p.Total == nil) != (c.total == nil) || p.Total != nil && *p.Total != *c.total {
				t.Errorf("total is %v", p.Total)
			}
			if c.check != nil {
				c.check(t, p)
			}
		})
	}
}

func TestBatchPostsToTheBase(t *testing.T) {
	s := serve(t, jsonAlways(200, `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":201}}]}`))
	p, err := dial(t, aidbox.Config{URL: s.URL}).Batch(within(t), []byte(`{"resourceType":"Bundle"}`), aidbox.WriteOptions{})
	if err != nil || p.Type != "transaction-response" || p.Entries[0].Status != 201 {
		t.Errorf("got %+v, %v", p, err)
	}
	if r := s.got()[0]; r.method != "POST" || r.uri != "/fhir" || r.body != `{"resourceType":"Bundle"}` {
		t.Errorf("asked %+v", r)
	}
}

func TestOutcomeForms(t *testing.T) {
	for _, c := range []struct {
		rule, body string
		want       []string
	}{
		{"diagnostics and expression", `{"issue":[{"severity":"error","code":"invalid","diagnostics":"expected array","expression":["Patient.name"]}]}`, []string{"Patient.name: expected array"}},
		{"the expression is not said twice", `{"issue":[{"severity":"fatal","diagnostics":"Patient.ups: element is not allowed by the profile","expression":["Patient.ups"],"details":{"coding":[{"system":"http://aidbox.app/CodeSystem/operation-outcome-type","code":"unknown-key"}]}}]}`, []string{"Patient.ups: element is not allowed by the profile"}},
		{"diagnostics as an object with a path in a text", `{"issue":[{"diagnostics":{"type":"unknown-key","path":"Patient.ups"}}]}`, []string{"Patient.ups: unknown-key"}},
		{"diagnostics as an object with a path in steps", `{"issue":[{"diagnostics":{"type":"invalid-type","path":["Patient","name",0,"family"]},"expression":["Patient.name[0].family"]}]}`, []string{"Patient.name[0].family: invalid-type"}},
		{"an object without path", `{"issue":[{"diagnostics":{"type":"unknown-key"}}]}`, []string{"unknown-key"}},
		{"an object of another shape", `{"issue":[{"diagnostics":{"x":1}}]}`, []string{`{"x":1}`}},
		{"several issues", `{"issue":[{"diagnostics":"a"},{"diagnostics":"b","expression":["X.y","X.z"]},{"diagnostics":"a"}]}`, []string{"a", "X.y, X.z: b"}},
		{"detail code alone", `{"issue":[{"severity":"fatal","code":"invalid","details":{"coding":[{"code":"required-key"}]},"expression":["Patient.link"]}]}`, []string{"Patient.link: required-key"}},
		{"details' text", `{"issue":[{"code":"invalid","details":{"text":"not good"}}]}`, []string{"not good"}},
		{"details' display", `{"issue":[{"code":"invalid","details":{"coding":[{"display":"shown"}]}}]}`, []string{"shown"}},
		{"code alone", `{"issue":[{"severity":"fatal","code":"forbidden"}]}`, []string{"forbidden"}},
		{"severity alone", `{"issue":[{"severity":"fatal"}]}`, []string{"fatal"}},
		{"location, the older expression", `{"issue":[{"diagnostics":"bad","location":["Patient.name"]}]}`, []string{"Patient.name: bad"}},
		{"expression without its array", `{"issue":[{"diagnostics":"bad","expression":"Patient.name"}]}`, []string{"Patient.name: bad"}},
		{"issue without its array", `{"issue":{"diagnostics":"bad"}}`, []string{"bad"}},
		{"issues that are texts, null or empty", `{"issue":["bad",null,{},7]}`, []string{"bad", "7"}},
		{"narrative", `{"id":"not-found","text":{"status":"generated","div":"<div>Resource <b>Patient/x</b> not&nbsp;found</div>"}}`, []string{"Resource Patient/x not found"}},
		{"text as a text", `{"text":"Resource Patient/x not found"}`, []string{"Resource Patient/x not found"}},
		{"id alone", `{"resourceType":"OperationOutcome","id":"not-found"}`, []string{"not-found"}},
		{"a gateway's message", `{"message":"no route"}`, []string{"no route"}},
		{"a login's error", `{"error":"invalid_client","error_description":"who are you"}`, []string{"who are you"}},
		{"nothing at all", `{"resourceType":"OperationOutcome"}`, nil},
		{"escape sequences are taken out", `{"issue":[{"diagnostics":"a\u001b[31m\r\nb\u202e","expression":["P.\u0007x"]}]}`, []string{"P. x: a [31m b"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := ask(t, jsonAlways(422, c.body)).Read(within(t), "Patient", "1")
			var e *aidbox.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if got := e.Sentences(); !slices.Equal(got, c.want) {
				t.Errorf("says %q, want %q", got, c.want)
			}
			for _, s := range c.want {
				mustContain(t, err.Error(), s)
			}
			if !aidbox.IsInvalid(err) {
				t.Error("422 is not invalid")
			}
		})
	}
}

func TestOutcomeIsBounded(t *testing.T) {
	body := `{"issue":[` + strings.TrimSuffix(strings.Repeat(`{"diagnostics":"`+strings.Repeat("é", 3_000)+`"},`, 210), ",") + `]}`
	_, err := ask(t, jsonAlways(422, body)).Read(within(t), "Patient", "1")
	var e *aidbox.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if n := len(e.Outcome.Issues); n != 200 || len(e.Outcome.Issues[0].Diagnostics) > 4<<10 || len(e.Body) > 8<<10 {
		t.Errorf("%d issues of %d bytes, body of %d", n, len(e.Outcome.Issues[0].Diagnostics), len(e.Body))
	}
	if len(err.Error()) > 8<<10 {
		t.Errorf("the text has %d bytes", len(err.Error()))
	}
}

func TestRefusals(t *testing.T) {
	outcome := func(text string) string {
		return `{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","diagnostics":"` + text + `"}]}`
	}
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	for _, c := range []struct {
		rule   string
		answer http.HandlerFunc
		is     func(error) bool
		says   []string
	}{
		{"400 from a server that is not compliant", jsonAlways(400, outcome("expected array")), aidbox.IsInvalid, []string{"400 Bad Request: expected array"}},
		{"401", jsonAlways(401, outcome("Unauthorized")), is(aidbox.ErrUnauthorized), []string{`: 401 Unauthorized: Aidbox does not know client "root" or its secret; set AIDBOX_CLIENT_ID and AIDBOX_CLIENT_SECRET`}},
		{"403 is no right, and nothing is broken", jsonAlways(403, `{"resourceType":"OperationOutcome","id":"forbidden","issue":[{"severity":"fatal","code":"forbidden","diagnostics":"Forbidden"}]}`), is(aidbox.ErrForbidden), []string{"403 Forbidden", "nothing is broken", `"root" has no right`}},
		{"404", jsonAlways(404, `{"resourceType":"OperationOutcome","id":"not-found","text":{"div":"Resource Patient/x not found"}}`), aidbox.IsNotFound, []string{"404 Not Found: Resource Patient/x not found"}},
		{"405 of a destination", jsonAlways(405, ""), aidbox.IsNotAllowed, []string{"405 Method Not Allowed: a destination cannot be edited; delete it and create it again"}},
		{"409", jsonAlways(409, outcome("taken")), aidbox.IsConflict, []string{"409 Conflict: taken"}},
		{"410 without a body", jsonAlways(410, ""), func(err error) bool { return aidbox.IsGone(err) && aidbox.IsNotFound(err) }, []string{"410 Gone"}},
		{"412", jsonAlways(412, outcome("Version Id mismatch")), aidbox.IsPreconditionFailed, []string{"Version Id mismatch", "read it again"}},
		{"500 without a sender", jsonAlways(500, outcome("Internal server error: AidboxTopicDestination basic has no sender associated with it.")), is(aidbox.ErrNoSender), []string{"has no sender", "delete it and create it again"}},
		{"500 without a sender as text", always(500, "text/plain", "AidboxTopicDestination basic has no sender associated with it."), is(aidbox.ErrNoSender), []string{"delete it and create it again"}},
		{"500 of another cause", jsonAlways(500, outcome("boom")), func(err error) bool { return !errors.Is(err, aidbox.ErrNoSender) && !aidbox.IsInvalid(err) }, []string{"500 Internal Server Error: boom"}},
		{"a failure with 200", jsonAlways(200, outcome("not-found")), func(err error) bool { return err != nil }, []string{"200 OK: not-found"}},
		{"an error in JSON of another shape", jsonAlways(500, `{"x":"why"}`), func(err error) bool { return err != nil }, []string{`{"x":"why"}`}},
		{"304 was not asked for, and is no login", always(304, "", ""), func(err error) bool { return err != nil && !errors.Is(err, aidbox.ErrNotActivated) }, []string{"304 Not Modified"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			client := ask(t, c.answer)
			_, err := client.Status(within(t), "basic")
			if !c.is(err) {
				t.Errorf("%v is not taken for what it is", err)
			}
			if err != nil {
				mustContain(t, err.Error(), append(c.says, "GET "+client.URL()+"/fhir/AidboxTopicDestination/basic/$status: ")...)
			}
		})
	}
}

func TestWhoGivesNoClientIsToldSo(t *testing.T) {
	s := serve(t, jsonAlways(401, `{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","diagnostics":"Unauthorized"}]}`))
	_, err := dial(t, aidbox.Config{URL: s.URL}).Topics(within(t))
	if !errors.Is(err, aidbox.ErrNoClient) || !errors.Is(err, aidbox.ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
	mustContain(t, err.Error(), ": 401 Unauthorized: no client given; set AIDBOX_CLIENT_ID and AIDBOX_CLIENT_SECRET")
	for rule, c := range map[string]aidbox.Config{"a client": {ClientID: "root"}, "a token": {Token: "t"}} {
		c.URL = s.URL
		if _, err := dial(t, c).Topics(within(t)); errors.Is(err, aidbox.ErrNoClient) || !errors.Is(err, aidbox.ErrUnauthorized) {
			t.Errorf("%s: got %v", rule, err)
		}
	}
}

func TestErrorsCarryNoSecret(t *testing.T) {
	c := ask(t, jsonAlways(422, `{"parameter":[{"valueString":"hunter2","name":"password"},{"name":"url","valueString":"nats://a:hunter2@h"}]}`))
	_, err := c.CreateDestination(within(t), aidbox.Destination{ID: "d"})
	var e *aidbox.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(e.Body+err.Error(), "hunter2") {
		t.Errorf("the secret is in %q or %q", e.Body, err)
	}
}

func TestResourceForms(t *testing.T) {
	write := func(c *aidbox.Client) (aidbox.Resource, error) {
		return c.Create(t.Context(), "Patient", []byte(`{"id":"5e78"}`), aidbox.WriteOptions{})
	}
	read := func(c *aidbox.Client) (aidbox.Resource, error) { return c.Read(t.Context(), "Patient", "5e78") }
	versionRead := func(c *aidbox.Client) (aidbox.Resource, error) {
		return c.VersionRead(t.Context(), "Patient", "5e78", `W/"17"`)
	}
	remove := func(c *aidbox.Client) (aidbox.Resource, error) {
		return c.Delete(t.Context(), "Patient", "5e78", aidbox.WriteOptions{})
	}
	for _, c := range []struct {
		rule    string
		answer  http.HandlerFunc
		call    func(*aidbox.Client) (aidbox.Resource, error)
		status  int
		version string
		body    bool
	}{
		{"created", jsonAlways(201, patient), write, 201, "17", true},
		{"found by If-None-Exist", jsonAlways(200, patient), write, 200, "17", true},
		{"created, only Location says what", jsonAlways(201, "", "Location", "http://x:1/Patient/5e78/_history/17"), write, 201, "17", false},
		{"versionId as a number", jsonAlways(200, `{"id":"5e78","meta":{"versionId":17}}`), read, 200, "17", true},
		{"only the ETag has the version, weak", jsonAlways(200, `{"resourceType":"Patient","id":"5e78"}`, "ETag", `W/"17"`), read, 200, "17", true},
		{"only the ETag has the version, quoted", jsonAlways(200, `{"resourceType":"Patient","id":"5e78"}`, "ETag", `"17"`), read, 200, "17", true},
		{"only the ETag has the version, bare", jsonAlways(200, `{"resourceType":"Patient","id":"5e78"}`, "ETag", `17`), read, 200, "17", true},
		{"one version", jsonAlways(200, patient), versionRead, 200, "17", true},
		{"deleted", jsonAlways(200, patient), remove, 200, "17", true},
		{"nothing to delete", always(204, "", ""), remove, 204, "", false},
		{"deleted, said by an outcome", jsonAlways(200, `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"}]}`), remove, 200, "", true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r, err := c.call(ask(t, c.answer))
			if err != nil {
				t.Fatal(err)
			}
			if r.Reference() != "Patient/5e78" || r.Status != c.status || r.VersionID != c.version || (len(r.Raw) > 0) != c.body {
				t.Errorf("got %+v", r)
			}
		})
	}
	t.Run("lastUpdated from the header", func(t *testing.T) {
		r, err := read(ask(t, jsonAlways(200, `{"id":"5e78"}`, "Last-Modified", "Sat, 01 Aug 2026 10:00:00 GMT")))
		if err != nil || !r.LastUpdated.Equal(time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("got %v, %v", r.LastUpdated, err)
		}
	})
	t.Run("created without any id", func(t *testing.T) {
		if _, err := write(ask(t, jsonAlways(201, ""))); !errors.Is(err, aidbox.ErrUnexpected) {
			t.Errorf("got %v", err)
		}
	})
}

func TestStatusForms(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	start := time.Date(2026, 8, 1, 10, 41, 7, 0, time.UTC)
	same := func(a, b *int64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	parameters := func(items string) string {
		return `{"resourceType":"Parameters","parameter":[` + items + `]}`
	}
	for _, c := range []struct {
		rule, body string
		want       aidbox.Status
	}{
		{"the family that loses, decimals, dateTime", parameters(`{"name":"messagesDelivered","valueDecimal":12},{"name":"messagesInProcess","valueDecimal":0},{"name":"messagesLost","valueDecimal":1.0},{"name":"startTimestamp","valueDateTime":"2026-08-01T10:41:07Z"},{"name":"status","valueString":"active"}`),
			aidbox.Status{State: "active", Delivered: n(12), InProcess: n(0), Lost: n(1), Start: start}},
		{"the family that retries, integers, start as a text", parameters(`{"name":"messagesDelivered","valueInteger":12},{"name":"messagesInProcess","valueInteger":0},{"name":"messagesDeliveryAttempts","valueInteger":3},{"name":"messagesQueued","valueInteger":4},{"name":"startTimestamp","valueString":"2026-08-01T10:41:07.000Z"},{"name":"status","valueCode":"active"}`),
			aidbox.Status{State: "active", Delivered: n(12), InProcess: n(0), Attempts: n(3), Queued: n(4), Start: start}},
		{"no start, numbers as texts", parameters(`{"valueString":"12","name":"messagesDelivered"}`), aidbox.Status{Delivered: n(12)}},
		{"a counter that nobody knows", parameters(`{"name":"messagesDropped","valueInteger":2}`), aidbox.Status{Other: map[string]int64{"messagesDropped": 2}}},
		{"errors in any order of keys and parts, newest first", parameters(
			`{"part":[{"valueString":"old","name":"message"},{"name":"timestamp","valueDateTime":"2026-08-01T09:00:00Z"}],"name":"lastErrorDetail"},` +
				`{"name":"lastErrorDetail","part":[{"name":"timestamp","valueString":"2026-08-01T10:41:07Z"},{"name":"message","valueString":"new"}]},` +
				`{"name":"lastErrorDetail","part":[{"name":"message","valueString":"no time"}]}`),
			aidbox.Status{LastErrors: []aidbox.StatusError{{Message: "new", Time: start}, {Message: "old", Time: start.Add(-101*time.Minute - 7*time.Second)}, {Message: "no time"}}}},
		{"nothing", `{"resourceType":"Parameters"}`, aidbox.Status{}},
		{"wrong kinds are passed over", parameters(`null,3,{"name":"messagesDelivered"},{"name":"messagesLost","valueDecimal":"many"},{"name":7,"valueDecimal":1e400}`), aidbox.Status{}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := serve(t, jsonAlways(200, c.body))
			got, err := dial(t, aidbox.Config{URL: s.URL}).Status(within(t), "basic")
			if err != nil {
				t.Fatal(err)
			}
			w := c.want
			if got.State != w.State || !same(got.Delivered, w.Delivered) || !same(got.InProcess, w.InProcess) || !same(got.Lost, w.Lost) ||
				!same(got.Attempts, w.Attempts) || !same(got.Queued, w.Queued) || !got.Start.Equal(w.Start) || len(got.Other) != len(w.Other) {
				t.Errorf("got %+v", got)
			}
			for name, v := range w.Other {
				if got.Other[name] != v {
					t.Errorf("%s is %d", name, got.Other[name])
				}
			}
			if !slices.EqualFunc(got.LastErrors, w.LastErrors, func(a, b aidbox.StatusError) bool { return a.Message == b.Message && a.Time.Equal(b.Time) }) {
				t.Errorf("errors are %+v", got.LastErrors)
			}
			if string(got.Raw) != c.body {
				t.Error("Raw is not what came")
			}
			if uri := s.got()[0].uri; uri != "/fhir/AidboxTopicDestination/basic/$status" {
				t.Errorf("asked %s", uri)
			}
		})
	}
}
