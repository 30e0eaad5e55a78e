package sender

import (
	"strings"
	"sync"
	"time"
)

// Status is what $status tells. Nil counters are not those of the kind.
type Status struct {
	Delivered        int64
	InProcess        int64
	Lost             *int64 // best-effort
	DeliveryAttempts *int64 // at-least-once: failed attempts
	Queued           *int64 // at-least-once
	Started          time.Time
	LastErrors       []Failure // newest first, at most MaxErrors
}

// Failure is a delivery that failed.
type Failure struct {
	Message string // at most 512 bytes
	Time    time.Time
}

// MaxErrors is how many failures a status tells.
const MaxErrors = 5

const maxErrorText = 512

// stats are the counters that live in memory and begin anew with the process.
type stats struct {
	mu        sync.Mutex
	started   time.Time
	successes int64
	failed    int64
	inProcess int64
	errors    []Failure
}

func newStats() *stats {
	return &stats{started: time.Now().UTC()}
}

func (s *stats) begin(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inProcess += n
}

func (s *stats) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inProcess--
}

// delivered ends n that were begun.
func (s *stats) delivered(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.successes += n
	s.inProcess -= n
}

func (s *stats) failure(err error) {
	text := err.Error()
	if len(text) > maxErrorText {
		text = strings.ToValidUTF8(text[:maxErrorText], "")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed++
	s.errors = append([]Failure{{Message: text, Time: time.Now().UTC()}}, s.errors[:min(len(s.errors), MaxErrors-1)]...)
}

func (s *stats) failures() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

func (s *stats) snapshot() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Status{
		Delivered:  s.successes,
		InProcess:  s.inProcess,
		Started:    s.started,
		LastErrors: append([]Failure(nil), s.errors...),
	}
}
