package widget

import (
	"fmt"
	"strings"
	"testing"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

func TestJSON(t *testing.T) {
	th := themes["none"]
	for _, c := range []struct{ rule, in, want string }{
		{"objects and lists are indented", `{"a":{"b":[1,2]},"c":"x"}`, `{
  "a": {
    "b": [
      1,
      2
    ]
  },
  "c": "x"
}`},
		{"empty ones stay on their line", `{"a":{},"b":[ ]}`, `{
  "a": {},
  "b": []
}`},
		{"numbers stay as they were written", `[1.10, 1e400, 12345678901234567890, -0]`, `[
  1.10,
  1e400,
  12345678901234567890,
  -0
]`},
		{"strings too", `["a\u00e9\"\\b", "{[,:]}"]`, `[
  "a\u00e9\"\\b",
  "{[,:]}"
]`},
		{"names that come twice stay", `{"a":1,"a":2}`, `{
  "a": 1,
  "a": 2
}`},
		{"its own blanks go", "{ \"a\" :\n\t true }\n", `{
  "a": true
}`},
		{"a value alone is JSON", `"x"`, `"x"`},
		{"what is not JSON is text", "hello\nJetStream", "hello\nJetStream"},
		{"half of a document is text", `{"a":`, `{"a":`},
		{"nothing is an empty line", "", ""},
		{"control sequences are seen", "{\"a\":\"\u009b\u202e\"}", "{\n  \"a\": \"␦␦\"\n}"},
		{"in text too", "\x1b[2J", "␛[2J"},
	} {
		if got := bare(JSON(th, []byte(c.in))); got != c.want {
			t.Errorf("%s:\n%s\nnot\n%s", c.rule, got, c.want)
		}
	}
}

func TestJSONIsQuiet(t *testing.T) {
	th := themes["colours"]
	got := JSON(th, []byte(`{"name":"x"}`))[1]
	want := "  " + th.Paint(theme.Faint, `"name"`) + th.Paint(theme.Faint, ": ") + `"x"`
	if got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestJSONIsBounded(t *testing.T) {
	th := themes["none"]
	for _, c := range []struct {
		rule, in   string
		last       string
		lines      int
		totalBytes int
	}{
		{"many lines", "[" + strings.Repeat("1,", 40_000) + "1]", " KB more", jsonLines + 1, 1 << 20},
		{"many bytes, not checked", "[" + strings.Repeat(`"`+strings.Repeat("x", 500)+`",`, 4000) + "1]", " KB more", 2500, 3 << 20},
		{"many bytes of text", strings.Repeat("x y\n", 1<<19), " MB more", jsonLines + 1, 1 << 20},
		{"deep lists", strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "]", 18_000, 3 << 20},
		{"a long string", `["` + strings.Repeat("x", 100_000) + `"]`, "]", 3, 5000},
	} {
		lines := JSON(th, []byte(c.in))
		n := len(strings.Join(lines, "\n"))
		if len(lines) > c.lines || n > c.totalBytes || !strings.HasSuffix(bare(lines[len(lines)-1:]), c.last) {
			t.Errorf("%s: %d lines, %d bytes, ends with %q", c.rule, len(lines), n, lines[len(lines)-1])
		}
	}
	if l := bare(JSON(th, []byte(`["`+strings.Repeat("x", 100_000)+`"]`))[1:2]); !strings.HasSuffix(l, "x… 95906 bytes") {
		t.Errorf("a long string ends with %q", l[len(l)-20:])
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range append(hostile, `{"a":[1,{"b":null}]}`, `[[],{}]`, `{"a`, `}`, `[1,,2]`) {
		f.Add([]byte(s))
		f.Add([]byte(`{"` + s + `":"` + s + `"}`))
	}
	th := themes["colours"]
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, l := range JSON(th, raw) {
			if term.Width(l) > 0 && term.Fit(l, term.Width(l)) != l {
				t.Errorf("%q draws %q", raw, l)
			}
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	th := themes["colours"]
	var doc strings.Builder
	doc.WriteString(`{"resourceType":"Bundle","entry":[`)
	for i := range 100 {
		if i > 0 {
			doc.WriteByte(',')
		}
		fmt.Fprintf(&doc, `{"resource":{"resourceType":"Patient","id":"%d","name":[{"family":"Smith","given":["Ann"]}],"active":true}}`, i)
	}
	doc.WriteString(`]}`)
	raw := []byte(doc.String())
	b.Run("split", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			sink = strings.Split(doc.String(), ",")
		}
	})
	b.Run("json", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			sink = JSON(th, raw)
		}
	})
}
