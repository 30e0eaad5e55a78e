package mask_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aidbox-nats/aidbox/mask"
)

// BenchmarkJSON reports how much longer masking takes than indenting the same text, which is done with everything that is drawn, and than decoding it.
func BenchmarkJSON(b *testing.B) {
	_, m := load(b)
	patient, err := os.ReadFile(filepath.Join("..", "r4", "testdata", "valid", "patient.json"))
	if err != nil {
		b.Fatal(err)
	}
	entry := append(append([]byte(`{"resource":`), patient...), '}')
	page := []byte(`{"resourceType":"Bundle","type":"searchset","entry":[` + string(bytes.Repeat(append(entry, ','), 99)) + string(entry) + `]}`)
	for _, c := range []struct {
		name string
		data []byte
	}{{"patient", patient}, {"page of 100", page}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			var masking, indenting, decoding time.Duration
			for b.Loop() {
				start := time.Now()
				m.JSON(c.data)
				masked := time.Now()
				var out bytes.Buffer
				if err := json.Indent(&out, c.data, "", "  "); err != nil {
					b.Fatal(err)
				}
				indented := time.Now()
				var v any
				if err := json.Unmarshal(c.data, &v); err != nil {
					b.Fatal(err)
				}
				masking += masked.Sub(start)
				indenting += indented.Sub(masked)
				decoding += time.Since(indented)
			}
			b.ReportMetric(float64(masking)/float64(indenting), "x-indent")
			b.ReportMetric(float64(masking)/float64(decoding), "x-decode")
		})
	}
}

func BenchmarkNew(b *testing.B) {
	d, _ := load(b)
	for b.Loop() {
		mask.New(d)
	}
}
