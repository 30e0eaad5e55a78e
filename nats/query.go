package nats

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// Query decides which messages a search finds.
type Query interface {
	// match says whether a message is wanted. An error says that it cannot be asked about.
	match(ctx context.Context, m StoredMessage) (bool, error)
	// String is the query as it was written.
	String() string
}

// text finds messages that hold a text.
type text struct {
	written string
	needle  fold
}

// Text finds a text in the subject, the headers (as "Name: value") and the body, whatever the case of its letters.
// It fails when there is none.
func Text(s string) (Query, error) {
	if s == "" {
		return nil, errors.New("there is no text to search for")
	}
	return text{written: s, needle: newFold(s)}, nil
}

func (t text) String() string { return t.written }

func (t text) match(_ context.Context, m StoredMessage) (bool, error) {
	if t.needle.in(m.Data) || t.needle.in([]byte(m.Subject)) {
		return true, nil
	}
	for key, values := range m.Header {
		for _, value := range values {
			if t.needle.in([]byte(key + ": " + value)) {
				return true, nil
			}
		}
	}
	return false, nil
}

// fold finds a text whatever its case, without making a copy of what is searched.
type fold struct {
	lower []byte
	ascii bool
	// rare is the place of the byte that is looked for first, and both forms of it.
	rare         int
	small, large byte
}

func newFold(s string) fold {
	f := fold{lower: []byte(strings.ToLower(s)), ascii: true}
	best := 256
	for i, c := range f.lower {
		if c >= utf8.RuneSelf {
			f.ascii = false
		}
		if common := commonness(c); common < best {
			best, f.rare = common, i
		}
	}
	f.small = f.lower[f.rare]
	f.large = f.small
	if f.small >= 'a' && f.small <= 'z' {
		f.large = f.small - 'a' + 'A'
	}
	return f
}

// commonness is about how often a byte stands in JSON: letters in the order of English, then what JSON is made of.
func commonness(c byte) int {
	if i := strings.IndexByte("zqxjkvbpygfwmucldrhsnioate", c); i >= 0 {
		return 10 + i
	}
	switch c {
	case '"', ':', ',', ' ', '\n':
		return 100
	case '{', '}', '[', ']', '.', '-', '/', '0', '1', '2':
		return 30
	}
	return 5
}

func (f fold) in(s []byte) bool {
	if !f.ascii {
		return bytes.Contains(bytes.ToLower(s), f.lower)
	}
	// Places of both forms of the rare byte, each searched only when the other is behind it.
	small, large := -1, -1
	for at := f.rare; at <= len(s)-(len(f.lower)-f.rare); at++ {
		if small < at {
			small = next(s, at, f.small)
		}
		if large < at {
			large = small
			if f.large != f.small {
				large = next(s, at, f.large)
			}
		}
		at = min(small, large)
		start := at - f.rare
		if start+len(f.lower) > len(s) {
			return false
		}
		if equalFold(s[start:start+len(f.lower)], f.lower) {
			return true
		}
	}
	return false
}

// next is where c stands in s from at on, behind the end when nowhere.
func next(s []byte, at int, c byte) int {
	if i := bytes.IndexByte(s[at:], c); i >= 0 {
		return at + i
	}
	return len(s)
}

