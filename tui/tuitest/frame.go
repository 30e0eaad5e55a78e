package tuitest

import (
	"regexp"
	"strings"

	"aidbox-nats/tui/term"
)

// volatile are the texts that differ from run to run, each with what stands
// for it in a golden frame.
var volatile = []struct {
	pattern *regexp.Regexp
	mask    string // empty: zeros for all digits
}{
	{regexp.MustCompile(`\d\d:\d\d:\d\d(\.\d+)?`), ""},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d(T| )`), ""},
	{regexp.MustCompile(`(127\.0\.0\.1|host\.docker\.internal):\d+`), "$1:14222"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{1,4}(-[0-9a-f]{4}){0,2}(-[0-9a-f]{0,12})?`), ""},
	{regexp.MustCompile(`[0-9a-f]+(-[0-9a-f]+)*…([0-9a-f]+|-)+`), ""},
	{regexp.MustCompile(`\bc-[0-9a-f]{4}\b`), "c-0000"},
	{regexp.MustCompile(`(<0\.1|\d+(\.\d)?) m?s\b`), "1 ms"},
	{regexp.MustCompile(`(<0\.1|\d+(\.\d)?)/s[ ▁▂▃▄▅▆▇█]*`), "1/s"},
	{regexp.MustCompile(`[▁▂▃▄▅▆▇█]{6,}`), "▁▁▁▁▁▁"},
	{regexp.MustCompile(`(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d ... \d{4}`), "Mon, 02 Jan 2006"},
}

var hex = regexp.MustCompile(`[0-9a-f]`)

// Steady masks what differs from run to run. The blanks that made up for its
// length are kept in their place: before it where it ends at a frame or a blank
// before one, else behind it.
func Steady(screen string) string {
	lines := strings.Split(screen, "\n")
	for i, l := range lines {
		for _, v := range volatile {
			l = mask(l, v.pattern, v.mask)
		}
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

var (
	blanksBehind = regexp.MustCompile(`(  +|──+)`)
	blanksBefore = regexp.MustCompile(` +[+]?$`)
)

func mask(line string, pattern *regexp.Regexp, with string) string {
	var done strings.Builder
	for {
		at := pattern.FindStringSubmatchIndex(line)
		if at == nil {
			return done.String() + line
		}
		before, found, behind := line[:at[0]], line[at[0]:at[1]], line[at[1]:]
		masked := hex.ReplaceAllString(found, "0")
		if with != "" {
			masked = string(pattern.ExpandString(nil, with, line, at))
		}
		longer := term.Width(found) - term.Width(masked)
		if strings.HasPrefix(behind, "│") || strings.HasPrefix(behind, " │") || behind == "" {
			before = stretch(before, blanksBefore.FindStringIndex(before), longer)
		} else {
			behind = stretch(behind, longest(blanksBehind.FindAllStringIndex(behind, -1)), longer)
		}
		done.WriteString(before + masked)
		line = behind
	}
}

func longest(runs [][]int) []int {
	var out []int
	for _, r := range runs {
		if out == nil || r[1]-r[0] > out[1]-out[0] {
			out = r
		}
	}
	return out
}

// stretch makes a run of blanks, or of the frame's line, longer or shorter.
func stretch(s string, run []int, by int) string {
	if run == nil || by == 0 {
		return s
	}
	blank := " "
	if strings.HasPrefix(s[run[0]:], "─") {
		blank = "─"
	}
	if by > 0 {
		return s[:run[0]] + strings.Repeat(blank, by) + s[run[0]:]
	}
	cut := min(-by*len(blank), run[1]-run[0])
	return s[:run[0]] + s[run[0]+cut:]
}

// Frame waits until the screen is the golden frame of that name.
func (c *Console) Frame(name string) {
	c.T.Helper()
	c.GoldenSoon(name, Steady)
}
