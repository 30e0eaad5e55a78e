package grid

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

const (
	cellWidth  = 8.4 // of a monospaced letter at fontSize
	cellHeight = 18
	fontSize   = 14
	baseline   = 13
	margin     = 10
	ground     = "#18181b"
	letters    = "#d4d4d8"
	monospaced = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
)

// SVG draws the grid as a picture: each run of cells of one look is a text
// that is given the width of its cells, whatever font it is shown in.
func (g *Grid) SVG() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	w, h := g.emu.Width(), g.emu.Height()
	var b strings.Builder
	width, height := float64(w)*cellWidth+2*margin, float64(h)*cellHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="%s" font-size="%d">`+"\n",
		width, height, monospaced, fontSize)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", ground)
	for y := range h {
		for x := 0; x < w; {
			n := g.run(&b, x, y, w)
			x += n
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// run draws the cells from x that look alike, and says how many they are.
func (g *Grid) run(b *strings.Builder, x, y, w int) int {
	first := g.emu.CellAt(x, y)
	var text strings.Builder
	n := 0
	for x+n < w {
		c := g.emu.CellAt(x+n, y)
		if n > 0 && !sameLook(first, c) {
			break
		}
		if c == nil || c.Content == "" {
			text.WriteByte(' ')
			n++
			continue
		}
		text.WriteString(c.Content)
		n += max(c.Width, 1)
	}
	fg, bg, bold := look(first)
	left, top := margin+float64(x)*cellWidth, margin+float64(y)*cellHeight
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.0f" width="%.1f" height="%d" fill="%s"/>`+"\n", left, top, float64(n)*cellWidth, cellHeight, bg)
	}
	if strings.TrimSpace(text.String()) == "" {
		return n
	}
	var escaped strings.Builder
	// Text of a screen has nothing that XML cannot hold: the watch sees to it.
	if err := xml.EscapeText(&escaped, []byte(text.String())); err != nil {
		g.t.Errorf("draw the picture: %v", err)
	}
	weight := ""
	if bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.0f" fill="%s"%s textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve">%s</text>`+"\n",
		left, top+baseline, fg, weight, float64(n)*cellWidth, escaped.String())
	return n
}

func sameLook(a, b *uv.Cell) bool {
	fa, ba, oa := look(a)
	fb, bb, ob := look(b)
	return fa == fb && ba == bb && oa == ob
}

// look is the colours of a cell, the background empty where it is the picture's.
func look(c *uv.Cell) (fg, bg string, bold bool) {
	if c == nil {
		return letters, "", false
	}
	fg, bg = letters, ""
	if c.Style.Fg != nil {
		fg = hex(c.Style.Fg)
	}
	if c.Style.Bg != nil {
		bg = hex(c.Style.Bg)
	}
	if c.Style.Attrs&uv.AttrReverse != 0 {
		if bg == "" {
			bg = ground
		}
		fg, bg = bg, fg
	}
	return fg, bg, c.Style.Attrs&uv.AttrBold != 0
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
