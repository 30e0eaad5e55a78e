package r4_test

import (
	"encoding/json"
	"testing"

	"aidbox-nats/aidbox/r4"
)

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := r4.Load(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValidate stands beside what decoding the same bytes costs without looking at them.
func BenchmarkValidate(b *testing.B) {
	d := load(b)
	data := valid(b)["patient.json"]
	b.Run("validate", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if issues := d.Validate(data); len(issues) > 0 {
				b.Fatal(issues)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(data, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
