package widget

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestConfirm(t *testing.T) {
	for _, c := range []struct {
		rule      string
		keys      string
		yes, done bool
	}{
		{"enter alone never does it", "enter", false, true},
		{"esc does not", "esc", false, true},
		{"n does not", "n", false, true},
		{"y does", "y", true, true},
		{"enter does on the other button", "right enter", true, true},
		{"and does not when it was left again", "tab tab enter", false, true},
		{"other keys are no answer", "x d q", false, false},
		{"the first answer holds", "esc y", false, true},
	} {
		q := NewConfirm(ConfirmOptions{Question: "Delete?"})
		for _, k := range strings.Fields(c.keys) {
			q.Update(press(k))
		}
		if yes, done := q.Answer(); yes != c.yes || done != c.done {
			t.Errorf("%s: yes %v, done %v", c.rule, yes, done)
		}
	}
}

func TestConfirmShowsWhatIsLost(t *testing.T) {
	q := NewConfirm(ConfirmOptions{
		Question: "Delete destination basic?",
		Lost:     []string{"Changes of Patient no longer reach foo."},
		Preview:  []string{"DELETE /fhir/AidboxTopicDestination/basic"},
	})
	lines := q.Lines(themes["none"], 50)
	exact(t, "confirm", lines, 50, -1)
	got := bare(lines)
	for _, want := range []string{"Delete destination basic?", "no longer reach foo", "DELETE /fhir/AidboxTopicDestination/basic", "▸ [ Cancel ]", "  [ Delete ]"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	q.Update(press("right"))
	if got := bare(q.Lines(themes["none"], 50)); !strings.Contains(got, "▸ [ Delete ]") || strings.Contains(got, "▸ [ Cancel ]") {
		t.Errorf("the button is not seen:\n%s", got)
	}
}

func TestTheRequestOfAQuestionIsMovedIn(t *testing.T) {
	th := themes["none"]
	q := NewConfirm(ConfirmOptions{Question: "Replace basic?", Lost: []string{"Its queue."}, Preview: body(40)(Values{}), Verb: "Replace"})
	for h := range 60 {
		for w := range 50 {
			exact(t, fmt.Sprintf("%dx%d", w, h), q.Fit(th, w, h), w, h)
		}
		if got := bare(q.Fit(th, 50, h)); h > 0 && !strings.Contains(got, "[ Cancel ]") {
			t.Errorf("%d high: no buttons in\n%s", h, got)
		}
	}
	got := bare(q.Fit(th, 50, 16))
	if !strings.Contains(got, "1-9 of 41") || !strings.Contains(got, "Its queue.") {
		t.Errorf("\n%s", got)
	}
	q.Update(tea.KeyMsg{Type: tea.KeyPgDown})
	if got := bare(q.Fit(th, 50, 16)); !strings.Contains(got, "9-17 of 41") {
		t.Errorf("\n%s", got)
	}
	line := strings.TrimSpace(bare([]string{KeyLine(th, q.Keys(), nil, 90)}))
	if want := "enter cancel  tab ←→ choose  y replace  esc cancel  pgup pgdn request"; line != want {
		t.Errorf("%q, not %q", line, want)
	}
}