func equalFold(s, lower []byte) bool {
	for i, c := range s {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// reference finds messages about one resource.
type reference struct {
	kind, id  string
	needle    []byte
	kindValue []byte
	idValue   []byte
}

// Reference finds what refers to a resource as REST does, TYPE/ID, or holds it: a JSON object with these values of
// resourceType and id. Case counts. It fails when s is not of that form.
func Reference(s string) (Query, error) {
	kind, id, ok := strings.Cut(s, "/")
	if !ok || kind == "" || id == "" || strings.IndexFunc(kind, notLetter) >= 0 || len(id) > 64 || strings.IndexFunc(id, notInID) >= 0 {
		return nil, fmt.Errorf("%s is no reference: it is a resource type, a slash and an id", quote(s))
	}
	return reference{kind: kind, id: id, needle: []byte(s), kindValue: []byte(`"` + kind + `"`), idValue: []byte(`"` + id + `"`)}, nil
}

// IsReference says whether a text has the form of a reference, with a type that begins with a capital letter.
func IsReference(s string) bool {
	_, err := Reference(s)
	return err == nil && s[0] >= 'A' && s[0] <= 'Z'
}

func notLetter(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }

func notInID(r rune) bool { return notLetter(r) && !(r >= '0' && r <= '9' || r == '-' || r == '.') }

func (q reference) String() string { return string(q.needle) }

func (q reference) match(_ context.Context, m StoredMessage) (bool, error) {
	if q.in(m.Data) || q.in([]byte(m.Subject)) {
		return true, nil
	}
	for _, values := range m.Header {
		for _, value := range values {
			if q.in([]byte(value)) {
				return true, nil
			}
		}
	}
	// Decoding is worth it only when both words are there.
	if !bytes.Contains(m.Data, q.kindValue) || !bytes.Contains(m.Data, q.idValue) {
		return false, nil
	}
	var value any
	if err := json.Unmarshal(m.Data, &value); err != nil {
		return false, nil
	}
	return q.held(value), nil
}

// in looks for the reference between characters that cannot belong to a longer one.
func (q reference) in(s []byte) bool {
	for from := 0; ; {
		i := bytes.Index(s[from:], q.needle)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(q.needle)
		if (start == 0 || notLetter(rune(s[start-1]))) && (end == len(s) || notInID(rune(s[end]))) {
			return true
		}
		from = start + 1
	}
}

func (q reference) held(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		if v["resourceType"] == q.kind && v["id"] == q.id {
			return true
		}
		for _, child := range v {
			if q.held(child) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if q.held(child) {
				return true
			}
		}
	}
	return false
}

// jqTime bounds an expression's work on one message; some expressions never end.
const jqTime = 250 * time.Millisecond

// jq finds messages for which an expression is true.
type jq struct {
	written string
	code    *gojq.Code
	// What is made for each message only when the expression asks for it.
	time, headers bool
}

// ExpressionError says why a text is no jq expression.
type ExpressionError struct {
	Expression string
	Offset     int // in bytes, where it goes wrong; -1: not known
	Err        error
}

func (e *ExpressionError) Error() string {
	return fmt.Sprintf("%s is no jq expression: %s", quote(e.Expression), clip(e.Err.Error()))
}

func (e *ExpressionError) Unwrap() error { return e.Err }

// JQ finds messages whose body is JSON for which a jq expression gives something else than false and null. It knows
// $subject, $seq, $time (RFC 3339) and $headers (an object of arrays). It fails with *ExpressionError.
func JQ(expression string) (Query, error) {
	parsed, err := gojq.Parse(expression)
	if err != nil {
		offset := -1
		var at *gojq.ParseError
		if errors.As(err, &at) {
			offset = at.Offset - len(at.Token)
		}
		return nil, &ExpressionError{Expression: expression, Offset: offset, Err: err}
	}
	code, err := gojq.Compile(parsed, gojq.WithVariables([]string{"$subject", "$seq", "$time", "$headers"}))
	if err != nil {
		return nil, &ExpressionError{Expression: expression, Offset: -1, Err: err}
	}
	return jq{
		written: expression, code: code,
		time: strings.Contains(expression, "$time"), headers: strings.Contains(expression, "$headers"),
	}, nil
}

func (q jq) String() string { return q.written }

func (q jq) match(ctx context.Context, m StoredMessage) (bool, error) {
	var value any
	if err := json.Unmarshal(m.Data, &value); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, jqTime)
	defer cancel()
	var stored string
	if q.time {
		stored = m.Time.UTC().Format(time.RFC3339Nano)
	}
	var headers map[string]any
	if q.headers {
		headers = jqHeaders(m)
	}
	results := q.code.RunWithContext(ctx, value, m.Subject, int(m.Seq), stored, headers)
	for {
		result, ok := results.Next()
		if !ok {
			return false, nil
		}
		switch v := result.(type) {
		case error:
			return false, v
		case nil:
		case bool:
			if v {
				return true, nil
			}
		default:
			return true, nil
		}
	}
}

func jqHeaders(m StoredMessage) map[string]any {
	headers := make(map[string]any, len(m.Header))
	for key, values := range m.Header {
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		headers[key] = list
	}
	return headers
}
