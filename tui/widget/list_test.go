package widget

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func listFrame(s *shown, w, h int) string {
	s.SetSize(w-2, h-2)
	return bare(Frame(s.Theme, s.Title(), 1, true, w, h, strings.Split(s.View(), "\n")))
}

func TestAListSaysThatItIsReadWhenThatTakesLong(t *testing.T) {
	s := newShown(themes["none"], "Topics")
	if got := listFrame(s, 40, 4); strings.Contains(got, "eading") || strings.Contains(got, "None yet") {
		t.Errorf("nobody has asked:\n%s", got)
	}
	ask := s.Loading()
	if ask == nil || s.Loading() != nil {
		t.Fatal("the first question, and only that, is waited for")
	}
	slow := ask().(Slow)
	if got := listFrame(s, 40, 4); strings.Contains(got, "eading") {
		t.Errorf("at once:\n%s", got)
	}
	before := s.Revision()
	slow.Tell()
	if got := listFrame(s, 40, 4); s.Revision() == before || !strings.Contains(got, "─ reading… ─╮\n│  Reading…") {
		t.Errorf("later:\n%s", got)
	}
	s.Answer(nil, nil)
	slow.Tell()
	if got := listFrame(s, 40, 4); strings.Contains(got, "eading") || !strings.Contains(got, "None yet") || !strings.Contains(got, " 0 ─╮") {
		t.Errorf("answered:\n%s", got)
	}
	if s.Loading() != nil {
		t.Error("asked again, it waits again")
	}
}

func TestAListKeepsItsRowsBesideAnError(t *testing.T) {
	s := newShown(themes["none"], "Topics")
	s.Answer([]string{"a", "b", "c"}, nil)
	s.Answer(nil, errors.New("GET http://127.0.0.1:8080/fhir/AidboxSubscriptionTopic: connection refused"))
	for w, want := range map[int]string{
		46: "─ not read since 10:42:07 ─╮",
		36: "─ since 10:42:07 ─╮",
		25: "─ not read ─╮",
	} {
		got := listFrame(s, w, 5)
		clock := regexp.MustCompile(`\d\d:\d\d:\d\d`)
		if !strings.Contains(clock.ReplaceAllString(got, "10:42:07"), want) || !strings.Contains(got, "▸ a") || !strings.Contains(got, "  b") ||
			strings.Contains(got, "  c") || !strings.Contains(got, "✗ ") {
			t.Errorf("%d wide:\n%s", w, got)
		}
		if w > 30 && !strings.Contains(got, "…  enter shows all │") {
			t.Errorf("%d wide: what is left out is not told of\n%s", w, got)
		}
	}
	if got := listFrame(s, 46, 3); !strings.Contains(got, "▸ a") || strings.Contains(got, "✗") {
		t.Errorf("one line is the row's:\n%s", got)
	}
	s.Answer([]string{"a", "b", "c"}, nil)
	if got := listFrame(s, 46, 5); strings.Contains(got, "✗") || !strings.Contains(got, "  c") || strings.Contains(got, "since") {
		t.Errorf("read again:\n%s", got)
	}
}

func TestAnErrorWithoutRowsFillsTheList(t *testing.T) {
	s := newShown(themes["none"], "Topics")
	s.Answer(nil, errors.New(strings.Repeat("refused ", 30)))
	got := listFrame(s, 40, 5)
	if !strings.Contains(got, "─ not read ─╮\n│ ✗ refused") || !strings.Contains(got, "…  enter shows all │\n╰") {
		t.Errorf("\n%s", got)
	}
	if got = listFrame(s, 40, 20); strings.Contains(got, "enter") || strings.Count(got, "refused") != 30 {
		t.Errorf("with room:\n%s", got)
	}
}

func TestListsAreExactWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, text := range hostile {
			s := newShown(th, text)
			s.Answer([]string{text, "b", "c"}, nil)
			for range 2 {
				for w := 2; w < 50; w++ {
					for h := 2; h < 6; h++ {
						s.SetSize(w-2, h-2)
						lines := Frame(th, s.Title(), 1, true, w, h, strings.Split(s.View(), "\n"))
						exact(t, fmt.Sprintf("%s, %q in %dx%d", name, text, w, h), lines, w, h)
					}
				}
				s.Answer(nil, errors.New(text))
			}
		}
	}
}
