package data_test

import (
	"testing"

	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
)

func TestAFailureNamesServersAndNoPerson(t *testing.T) {
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := data.Mask{On: true, Masker: mask.New(definitions)}
	const h = mask.Hidden
	for rule, c := range map[string]struct{ said, want string }{
		"a subject that is known":         {`publish to "patients.created": nats: no response from stream`, `publish to "patients.created": nats: no response from stream`},
		"a stream that is known":          {"stream EVENTS is full: maximum messages exceeded", "stream EVENTS is full: maximum messages exceeded"},
		"what NATS says":                  {`nats: Permissions Violation for Publish to "patients.created"`, `nats: Permissions Violation for Publish to "patients.created"`},
		"an address":                      {"dial tcp 127.0.0.1:42221: connect: connection refused", "dial tcp 127.0.0.1:42221: connect: connection refused"},
		"an address as Java has it":       {"java.net.ConnectException: Connection refused: /10.0.0.1:42221 a/10.0.0.1:42221", "java.net.ConnectException: Connection refused: /10.0.0.1:42221 a/10.0.0.1:42221"},
		"an address with its scheme":      {"nats://host.docker.internal:4222: timeout", "nats://host.docker.internal:4222: timeout"},
		"an inbox":                        {`no right to subscribe to "_INBOX.abc.>"`, `no right to subscribe to "_INBOX.abc.>"`},
		"a code of an error":              {"io.nats.client.JetStreamApiException: no stream matches subject [10060]", "io.nats.client.JetStreamApiException: no stream matches subject [" + h + "]"},
		"an apostrophe":                   {"the server's max_payload of 1.0 MB, exceeded", "the server's max_payload of 1.0 MB, exceeded"},
		"a sentence that is known":        {"Forbidden", "Forbidden"},
		"a resource":                      {`{"resourceType":"Patient","name":[{"family":"Smith"}]}`, `{"resourceType":"Patient","name":[{"family":"` + h + `"}]}`},
		"a resource in a sentence":        {`cannot send {"resourceType":"Patient","name":[{"family":"Smith"}]} to EVENTS`, `cannot send {"resourceType":"Patient","name":[{"family":"` + h + `"}]} to EVENTS`},
		"a resource that is cut off":      {`cannot send {"resourceType":"Patient","name":[{"family":"Smi`, `cannot send ` + h},
		"markup":                          {`cannot send <div>Smith</div>`, `cannot send ` + h},
		"what is quoted":                  {`value "Smith" of 'john smith' and "anna`, `value "` + h + `" of '` + h + `' and "` + h},
		"a name":                          {"no consent of Smith, John", "no consent of " + h + ", " + h},
		"a name in front":                 {"Smith has no consent", h + " has no consent"},
		"a date, a number, a mail":        {"born 1970-03-30, number 123456, mail a@b.org.", "born " + h + ", number " + h + ", mail " + h + "."},
		"a day that is written otherwise": {"born 30.3.1970", "born " + h},
		"a query":                         {"http://a/fhir/Patient?name=smith is refused", "http://a/fhir/Patient?name=" + h + " is refused"},
		"a profile":                       {`the profile "http://health-samurai.io/fhir/core/A" is not known`, `the profile "http://health-samurai.io/fhir/core/A" is not known`},
	} {
		if got := m.Failure(c.said, "patients.created", "EVENTS"); got != c.want {
			t.Errorf("%s:\n%s\nnot\n%s", rule, got, c.want)
		}
		if got := (data.Mask{}).Failure(c.said); got != c.said {
			t.Errorf("%s, without the mask: %s", rule, got)
		}
	}
	if got := (data.Mask{On: true}).Failure("refused"); got != h {
		t.Errorf("before the shape of R4 is known: %s", got)
	}
}

func FuzzFailure(f *testing.F) {
	definitions, err := r4.Load()
	if err != nil {
		f.Fatal(err)
	}
	m := data.Mask{On: true, Masker: mask.New(definitions)}
	for _, s := range []string{`publish to "a": {"x":1} refused`, "'", "a:b:", "<", "{", " ( ", "nats://h:4222", "Smith's"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := m.Failure(s)
		if s != "" && once == "" {
			t.Errorf("nothing is left of %q", s)
		}
	})
}
