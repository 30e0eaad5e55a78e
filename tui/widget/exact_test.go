package widget

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// drawing draws a widget in which a text stands everywhere it can.
type drawing struct {
	draw func(th theme.Theme, s string, w, h int) []string
	// any says that the number of lines is the text's, not the place's.
	any bool
	// shorter says that lines may be shorter than the place: what a frame goes
	// around, and what other lines are put together from.
	shorter bool
	// least is the width below which lines may be wider: who puts them together
	// cuts them.
	least int
}

// drawings has one for every exported function and method that draws.
var drawings = map[string]drawing{
	"Frame": {draw: func(th theme.Theme, s string, w, h int) []string {
		return Frame(th, Title{Text: s, Right: s, Position: s}, 1, true, w, h, []string{s, s + s})
	}},
	"KeyLine": {any: true, draw: func(th theme.Theme, s string, w, _ int) []string {
		as := Actions{action("n", s, s, ""), action("d", s, s, s)}
		return []string{KeyLine(th, as, as, w)}
	}},
	"HelpPage.Lines": {draw: func(th theme.Theme, s string, w, h int) []string {
		var p HelpPage
		return p.Lines(th, []HelpGroup{{s, Actions{action("n", s, s, ""), action("d", s, s, s)}}}, w, h, "")
	}},
	"Palette.View": {any: true, draw: func(th theme.Theme, s string, w, h int) []string {
		return inPlace(w, NewPalette([]HelpGroup{{s, Actions{runs("n", s, ""), runs("d", "delete "+s, s)}}}).View(th, w, h))
	}},
	"Confirm.Lines": {any: true, draw: func(th theme.Theme, s string, w, _ int) []string {
		return NewConfirm(ConfirmOptions{Question: s, Lost: []string{s}, Preview: []string{s}, Verb: s}).Lines(th, w)
	}},
	"Confirm.Fit": {draw: func(th theme.Theme, s string, w, h int) []string {
		return NewConfirm(ConfirmOptions{Question: s, Lost: []string{s}, Preview: []string{s, s}, Verb: s}).Fit(th, w, h)
	}},
	"confirmDialog.View": {any: true, draw: func(th theme.Theme, s string, w, h int) []string {
		return inPlace(w, Ask(NewConfirm(ConfirmOptions{Question: s, Lost: []string{s}}), nil).View(th, w, h))
	}},
	"Form.Lines": {draw: func(th theme.Theme, s string, w, h int) []string { return hostileForm(s).Lines(th, w, h) }},
	"formDialog.View": {any: true, draw: func(th theme.Theme, s string, w, h int) []string {
		return inPlace(w, Fill(hostileForm(s), func(context.Context, Values) Outcome { return Outcome{} }).View(th, w, h))
	}},
	"RequestBox.Lines": {draw: func(th theme.Theme, s string, w, h int) []string {
		var r RequestBox
		r.Set(RequestLines("POST", s, []byte(s+"\n"+s)))
		return r.Lines(th, w, h)
	}},
	"Toast.Line": {any: true, shorter: true, draw: func(th theme.Theme, s string, w, _ int) []string {
		return []string{hostileToast(s).Line(th, w)}
	}},
	"Toast.Lines": {any: true, draw: func(th theme.Theme, s string, w, _ int) []string { return hostileToast(s).Lines(th, w) }},
	"Table.Lines": {draw: func(th theme.Theme, s string, w, h int) []string {
		t := newTable(row{"1", s, s, 1}, row{"2", s + s, "x", 22}, row{"3", "x", s, 333})
		t.SetMark(func(r row) Cell { return Cell{Text: r.subject, Role: theme.Bad} })
		t.ShowTitles(h%2 == 0)
		t.SetSize(w, h)
		return t.Lines(th, true)
	}},
	"Tree.Lines": {draw: func(th theme.Theme, s string, w, h int) []string {
		var t Tree
		t.Set("1", []byte(fmt.Sprintf(`{"a":%q,"b":[%q]}`, s, s)+s))
		t.SetSize(w, h)
		return t.Lines(th, true)
	}},
	"Editor.Lines": {draw: func(th theme.Theme, s string, w, h int) []string {
		e := NewEditor()
		e.SetValue(s + s + "\n" + s)
		e.SetMarks(map[int][]string{0: {s, s}})
		return e.Lines(th, true, w, h)
	}},
	"List.View": {shorter: true, any: true, least: 2, draw: func(th theme.Theme, s string, w, h int) []string {
		l := newShown(th, s)
		l.Answer([]string{s, "b"}, nil)
		l.Answer(nil, errors.New(s))
		l.SetSize(w, h)
		return viewed(l.View())
	}},
	"Detail.View": {shorter: true, any: true, least: 3, draw: func(th theme.Theme, s string, w, h int) []string {
		l := newShown(th, s)
		l.Answer([]string{"a"}, nil)
		l.Answer(nil, errors.New(s))
		l.lines = Paragraph(th, theme.Bad, s, max(w, 12))
		d := NewDetail(l)
		d.SetSize(w, h)
		return viewed(d.View())
	}},
	"Document.View": {shorter: true, any: true, least: 3, draw: func(th theme.Theme, s string, w, h int) []string {
		p := &paper{}
		p.show("1", Block{Name: "a", Raw: []byte(`{"a":` + quoted(s) + `}`)}, Block{Name: "b", Raw: []byte(s)})
		d := NewDocument(th, p)
		d.SetSize(w, h)
		return viewed(d.View())
	}},
	"JSON": {shorter: true, any: true, least: 1 << 20, draw: func(th theme.Theme, s string, _, _ int) []string {
		return append(JSON(th, []byte(s)), JSON(th, []byte(`{"a":`+quoted(s)+`}`))...)
	}},
	"Label": {shorter: true, any: true, least: 22, draw: func(th theme.Theme, s string, w, _ int) []string {
		return Label(th, "correlation id", term.Clean(s), w)
	}},
	"Paragraph": {shorter: true, any: true, least: 10, draw: func(th theme.Theme, s string, w, _ int) []string {
		return Paragraph(th, theme.Bad, s, w)
	}},
}

