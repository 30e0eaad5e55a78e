package widget

import (
	"math"
	"strings"

	"aidbox-nats/tui/term"
)

// Sparkline draws the last w values as bars between zero and the largest of
// them, one cell each, the newest on the right. Where there are fewer values
// the left is blank. What is no finite number is drawn as nothing.
func Sparkline(values []float64, w int) string {
	if w <= 0 {
		return ""
	}
	if len(values) > w {
		values = values[len(values)-w:]
	}
	bars := []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	if !term.Narrow() {
		bars = []string{"_", ".", "-", "=", "+", "*", "#", "@"}
	}
	top := 0.0
	for _, v := range values {
		if v > top && !math.IsInf(v, 1) {
			top = v
		}
	}
	var b strings.Builder
	b.WriteString(term.Pad(w - len(values)))
	for _, v := range values {
		i := 0
		if v > 0 && v <= top {
			// Anything above nothing is drawn above nothing.
			i = min(1+int(v/top*float64(len(bars)-2)+0.5), len(bars)-1)
		}
		b.WriteString(bars[i])
	}
	return b.String()
}
