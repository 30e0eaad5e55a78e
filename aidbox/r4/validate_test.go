package r4_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"aidbox-nats/aidbox/r4"
)

func valid(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/valid/*.json")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d valid resources, %v", len(files), err)
	}
	all := make(map[string][]byte, len(files))
	for _, f := range files {
		if all[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestValidResourcesAreAccepted(t *testing.T) {
	d := load(t)
	for name, data := range valid(t) {
		if issues := d.Validate(data); len(issues) > 0 {
			t.Errorf("%s: %v", name, issues)
		}
	}
}

func TestEveryBrokenCopyIsRefusedWithItsCodeAndPath(t *testing.T) {
	d := load(t)
	rules := map[string]int{}
	for name, data := range valid(t) {
		m := newMutator(t, d, data)
		for _, x := range m.list {
			rules[x.rule]++
			broken := m.broken(t, x)
			refused(t, name, x, d.Validate(broken))
		}
		if issues := d.Validate(m.broken(t, mutation{apply: func() func() { return func() {} }})); len(issues) > 0 {
			t.Errorf("%s: a mutation was not undone: %v", name, issues)
		}
	}
	if len(rules) < 40 {
		t.Errorf("only %d rules were broken: %v", len(rules), rules)
	}
}

func refused(t *testing.T, name string, x mutation, issues []r4.Issue) {
	t.Helper()
	if !slices.ContainsFunc(issues, func(i r4.Issue) bool { return i.Code == x.code && i.Expression == x.expression }) {
		t.Errorf("%s, %s: want %s at %s, got %v", name, x.rule, x.code, x.expression, issues)
	}
}
