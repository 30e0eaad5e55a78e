package widget

import (
	"math"
	"strings"

	"aidbox-nats/tui/term"
)

// Sparkline is [SparklineOver] whose tallest bar is the largest value, however
// small it is.
func Sparkline(values []float64, w int) string { return SparklineOver(values, w, 0) }

// SparklineOver draws the last w values as bars between zero and the largest
// of them, one cell each, the newest on the right. Where none is larger than
// floor, floor is the tallest bar: what is little looks like little. Where
// there are fewer values the left is blank. What is no finite number is drawn
// as nothing.
func SparklineOver(values []float64, w int, floor float64) string {
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
	if floor > 0 && !math.IsInf(floor, 1) {
		top = floor
	}
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
