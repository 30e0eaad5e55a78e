package nats

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"aidbox-nats/nats/shell"
)

// Command is the command of the nats program (github.com/nats-io/natscli) that does the same, ready for a POSIX
// shell; empty for what has none (UNSUB, DISCONNECT). Secrets stand in it as $NATS_PASSWORD and
// $NATS_TOKEN. A payload of which the journal kept only a part is read from a file payload.bin.
func (o Operation) Command() string {
	words := []string{"nats"}
	if o.login != "" {
		words = append(words, o.login)
	}
	before, after := "", ""
	switch o.Verb {
	case "CONNECT":
		words = append(words, "rtt")
	case "SUB":
		words = append(words, "sub", arguments(o.Subject))
	case "PUB":
		words = append(words, "pub")
		if o.stored {
			words = append(words, "--jetstream")
		}
		if o.Reply != "" {
			words = append(words, flag("--reply", o.Reply))
		}
		for _, key := range slices.Sorted(maps.Keys(o.Header)) {
			for _, value := range o.Header[key] {
				words = append(words, flag("--header", key+":"+value))
			}
		}
		words = append(words, noTemplates(o)...)
		switch {
		case len(o.Data) < o.Bytes:
			words = append(words, "--force-stdin", arguments(o.Subject))
			after = fmt.Sprintf(" < payload.bin # %d bytes", o.Bytes)
		case slices.Contains(o.Data, 0):
			// No argument of a program can hold a zero byte.
			before = "printf " + printfQuote(o.Data) + " | "
			words = append(words, "--force-stdin", arguments(o.Subject))
		default:
			words = append(words, arguments(o.Subject, string(o.Data)))
		}
	case "REQ":
		if same := jetStreamCommand(o); same != nil {
			words = append(words, same...)
			break
		}
		words = append(words, "req", "--raw")
		words = append(words, noTemplates(o)...)
		words = append(words, arguments(o.Subject, string(o.Data)))
	default:
		return ""
	}
	return before + strings.Join(words, " ") + after
}

// noTemplates keeps nats from reading {{...}} as a template.
func noTemplates(o Operation) []string {
	if strings.Contains(o.Subject, "{{") || strings.Contains(string(o.Data), "{{") {
		return []string{"--no-templates"}
	}
	return nil
}

// arguments quotes positional arguments. nats would read one that begins with a dash as a flag and one that
// begins with @ as a file of arguments, unless they come after --.
func arguments(args ...string) string {
	words := make([]string, 0, len(args)+1)
	for _, arg := range args {
		if len(words) == 0 && slices.ContainsFunc(args, special) {
			words = append(words, "--")
		}
		words = append(words, shell.Quote(arg))
	}
	return strings.Join(words, " ")
}

func special(arg string) bool { return strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "@") }

// flag writes a flag and its value as one word, so that the value cannot be taken for another flag.
func flag(name, value string) string { return name + "=" + shell.Quote(value) }

// printfQuote writes bytes as a format of printf(1).
func printfQuote(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		switch {
		case c == '%':
			b.WriteString("%%")
		case c < ' ' || c >= 0x7f || c == '\\' || c == '\'':
			b.WriteString(`\` + octal(c))
		default:
			b.WriteByte(c)
		}
	}
	return "'" + b.String() + "'"
}

// octal is c in exactly three digits.
func octal(c byte) string {
	s := strconv.FormatUint(uint64(c), 8)
	return strings.Repeat("0", 3-len(s)) + s
}
