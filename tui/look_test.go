package tui

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/destinations"
	"aidbox-nats/tui/streams"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/topics"
)

// furnished is a root that shows something of everything.
func furnished(t testing.TB, w, h int) *Model {
	t.Helper()
	m := lonely(t, w, h)
	m.furnish(1000)
	return m
}

// furnish answers all questions; of the same number only the first is taken.
func (m *Model) furnish(question uint64) {
	a := data.Answer{Question: question, At: m.now}
	m.Update(data.AidboxHealth{Answer: a, Version: aidbox.Version{Text: "2609", Number: 2609}, Took: time.Millisecond})
	var (
		t  []aidbox.Topic
		d  []aidbox.Destination
		st []nats.Stream
	)
	statuses := map[string]data.Status{}
	delivered := int64(question)
	for i := range 12 {
		name := fmt.Sprintf("topic-%d", i)
		t = append(t, aidbox.Topic{ID: name, URL: name, Status: "active", Raw: []byte(`{"resourceType":"AidboxSubscriptionTopic","url":"` + name + `"}`),
			Triggers: []aidbox.Trigger{{Resource: "Patient", Criteria: "name.exists()"}}})
		d = append(d, aidbox.Destination{ID: "to-" + name, Kind: aidbox.KindCoreBestEffort, Topic: name, Raw: []byte(`{"id":"` + name + `"}`),
			Parameters: []aidbox.Parameter{{Name: "url", Value: "nats://127.0.0.1:4222"}, {Name: "subject", Value: "foo"}}})
		st = append(st, nats.Stream{Name: fmt.Sprintf("STREAM%d", i), Subjects: []string{"foo.>"}, Messages: question})
		statuses["to-"+name] = data.Status{Status: aidbox.Status{Delivered: &delivered}}
	}
	m.Update(data.Topics{Answer: a, Topics: t})
	m.Update(data.Destinations{Answer: a, Destinations: d})
	m.Update(data.Statuses{Answer: a, Statuses: statuses})
	m.Update(data.Streams{Answer: a, Streams: st})
}

// states are what the screen can be in, by the keys that lead there.
var states = map[string][]tea.KeyMsg{
	"lists":       {},
	"detail":      {{Type: tea.KeyEnter}},
	"destination": {runes("2"), {Type: tea.KeyEnter}},
	"stream":      {runes("3"), {Type: tea.KeyEnter}},
	"help":        {runes("?")},
	"filter":      {runes("/"), runes("o")},
	"form":        {runes("n")},
	"confirm":     {runes("d")},
	"refusal":     {runes("Z")},
	"wire":        {runes("w")},
	"live":        {runes("4")},
	"feed":        {runes("4"), {Type: tea.KeyEnter}},
	"zoomed":      {{Type: tea.KeyEnter}, {Type: tea.KeyEnter}},
	"palette":     {runes(":")},
	"resource":    {runes("c")},
}

