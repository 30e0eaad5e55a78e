package destinations_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/tuitest"
)

// answer is what an Aidbox says of a destination's work.
type answer struct {
	status int
	body   string
}

// saying puts a server between the console and the sandbox that gives an
// answer of its own to every $status: kinds and versions of Aidbox differ in
// it more than the sandbox does.
func saying(t *testing.T, says *atomic.Pointer[answer]) func(*aidbox.Config) {
	return holding(t, says, "")
}

// holding also lists one destination in place of the sandbox's, which makes
// none but those that send to NATS.
func holding(t *testing.T, says *atomic.Pointer[answer], destination string) func(*aidbox.Config) {
	return func(c *aidbox.Config) {
		sandbox, err := url.Parse(c.URL)
		if err != nil {
			t.Fatal(err)
		}
		through := httputil.NewSingleHostReverseProxy(sandbox)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := says.Load()
			switch {
			case strings.HasSuffix(r.URL.Path, "/$status"):
			case destination != "" && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/AidboxTopicDestination"):
				a = &answer{http.StatusOK, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + destination + `}]}`}
			default:
				through.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/fhir+json")
			w.WriteHeader(a.status)
			fmt.Fprint(w, a.body)
		}))
		t.Cleanup(s.Close)
		c.URL = s.URL
	}
}

func parameters(list ...string) answer {
	return answer{http.StatusOK, `{"resourceType":"Parameters","parameter":[` + strings.Join(list, ",") + `]}`}
}

func counter(name string, n int) string { return fmt.Sprintf(`{"name":%q,"valueDecimal":%d}`, name, n) }

func failure(message string, ago time.Duration) string {
	return fmt.Sprintf(`{"name":"lastErrorDetail","part":[{"name":"timestamp","valueDateTime":%q},{"name":"message","valueString":%q}]}`,
		time.Now().Add(-ago).UTC().Format(time.RFC3339Nano), message)
}

func refusal(status int, said string) answer {
	return answer{status, fmt.Sprintf(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":%q}]}`, said)}
}

// Each answer of $status is told in words, and each has its frame.
func TestEveryAnswerOfStatusIsSaidInWords(t *testing.T) {
	const began = `{"name":"startTimestamp","valueDateTime":"2025-05-05T09:54:29Z"}`
	core, js := aidbox.KindCoreBestEffort, aidbox.KindJetStreamAtLeastOnce
	for _, c := range []struct {
		frame, kind string
		answer      answer
		says        []string
	}{
		{"best-effort", core, parameters(began, counter("messagesDelivered", 1234), counter("messagesInProcess", 2), counter("messagesLost", 0), `{"name":"status","valueString":"active"}`),
			[]string{"1,234 delivered   2 in process   0 lost   since ", "no errors"}},
		{"best-effort-lost", core, parameters(`{"name":"messagesDelivered","valueInteger":9}`, `{"name":"messagesLost","valueInteger":3}`, failure("Connection refused: /10.0.0.1:4222", 3*time.Second), failure("Connection refused: /10.0.0.1:4222", 4*time.Second)),
			[]string{"✗ 3 messages lost, ", "9 delivered   3 lost", "last errors", "×2  ", " s ago  Connection refused: /10.0.0.1:4222"}},
		{"at-least-once", js, parameters(began, counter("messagesDelivered", 9), counter("messagesDeliveryAttempts", 0), counter("messagesInProcess", 0), counter("messagesQueued", 0)),
			[]string{"9 delivered   0 in process   0 queued   0 attempts", "no errors"}},
		{"at-least-once-waiting", js, parameters(counter("messagesDelivered", 9), counter("messagesDeliveryAttempts", 11), counter("messagesInProcess", 1), counter("messagesQueued", 4), failure("no response from stream", 3*time.Second)),
			[]string{"✗ 4 events wait", "4 queued   11 attempts", "attempts: those that failed, for most kinds", " s ago  no response from stream"}},
		{"no-sender", core, refusal(500, "Internal server error: AidboxTopicDestination basic has no sender associated with it."),
			[]string{"✗ Aidbox has no sender for it", "No sender: nats://"}},
		{"no-right", core, refusal(403, "Forbidden"),
			[]string{"! No right to read the counters. Nothing is broken: an access policy can allow", "topic-destination-status"}},
		{"server-error", core, answer{502, "<html>bad gateway</html>"},
			[]string{"! The counters could not be read: 502 Bad Gateway", "w shows the request."}},
		{"no-json", core, answer{200, "<html>log in</html>"},
			[]string{"! The counters could not be read: 200 OK", "before it? w shows the request."}},
		{"no-counters", core, parameters(),
			[]string{"This kind has no counters.", "no errors"}},
	} {
		t.Run(c.frame, func(t *testing.T) {
			var says atomic.Pointer[answer]
			says.Store(&c.answer)
			console := start(t, tuitest.Options{Width: 100, Height: 30, Aidbox: saying(t, &says)})
			console.Destination("basic", c.kind, "patient-topic", "foo")
			console.Press("r")
			console.WaitFor("basic ")
			console.Press("enter", "enter") // its detail, all of it
			for _, want := range c.says {
				console.WaitFor(want)
			}
			console.Frame("status-" + c.frame)
		})
	}
}

// Counters follow what Aidbox counts as long as they are seen, without a key.
func TestCountersAreRefreshedWhileTheyAreSeen(t *testing.T) {
	var says atomic.Pointer[answer]
	tell := func(a answer) { says.Store(&a) }
	tell(parameters(counter("messagesDelivered", 1), counter("messagesLost", 0)))
	c := start(t, tuitest.Options{Aidbox: saying(t, &says)})
	c.Destination("basic", aidbox.KindCoreBestEffort, "patient-topic", "foo")
	c.Press("r")
	c.WaitFor("1 delivered   0 lost")
	tell(parameters(counter("messagesDelivered", 7), counter("messagesLost", 0)))
	c.WaitFor("7 delivered   0 lost")
	tell(refusal(403, "Forbidden"))
	c.WaitFor("! No right to read the counters.")
	tell(parameters(counter("messagesDelivered", 8), counter("messagesLost", 0)))
	c.WaitFor("8 delivered   0 lost")
}
