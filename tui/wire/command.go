package wire

import (
	"strings"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// command is the end of a detail: what a person could have typed.
func (m *Model) command(title, command string, w int) []widget.Block {
	if command == "" {
		return nil
	}
	lines := []string{"", m.heading(title + ", Y copies it")}
	for _, l := range folded(command, w-2) {
		lines = append(lines, widget.Paragraph(m.Theme, theme.Text, l, w)...)
	}
	return []widget.Block{{Lines: lines}}
}

// folded is a command in lines of at most w cells where its words allow it,
// that can be pasted as they stand.
func folded(command string, w int) []string {
	const more, indent = ` \`, "  "
	var lines []string
	line := ""
	for _, part := range withValues(shellWords(command)) {
		switch {
		case line == "":
			line = part
		case term.Width(line)+1+term.Width(part)+len(more) <= w:
			line += " " + part
		default:
			lines = append(lines, line+more)
			line = indent + part
		}
	}
	return append(lines, line)
}

// withValues keeps each flag together with the word behind it.
func withValues(words []string) []string {
	var out []string
	flag := false
	for _, word := range words {
		dash := strings.HasPrefix(word, "-")
		if flag && !dash {
			out[len(out)-1] += " " + word
		} else {
			out = append(out, word)
		}
		flag = dash && !strings.Contains(word, "=")
	}
	return out
}

// shellWords breaks a command at the blanks outside of its quotes. Inside of
// double quotes, single ones quote too: that is how package shell spells what
// cannot be seen.
func shellWords(command string) []string {
	var words []string
	start, double, single := 0, false, false
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case single:
			single = c != '\''
		case c == '\\':
			i++
		case c == '\'':
			single = true
		case c == '"':
			double = !double
		case c == ' ' && !double:
			words = append(words, command[start:i])
			start = i + 1
		}
	}
	return append(words, command[start:])
}
