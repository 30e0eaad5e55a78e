package tui_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/tuitest"
)

// says waits until the right column holds a sentence, wherever its lines break.
func says(c *tuitest.Console, sentence string) {
	c.T.Helper()
	c.WaitUntil(func(s string) bool { return strings.Contains(rightColumn(s), sentence) })
}

func rightColumn(screen string) string {
	var words []string
	for l := range strings.Lines(screen) {
		if _, right, ok := strings.Cut(l, "││"); ok {
			l = right
		}
		words = append(words, strings.Fields(strings.Trim(strings.TrimSpace(l), "│╭╮╰╯─"))...)
	}
	return strings.Join(words, " ")
}

// box is what a dialog of that title says, wherever its lines break.
func box(screen, title string) string {
	var words []string
	from, to := -1, 0
	for l := range strings.Lines(screen) {
		cells := []rune(l)
		if i := strings.Index(l, "╭─ "+title); i >= 0 {
			from = len([]rune(l[:i]))
			to = from + slices.Index(cells[from:], '╮')
		}
		if from >= 0 && len(cells) > to {
			words = append(words, strings.Fields(strings.Trim(string(cells[from:to]), "│╭╮╰╯─ "))...)
		}
	}
	return strings.Join(words, " ")
}

// formIsKept types into a form, which the server then refuses or does not
// answer: what was typed is still there, and esc leads out.
func formIsKept(c *tuitest.Console, refusal string) {
	c.T.Helper()
	c.Press("c")
	c.WaitFor("valid R4")
	c.Press("ctrl+s")
	c.WaitUntil(func(s string) bool {
		form := box(s, "Create a patient")
		return strings.Contains(form, refusal) && strings.Contains(form, `"family": "smith"`)
	})
	c.Press("esc")
	c.WaitGone("Create a patient")
	c.Press("1", "n")
	c.WaitFor("New topic")
	c.Type("kept-topic")
	c.Press("ctrl+s")
	c.WaitUntil(func(s string) bool {
		form := box(s, "New topic")
		return strings.Contains(form, "✗ ") && strings.Contains(form, refusal) && strings.Contains(form, "kept-topic")
	})
	c.Press("esc")
	c.WaitFor("esc again")
	c.Press("esc")
	c.WaitGone("New topic")
}

// What an Aidbox can answer, or not, is a sentence that names it and says what
// to do; the console goes on.
func TestWhatIsWrongWithAidboxIsASentence(t *testing.T) {
	answer := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("content-type", contentType)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for rule, c := range map[string]struct {
		handler http.HandlerFunc
		config  func(*aidbox.Config)
		line    string // in the status line
		says    string // beside the list
		form    string // when something is sent
	}{
		"not activated": {handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example/oauth", http.StatusFound)
		}, line: "not activated", says: "Aidbox is not activated or asks for a login (it points to https://login.example/oauth); open URL in a browser",
			form: "302 Found"},
		"a client without rights": {handler: answer(403, "application/json", `{"resourceType":"OperationOutcome","text":{"div":"Forbidden"}}`),
			line: "no right to read", says: `client "root" has no right to do this; an access policy in Aidbox can give it`, form: "403 Forbidden"},
		"a failure of the server": {handler: answer(500, "application/json",
			`{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception","diagnostics":"the database is full"}]}`),
			line: "error", says: "500 Internal Server Error: the database is full", form: "500 Internal Server Error"},
		"a proxy without a server": {handler: answer(503, "text/html", "<html><title>Upstream is down</title></html>"),
			line: "error", says: `503 Service Unavailable: the answer is an HTML page instead of JSON ("Upstream is down")`, form: "503 Service Unavailable"},
		"the URL of something else": {handler: answer(404, "text/plain", "404 page not found"),
			line: "error", says: `404 Not Found: the answer is text/plain instead of JSON: "404 page not found"`, form: "404 Not Found"},
		"a page where JSON is due": {handler: answer(200, "text/html", "<!doctype html><title>Sign in</title>"),
			line: "error", says: `the answer is an HTML page instead of JSON ("Sign in"); is this Aidbox, or a proxy or login before it?`, form: "Sign in"},
		"JSON that is cut off": {handler: answer(200, "application/json", `{"resourceType":"Bundle","entry":[`),
			line: "error", says: "the answer is broken JSON: it ends too early, after 34 bytes", form: "broken JSON"},
		"an answer that never ends": {handler: endless, config: func(a *aidbox.Config) { a.MaxBody = 1 << 20 },
			line: "error", says: "the answer is larger than 1048576 bytes or never ends, and was not read further", form: "never ends"},
		"a host that nobody knows": {config: func(a *aidbox.Config) {
			a.URL = "http://aidbox.invalid:8080"
			resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, errors.New("no name server")
			}}
			a.Transport = &http.Transport{DialContext: (&net.Dialer{Resolver: resolver}).DialContext}
		}, line: "no answer", says: `host "aidbox.invalid" is not known; give --aidbox-url`, form: "is not known"},
	} {
		t.Run(rule, func(t *testing.T) {
			url := "http://aidbox.invalid:8080"
			if c.handler != nil {
				server := httptest.NewServer(c.handler)
				t.Cleanup(server.Close)
				t.Cleanup(server.CloseClientConnections)
				url = server.URL
			}
			con := tuitest.Start(t, tuitest.Options{Aidbox: func(a *aidbox.Config) {
				a.URL = url
				if c.config != nil {
					c.config(a)
				}
			}})
			con.WaitUntil(func(s string) bool {
				line, _, _ := strings.Cut(s, "\n")
				return strings.Contains(line, c.line)
			})
			says(con, strings.ReplaceAll(c.says, "URL", url))
			formIsKept(con, c.form)
			con.Press("w") // what was asked and answered can be looked at
			con.WaitFor("/fhir/AidboxSubscriptionTopic")
			con.Press("esc")
			con.WaitFor("1 Topics")
		})
	}
}

