package widget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/theme"
)

const patientJSON = `{"resourceType":"Patient","id":"5e78","name":[{"family":"Smith","given":["Ann","B"]},{"text":"Ann"}],` +
	`"active":true,"multipleBirthInteger":1.10,"contact":[],"meta":{"versionId":"17"}}`

func newTree(raw string, w, h int) *Tree {
	t := &Tree{}
	t.Set("1", []byte(raw))
	t.SetSize(w, h)
	return t
}

// drawn is the tree without the blanks at its ends, the cursor's row marked.
func drawn(t *Tree) string {
	lines := strings.Split(bare(t.Lines(themes["none"], false)), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
		if t.scroll.Offset()+i == t.row() && len(t.rows) > 0 {
			lines[i] += " <"
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func pressTree(t *Tree, keys string) {
	for _, k := range strings.Fields(keys) {
		if a, ok := t.Actions(nil).Match(editKey(k)); ok {
			a.Run()
		}
	}
}

func TestTreeFolds(t *testing.T) {
	for _, c := range []struct{ rule, raw, keys, want string }{
		{"everything is open at first", `{"a":{"b":[1,2]},"c":"x"}`, "", `{ <
  "a": {
    "b": [
      1,
      2
    ]
  },
  "c": "x"
}`},
		{"space folds, and tells how many", `{"a":{"b":[1,2],"c":{}},"d":[1,[2],{"x":1}],"e":{"y":0}}`, "j space j space j j space", `{
  "a": {…} 2 keys,
  "d": […] 3,
  "e": {
    "y": 0 <
  }
}`},
		{"on the last line too, and the cursor goes to what is left", `{"e":{"y":0}}`, "j j j space", `{
  "e": {…} 1 key <
}`},
		{"space again unfolds", `{"e":{"y":0}}`, "j space space", `{
  "e": { <
    "y": 0
  }
}`},
		{"enter does the same", `{"e":{"y":0}}`, "enter", `{…} 1 key <`},
		{"left folds, then goes out", `{"a":[[1]],"b":2}`, "j j left left", `{
  "a": [ <
    […] 1
  ],
  "b": 2
}`},
		{"left on a value goes out", `{"a":[1],"b":2}`, "j j h", `{
  "a": [ <
    1
  ],
  "b": 2
}`},
		{"right unfolds, then goes in", `{"a":[[1]]}`, "j left right right", `{
  "a": [
    [ <
      1
    ]
  ]
}`},
		{"all but the outermost is folded at once", `{"a":[[1]],"b":{"c":1},"d":3}`, "j j j <", `{
  "a": […] 1, <
  "b": {…} 1 key,
  "d": 3
}`},
		{"and unfolded, what was folded inside too", `{"a":[[1]],"d":3}`, "j j left k left >", `{
  "a": [ <
    [
      1
    ]
  ],
  "d": 3
}`},
		{"empty ones do not fold", `{"a":{},"b":[ ]}`, "j space j space", `{
  "a": {},
  "b": [] <
}`},
		{"the ends", `[1,2,3]`, "end home down", `[
  1, <
  2,
  3
]`},
		{"text is not folded", "one\r\ntwo", "j space <", "one\ntwo <"},
		{"half of a document is text", `{"a":`, "", `{"a": <`},
		{"nothing", "", "j space h l < > end", ""},
		{"a value alone", ` "x" `, "space", `"x" <`},
		{"numbers and strings are as they were written", `[1.10,1e400,12345678901234567890,"\u00e9\""]`, "", `[ <
  1.10,
  1e400,
  12345678901234567890,
  "\u00e9\""
]`},
		{"control sequences are seen", "{\"a\u202e\":\"\u009b\"}", "", "{ <\n  \"a␦\": \"␦\"\n}"},
	} {
		tree := newTree(c.raw, 60, 20)
		pressTree(tree, c.keys)
		if got := drawn(tree); got != c.want {
			t.Errorf("%s:\n%s\nnot\n%s", c.rule, got, c.want)
		}
	}
}

func TestTreeTellsPathAndValue(t *testing.T) {
	for _, c := range []struct{ rule, raw, keys, path, value string }{
		{"the resource itself", `{"resourceType":"Patient","id":"1"}`, "", "Patient", "{\n  \"resourceType\": \"Patient\",\n  \"id\": \"1\"\n}"},
		{"a member", patientJSON, "j j", "Patient.id", "5e78"},
		{"an item's member", patientJSON, "j j j j j", "Patient.name[0].family", "Smith"},
		{"an item of a list", patientJSON, "j j j j j j j j", "Patient.name[0].given[1]", "B"},
		{"the last line is the whole", patientJSON, "j j j j j j j j j", "Patient.name[0].given", "[\n  \"Ann\",\n  \"B\"\n]"},
		{"a number keeps its digits", `{"a":1.10}`, "j", "a", "1.10"},
		{"no resource", `{"value":{"entry":[1,{"resource":{"id":"x"}}]}}`, "j j j j j", "value.entry[1].resource", "{\n  \"id\": \"x\"\n}"},
		{"a list", `[[1,2],3]`, "j j j", "[0][1]", "2"},
		{"a name that is no identifier", `{"a b":{"":[{"c-d":null}]}}`, "j j j j", `["a b"][""][0]["c-d"]`, "null"},
		{"a string that is escaped", `["a\"\u00e9\n"]`, "j", "[0]", "a\"é\n"},
		{"a folded one", `{"a":[1]}`, "j space", "a", "[\n  1\n]"},
		{"no resource, outermost", `[]`, "", "", "[]"},
		{"text", "one\n  two", "j", "", "  two"},
		{"a type that is no string", `{"resourceType":{"a":1},"b":1}`, "j j", "resourceType.a", "1"},
	} {
		tree := newTree(c.raw, 60, 40)
		pressTree(tree, c.keys)
		value, ok := tree.Value()
		if tree.Path() != c.path || value != c.value || !ok {
			t.Errorf("%s: %q is %q (%v), not %q and %q", c.rule, tree.Path(), value, ok, c.path, c.value)
		}
	}
	var empty Tree
	if _, ok := empty.Value(); ok || empty.Path() != "" || empty.Toggle() || empty.Fold() || empty.Unfold() || empty.Move(1) {
		t.Error("an empty tree holds something")
	}
}

func TestTreeSearches(t *testing.T) {
	tree := newTree(patientJSON, 60, 40)
	pressTree(tree, "<")
	if n := tree.SetSearch("ann"); n != 2 {
		t.Fatalf("%d lines", n)
	}
	var paths []string
	for range 3 {
		at, of := tree.Match()
		paths = append(paths, fmt.Sprintf("%s %d/%d", tree.Path(), at, of))
		pressTree(tree, "n")
	}
	pressTree(tree, "N N")
	paths = append(paths, tree.Path())
	if got := strings.Join(paths, ", "); got != "Patient.name[0].given[0] 1/2, Patient.name[1].text 2/2, Patient.name[0].given[0] 1/2, Patient.name[1].text" {
		t.Error(got)
	}
	if !strings.Contains(tree.Lines(themes["colours"], false)[12], themes["colours"].Paint(theme.Key, "Ann")) {
		t.Errorf("what was found does not stand out: %q", tree.Lines(themes["colours"], false))
	}
	for _, c := range []struct {
		rule, text string
		n          int
	}{
		{"names are searched", "FAMILY", 1},
		{"name and value together", `"active": TRUE`, 1},
		{"nothing found", "zz", 0},
		{"the end of a search", "", 0},
	} {
		at := tree.at
		if n := tree.SetSearch(c.text); n != c.n || n == 0 && tree.at != at {
			t.Errorf("%s: %d lines, cursor %d", c.rule, n, tree.at)
		}
	}
	if _, ok := tree.Actions(nil).Match(press("n")); ok {
		t.Error("n is taken without a search")
	}
	tree = newTree(`["x",1,"x"]`, 20, 5)
	pressTree(tree, "j j")
	tree.SetSearch("x")
	if tree.Path() != "[2]" {
		t.Errorf("the search begins at %s, before the cursor", tree.Path())
	}
	pressTree(tree, "k n")
	if tree.Path() != "[2]" {
		t.Errorf("from a line that was not found n goes to %s", tree.Path())
	}
	pressTree(tree, "k N")
	if tree.Path() != "[0]" {
		t.Errorf("from a line that was not found N goes to %s", tree.Path())
	}
}

func TestTreeKeepsItsPlaceWhenTheDocumentChanges(t *testing.T) {
	tree := newTree(`{"a":{"x":1},"b":{"y":[1]},"c":[{"z":1}]}`, 40, 20)
	tree.SetSearch("z")
	pressTree(tree, "home j space j j") // a is folded, the cursor on y
	if tree.Path() != "b.y" {
		t.Fatal(tree.Path())
	}
	was := tree.Revision()
	tree.Set("1", []byte(`{"a":{"x":1},"b":{"y":[1]},"c":[{"z":1}]}`))
	if tree.Revision() != was {
		t.Error("an equal document is drawn again")
	}
	tree.Set("1", []byte(`{"new":{"x":2,"y":[]},"a":{"x":2},"b":{"w":0,"y":[1]}}`))
	if got := drawn(tree); got != `{
  "new": {
    "x": 2,
    "y": []
  },
  "a": {…} 1 key,
  "b": {
    "w": 0,
    "y": [ <
      1
    ]
  }
}` || tree.Revision() == was {
		t.Errorf("\n%s", got)
	}
	if _, of := tree.Match(); of != 0 {
		t.Errorf("%d old matches are left", of)
	}
	tree.Set("1", []byte(`{"a":{"x":2}}`))
	if got := drawn(tree); got != "{\n  \"a\": {…} 1 key\n} <" {
		t.Errorf("the place is gone:\n%s", got)
	}
	tree.Set("2", []byte(`{"a":{"x":2}}`))
	if got := drawn(tree); got != "{ <\n  \"a\": {\n    \"x\": 2\n  }\n}" {
		t.Errorf("another document:\n%s", got)
	}
}

func TestTreeWrapsLongValues(t *testing.T) {
	tree := newTree(`{"diagnostics":"The element ups is not known to the profile of this server","n":1}`, 40, 10)
	pressTree(tree, "j j")
	if got := drawn(tree); got != `{
  "diagnostics": "The element ups is
      not known to the profile of this <
      server",
  "n": 1
}` {
		t.Errorf("\n%s", got)
	}
	if tree.Path() != "diagnostics" {
		t.Error(tree.Path())
	}
	pressTree(tree, "j j")
	if tree.Path() != "n" {
		t.Error(tree.Path())
	}
	tree.SetSize(120, 10)
	if got := drawn(tree); !strings.Contains(got, "\n  \"n\": 1 <") {
		t.Errorf("wider:\n%s", got)
	}
	text := newTree("word "+strings.Repeat("日本", 20), 20, 10)
	exact(t, "wide characters", text.Lines(themes["none"], true), 20, 10)
	if got := drawn(text); !strings.HasPrefix(got, "word 日本日本日本日 <\n本日") {
		t.Errorf("\n%s", got)
	}
}

func TestTreeIsBounded(t *testing.T) {
	for _, c := range []struct {
		rule, raw, last string
		lines           int
	}{
		{"many lines", "[" + strings.Repeat("1,", 40_000) + "1]", "KB more", jsonLines + 1},
		{"many bytes, not checked", "[" + strings.Repeat(`"`+strings.Repeat("x", 500)+`",`, 4000) + "1]", "KB more", 2500},
		{"many bytes of text", strings.Repeat("x y\n", 1<<19), "MB more", jsonLines + 1},
		{"deep lists", strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "]", 18_000},
		{"deep lists without an end", strings.Repeat("[", 2<<20), "MB more", jsonLines + 1},
		{"a long string", `["` + strings.Repeat("x", 100_000) + `"]`, "]", 3},
		{"one long line of text", strings.Repeat("x\x1b", 100_000), "bytes", 1},
	} {
		tree := newTree(c.raw, 80, 30)
		pressTree(tree, "end")
		lines := tree.Lines(themes["colours"], true)
		exact(t, c.rule, lines, 80, 30)
		if got := strings.TrimSpace(bare(lines)); !strings.HasSuffix(got, c.last) || len(tree.lines) > c.lines {
			t.Errorf("%s: %d lines, ends with %q", c.rule, len(tree.lines), got[max(len(got)-200, 0):])
		}
		if v, ok := tree.Value(); c.last == "]" && !ok || len(v) > len(c.raw)+100 {
			t.Errorf("%s: a value of %d bytes (%v)", c.rule, len(v), ok)
		}
		pressTree(tree, "< k")
		tree.Path()
		if n := tree.SetSearch("x"); n > c.lines {
			t.Errorf("%s: %d lines found", c.rule, n)
		}
		tree.Set("1", append([]byte(" "), c.raw...))
	}
	tree := newTree("["+strings.Repeat(`{"a":1},`, 200_000)+"1]", 80, 30)
	pressTree(tree, "space")
	if got := drawn(tree); !strings.Contains(got, "[…] 6,667 or more <") {
		t.Errorf("a list that was cut:\n%s", got)
	}
	if v, ok := tree.Value(); !ok || len(v) != len(tree.raw) {
		t.Error("the whole document cannot be taken")
	}
	pressTree(tree, "space end k")
	if v, ok := tree.Value(); ok {
		t.Errorf("a value that was cut is %q", v)
	}
}

// randomJSON is a document without two members of one name.
func randomJSON(r *rand.Rand, depth int) any {
	text := func() string { return hostile[r.IntN(len(hostile))] }
	switch n := r.IntN(8); {
	case n < 3 && depth > 0:
		m := map[string]any{}
		for range r.IntN(5) {
			m[[]string{"a", "b", "name", "a b", "é", text()}[r.IntN(6)]] = randomJSON(r, depth-1)
		}
		return m
	case n < 5 && depth > 0:
		l := []any{}
		for range r.IntN(5) {
			l = append(l, randomJSON(r, depth-1))
		}
		return l
	case n == 5:
		return json.Number(fmt.Sprint(r.IntN(1000)))
	case n == 6:
		return []any{nil, true, false}[r.IntN(3)]
	}
	return strings.Repeat(text(), 1+r.IntN(3))
}

func TestTreeDrawsAllOfEveryDocument(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	th := themes["none"]
	for range 400 {
		raw, err := json.Marshal(randomJSON(r, 5))
		if err != nil {
			t.Fatal(err)
		}
		want := JSON(th, raw)
		for i, l := range want {
			want[i] = strings.TrimRight(term.Fit(l, 500), " ")
		}
		tree := newTree(string(raw), 500, len(want))
		got := tree.Lines(th, false)
		for i, l := range got {
			got[i] = strings.TrimRight(l, " ")
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%s\n%s\nnot\n%s", raw, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		// In little room the same is drawn in more rows.
		tree.SetSize(90, 0)
		tree.layout()
		tree.SetSize(90, len(tree.rows))
		flat := func(lines []string) string { return strings.Join(strings.Fields(strings.Join(lines, "")), "") }
		if narrow := flat(tree.Lines(th, false)); narrow != flat(want) {
			t.Fatalf("%s\n%s\nnot\n%s", raw, narrow, flat(want))
		}
	}
}

func TestTreeNeverLosesItsCursor(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	keys := strings.Fields("up down left right space < > home end pgup pgdown n N j k")
	for range 60 {
		raw, err := json.Marshal(randomJSON(r, 6))
		if err != nil {
			t.Fatal(err)
		}
		tree := newTree(string(raw), 40, 7)
		for range 150 {
			switch r.IntN(12) {
			case 0:
				tree.SetSize(r.IntN(50), r.IntN(9))
			case 1:
				tree.SetSearch([]string{"a", "", "1"}[r.IntN(3)])
			case 2:
				if next, err := json.Marshal(randomJSON(r, 5)); err == nil && r.IntN(4) == 0 {
					tree.Set("1", next)
				}
			default:
				pressTree(tree, keys[r.IntN(len(keys))])
			}
			tree.layout()
			row := tree.rows[tree.row()]
			if row.line != tree.at || row.part != min(tree.part, int32(tree.parts(tree.lines[tree.at])-1)) {
				t.Fatalf("the cursor is on line %d, the row is %v of\n%s", tree.at, row, drawn(tree))
			}
			if seen := tree.row() - tree.scroll.Offset(); tree.h > 0 && (seen < 0 || seen >= tree.h) {
				t.Fatalf("the cursor is not seen: row %d of %d", seen, tree.h)
			}
		}
	}
}

func TestTreeIsExactWhateverIsInIt(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			quoted, err := json.Marshal(map[string]any{s: []any{s, map[string]any{"x": s + s + s}}, "b": s})
			if err != nil {
				t.Fatal(err)
			}
			for _, raw := range []string{string(quoted), s, `["` + s + `"]`, s + "\n" + s} {
				tree := newTree(raw, 0, 0)
				for w := range 50 {
					for _, h := range []int{0, 1, 3, 9} {
						tree.SetSize(w, h)
						tree.SetSearch([]string{"", s, "b", "x"}[w%4])
						pressTree(tree, []string{"j", "space", "n", "<", ">", "end"}[w%6])
						exact(t, fmt.Sprintf("%s, %q in %dx%d", name, raw, w, h), tree.Lines(th, w%2 == 0), w, h)
					}
				}
			}
		}
	}
}

// treeScreen is a pane of a tree alone.
type treeScreen struct{ tree *Tree }

func (s treeScreen) Init() tea.Cmd { return nil }

func (s treeScreen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.tree.SetSize(msg.Width, msg.Height-1)
	case tea.KeyMsg:
		for _, k := range term.SplitKeys(msg) {
			if a, ok := s.tree.Actions(nil).Match(k); ok {
				a.Run()
			}
		}
	}
	return s, nil
}

func (s treeScreen) View() string {
	return strings.Join(append(s.tree.Lines(themes["colours"], true), "at "+s.tree.Path()+" "+s.tree.Position()), "\n")
}

func TestTreeOnTheScreen(t *testing.T) {
	g := grid.Start(t, treeScreen{newTree(patientJSON, 0, 0)}, 40, 10)
	g.WaitFor("at Patient 1-9 of 22")
	g.Type("jjj")
	g.WaitFor("at Patient.name 1-9 of 22")
	g.Press("space")
	g.WaitFor(`"name": […] 2,`)
	g.Press("end")
	g.WaitUntil(func(s string) bool {
		return strings.Contains(s, "3-11 of 11") && strings.Contains(s, `"versionId": "17"`)
	})
	g.Press("up", "left")
	g.WaitFor(`"meta": {…} 1 key`)
	g.WaitFor("at Patient.meta")
	g.Quit()
}

func FuzzTree(f *testing.F) {
	for _, s := range append(hostile, patientJSON, `{"a":[1,{"b":null}]}`, `[[],{}]`, `{"a`, `}`, `[1,,2]`, `{"a"]:"b",}`, `{"a" "b" "c"}`) {
		f.Add([]byte(s), uint8(20))
		f.Add([]byte(`{"`+s+`":"`+s+`"}`), uint8(40))
	}
	f.Fuzz(func(t *testing.T, raw []byte, w uint8) {
		tree := newTree(string(raw), int(w), 12)
		// What is not checked goes through the same parser.
		tree.lines, _ = parseTree(tree.src, 100)
		tree.folded, tree.rows = make([]bool, len(tree.lines)), nil
		for _, k := range "jj l jl<jGN>n h" {
			if a, ok := tree.Actions(nil).Match(press(string(k))); ok {
				a.Run()
			}
			exact(t, fmt.Sprintf("%q", raw), tree.Lines(themes["colours"], true), int(w), 12)
			tree.Path()
			tree.Value()
			tree.SetSearch("a")
		}
		tree.Set("1", append(bytes.Clone(raw), ' '))
	})
}

func bundleJSON(patients int) []byte {
	var doc strings.Builder
	doc.WriteString(`{"resourceType":"Bundle","entry":[`)
	for i := range patients {
		if i > 0 {
			doc.WriteByte(',')
		}
		fmt.Fprintf(&doc, `{"resource":{"resourceType":"Patient","id":"%d","name":[{"family":"Smith","given":["Ann"]}],"active":true}}`, i)
	}
	doc.WriteString(`]}`)
	return []byte(doc.String())
}

func BenchmarkTree(b *testing.B) {
	th := themes["colours"]
	raw := bundleJSON(1000)
	b.Run("indent", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		var out bytes.Buffer
		for b.Loop() {
			out.Reset()
			if err := json.Indent(&out, raw, "", "  "); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("set", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			tree := &Tree{}
			tree.Set("", raw)
		}
	})
	tree := newTree(string(raw), 100, 40)
	b.Run("rows", func(b *testing.B) {
		for b.Loop() {
			tree.rows = nil
			tree.layout()
		}
	})
	b.Run("window", func(b *testing.B) {
		for b.Loop() {
			sink = tree.Lines(th, true)
		}
	})
	b.Run("search", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		tree.search = []rune("nobody")
		for b.Loop() {
			tree.find()
		}
	})
}
