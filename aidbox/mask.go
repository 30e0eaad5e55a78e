package aidbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// Mask stands where a secret was.
const Mask = "********"

var (
	// The slashes may be escaped, because the text may be JSON.
	userinfo    = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*:(?:\\?/){2})([^\s/?#"'@:\\]*)(:[^\s/?#"'\\]*)?@`)
	secretQuery = regexp.MustCompile(`(?i)([?&][^\s=&#"']*(?:password|secret|token)[^\s=&#"']*=)[^\s&#"']+`)
	secretWord  = regexp.MustCompile(`(?i)password|passwd|secret|token|api[_-]?key|private[_-]?key`)
	tokenScheme = regexp.MustCompile(`(?i)^(nats|tls|ws|wss):`)
)

// secretParameter goes by the name of a destination's parameter.
func secretParameter(name string) bool {
	name = strings.ToLower(name)
	return secretWord.MatchString(name) || strings.Contains(name, "key")
}

// secretKey goes by the name of a member of any resource or configuration. FHIR has elements whose names contain key or
// token by chance, so only a whole token counts.
func secretKey(name string) bool {
	name = strings.ToLower(name)
	if name == "token" || strings.HasSuffix(name, "token") || name == "authorization" {
		return true
	}
	return secretWord.MatchString(name) && !strings.Contains(name, "token")
}

func secretHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Cookie", "Set-Cookie":
		return true
	}
	return secretWord.MatchString(name) || strings.HasSuffix(strings.ToLower(name), "authorization")
}

// maskURL hides the password of user:password@ and, for NATS, where a user without a password is a token, all of it. It
// works on any text that contains URLs.
func maskURL(text string) string {
	text = userinfo.ReplaceAllStringFunc(text, func(found string) string {
		m := userinfo.FindStringSubmatch(found)
		switch {
		case m[3] != "":
			return m[1] + m[2] + ":" + Mask + "@"
		case tokenScheme.MatchString(m[1]):
			return m[1] + Mask + "@"
		}
		return found
	})
	return secretQuery.ReplaceAllString(text, "${1}"+Mask)
}

func maskHeader(h http.Header) http.Header {
	masked := http.Header{}
	for name, values := range h {
		for _, v := range values {
			if secretHeader(name) {
				scheme, rest, ok := strings.Cut(v, " ")
				v = Mask
				if ok && rest != "" && (strings.EqualFold(scheme, "Basic") || strings.EqualFold(scheme, "Bearer")) {
					v = scheme + " " + Mask
				}
			}
			masked[name] = append(masked[name], maskURL(v))
		}
	}
	return masked
}

// maskBody hides the secrets of a body, or of the beginning of one that was cut off: the values of secret members, of
// parameters with a secret name, and of credentials in URLs.
func maskBody(contentType string, body []byte, cutOff bool) []byte {
	switch {
	case looksLikeJSON(body):
		return maskJSON(body)
	case strings.Contains(contentType, "html"):
		return []byte(maskURL(string(body)))
	}
	return []byte(maskURL(string(maskYAML(body, cutOff))))
}

// maskYAML writes the text anew if it holds a secret and leaves it alone otherwise.
func maskYAML(body []byte, cutOff bool) []byte {
	if !cutOff && !secretWord.Match(body) && !bytes.Contains(bytes.ToLower(body), []byte("key")) {
		return body
	}
	m := yamlMasker{seen: map[visit]bool{}, unfinished: map[*yaml.Node]bool{}}
	var docs []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(body))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return []byte("(not kept: it is no readable YAML, and may hold a secret)")
		}
		docs = append(docs, &doc)
	}
	if cutOff && len(docs) > 0 {
		m.markUnfinished(docs[len(docs)-1])
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	found := false
	for _, doc := range docs {
		found = m.mask(doc, false) || found
		if enc.Encode(doc) != nil {
			return nil
		}
	}
	if !found {
		return body
	}
	if enc.Close() != nil {
		return nil
	}
	return out.Bytes()
}

type yamlMasker struct {
	seen       map[visit]bool      // an alias may lead back to where it stands
	unfinished map[*yaml.Node]bool // mappings that may have had more
}

type visit struct {
	node   *yaml.Node
	secret bool
}

// markUnfinished goes down to where the text was cut off.
func (m yamlMasker) markUnfinished(n *yaml.Node) {
	for m.unfinished[n] = true; len(n.Content) > 0; m.unfinished[n] = true {
		n = n.Content[len(n.Content)-1]
	}
}

