package widget

import (
	"strings"
	"testing"
)

func helpGroups() []HelpGroup {
	return []HelpGroup{{"Topics", someActions()}, {"Everywhere", Actions{
		action("q", "quit", "quit", ""), action("n", "new", "shadowed", ""), action("e", "", "edit the topic", "there is none"),
	}}}
}

func TestHelpSaysWhatWorksHere(t *testing.T) {
	th := themes["none"]
	var p HelpPage
	got := bare(p.Lines(th, helpGroups(), 72, 10, ""))
	want := strings.Split(" Topics\n"+
		" n  create a topic\n"+
		" d  delete the topic  a topic that has destinations stays\n"+
		" /  filter the list\n"+
		" z  hidden\n"+
		"\n"+
		" Everywhere\n"+
		" q  quit\n"+
		" e  edit the topic    there is none\n", "\n")
	for i, l := range strings.Split(got, "\n") {
		if strings.TrimRight(l, " ") != want[i] {
			t.Errorf("line %d is %q, not %q", i, l, want[i])
		}
	}
	got = bare(p.Lines(th, helpGroups(), 60, 9, "FILTER"))
	if !strings.Contains(got, "filter the list") || strings.Contains(got, "create") || strings.Contains(got, "Everywhere") {
		t.Errorf("filtered:\n%s", got)
	}
	if got := bare(p.Lines(th, helpGroups(), 60, 3, "zz")); !strings.Contains(got, "No key here matches zz.") {
		t.Errorf("nothing found:\n%s", got)
	}
}

func TestHelpUsesColumnsBeforeItScrolls(t *testing.T) {
	th := themes["none"]
	var p HelpPage
	got := bare(p.Lines(th, helpGroups(), 100, 5, ""))
	if p.Position() != "" || !strings.Contains(got, "Everywhere") || !strings.Contains(got, "e  edit the topic") {
		t.Errorf("%s in columns:\n%s", p.Position(), got)
	}
	// Where a reason has no room beside the name it stands below.
	got = bare(p.Lines(th, helpGroups(), 46, 4, ""))
	if p.Position() != "1-4 of 11" || !strings.Contains(got, " d  delete the topic ") || !strings.Contains(got, "    a topic that has destinations stays") {
		t.Errorf("%s:\n%s", p.Position(), got)
	}
	if !p.Bottom() || p.Position() != "8-11 of 11" {
		t.Errorf("at the bottom: %s", p.Position())
	}
	if got = bare(p.Lines(th, helpGroups(), 46, 4, "")); !strings.Contains(got, "e  edit the topic") || !strings.Contains(got, "there is none") {
		t.Errorf("at the bottom:\n%s", got)
	}
	if !p.Move(-1) || !p.Page(-1) || !p.Top() || p.Top() || p.Position() != "1-4 of 11" {
		t.Errorf("back at the top: %s", p.Position())
	}
}