func hostileForm(s string) *Form {
	f := NewForm(s,
		Field{Kind: Note, Value: s},
		Field{Name: "a", Label: s, Value: s, Help: s, Placeholder: s, Suggestions: []string{s + s},
			Hint: func(Values) Hint { return Hint{s + s, theme.Warn} }},
		Field{Name: "b", Label: s, Kind: Select, Value: "2", Options: []Option{{Label: s, Value: "1"}, {Label: s, Value: "2", Help: s}}},
		Field{Name: "c", Label: s, Kind: Area, Value: s, Height: 2},
		Field{Name: "d", Label: s, Kind: Choices, Value: s, Options: []Option{{Label: s, Value: "1", Help: s}}},
		Field{Name: "e", Label: s, Value: s, Secret: true})
	f.Preview = func(Values) []string { return []string{s} }
	f.SetError([]string{s})
	return f
}

func hostileToast(s string) *Toast {
	t := &Toast{}
	t.Say(t.expires, theme.Bad, s+strings.Repeat(" word", 20)+s)
	return t
}

// inPlace fits a box to the width of its place, after it has shown that all its
// lines are equally wide.
func inPlace(w int, box []string) []string {
	out := slices.Clone(box)
	for i, l := range out {
		if term.Width(l) <= w && term.Width(l) == term.Width(box[0]) {
			out[i] = l + term.Pad(w-term.Width(l))
		}
	}
	return out
}

func viewed(view string) []string { return strings.Split(view, "\n") }

// check draws one and tells what is wrong with it.
func (d drawing) check(t *testing.T, what string, th theme.Theme, s string, w, h int) {
	t.Helper()
	lines := d.draw(th, s, w, h)
	if !d.any && len(lines) != max(h, 0) {
		t.Errorf("%s: %d lines, not %d", what, len(lines), h)
	}
	for i, l := range lines {
		got := term.Width(l)
		switch {
		case got == w, d.shorter && got < w, w < d.least:
		default:
			t.Errorf("%s: line %d is %d wide, not %d: %q", what, i, got, w, l)
		}
		if got > 0 && term.Fit(l, got) != l {
			t.Errorf("%s: line %d is not clean: %q", what, i, l)
		}
	}
}

func TestEveryWidgetIsAsWideAsItsPlace(t *testing.T) {
	for widget, d := range drawings {
		for look, th := range themes {
			for _, s := range hostile {
				for _, size := range [][2]int{{0, 3}, {1, 1}, {2, 14}, {3, 3}, {5, 14}, {8, 0}, {8, 3}, {13, 14}, {22, 5}, {22, 30}, {41, 1}, {41, 14}, {90, 40}} {
					w, h := size[0], size[1]
					d.check(t, fmt.Sprintf("%s, %s, %q in %dx%d", widget, look, s, w, h), th, s, w, h)
				}
			}
		}
	}
}

func FuzzEveryWidgetIsAsWideAsItsPlace(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, uint8(20), uint8(5))
	}
	f.Fuzz(func(t *testing.T, s string, w, h uint8) {
		if len(s) > 300 {
			return // long texts are what the bounds of each are tested with
		}
		for widget, d := range drawings {
			for _, look := range []string{"none", "colours"} {
				d.check(t, fmt.Sprintf("%s, %s in %dx%d", widget, look, w, h), themes[look], s, int(w), int(h%50))
			}
		}
	})
}

// What draws takes a theme and returns lines, or is a View.
func TestEveryWidgetThatDrawsIsAmongTheDrawings(t *testing.T) {
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && f.Name.IsExported() && f.Type.Results != nil && drawsLines(f) {
				found[receiver(f)+f.Name.Name] = true
			}
		}
	}
	for name := range found {
		if _, ok := drawings[name]; !ok {
			t.Errorf("%s draws, and nothing shows how wide", name)
		}
	}
	for name := range drawings {
		if !found[name] {
			t.Errorf("there is no %s that draws", name)
		}
	}
}

func drawsLines(f *ast.FuncDecl) bool {
	switch r := f.Type.Results.List[0].Type.(type) {
	case *ast.Ident:
		if r.Name != "string" {
			return false
		}
	case *ast.ArrayType:
		if e, ok := r.Elt.(*ast.Ident); !ok || e.Name != "string" {
			return false
		}
	default:
		return false
	}
	for _, p := range f.Type.Params.List {
		if s, ok := p.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Theme" {
			return true
		}
	}
	return f.Name.Name == "View"
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	t := f.Recv.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	if i, ok := t.(*ast.IndexExpr); ok {
		t = i.X
	}
	return t.(*ast.Ident).Name + "."
}
