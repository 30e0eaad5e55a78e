package grid

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"aidbox-nats/tui/term"
)

var update = flag.Bool("update", false, "write the golden files of what is drawn now")

// Golden compares text with the file testdata/NAME.golden. The flag -update
// writes the file instead; read its difference before it is committed.
func Golden(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make it with: go test -run '%s' . -update", err, t.Name())
	}
	want := strings.TrimSuffix(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	if want == text {
		return
	}
	t.Errorf("%s is drawn otherwise, first in %s\nwanted:\n%s\ndrawn:\n%s", path, firstDifference(want, text), want, text)
}

// GoldenSoon waits until the screen, after steady has masked what differs from
// run to run, is what the file testdata/NAME.golden holds. What a test waited
// for before may not be the last thing to be drawn, so only this wait makes a
// frame of servers' answers steady. With -update the screen of now is written.
func (g *Grid) GoldenSoon(name string, steady func(string) string) {
	g.t.Helper()
	if *update {
		g.settle()
		Golden(g.t, name, steady(g.Text()))
		return
	}
	b, err := os.ReadFile(filepath.Join("testdata", name+".golden"))
	if err != nil {
		Golden(g.t, name, steady(g.Text()))
		return
	}
	want := strings.TrimSuffix(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	if !g.soon(func(s string) bool { return steady(s) == want }) {
		Golden(g.t, name, steady(g.Text()))
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var wl, gl string
		if i < len(a) {
			wl = a[i]
		}
		if i < len(b) {
			gl = b[i]
		}
		if wl != gl {
			return "line " + strconv.Itoa(i+1) + ":\n- " + term.Clean(wl) + "\n+ " + term.Clean(gl)
		}
	}
	return "its length"
}

// CheckFrame fails the test unless view is h lines, each w cells wide. Bubble
// Tea cuts what is wider, and the top of what is taller, without a word.
func CheckFrame(t testing.TB, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Errorf("%d lines, not %d", len(lines), h)
	}
	for i, l := range lines {
		if got := term.Width(l); got != w {
			t.Errorf("line %d is %d wide, not %d: %q", i+1, got, w, l)
		}
	}
}
