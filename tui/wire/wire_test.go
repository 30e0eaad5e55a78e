package wire

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
	"go.uber.org/goleak"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/theme"
)

func TestMain(m *testing.M) {
	// A program that has ended leaves its clock's last tick behind, and what waits for that.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/charmbracelet/bubbletea.Tick.func1"),
		goleak.IgnoreAnyFunction("github.com/charmbracelet/bubbletea.(*Program).execBatchMsg"))
}

// bench is a wire over the records of a real client.
type bench struct {
	*Model
	t      *testing.T
	client *aidbox.Client
}

func open(t *testing.T, answer http.HandlerFunc) *bench {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	recorder := aidbox.NewRecorder(aidbox.RecorderOptions{})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := aidbox.New(aidbox.Config{URL: server.URL, ClientID: "root", Secret: "s3cr3t", Recorder: recorder, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	m := New(context.Background(), theme.New(theme.Options{Renderer: r}), recorder, nats.NewJournal(0))
	t.Cleanup(m.Close)
	m.SetSize(80, 10)
	m.detail.SetSize(80, 60)
	return &bench{Model: m, t: t, client: client}
}

// ask sends one request, as a person does or as the console does by itself,
// and lets the pane look.
func (b *bench) ask(background bool, id string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if background {
		ctx = nats.Background(ctx)
	}
	b.client.Search(ctx, "Patient", url.Values{"_id": {id}})
	b.Update(changed{})
	b.settle()
}

// settle answers what the pane wants to be searched, until there is no more.
func (b *bench) settle() {
	b.t.Helper()
	for b.sieve.busy {
		b.Update(b.search()())
	}
}

func (b *bench) filterFor(text string) {
	b.t.Helper()
	b.SetFilter(text)
	b.settle()
}

func (b *bench) press(k string) {
	b.t.Helper()
	a, ok := b.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
	if !ok {
		b.t.Fatalf("%s does nothing", k)
	}
	a.Run()
	b.settle()
}

func (b *bench) on() string {
	e, ok := b.Selected()
	if !ok {
		return ""
	}
	return e.what(b.mask)
}

func nothing(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("content-type", "application/json")
	io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","entry":[]}`)
}

func TestTheWireFollowsUntilTheReaderMovesAway(t *testing.T) {
	b := open(t, nothing)
	for i := range 3 {
		b.ask(false, strconv.Itoa(i))
	}
	if !strings.HasSuffix(b.on(), "_id=2") {
		t.Errorf("the last is not under the cursor but %s", b.on())
	}
	b.press("k")
	b.ask(false, "3")
	if !strings.HasSuffix(b.on(), "_id=1") {
		t.Errorf("the reader was pulled to %s", b.on())
	}
	b.press("G")
	b.ask(false, "4")
	if !strings.HasSuffix(b.on(), "_id=4") {
		t.Errorf("it does not follow again: %s", b.on())
	}
}

func TestWhatTheConsoleReadsByItselfIsHidden(t *testing.T) {
	b := open(t, nothing)
	b.ask(true, "own")
	if b.Len() != 0 {
		t.Errorf("%d lines", b.Len())
	}
	b.press("a")
	if b.Len() != 1 {
		t.Errorf("%d lines of all", b.Len())
	}
}

// What a person asked for stays however much the console reads by itself, and
// neither grows without bound.
func TestTrimmingForgetsTheConsolesOwnFirst(t *testing.T) {
	b := open(t, nothing)
	b.ask(false, "asked")
	for i := range keep + 20 {
		b.ask(true, strconv.Itoa(i))
	}
	if len(b.entries) != keep+1 || b.Len() != 1 || !strings.HasSuffix(b.on(), "_id=asked") {
		t.Errorf("%d are kept, %d are shown, %s", len(b.entries), b.Len(), b.on())
	}
	for i := range keep + 20 {
		b.ask(false, strconv.Itoa(i))
	}
	if b.Len() != keep || !strings.HasSuffix(b.entries[len(b.entries)-1].what(b.mask), "_id="+strconv.Itoa(keep+19)) {
		t.Errorf("%d are shown", b.Len())
	}
}

// Hostile headers and bodies are drawn harmless, and the secret is nowhere.
func TestBothHalvesAreShownWithoutTheSecret(t *testing.T) {
	b := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-evil", "a\tb")
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "\x1b[2Jbroken\u202e")
	})
	b.ask(false, "x")
	view := b.detail.View()
	for _, want := range []string{"GET http://", "_id=x", "418 I'm a teapot", "X-Evil", "␛[2Jbroken", "as curl, Y copies it", "AIDBOX_CLIENT_SECRET"} {
		if !strings.Contains(strings.ReplaceAll(view, "\n ", ""), want) && !strings.Contains(view, want) {
			t.Errorf("%q is not shown:\n%s", want, view)
		}
	}
	what, command := b.Command()
	for _, s := range []string{view, b.View(), command} {
		if strings.Contains(s, "s3cr3t") || strings.Contains(s, "cm9vdDpzM2NyM3Q") || strings.Contains(s, "\x1b[2J") || strings.Contains(s, "\u202e") {
			t.Errorf("%q", s)
		}
	}
	if what != "curl command" || !strings.HasPrefix(command, "curl") {
		t.Errorf("%s: %s", what, command)
	}
}

// An exchange that failed says so, without an answer's status.
func TestNoAnswerIsSaid(t *testing.T) {
	b := open(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	b.ask(false, "x")
	if !strings.Contains(b.View(), "fail") || !strings.Contains(b.detail.View(), "✗ no answer") {
		t.Errorf("%s\n%s", b.View(), b.detail.View())
	}
}

// The commands that wait for the records and for a filter end with the pane.
func TestAwaitingEndsWithThePane(t *testing.T) {
	b := open(t, nothing)
	waiting, searching := b.await(), b.search()
	b.Close()
	if msg := waiting(); msg != nil {
		t.Errorf("%v", msg)
	}
	if msg := searching(); msg != nil {
		t.Errorf("%v", msg)
	}
	again := open(t, nothing)
	waiting = again.await()
	again.client.Search(context.Background(), "Patient", nil)
	if msg := waiting(); msg != (changed{}) {
		t.Errorf("%v", msg)
	}
}
