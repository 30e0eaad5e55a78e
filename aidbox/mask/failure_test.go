package mask_test

import (
	"strings"
	"testing"

	"aidbox-nats/aidbox/mask"
)

// In want, # is what is hidden; ~ says that all stays.
var failures = []struct{ rule, said, want string }{
	{"no stream", "no response from stream on subject patients.created", "~"},
	{"a stream that is full", "stream EVENTS is full: maximum messages exceeded", "~"},
	{"a refused publish", `nats: permissions violation for publish to "pam.a"`, "~"},
	{"a refused publish as the server says it", `nats: Permissions Violation for Publish to "Pam.Created"`, "~"},
	{"a refused reply", `Permissions Violation for Publish with Reply of "_INBOX.abc.1"`, "~"},
	{"a refused subscription as we say it", `the server does not allow user "bob" to subscribe to "Pam.>"`, "~"},
	{"creds", "the server does not allow the user of the credentials in /creds/joe.creds to publish to \"a\"", "~"},
	{"a message that is too large", `publish 1048577 bytes to "EVENTS.a": the server takes at most 1048576 bytes: nats: maximum payload exceeded`, "~"},
	{"messages that came too fast", `messages on "Orders.>" came too fast, 12 dropped so far`, "~"},
	{"JetStream's code", "nats: API error: code=503 err_code=10047 description=insufficient storage resources available", "~"},
	{"JetStream's code in a sentence", `create stream "S": this server is in no cluster, so take one replica: replicas > 1 not supported in non-clustered mode (error code 10074)`, "~"},
	{"JetStream's code in brackets", "io.nats.client.JetStreamApiException: no stream matches subject [10060]", "~"},
	{"an address", "dial tcp 127.0.0.1:42221: connect: connection refused", "~"},
	{"an address as Java has it", "java.net.ConnectException: Connection refused: /10.0.0.1:42221 a/10.0.0.1:42221", "~"},
	{"an address with its scheme", "nats://host.docker.internal:4222 refused the connection: nothing listens there; start nats-server or give --nats-url", "~"},
	{"a host", `nats://nowhere:4222: the host name "Nowhere" is not known here; check --nats-url`, "~"},
	{"a reference", "Resource Patient/5e78-12345 cannot be read", "~"},
	{"a version", "Patient/a/_history/17 is not kept", "~"},
	{"a destination", "Internal server error: AidboxTopicDestination jetstream has no sender associated with it.", "~"},
	{"a uuid", "the message 0b0a4b5e-1111-4222-8333-123456789abc was not sent", "~"},
	{"a class and names of elements", "NullPointerException in versionId of Patient.name[0].given", "~"},
	{"a variable", "set NATS_PASSWORD", "~"},
	{"a query", "http://a/fhir/Patient?name=smith is refused", "http://a/fhir/Patient?name=# is refused"},
	{"a profile", `the profile "http://health-samurai.io/fhir/core/A" is not known`, "~"},
	{"a parameter", `Not implemented by this sandbox: the search parameter "birthDate" of Patient`, "~"},
	{"an id of a URL", `Patient.id: "other" differs from the id p1 of the URL`, `Patient.id: "#" differs from the id p1 of the URL`},
	{"a value of an element", `Patient.birthDate: "1970-03-30x" is no date`, `Patient.birthDate: "#" is no date`},
	{"what is quoted", `value "Smith" of 'john smith' and "anna`, `value "#" of '#' and "#`},
	{"a name", "no consent of Smith, John", "no consent of #, #"},
	{"names of other spellings", "refused by O'Brien, McDonald, SMITH and Anna-Maria", "refused by #, #, # and #"},
	{"a name in front", "Smith has no consent", "# has no consent"},
	{"nothing but names", "Anna Maria Smith", "#"},
	{"a type that is none", "Smith/5e78 and Smith.name", "# and #"},
	{"a date, a number, a mail", "born 1970-03-30, number 123456, mail a@b.org.", "born #, number #, mail #."},
	{"a number in brackets that is no code", "insured [20123]", "insured [#]"},
	{"a day that is written otherwise", "born 30.3.1970", "born #"},
	{"a resource in a sentence", `cannot send {"resourceType":"Patient","name":[{"family":"Smith"}]} to it`, `cannot send {"resourceType":"Patient","name":[{"family":"#"}]} to it`},
	{"a resource that is cut off", `cannot send {"resourceType":"Patient","name":[{"family":"Smi`, "cannot send #"},
	{"markup", "cannot send <div>smith</div>", "cannot send #"},
	{"an escape sequence", "a \x1b[31m", "#"},
	{"a text that is too long", strings.Repeat("a ", 4000), "#"},
	{"nothing", "", "~"},
}

func TestFailure(t *testing.T) {
	_, m := load(t)
	for _, c := range failures {
		want := strings.ReplaceAll(c.want, "#", mask.Hidden)
		if c.want == "~" {
			want = c.said
		}
		got := m.Failure(c.said)
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.rule, got, want)
		}
		if again := m.Failure(got); again != got {
			t.Errorf("%s: masked again it is %s", c.rule, again)
		}
	}
	if got, want := m.Failure("Orders and orders of Smith", "Orders"), "Orders and orders of "+mask.Hidden; got != want {
		t.Errorf("a name that is known: %s, want %s", got, want)
	}
}

// FuzzFailure looks for sentences of which nothing is left, or that masking again changes.
func FuzzFailure(f *testing.F) {
	for _, c := range failures {
		f.Add(c.said)
	}
	for _, s := range []string{"'", "a:b:", "<", "{", " ( ", "Smith's", `""`, "a ''' b", "\ufffd"} {
		f.Add(s)
	}
	_, m := load(f)
	f.Fuzz(func(t *testing.T, s string) {
		once := m.Failure(s)
		if s != "" && once == "" {
			t.Errorf("nothing is left of %q", s)
		}
		if again := m.Failure(once); again != once {
			t.Errorf("%q became %q and then %q", s, once, again)
		}
	})
}
