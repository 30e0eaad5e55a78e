package r4

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// lexical makes the check of a primitive type's value, which is the text of a JSON string or number.
//
// HL7's regular expressions are used as they are where values are short. Texts, addresses and base64 may be megabytes long, so the same
// conditions stand here as loops, which are some 30 times as fast (BenchmarkBase64).
func lexical(name, pattern string) (func(string) bool, error) {
	switch name {
	case "string", "markdown":
		return isText, nil
	case "uri", "url", "canonical":
		return func(s string) bool { return !strings.ContainsFunc(s, isSpace) }, nil
	case "code":
		return isCode, nil
	case "base64Binary":
		return isBase64, nil
	case "xhtml", "boolean", "decimal":
		// Any text, and what JSON itself already says of true, false and numbers.
		return func(string) bool { return true }, nil
	}
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	if err != nil {
		return nil, fmt.Errorf("regular expression of %s: %w", name, err)
	}
	switch name {
	case "integer", "positiveInt", "unsignedInt":
		// R4 has integers of 32 bits, which the regular expressions do not say.
		return func(s string) bool {
			_, err := strconv.ParseInt(s, 10, 32)
			return err == nil && re.MatchString(s)
		}, nil
	}
	return re.MatchString, nil
}

// form is the JSON form of a primitive type's values.
func form(name string) valueKind {
	switch name {
	case "boolean":
		return booleanValue
	case "integer", "positiveInt", "unsignedInt", "decimal":
		return numberValue
	}
	return stringValue
}

// isSpace is \s of HL7's expressions.
func isSpace(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }

// isText is [ \r\n\t\S]+: no vertical tab and no form feed.
func isText(s string) bool { return !strings.ContainsAny(s, "\v\f") }

// isCode is [^\s]+(\s[^\s]+)*: single spaces, and only between other characters.
func isCode(s string) bool {
	space := true
	for _, r := range s {
		if isSpace(r) && space {
			return false
		}
		space = isSpace(r)
	}
	return !space
}

// isBase64 is (\s*([0-9a-zA-Z\+/=]){4}\s*)+: groups of four with white space between them.
func isBase64(s string) bool {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isSpace(rune(c)):
			if n%4 != 0 {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '+', c == '/', c == '=':
			n++
		default:
			return false
		}
	}
	return n > 0 && n%4 == 0
}
