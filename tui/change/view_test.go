package change

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const nasty = "\x1b[31mred\u202e\u200b\x07\n日本語👩‍👩‍👧‍👦e\u0301\u0301"

// opened is a dialog that knows a server of which everything is hostile.
func opened(t *testing.T) *dialog {
	t.Helper()
	m := New(nil)
	var v data.AidboxHealth
	v.Version.Number = 2609
	m.Update(v)
	m.Update(data.Definitions{R4: definitions(t)})
	topic := patientTopic("name.exists()")
	topic.URL += nasty
	m.Update(data.Topics{Topics: []aidbox.Topic{topic}})
	m.history.add(entry{at: time.Now(), resourceType: patient, id: nasty, text: nasty, sent: true, failed: []string{nasty}})
	d := m.open().(*dialog)
	t.Cleanup(d.cancel)
	return d
}

func press(d *dialog, keys ...tea.KeyMsg) {
	for _, k := range keys {
		d.Update(k)
	}
}

var (
	tab    = tea.KeyMsg{Type: tea.KeyTab}
	right  = tea.KeyMsg{Type: tea.KeyRight}
	ctrlR  = tea.KeyMsg{Type: tea.KeyCtrlR}
	typedA = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a")}
)

func TestEveryLineIsAsWideAsItsPlaceInEveryStateAndSize(t *testing.T) {
	base := aidbox.Resource{Type: patient, ID: nasty, VersionID: nasty, Raw: []byte(`{"resourceType":"Patient","name":[{"family":"\u001b[31m日本語"}]}`)}
	states := map[string]func(*dialog){
		"the example":     func(*dialog) {},
		"typed":           func(d *dialog) { press(d, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(nasty), Paste: true}) },
		"types":           func(d *dialog) { press(d, tab, tab, typedA) },
		"the correlation": func(d *dialog) { press(d, tea.KeyMsg{Type: tea.KeyShiftTab}, typedA, typedA) },
		"the history":     func(d *dialog) { press(d, ctrlR) },
		"ids": func(d *dialog) {
			press(d, tab, right)
			d.newest = []candidate{{id: nasty, version: nasty, about: nasty}}
			d.moveTo(onID)
		},
		"an error":         func(d *dialog) { d.say(theme.Bad, strings.Repeat(nasty+" ", 50)) },
		"an update":        func(d *dialog) { d.do, d.id, d.base = update, nasty, &base; d.fill(base.Raw, fromServer, true) },
		"a deletion":       func(d *dialog) { d.do, d.id, d.base = remove, nasty, &base },
		"a question":       func(d *dialog) { d.do, d.id, d.base = remove, nasty, &base; d.submit() },
		"a masked update":  func(d *dialog) { d.m.mask.On = true; d.do, d.id, d.base, d.loaded = update, nasty, &base, true },
		"many problems":    func(d *dialog) { d.setText(strings.Repeat("x\n", 50), false); d.look() },
		"while it is sent": func(d *dialog) { d.sending = true },
	}
	th := theme.New(theme.Options{Dark: true, Renderer: grid.Renderer()})
	for name, state := range states {
		t.Run(name, func(t *testing.T) {
			d := opened(t)
			state(d)
			d.found.topics = d.m.world.topicsOf(t.Context(), change{resourceType: patient, current: []byte(example)})
			for _, size := range [][2]int{{138, 40}, {98, 28}, {78, 21}, {58, 9}, {20, 5}} {
				lines := d.View(th, size[0], size[1])
				if len(lines) > size[1] {
					t.Errorf("%v: %d lines", size, len(lines))
				}
				grid.CheckFrame(t, strings.Join(lines, "\n"), min(size[0], widest), len(lines))
			}
			if len(d.Keys()) == 0 {
				t.Error("no keys")
			}
		})
	}
}