// endless begins an answer and never ends it.
func endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("content-type", "application/json")
	chunk := []byte(strings.Repeat(" ", 64<<10))
	for r.Context().Err() == nil {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// A server that hangs owes one answer of a kind at most, and is named when its
// time is up.
func TestAServerThatHangsIsNamed(t *testing.T) {
	var (
		mu       sync.Mutex
		underway = map[string]int{}
	)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		underway[r.URL.Path]++
		if n := underway[r.URL.Path]; n > 1 && r.Method == http.MethodGet {
			t.Errorf("%d requests for %s are under way", n, r.URL.Path)
		}
		mu.Unlock()
		<-r.Context().Done()
		mu.Lock()
		underway[r.URL.Path]--
		mu.Unlock()
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	c := tuitest.Start(t, tuitest.Options{Aidbox: func(a *aidbox.Config) { a.URL = server.URL }})
	c.WaitFor("asking")
	c.WaitFor("Reading") // after 150 ms
	c.Press("r", "r", "r")
	says(c, "no answer in time from "+server.URL+"; is it Aidbox that listens there, and is it awake?")
	c.WaitUntil(func(s string) bool {
		line, _, _ := strings.Cut(s, "\n")
		return strings.Contains(line, "no answer")
	})
	c.Press("n")
	c.WaitFor("New topic")
	c.Press("esc")
	c.WaitGone("New topic")
}

// What was read stays, what is typed stays, and the way goes on where it was.
func TestAidboxGoesAwayAndComesBack(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("patient-topic", "name.exists()")
	c.Press("r")
	c.WaitFor("▸ patient-topic")
	c.Press("n")
	c.WaitFor("New topic")
	c.Type("second-topic")
	c.StopSandbox()
	c.WaitUntil(func(s string) bool {
		line, _, _ := strings.Cut(s, "\n")
		return strings.Contains(line, "no answer")
	})
	c.Press("ctrl+s")
	c.WaitUntil(func(s string) bool {
		form := box(s, "New topic")
		return strings.Contains(form, "nothing listens on") && strings.Contains(form, "second-topic")
	})
	c.StartSandbox(0)
	c.Press("ctrl+s")
	c.WaitFor("201 Created second-topic")
	c.WaitUntil(func(s string) bool {
		line, _, _ := strings.Cut(s, "\n")
		return strings.Contains(line, "2609") && strings.Contains(s, "patient-topic")
	})
}

func TestListsOfAServerThatIsGoneAreKept(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("patient-topic", "name.exists()")
	c.Press("r")
	c.WaitFor("▸ patient-topic")
	c.StopSandbox()
	c.Press("r")
	says(c, "nothing listens on "+c.Sandbox.URL())
	c.WaitFor("since ") // how old what is shown is
	c.WaitFor("▸ patient-topic")
	c.StartSandbox(0)
	c.Press("r")
	c.WaitGone("nothing listens on")
}

// Another version has other profiles and other elements: what is offered
// follows, and it is said.
func TestAServerOfAnotherVersionUnderUs(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("patient-topic", "name.exists()")
	c.Press("r")
	c.WaitFor("▸ patient-topic")
	c.Press("2", "n")
	c.WaitFor("New destination")
	c.WaitFor("version in reference")
	c.WaitFor("http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-nat")
	c.Press("esc")
	c.WaitGone("New destination")

	c.StopSandbox()
	c.StartSandbox(2602)
	c.Press("r")
	c.WaitFor("Aidbox is 2602 now, not 2609 any more")
	c.WaitUntil(func(s string) bool {
		line, _, _ := strings.Cut(s, "\n")
		return strings.Contains(line, " 2602 ")
	})
	c.Press("n")
	c.WaitFor("New destination")
	c.WaitFor("http://aidbox.app/StructureDefinition/aidboxtopicdestination-nats-core-best-effo")
	if strings.Contains(c.Text(), "version in reference") {
		t.Errorf("2602 knows no such element:\n%s", c.Text())
	}
	c.Type("basic")
	c.Press("enter", "enter", "enter")
	c.Type("foo")
	c.Press("ctrl+s")
	c.WaitFor("Created destination basic")
	d, err := c.Client.Destination(tuitest.Context(t), "basic")
	if err != nil || d.Profile != aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2602) {
		t.Errorf("%+v, %v", d, err)
	}
}
