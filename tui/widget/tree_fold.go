package widget

// surface moves a cursor that is hidden to what hides it.
func (t *Tree) surface() {
	i, ok := t.node()
	if !ok {
		return
	}
	hides := int32(-1)
	if t.folded[i] {
		hides = i
	}
	for p := t.lines[i].parent; p >= 0; p = t.lines[p].parent {
		if t.folded[p] {
			hides = p
		}
	}
	if hides >= 0 {
		t.at, t.part = hides, 0
	}
}

func (t *Tree) fold(i int32, folded bool) bool {
	if t.lines[i].kind != treeOpen || t.folded[i] == folded {
		return false
	}
	t.folded[i] = folded
	t.surface()
	t.changed()
	return true
}

// Toggle folds or unfolds the object or list at the cursor and reports whether
// there is one.
func (t *Tree) Toggle() bool {
	i, ok := t.node()
	return ok && t.fold(i, !t.folded[i])
}

// Fold folds what is at the cursor. Where there is nothing to fold it goes to
// what holds it.
func (t *Tree) Fold() bool {
	i, ok := t.node()
	if !ok {
		return false
	}
	if t.fold(i, true) {
		return true
	}
	if t.lines[i].parent < 0 {
		return false
	}
	t.at, t.part = t.lines[i].parent, 0
	return true
}

// Unfold unfolds what is at the cursor. Where that is open it goes to the
// first that it holds.
func (t *Tree) Unfold() bool {
	i, ok := t.node()
	if !ok || t.lines[i].kind != treeOpen {
		return false
	}
	if !t.fold(i, false) {
		t.at, t.part = i+1, 0
	}
	return true
}

// FoldAll folds all objects and lists but the outermost.
func (t *Tree) FoldAll() bool {
	return t.foldAll(func(l treeLine) bool { return l.kind == treeOpen && l.depth > 0 })
}

// UnfoldAll unfolds everything.
func (t *Tree) UnfoldAll() bool { return t.foldAll(func(treeLine) bool { return false }) }

func (t *Tree) foldAll(want func(treeLine) bool) bool {
	moved := false
	for i, l := range t.lines {
		if f := want(l); f != t.folded[i] {
			t.folded[i], moved = f, true
		}
	}
	if moved {
		t.surface()
		t.changed()
	}
	return moved
}
