package tui

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
)

// question is one kind of question to a server.
type question int

const (
	askTopics question = iota
	askDestinations
	askStatuses
	askHealth
	askStreams
	askConsumers
	askRTT
	questions
)

// ofAidbox says which server a question is put to.
func (q question) ofAidbox() bool { return q < askStreams }

// answered is the question that a message answers, and how that went.
func answered(msg tea.Msg) (question, data.Answer, bool) {
	switch msg := msg.(type) {
	case data.Topics:
		return askTopics, msg.Answer, true
	case data.Destinations:
		return askDestinations, msg.Answer, true
	case data.Statuses:
		return askStatuses, msg.Answer, true
	case data.AidboxHealth:
		return askHealth, msg.Answer, true
	case data.Streams:
		return askStreams, msg.Answer, true
	case data.Consumers:
		return askConsumers, msg.Answer, true
	case data.BrokerHealth:
		return askRTT, msg.Answer, true
	}
	return 0, data.Answer{}, false
}

// reader puts the questions to the servers, each once at a time: what is asked
// again while its answer is awaited is asked when that has come.
type reader struct {
	*data.Source
	underway, again [questions]bool
	statuses        []string // whose counters are asked for again
	consumers       []string // streams whose consumers are asked for after those under way, one at a time
	aidbox, nats    pace
}

// need asks what the panes need.
func (r *reader) need(n data.Needs) tea.Cmd {
	var wanted [questions]bool
	wanted[askTopics], wanted[askDestinations], wanted[askStreams] = n.Topics, n.Destinations, n.Streams
	wanted[askStatuses] = len(n.Statuses) > 0
	var cmds []tea.Cmd
	for q, wanted := range wanted {
		if wanted {
			cmds = append(cmds, r.ask(question(q), n.Statuses))
		}
	}
	return tea.Batch(append(cmds, r.askConsumers(n.Consumers))...)
}

// askConsumers asks for the consumers of streams, of one at a time.
func (r *reader) askConsumers(streams []string) tea.Cmd {
	for _, s := range streams {
		if !slices.Contains(r.consumers, s) {
			r.consumers = append(r.consumers, s)
		}
	}
	if r.underway[askConsumers] || len(r.consumers) == 0 {
		return nil
	}
	stream := r.consumers[0]
	r.consumers, r.underway[askConsumers] = r.consumers[1:], true
	return r.Consumers(stream)
}

func (r *reader) ask(q question, statuses []string) tea.Cmd {
	if r.underway[q] {
		r.again[q] = true
		if q == askStatuses {
			r.statuses = statuses
		}
		return nil
	}
	r.underway[q] = true
	switch q {
	case askTopics:
		return r.Topics()
	case askDestinations:
		return r.Destinations()
	case askStatuses:
		return r.Statuses(statuses...)
	case askHealth:
		return r.AidboxHealth()
	case askStreams:
		return r.Streams()
	case askRTT:
		return r.BrokerHealth()
	}
	return nil
}

// take notes an answer, and asks again what was asked for meanwhile.
func (r *reader) take(msg tea.Msg, now time.Time) tea.Cmd {
	q, a, ok := answered(msg)
	if !ok {
		return nil
	}
	r.underway[q] = false
	p := &r.nats
	if q.ofAidbox() {
		p = &r.aidbox
	}
	more := !q.ofAidbox() && len(r.consumers) > 0
	p.take(a.Err, now, more || r.busy(q.ofAidbox()))
	if q == askConsumers {
		return r.askConsumers(nil)
	}
	if !r.again[q] {
		return nil
	}
	r.again[q] = false
	return r.ask(q, r.statuses)
}

// busy says that a server still owes an answer.
func (r *reader) busy(aidbox bool) bool {
	for q, underway := range r.underway {
		if underway && question(q).ofAidbox() == aidbox {
			return true
		}
	}
	return false
}

// due says that a server is to be read again: it has answered everything, and
// its time has come.
func (r *reader) due(aidbox, idling bool, now time.Time) bool {
	p := &r.nats
	if aidbox {
		p = &r.aidbox
	}
	return !r.busy(aidbox) && now.Sub(p.read) >= p.interval(idling)
}

// pace is how often one server is read.
type pace struct {
	read   time.Time // when the last round began or, if there was no answer, ended
	missed bool      // in this round
	misses int       // rounds in a row
}

// interval doubles with every round in which the server did not answer.
func (p *pace) interval(idling bool) time.Duration {
	if idling {
		return slow
	}
	return min(every<<min(p.misses, 4), slow)
}

// take notes how a question of the round ended; more says that others are
// still under way.
func (p *pace) take(err error, now time.Time, more bool) {
	p.missed = p.missed || silent(err)
	if more {
		return
	}
	if p.missed {
		p.misses, p.read = p.misses+1, now
	} else {
		p.misses = 0
	}
	p.missed = false
}

// silent says that there was no answer, or none to its end. A refusal is one.
func silent(err error) bool {
	return errors.Is(err, aidbox.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded)
}