// mask tells whether it found something to hide. Below a secret key everything is hidden.
func (m yamlMasker) mask(n *yaml.Node, secret bool) (found bool) {
	if m.seen[visit{n, secret}] {
		return false
	}
	m.seen[visit{n, secret}] = true
	switch n.Kind {
	case yaml.ScalarNode:
		if !secret || n.Value == Mask || n.Tag == "!!null" {
			return false
		}
		n.Value, n.Tag, n.Style = Mask, "!!str", yaml.DoubleQuotedStyle
		return true
	case yaml.AliasNode:
		return secret && m.mask(n.Alias, true)
	case yaml.MappingNode:
		named := m.named(n)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			hide := secret || secretKey(key) || named && strings.HasPrefix(key, "value")
			found = m.mask(n.Content[i+1], hide) || found
		}
		return found
	}
	for _, c := range n.Content {
		found = m.mask(c, secret) || found
	}
	return found
}

// named tells whether a mapping has a name that makes its values secret. Of an unfinished one without its whole name
// nobody knows.
func (m yamlMasker) named(n *yaml.Node) bool {
	known := !m.unfinished[n]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "name" {
			continue
		}
		if secretParameter(n.Content[i+1].Value) {
			return true
		}
		known = known || !m.unfinished[n.Content[i+1]]
	}
	return !known
}

// maskJSON hides secrets in a JSON text without parsing it as a whole: the text may have been cut anywhere, and what is
// kept should look as it was sent.
func maskJSON(text []byte) []byte {
	if len(text) == 0 {
		return text
	}
	s := jsonScanner{text: text}
	s.scan()
	slices.SortFunc(s.secrets, func(a, b span) int { return a.start - b.start })
	var b bytes.Buffer
	end := 0
	for _, secret := range s.secrets {
		if secret.start < end {
			continue
		}
		b.Write(text[end:secret.start])
		b.WriteString(`"` + Mask + `"`)
		end = secret.end
	}
	b.Write(text[end:])
	return []byte(maskURL(b.String()))
}

type span struct{ start, end int }

type jsonScanner struct {
	text    []byte
	stack   []*jsonLevel
	secrets []span
}

// jsonLevel is an object or array that the scanner is inside of.
type jsonLevel struct {
	object  bool
	key     string
	isKey   bool // the next string is a key
	secret  bool // lies under a secret key
	name    string
	values  []span     // scalars under value[x], until the name beside them is known
	outside *jsonLevel // the level whose value[x] this is part of
}

func (s *jsonScanner) scan() {
	for i := 0; i < len(s.text); {
		top := s.top()
		switch c := s.text[i]; c {
		case ' ', '\t', '\r', '\n', ':':
			i++
		case ',':
			if top != nil {
				top.isKey = top.object
			}
			i++
		case '{', '[':
			s.push(c == '{')
			i++
		case '}', ']':
			if top != nil {
				s.settle(top, false)
				s.stack = s.stack[:len(s.stack)-1]
			}
			i++
		default:
			end, whole := s.endOfScalar(i)
			s.scalar(top, span{i, end}, whole)
			i = end
		}
	}
	for _, level := range s.stack {
		s.settle(level, true)
	}
}

func (s *jsonScanner) top() *jsonLevel {
	if len(s.stack) == 0 {
		return nil
	}
	return s.stack[len(s.stack)-1]
}

func (s *jsonScanner) push(object bool) {
	level := &jsonLevel{object: object, isKey: object}
	if top := s.top(); top != nil {
		level.secret = top.secret || top.object && secretKey(top.key)
		level.outside = top.outside
		if top.object && strings.HasPrefix(top.key, "value") {
			level.outside = top
		}
	}
	s.stack = append(s.stack, level)
}

// endOfScalar also tells whether a string has its end in the text.
func (s *jsonScanner) endOfScalar(i int) (end int, whole bool) {
	if s.text[i] != '"' {
		for i++; i < len(s.text) && !bytes.ContainsRune([]byte(" \t\r\n,:{}[]\""), rune(s.text[i])); i++ {
		}
		return i, true
	}
	for i++; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			return i + 1, true
		}
	}
	return len(s.text), false
}

func (s *jsonScanner) scalar(top *jsonLevel, at span, whole bool) {
	if top == nil {
		return
	}
	text := s.unquoted(at)
	if top.object && top.isKey {
		top.key, top.isKey = text, false
		return
	}
	switch {
	case string(s.text[at.start:at.end]) == "null":
	case top.secret || top.object && secretKey(top.key):
		s.secrets = append(s.secrets, at)
	case top.object && top.key == "name":
		if whole {
			top.name = text
		}
	case top.object && strings.HasPrefix(top.key, "value"):
		top.values = append(top.values, at)
		fallthrough
	default:
		if top.outside != nil {
			top.outside.values = append(top.outside.values, at)
		}
	}
}

func (s *jsonScanner) unquoted(at span) string {
	raw := s.text[at.start:at.end]
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return strings.Trim(string(raw), `"`)
}

// settle decides about the values of a level at its end. Of a level that was cut off before its name came nobody knows
// what they are.
func (s *jsonScanner) settle(level *jsonLevel, cutOff bool) {
	if secretParameter(level.name) || cutOff && level.name == "" {
		s.secrets = append(s.secrets, level.values...)
	}
}
