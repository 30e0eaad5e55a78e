package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Imports point one way: cmd, then tui, then aidbox, then nats. A pane never
// imports another pane; they speak through messages that the root routes.
func TestImportsPointOneWay(t *testing.T) {
	root := filepath.Join("..", "..")
	floors := []string{"cmd", "tui", "aidbox", "nats"}
	floor := func(pkg string) int {
		top, _, _ := strings.Cut(pkg, "/")
		for i, f := range floors {
			if f == top {
				return i
			}
		}
		return -1
	}
	// The harness starts whole consoles, and only tests know it.
	const harness = "tuitest"
	shared := map[string]bool{"data": true, "message": true, "widget": true, "theme": true, "term": true, harness: true}
	pane := func(pkg string) string {
		parts := strings.Split(pkg, "/")
		if len(parts) < 2 || parts[0] != "tui" || shared[parts[1]] {
			return ""
		}
		return parts[1]
	}
	files, imports := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			if err == nil {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		from := filepath.ToSlash(rel)
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files++
		test := strings.HasSuffix(path, "_test.go")
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(imported, "aidbox-nats/")
			if !ours {
				continue
			}
			imports++
			if floor(to) < floor(from) {
				t.Errorf("%s imports %s, which is above it", path, imported)
			}
			if a, b := pane(from), pane(to); a != "" && b != "" && a != b && !test {
				t.Errorf("%s imports %s: a pane does not know another", path, imported)
			}
			if to == "tui/"+harness && !test {
				t.Errorf("%s imports the harness of tests", path)
			}
			if to == "nats/broker" && floor(from) == 1 && from != "tui/"+harness && !test {
				t.Errorf("%s imports the broker: a pane knows only a connection", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 || imports < 50 {
		t.Errorf("only %d files with %d imports of ours were looked at", files, imports)
	}
}
