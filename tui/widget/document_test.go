package widget

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// paper is something with words and documents in it.
type paper struct {
	identity string
	blocks   []Block
	revision uint64
}

func (p *paper) DetailTitle() Title         { return Title{Text: "Paper"} }
func (p *paper) DetailBlocks(int) []Block   { return p.blocks }
func (p *paper) DetailIdentity() string     { return p.identity }
func (p *paper) DetailRevision() uint64     { return p.revision }
func (p *paper) DetailKeys() Actions        { return nil }
func (p *paper) show(id string, b ...Block) { p.identity, p.blocks, p.revision = id, b, p.revision+1 }

func lines(name string, n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(" %s %d", name, i+1))
	}
	return out
}

func openDocument(w, h int, blocks ...Block) (*Document, *paper) {
	p := &paper{}
	p.show("1", blocks...)
	d := NewDocument(themes["none"], p)
	d.SetSize(w, h)
	d.SetFocus(Focus{On: true})
	return d, p
}

func pressDocument(t *testing.T, d *Document, keys ...string) {
	t.Helper()
	for _, k := range keys {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
		if k == " " {
			msg.Type = tea.KeySpace
		}
		a, ok := d.Keys().Match(msg)
		if !ok {
			t.Fatalf("%q does nothing", k)
		}
		a.Run()
	}
}

