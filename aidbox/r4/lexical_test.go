package r4

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// patterns are HL7's regular expressions by primitive type.
func patterns(t testing.TB) map[string]*regexp.Regexp {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*regexp.Regexp{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if fields[0] == "T" && fields[3] == "primitive" && fields[4] != "" {
			all[fields[1]] = regexp.MustCompile(`^(?:` + fields[4] + `)$`)
		}
	}
	return all
}

func TestLoopsAgreeWithTheRegularExpressions(t *testing.T) {
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	all := patterns(t)
	if len(all) != 19 {
		t.Fatalf("%d primitive types with a regular expression, HL7 gives 19", len(all))
	}
	random := rand.New(rand.NewPCG(4, 1))
	alphabet := []rune("ab0+/=-. \t\n\r\fé😀")
	for range 10_000 {
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteRune(alphabet[random.IntN(len(alphabet))])
		}
		s := b.String()
		for _, name := range []string{"string", "markdown", "uri", "url", "canonical", "code", "base64Binary"} {
			if got, want := d.types[name].valid(s), all[name].MatchString(s); got != want {
				t.Fatalf("%s: %q is taken as %t, the regular expression says %t", name, s, got, want)
			}
		}
	}
}

// BenchmarkBase64 stands beside the regular expression that it replaces.
func BenchmarkBase64(b *testing.B) {
	data := strings.Repeat("abcd", 1<<18)
	re := patterns(b)["base64Binary"]
	b.Run("loop", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if !isBase64(data) {
				b.Fatal("refused")
			}
		}
	})
	b.Run("regular expression", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if !re.MatchString(data) {
				b.Fatal("refused")
			}
		}
	})
}
