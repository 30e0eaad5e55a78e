package widget

import (
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/theme"
)

// RequestBox shows an exact request, as a [Form] does with its Preview, for a
// dialog that has something else between its fields and the request. The zero
// value is empty.
type RequestBox struct{ view requestView }

// Set takes the request as it is now. What has changed in it will be seen.
func (r *RequestBox) Set(lines []string) { r.view.set(lines) }

// Height is the number of lines of the request when it is w wide.
func (r *RequestBox) Height(w int) int { return r.view.height(w) }

// Key takes pgup and pgdn while not all is seen, and reports whether it did.
func (r *RequestBox) Key(k tea.KeyMsg) bool { return r.view.key(k) }

// Keys are those that work now.
func (r *RequestBox) Keys() Actions {
	if !r.view.more() {
		return nil
	}
	return Actions{{Name: "move in the request", Binding: requestKeys.up}}
}

// Lines draws the request below a line that names it: h lines, each w wide.
func (r *RequestBox) Lines(th theme.Theme, w, h int) []string {
	return r.view.draw(th, "request", w, h)
}
