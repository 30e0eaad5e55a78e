package nats

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nats-io/nats-server/v2/server"
)

// MaxSubject is the longest subject in bytes that is sent. A server closes a connection, and nats.go then
// gives it up for good, when one protocol line passes 4096 bytes (max_control_line); the rest of the line
// is the verb, the subscription's number and the sizes.
const MaxSubject = 4000

// SubjectError says why a text cannot be a subject.
type SubjectError struct {
	Subject string
	Reason  string
}

func (e *SubjectError) Error() string {
	return fmt.Sprintf("%s is no valid subject: %s", quote(e.Subject), e.Reason)
}

// ValidSubject says whether s can be a subject: tokens separated by dots, without white space. With
// wildcards, a token may be * (any one token) and the last may be > (one token or more), as in a
// subscription; without, both are refused, as in a publish. It fails with *SubjectError.
func ValidSubject(s string, wildcards bool) error {
	reason := subjectFault(s, wildcards)
	if reason == "" && !server.IsValidSubject(s) {
		reason = "the server does not accept it"
	}
	if reason == "" {
		return nil
	}
	return &SubjectError{Subject: s, Reason: reason}
}

func subjectFault(s string, wildcards bool) string {
	switch {
	case s == "":
		return "it is empty"
	case len(s) > MaxSubject:
		return fmt.Sprintf("it is longer than %d bytes", MaxSubject)
	case !utf8.ValidString(s):
		return "it is not UTF-8"
	case strings.IndexFunc(s, unicode.IsSpace) >= 0:
		return "it contains white space"
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		return "it contains a control character"
	}
	tokens := strings.Split(s, ".")
	for i, token := range tokens {
		switch {
		case token == "" && i == 0:
			return "it begins with a dot"
		case token == "" && i == len(tokens)-1:
			return "it ends with a dot"
		case token == "":
			return "it has two dots in a row"
		case (token == "*" || token == ">") && !wildcards:
			return "a message cannot be published to a wildcard (" + token + ")"
		case token == ">" && i < len(tokens)-1:
			return "> can only be the last token"
		}
	}
	return ""
}
