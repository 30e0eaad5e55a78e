package shell

import "strings"

// Fold breaks a command at the ends of its words into lines of at most so many cells, measured by width, each but the last
// with a backslash at its end: joined by line ends they mean what the command means. A flag stays with the word behind it.
// Nothing is broken inside quotes, nor in a comment, which no backslash carries on; where a single word is wider than its
// line, the line is as wide as the word.
func Fold(command string, cells int, width func(string) int) []string {
	const more, indent = ` \`, "  "
	var lines []string
	for _, statement := range statements(command) {
		line := ""
		words := withValues(statement)
		for i, word := range words {
			room := cells
			if i < len(words)-1 {
				room -= len(more)
			}
			switch next := line + " " + word; {
			case i == 0:
				line = word
			case width(next) <= room:
				line = next
			default:
				lines = append(lines, line+more)
				line = indent + word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// withValues keeps each flag together with the word behind it.
func withValues(words []string) []string {
	var out []string
	flag := false
	for _, word := range words {
		dash := strings.HasPrefix(word, "-")
		if flag && !dash && !strings.HasPrefix(word, "#") {
			out[len(out)-1] += " " + word
		} else {
			out = append(out, word)
		}
		flag = dash && !strings.Contains(word, "=")
	}
	return out
}

// statements are the words of each line outside of quotes, as they are written. A comment is one word.
func statements(command string) [][]string {
	var (
		out   [][]string
		words []string
		start = 0
		r     reader
	)
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case r.step(c):
		case c == '#' && i == start:
			if end := strings.IndexByte(command[i:], '\n'); end >= 0 {
				i += end - 1
			} else {
				i = len(command) - 1
			}
		case c == ' ' || c == '\n':
			words = append(words, command[start:i])
			start = i + 1
			if c == '\n' {
				out, words = append(out, words), nil
			}
		}
	}
	return append(out, append(words, command[start:]))
}

// reader follows the quotes of a command byte by byte. Inside of double quotes a substitution $(...) begins anew.
type reader struct {
	open    []byte // what closes the quotes that are open, the innermost last
	escaped bool
	dollar  bool
}

// step takes the next byte, and says whether it is quoted, or part of the quoting.
func (r *reader) step(c byte) bool {
	inside := byte(0)
	if n := len(r.open); n > 0 {
		inside = r.open[n-1]
	}
	dollar := r.dollar
	r.dollar = false
	switch {
	case r.escaped:
		r.escaped = false
		return true
	case inside == '\'':
		if c == '\'' {
			r.close()
		}
		return true
	case c == '\\':
		r.escaped = true
		return true
	case c == inside && inside != 0:
		r.close()
		return true
	case c == '$':
		r.dollar = true
	case c == '(' && (dollar || inside == ')'):
		r.open = append(r.open, ')')
		return true
	case c == '"', c == '`', c == '\'' && inside != '"':
		r.open = append(r.open, c)
		return true
	}
	return inside != 0
}

func (r *reader) close() { r.open = r.open[:len(r.open)-1] }