func bareView(d *Document) string {
	out := strings.Split(bare([]string{d.View()}), "\n")
	for i, l := range out {
		out[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(out, "\n")
}

func TestADocumentIsReadFromItsWordsThroughItsTrees(t *testing.T) {
	d, _ := openDocument(30, 5,
		Block{Lines: lines("word", 2), Name: "a", Raw: []byte(`{"x":1}`)},
		Block{Lines: lines("between", 1), Name: "b", Raw: []byte(`{"y":2}`)},
		Block{Lines: lines("end", 2)})
	if got, want := bareView(d), " word 1\n word 2\n {\n   \"x\": 1\n }"; got != want {
		t.Errorf("at the top:\n%s", got)
	}
	if got := d.Title().Position; got != "1-5 of 11" {
		t.Errorf("the title says %q", got)
	}
	pressDocument(t, d, "j")
	if path, value, ok := d.Value(); path != "x" || value != "1" || !ok {
		t.Errorf("%s = %s", path, value)
	}
	// Over the words between to the second tree, then to what stands below.
	pressDocument(t, d, "j", "j", "j", "j")
	if path, value, _ := d.Value(); path != "y" || value != "2" {
		t.Errorf("%s = %s\n%s", path, value, bareView(d))
	}
	pressDocument(t, d, "G")
	if got := bareView(d); !strings.HasSuffix(got, " end 1\n end 2") {
		t.Errorf("at the bottom:\n%s", got)
	}
	pressDocument(t, d, "g")
	if got := bareView(d); !strings.HasPrefix(got, " word 1") {
		t.Errorf("back at the top:\n%s", got)
	}
	if path, value, _ := d.Value(); path != "" || !strings.Contains(value, `"x": 1`) {
		t.Errorf("%s = %s", path, value)
	}
}

// Words between two trees are never jumped over, however many they are.
func TestLongWordsAreScrolledThrough(t *testing.T) {
	d, _ := openDocument(30, 4,
		Block{Name: "a", Raw: []byte(`[1]`)},
		Block{Lines: lines("between", 20), Name: "b", Raw: []byte(`[2]`)})
	seen := map[string]bool{}
	note := func() {
		for _, l := range strings.Split(bareView(d), "\n") {
			seen[l] = true
		}
	}
	note()
	for range 40 {
		pressDocument(t, d, "j")
		note()
	}
	for _, l := range lines("between", 20) {
		if !seen[l] {
			t.Errorf("%q was jumped over", l)
		}
	}
	if path, _, _ := d.Value(); path != "" || d.at != 1 {
		t.Errorf("the cursor is in block %d at %q", d.at, path)
	}
	seen = map[string]bool{}
	for range 40 {
		pressDocument(t, d, "k")
		note()
	}
	for _, l := range append(lines("between", 20), " [") {
		if !seen[l] {
			t.Errorf("%q was jumped over on the way back", l)
		}
	}
	if d.at != 0 {
		t.Errorf("the cursor is in block %d", d.at)
	}
}

func TestWhatIsFoldedStaysFoldedInTheNext(t *testing.T) {
	patient := func(n int) Block {
		return Block{Name: "Patient", Raw: fmt.Appendf(nil, `{"resourceType":"Patient","meta":{"versionId":"%d"},"name":[{"family":"x"}]}`, n), Folded: []string{"meta"}}
	}
	d, p := openDocument(40, 20, patient(1))
	if got := bareView(d); !strings.Contains(got, `"meta": {…} 1 key`) || !strings.Contains(got, `"family"`) {
		t.Errorf("at first:\n%s", got)
	}
	pressDocument(t, d, "j", "j", "l", "j", "j", "j", " ")
	if got := bareView(d); !strings.Contains(got, `"versionId": "1"`) || !strings.Contains(got, `"name": […] 1`) {
		t.Errorf("turned round:\n%s", got)
	}
	p.show("2", patient(2))
	if got := bareView(d); !strings.Contains(got, `"versionId": "2"`) || !strings.Contains(got, `"name": […] 1`) {
		t.Errorf("the next:\n%s", got)
	}
	if path, _, _ := d.Value(); path != "Patient" {
		t.Errorf("the cursor of another document is at %s", path)
	}
}

func TestSearchingGoesThroughAllTrees(t *testing.T) {
	d, _ := openDocument(40, 6,
		Block{Name: "a", Raw: []byte(`{"x":"smith","y":1}`)},
		Block{Lines: lines("between", 3), Name: "b", Raw: []byte(`{"z":"Smith","s":["smithson"]}`)})
	d.SetFilter("SMITH")
	want := func(path, right string) {
		t.Helper()
		if got, _, _ := d.Value(); got != path {
			t.Errorf("the cursor is on %q, not on %q", got, path)
		}
		if got := d.Title().Right; got != "/SMITH  "+right {
			t.Errorf("the title says %q", got)
		}
		if !strings.Contains(strings.ToLower(bareView(d)), "smith") {
			t.Errorf("it is not in the window:\n%s", bareView(d))
		}
	}
	want("x", "1 of 3")
	pressDocument(t, d, "n")
	want("z", "2 of 3")
	pressDocument(t, d, "n")
	want("s[0]", "3 of 3")
	pressDocument(t, d, "n")
	want("x", "1 of 3")
	pressDocument(t, d, "N")
	want("s[0]", "3 of 3")
	d.SetFilter("nowhere")
	if got := d.Title().Right; got != "/nowhere  not found" {
		t.Errorf("the title says %q", got)
	}
	d.SetFilter("")
	if got := d.Title(); got.Right != "" || !strings.HasSuffix(got.Position, " of 13") {
		t.Errorf("the title says %+v", got)
	}
}

// Enter opens and zooms, whatever the tree would do with it.
func TestEnterIsLeftToTheRoot(t *testing.T) {
	d, _ := openDocument(40, 6, Block{Name: "a", Raw: []byte(`{"x":[1]}`)})
	if _, ok := d.Keys().Match(tea.KeyMsg{Type: tea.KeyEnter}); ok {
		t.Error("enter is taken")
	}
}

func TestADocumentOfWordsAloneScrolls(t *testing.T) {
	d, _ := openDocument(40, 2, Block{Lines: lines("word", 4)})
	pressDocument(t, d, "j")
	if got := bareView(d); got != " word 2\n word 3" {
		t.Errorf("%q", got)
	}
	pressDocument(t, d, "G")
	if got := bareView(d); got != " word 3\n word 4" {
		t.Errorf("%q", got)
	}
	if _, _, ok := d.Value(); ok {
		t.Error("words have a value")
	}
}

// Every line is exact at every size, and the cursor stays where it was.
func TestDocumentsAreExactAtEverySize(t *testing.T) {
	d, _ := openDocument(40, 6,
		Block{Name: "a", Raw: []byte("{\"x\":\"\\u001b[31m日本語 " + strings.Repeat("long ", 50) + "\"}")},
		Block{Name: "b", Raw: []byte("no JSON\n\x1b[2Jat all\u202e")})
	for w := range 60 {
		for h := range 8 {
			d.SetSize(w, h)
			for _, l := range strings.Split(d.View(), "\n") {
				if w > 2 && l != "" {
					exact(t, fmt.Sprint(w), []string{l + " "}, w, 1)
				}
			}
			d.Move(1)
			d.Page(-1)
		}
	}
}
