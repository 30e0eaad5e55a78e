package messages

import (
	"testing"
	"time"

	"aidbox-nats/nats"
)

func TestAPlaceIsReadToTheSecond(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 42, 7, 500_000_000, time.Local)
	day := func(d, h, m, s int) target {
		return target{where: atTime, time: time.Date(2026, 11, d, h, m, s, 0, time.Local)}
	}
	for text, want := range map[string]target{
		"": {where: atEnd}, "end": {where: atEnd}, " Start ": {where: atStart},
		"4711": {where: atSeq, seq: 4711}, "4,711": {where: atSeq, seq: 4711}, "#4711": {where: atSeq, seq: 4711},
		"10:42:01": day(24, 10, 42, 1), "10:42": day(24, 10, 42, 0),
		"10:43:00":            day(23, 10, 43, 0), // today it is not yet
		"2026-11-20 09:08:07": day(20, 9, 8, 7), "2026-11-20": day(20, 0, 0, 0), "2026-11-20T09:08:07": day(20, 9, 8, 7),
		"90s": day(24, 10, 40, 37), "5m ago": day(24, 10, 37, 7), "2h": day(24, 8, 42, 7),
	} {
		got, err := parsePlace(text, now)
		if err != nil || got.where != want.where || got.seq != want.seq || !got.time.Equal(want.time) {
			t.Errorf("%q: %+v, %v, not %+v", text, got, err, want)
		}
	}
	if got, err := parsePlace("3d", now); err != nil || got.time.Day() != 21 || got.time.Hour() != 10 {
		t.Errorf("3d: %v, %v", got.time, err)
	}
	for _, text := range []string{"0", "-1", "tomorrow", "25:00", "10:61", "2026-13-01", "-5m", "99999999999999999999"} {
		if got, err := parsePlace(text, now); err == nil {
			t.Errorf("%q was taken: %+v", text, got)
		}
	}
}

func rows(from, to uint64, size int) []row {
	var out []row
	for seq := from; seq <= to; seq++ {
		out = append(out, row{StoredMessage: nats.StoredMessage{Seq: seq, Data: make([]byte, size)}})
	}
	return out
}

func TestTheWindowIsBoundedAndHasNoHole(t *testing.T) {
	for rule, size := range map[string]int{"in rows": 1, "in bytes": 1 << 20} {
		w := window{rows: rows(5001, 5064, size), before: true, after: true}
		check := func() {
			t.Helper()
			if len(w.rows) > windowRows+64 || w.size() > windowBytes+64*size {
				t.Fatalf("%s: %d rows of %d bytes", rule, len(w.rows), w.size())
			}
			for i, r := range w.rows {
				if r.Seq != w.rows[0].Seq+uint64(i) {
					t.Fatalf("%s: a hole before %d", rule, r.Seq)
				}
			}
		}
		for range 20 {
			first := w.rows[0].Seq
			w.prepend(rows(first-64, first-1, size), true)
			if check(); w.rows[0].Seq != first-64 {
				t.Fatalf("%s: what was read is gone", rule)
			}
		}
		if !w.after || w.end != 0 {
			t.Errorf("%s: the end is not let go of", rule)
		}
		for range 20 {
			last := w.rows[len(w.rows)-1].Seq
			w.append(rows(last+1, last+64, size), false, last+64)
			if check(); w.rows[len(w.rows)-1].Seq != last+64 || w.end != last+64 {
				t.Fatalf("%s: what was read is gone", rule)
			}
		}
		if !w.before {
			t.Errorf("%s: what lies before is forgotten", rule)
		}
	}
}
