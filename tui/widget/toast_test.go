package widget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

func TestToast(t *testing.T) {
	th := themes["none"]
	now := time.Now()
	var toast Toast
	if toast.Tick(now) || toast.Lines(th, 10) != nil {
		t.Error("says something at the start")
	}
	toast.Say(now, theme.OK, "201 Created\x1b[2J")
	if got := bare(toast.Lines(th, 22)); got != " ✓ 201 Created␛[2J    " {
		t.Errorf("%q", got)
	}
	if toast.Tick(now.Add(4*time.Second)) || !toast.Tick(now.Add(6*time.Second)) || toast.Text() != "" {
		t.Error("a message does not go when its time is over")
	}
	toast.Say(now, theme.Bad, "Aidbox refused the destination (422)")
	if toast.Tick(now.Add(time.Hour)) || toast.Text() == "" {
		t.Error("an error goes by itself")
	}
	lines := toast.Lines(th, 20)
	exact(t, "toast", lines, 20, -1)
	if got := bare(lines); !strings.Contains(got, "✗ Aidbox refused") || !strings.Contains(got, "(422)") {
		t.Errorf("%q", got)
	}
	toast.Dismiss()
	if toast.Text() != "" {
		t.Error("stays when it was read")
	}
}

func TestAToastFitsBesideTheKeys(t *testing.T) {
	th := themes["none"]
	said := "201 Created Patient/5e78f7b8-9c1d-4e55-8f6a-2b1f0a9c7d11 in 3 ms"
	for w, want := range map[int]string{
		70: " ✓ 201 Created Patient/5e78f7b8-9c1d-4e55-8f6a-2b1f0a9c7d11 in 3 ms ",
		50: " ✓ 201 Created Patient/5e78f…2b1f0a9c7d11 in 3 ms ",
		38: " ✓ 201 Created Patient…9c7d11 in 3 ms ",
		30: " ✓ 201 Created Patien…9c7d11… ",
		3:  " … ",
		2:  "",
	} {
		var toast Toast
		toast.Say(time.Now(), theme.OK, said)
		if got := toast.Line(th, w); got != want || term.Width(got) > w {
			t.Errorf("%d wide: %q, not %q", w, got, want)
		}
	}
}

func TestAMessageIsReadInFull(t *testing.T) {
	said := "the sandbox's data folder /tmp/a-long-name/aidbox-nats/sandbox is in use by another console: this one keeps its data in /tmp/aidbox-nats-3861739042 and removes it at the end"
	for _, role := range []theme.Role{theme.OK, theme.Warn, theme.Bad} {
		now := time.Now()
		var toast Toast
		toast.Say(now, role, said)
		for w, want := range map[int]int{200: 1, 138: 2, 98: 2, 78: 3} {
			lines := toast.Lines(themes["none"], w)
			exact(t, fmt.Sprint(w), lines, w, want)
			if got := strings.Join(strings.Fields(bare(lines)), " "); !strings.HasSuffix(got, said) {
				t.Errorf("%d wide: %q", w, got)
			}
		}
		if toast.Tick(now.Add(9*time.Second)) || toast.Tick(now.Add(11*time.Second)) == (role == theme.Bad) {
			t.Error("it does not stay for as long as it takes to read")
		}
	}
}

func TestAnErrorTakesAtMostThreeLines(t *testing.T) {
	th := themes["none"]
	id := "Patient/" + strings.Repeat("0123456789", 20)
	var toast Toast
	toast.Say(time.Now(), theme.Bad, "Aidbox refused "+id+" (422): there is no such topic")
	for w, want := range map[int]int{300: 1, 230: 2, 90: 3, 60: 3, 20: 3} {
		lines := toast.Lines(th, w)
		exact(t, fmt.Sprint(w), lines, w, want)
		if got := bare(lines); w > 20 && !strings.Contains(got, "such topic") {
			t.Errorf("%d wide: what is wrong is not told:\n%s", w, got)
		}
	}
	if got := bare([]string{toast.Line(th, 60)}); got != " ✗ Aidbox refused Patien…456789 (422): there is no such to… " {
		t.Errorf("%q", got)
	}
}

func TestToastsAndLabelsAreBounded(t *testing.T) {
	th, long := themes["none"], strings.Repeat("long ", 1<<18)
	var toast Toast
	toast.Say(time.Now(), theme.Bad, long)
	if n := len(toast.Text()); n > 1000 {
		t.Errorf("%d bytes are kept of a message", n)
	}
	if n := len(Label(th, "name", long, 80)); n > 100 {
		t.Errorf("a value takes %d lines", n)
	}
}
