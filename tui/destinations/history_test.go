package destinations

import (
	"math"
	"testing"
	"time"

	"aidbox-nats/aidbox"
)

func counted(delivered int64, start time.Time, errs ...aidbox.StatusError) aidbox.Status {
	return aidbox.Status{Delivered: &delivered, Start: start, LastErrors: errs}
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

func TestDeliveriesAreSharedAmongTheirTime(t *testing.T) {
	at := time.Unix(1_700_000_000, 0) // begins a bar
	var h history
	h.add(counted(5, at), at)
	if h.flows() {
		t.Error("what was delivered before anybody looked is drawn")
	}
	h.add(counted(11, at), at.Add(30*time.Second))
	line := h.line(at.Add(30 * time.Second))
	if got := line[len(line)-4:]; math.Abs(got[0]-2) > 1e-9 || math.Abs(got[1]-2) > 1e-9 || math.Abs(got[2]-2) > 1e-9 || got[3] != 0 {
		t.Errorf("%v", got)
	}
	if got := sum(h.line(at.Add(time.Hour))); got != 0 {
		t.Errorf("%v are drawn after an hour", got)
	}
	h.add(counted(12, at), at.Add(2*time.Hour))
	if got := sum(h.line(at.Add(2 * time.Hour))); got <= 0 || got > 1 {
		t.Errorf("%v of one are drawn", got)
	}
}

// A restart begins at zero; two processes that answer in turn are no rate.
func TestCountersOfEachProcessAreTheirOwn(t *testing.T) {
	at, other := time.Unix(1_700_000_000, 0), time.Unix(1_700_000_001, 0)
	var h history
	h.add(counted(100, at), at)
	h.add(counted(3, other), at.Add(time.Second))
	if h.inTurn || h.flows() {
		t.Error("a restart is taken for a second process, or for deliveries")
	}
	h.add(counted(101, at), at.Add(2*time.Second))
	if !h.inTurn {
		t.Error("a second process is not told of")
	}
	h.add(counted(4, other), at.Add(3*time.Second))
	if got := sum(h.line(at.Add(3 * time.Second))); math.Abs(got-2) > 1e-9 {
		t.Errorf("%v were delivered, not 2", got)
	}
	for i := range 100 {
		h.add(counted(1, at.Add(time.Duration(i)*time.Minute)), at.Add(time.Duration(i)*time.Minute))
	}
	if len(h.last) > replicas {
		t.Errorf("%d processes are kept", len(h.last))
	}
}

// Only what was delivered after the newest failure is a recovery, and no clock
// of the server decides.
func TestRecovery(t *testing.T) {
	start, at := time.Unix(1_699_999_000, 0), time.Unix(1_700_000_000, 0)
	failed := aidbox.StatusError{Message: "refused", Time: at.Add(-time.Hour)}
	later := aidbox.StatusError{Message: "refused", Time: at.Add(time.Hour)}
	var h history
	step := func(rule string, s aidbox.Status, after time.Duration, want bool) {
		t.Helper()
		if h.add(s, at.Add(after)); h.recovered != want {
			t.Errorf("%s: recovered is %v", rule, h.recovered)
		}
	}
	step("it is not known when it was delivered", counted(5, start, failed), 0, false)
	step("nothing was delivered since", counted(5, start, failed), 1*time.Second, false)
	step("delivered after it", counted(6, start, failed), 2*time.Second, true)
	if !h.since.Equal(at.Add(2 * time.Second)) {
		t.Errorf("since %v", h.since)
	}
	step("still", counted(6, start, failed), 3*time.Second, true)
	if !h.since.Equal(at.Add(2 * time.Second)) {
		t.Errorf("it recovers again at %v", h.since)
	}
	step("it fails anew, beside a delivery", counted(7, start, later, failed), 4*time.Second, false)
	empty := counted(7, start, later)
	empty.Queued = new(int64)
	step("what is tried again is delivered when its queue is empty", empty, 5*time.Second, true)
	step("no failure, no recovery", counted(8, start), 6*time.Second, false)
}