func runes(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

// inTheme gives a root another look.
func inTheme(m *Model, o theme.Options) {
	m.o.Dark, m.o.Renderer = o.Dark, o.Renderer
	n := New(m.stopped, m.o)
	w, h := m.w, m.h
	m.Close()
	*m = *n
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	m.furnish(1000)
}

// random is the correlation id that a console proposes.
var random = regexp.MustCompile(`\bc-[0-9a-f]{4}\b`)

// A frame holds the colours that the terminal has and no others; without any,
// the same text stands there.
func TestFramesInEveryTerminal(t *testing.T) {
	foreground := `[;\[](?:3[0-9]|4[0-9]|9[0-7]|10[0-7])[;m]`
	for name, c := range map[string]struct {
		profile   termenv.Profile
		dark      bool
		forbidden string
	}{
		"no colours":        {termenv.Ascii, true, foreground},
		"no colours, light": {termenv.Ascii, false, foreground},
		"sixteen":           {termenv.ANSI, true, `[34]8;[25];|[;\[](?:9[0-7]|10[0-7])[;m]`},
		"sixteen, light":    {termenv.ANSI, false, `[34]8;[25];|[;\[](?:9[0-7]|10[0-7])[;m]`},
		"256":               {termenv.ANSI256, true, `[34]8;2;`},
		"256, light":        {termenv.ANSI256, false, `[34]8;2;`},
	} {
		t.Run(name, func(t *testing.T) {
			r := lipgloss.NewRenderer(io.Discard)
			r.SetColorProfile(c.profile)
			never := regexp.MustCompile(c.forbidden)
			for state, keys := range states {
				m, reference := furnished(t, 140, 42), furnished(t, 140, 42)
				inTheme(m, theme.Options{Dark: c.dark, Renderer: r})
				for _, k := range keys {
					m.Update(k)
					reference.Update(k)
				}
				view := m.View()
				if found := never.FindString(view); found != "" {
					t.Errorf("%s: the terminal is sent %q", state, found)
				}
				if !strings.Contains(view, "\x1b[") {
					t.Errorf("%s: nothing stands out", state)
				}
				want := strings.Split(random.ReplaceAllString(plain(reference), "c-0000"), "\n")
				for i, l := range strings.Split(random.ReplaceAllString(plain(m), "c-0000"), "\n") {
					if l != want[i] {
						t.Errorf("%s: line %d reads\n%q, in colours\n%q", state, i+1, l, want[i])
					}
				}
			}
		})
	}
}

// Every line is exactly as wide as the screen at every size, and every frame
// that begins ends. Only a box lies over frames.
func TestEverySizeIsDrawnExactly(t *testing.T) {
	corners := [2]string{"╭", "╰"}
	if !term.Narrow() {
		corners = [2]string{"", ""} // the corners of ASCII do not tell
	}
	boxes := map[string]bool{"form": true, "confirm": true, "palette": true, "resource": true}
	for state, keys := range states {
		t.Run(state, func(t *testing.T) {
			m := furnished(t, 140, 42)
			for _, k := range keys {
				m.Update(k)
			}
			for _, size := range [][2]int{{200, 60}, {140, 42}, {100, 30}, {99, 30}, {100, 13}, {80, 24}, {60, 12}, {59, 30}, {80, 11}, {20, 5}, {3, 2}, {1, 1}} {
				m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				view := m.View()
				grid.CheckFrame(t, view, size[0], size[1])
				if m.View() != view {
					t.Errorf("%v: drawing changes what is drawn", size)
				}
				if tops, bottoms := strings.Count(view, corners[0]), strings.Count(view, corners[1]); !boxes[state] && tops != bottoms {
					t.Errorf("%v: %d frames begin and %d end:\n%s", size, tops, bottoms, view)
				}
			}
		})
	}
}

// With RUNEWIDTH_EASTASIAN the signs of the screen take two cells. The variable
// is read when a program starts.
func TestFramesAreExactWhereSignsAreWide(t *testing.T) {
	if os.Getenv("TUI_TEST_CHILD") != "" {
		if term.Narrow() {
			t.Fatal("the signs are narrow")
		}
		for state, keys := range states {
			for _, size := range [][2]int{{140, 42}, {100, 30}, {80, 24}, {60, 12}} {
				m := furnished(t, size[0], size[1])
				for _, k := range keys {
					m.Update(k)
				}
				t.Log(state, size)
				grid.CheckFrame(t, m.View(), size[0], size[1])
			}
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "TUI_TEST_CHILD=1", "RUNEWIDTH_EASTASIAN=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

var sink string

// BenchmarkFrame is a whole frame of 140 by 42 cells beside the padding of as
// many lines whose width is known.
func BenchmarkFrame(b *testing.B) {
	const w, h = 140, 42
	m := furnished(b, w, h)
	texts := strings.Split(plain(m), "\n")
	widths := make([]int, len(texts))
	for i, l := range texts {
		texts[i] = strings.TrimRight(l, " ")
		widths[i] = term.Width(texts[i])
	}
	b.Run("pad", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var s strings.Builder
			for i, l := range texts {
				s.WriteString(l)
				s.WriteString(strings.Repeat(" ", w-widths[i]))
				s.WriteByte('\n')
			}
			sink = s.String()
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink = m.View()
		}
	})
	b.Run("changed", func(b *testing.B) { // every list and the detail
		b.ReportAllocs()
		for b.Loop() {
			for _, s := range m.slots {
				for _, p := range s.parts {
					p.drawn = nil
				}
				switch l := s.list().pane.(type) { // the detail lays its lines out again
				case *topics.Model:
					l.Touch()
				case *destinations.Model:
					l.Touch()
				case *streams.Model:
					l.Touch()
				}
			}
			sink = m.View()
		}
	})
}