// The line of the request and one of the text are seen at the least size.
func TestTheRequestIsSeenAtTheLeastSize(t *testing.T) {
	d := opened(t)
	th := theme.New(theme.Options{Dark: true, Renderer: grid.Renderer()})
	text := strings.Join(d.View(th, 58, 9), "\n")
	for _, want := range []string{"/fhir/Patient", "family"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// An answer to a question that was asked before another says nothing.
func TestLateAnswersAreDropped(t *testing.T) {
	d := opened(t)
	press(d, tab, right) // update: the newest are asked for
	first := d.awaited[forChoice]
	press(d, right, right, right) // delete, create, update: asked for again
	if d.awaited[forChoice] == first {
		t.Fatal("it was asked once")
	}
	late := []aidbox.Resource{{Type: patient, ID: "late"}}
	d.Update(answer{dialog: d, purpose: forChoice, number: first, found: late, about: []string{""}})
	if len(d.newest) != 0 {
		t.Error("a late answer was taken")
	}
	d.Update(answer{dialog: d, purpose: forChoice, number: d.awaited[forChoice], found: late, about: []string{""}})
	if len(d.newest) != 1 {
		t.Error("the last answer was not taken")
	}
	d.Update(checked{d, found{stamp: stamp{text: 99}, problems: []problem{{0, "late"}}}})
	if len(d.found.problems) != 0 {
		t.Error("a check of another text was taken")
	}
	other := opened(t)
	d.Update(answer{dialog: other, purpose: forChoice, number: d.awaited[forChoice], err: errors.New("another's")})
	if d.said != "" {
		t.Errorf("%s", d.said)
	}
}

// What is closed while it is sent ends as a toast.
func TestARefusalAfterTheDialogWasClosedIsTold(t *testing.T) {
	d := opened(t)
	d.sending = true
	press(d, tea.KeyMsg{Type: tea.KeyEsc})
	if !d.Done() {
		t.Fatal("it stands")
	}
	msg := d.m.Update(sent{dialog: d, err: errors.New("refused")})()
	if f, ok := msg.(widget.Finished); !ok || f.Err == nil {
		t.Errorf("%T", msg)
	}
	if e := d.m.history.entries[0]; e.why(data.Mask{}) != "refused" || e.result() != "no answer" {
		t.Errorf("%+v", e)
	}
}

func TestTheMaskHidesWhatWasTypedInTheHistory(t *testing.T) {
	e := entry{about: "joe smith"}
	if e.shown(data.Mask{}) != "joe smith" || strings.Contains(e.shown(data.Mask{On: true}), "smith") {
		t.Errorf("%s", e.shown(data.Mask{On: true}))
	}
}

func TestWhatIsTypedIntoAFieldReplacesIt(t *testing.T) {
	d := opened(t)
	press(d, tab, tab, typedA)
	if d.kind.Value() != "a" {
		t.Errorf("%s", d.kind.Value())
	}
	press(d, tea.KeyMsg{Type: tea.KeyEnter})
	if d.resourceType != "Account" || d.kind.Value() != "Account" || d.place != onText {
		t.Errorf("%s", d.resourceType)
	}
	press(d, tab, tab, tab) // past the type, without typing
	if d.resourceType != "Account" {
		t.Errorf("%s", d.resourceType)
	}
}

func BenchmarkAKeyInALargeText(b *testing.B) {
	th := theme.New(theme.Options{Dark: true, Renderer: grid.Renderer()})
	for name, text := range map[string]string{
		"example": example,
		"1 MB":    "{\n" + strings.Repeat(`"a": "`+strings.Repeat("x", 100)+"\",\n", 9000) + "}",
	} {
		b.Run(name, func(b *testing.B) {
			m := New(nil)
			d := m.open().(*dialog)
			defer d.cancel()
			d.setText(text, false)
			for b.Loop() {
				press(d, typedA, tea.KeyMsg{Type: tea.KeyBackspace})
				d.View(th, 100, 40)
			}
		})
	}
}
