package data_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"go.uber.org/goleak"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	_ "aidbox-nats/tui/term/background"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watched answers every question, and notes how it was asked.
type watched struct {
	t         *testing.T
	now, most atomic.Int32
	meet      chan struct{} // holds $status calls until as many are there as may be
}

var errRefused = errors.New("refused")

func (w *watched) asked(ctx context.Context) error {
	w.t.Helper()
	if d, ok := ctx.Deadline(); !ok || time.Until(d) > 10*time.Second {
		w.t.Error("a question without a near deadline")
	}
	return errRefused
}

func (w *watched) Health(ctx context.Context) (aidbox.Health, error) {
	return aidbox.Health{}, w.asked(ctx)
}
func (w *watched) Version(ctx context.Context) (aidbox.Version, error) {
	return aidbox.Version{}, w.asked(ctx)
}
func (w *watched) Topics(ctx context.Context) ([]aidbox.Topic, error) { return nil, w.asked(ctx) }
func (w *watched) Destinations(ctx context.Context) ([]aidbox.Destination, error) {
	return nil, w.asked(ctx)
}
func (w *watched) RTT(ctx context.Context) (time.Duration, error)     { return 0, w.asked(ctx) }
func (w *watched) Streams(ctx context.Context) ([]nats.Stream, error) { return nil, w.asked(ctx) }
func (w *watched) Consumers(ctx context.Context, stream string) ([]nats.Consumer, error) {
	return []nats.Consumer{{Stream: stream}}, w.asked(ctx)
}

func (w *watched) Status(ctx context.Context, id string) (aidbox.Status, error) {
	w.asked(ctx)
	n := w.now.Add(1)
	defer w.now.Add(-1)
	for {
		most := w.most.Load()
		if n <= most || w.most.CompareAndSwap(most, n) {
			break
		}
	}
	if n == 4 {
		close(w.meet)
	}
	select {
	case <-w.meet:
	case <-ctx.Done():
		w.t.Error("fewer than four were asked at once")
	}
	if id == "broken" {
		return aidbox.Status{}, errRefused
	}
	return aidbox.Status{State: id}, nil
}

func TestEveryQuestionHasItsNumberItsDeadlineAndItsError(t *testing.T) {
	w := &watched{t: t}
	s := data.NewSource(w, w)
	var last uint64
	for _, cmd := range []tea.Cmd{s.Topics(), s.Destinations(), s.Streams(), s.Consumers("EVENTS"), s.AidboxHealth(), s.BrokerHealth()} {
		var a data.Answer
		switch msg := cmd().(type) {
		case data.Topics:
			a = msg.Answer
		case data.Destinations:
			a = msg.Answer
		case data.Streams:
			a = msg.Answer
		case data.Consumers:
			a = msg.Answer
			if msg.Stream != "EVENTS" || len(msg.Consumers) != 1 || msg.Consumers[0].Stream != "EVENTS" {
				t.Errorf("%+v", msg)
			}
		case data.AidboxHealth:
			a = msg.Answer
		case data.BrokerHealth:
			a = msg.Answer
		default:
			t.Fatalf("%T is no answer", msg)
		}
		if !a.Newer(last) || a.Err != errRefused || a.At.IsZero() {
			t.Errorf("%+v after question %d", a, last)
		}
		last = a.Question
	}
	if s.Overtake() != last {
		t.Errorf("%d questions were asked, not %d", last, s.Overtake())
	}
}

func TestStatusesAreAskedAFewAtATime(t *testing.T) {
	w := &watched{t: t, meet: make(chan struct{})}
	s := data.NewSource(w, w)
	ids := []string{"a", "b", "c", "broken"}
	got := s.Statuses(ids...)().(data.Statuses)
	if got.Err != nil || len(got.Statuses) != len(ids) || got.Statuses["a"].Status.State != "a" || got.Statuses["broken"].Err != errRefused {
		t.Errorf("%+v", got)
	}
	if n := w.most.Load(); n != 4 {
		t.Errorf("%d were asked at once", n)
	}
	if s.Statuses() != nil {
		t.Error("nothing is asked for nobody")
	}
}

func TestNeedsAreMerged(t *testing.T) {
	n := data.Needs{Topics: true, Statuses: []string{"a"}}
	n.Merge(data.Needs{Streams: true, Statuses: []string{"b", "a", "b"}})
	if !n.Topics || n.Destinations || !n.Streams || !slices.Equal(n.Statuses, []string{"a", "b"}) {
		t.Errorf("%+v", n)
	}
}

func TestPutStandsForWhatHasItsIdentity(t *testing.T) {
	type thing struct{ id, text string }
	id := func(x thing) string { return x.id }
	list := []thing{{"a", "1"}, {"b", "1"}}
	if got := data.Put(list, thing{"a", "2"}, id); !slices.Equal(got, []thing{{"a", "2"}, {"b", "1"}}) {
		t.Errorf("%v", got)
	}
	if got := data.Put(list, thing{"c", "1"}, id); !slices.Equal(got, []thing{{"a", "1"}, {"b", "1"}, {"c", "1"}}) {
		t.Errorf("%v", got)
	}
	if list[0].text != "1" || len(list) != 2 {
		t.Errorf("the list given was changed: %v", list)
	}
}

func TestARefusalGivesItsSentencesAfterWhatWasTried(t *testing.T) {
	err := &aidbox.Error{Status: 422, Method: "POST", URL: "http://a/fhir/Patient", Outcome: aidbox.OperationOutcome{Issues: []aidbox.Issue{
		{Diagnostics: "name is wrong"}, {Diagnostics: "id is wrong"}}}}
	o := data.Refused(err)
	if o.Err != err || len(o.Sentences) != 3 || o.Sentences[1] != "name is wrong" || o.Sentences[2] != "id is wrong" {
		t.Errorf("%q", o.Sentences)
	}
	if o := data.Refused(errRefused); !slices.Equal(o.Sentences, []string{"refused"}) {
		t.Errorf("%q", o.Sentences)
	}
}
