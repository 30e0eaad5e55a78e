package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Errors of consumers that code decides on.
var (
	// ErrConsumerNotFound says that a stream has no consumer with this name.
	ErrConsumerNotFound = errors.New("there is no such consumer")
	// ErrConsumerExists says that there is a consumer with this name and another configuration.
	ErrConsumerExists = errors.New("there is a consumer with this name and another configuration")
	// ErrWorkQueueShared says that another consumer of a work queue delivers some of the same messages.
	ErrWorkQueueShared = errors.New("the stream is a work queue, which gives each message to one consumer, and another consumer there takes some of the same: " +
		"each needs a filter that overlaps with no other's")
)

// Consumer describes a consumer and its state at the moment of the question.
type Consumer struct {
	Stream      string
	Name        string
	Description string
	Durable     bool // else it goes when it is not used
	Push        bool // else messages are pulled
	// DeliverSubject is where a push consumer sends its messages.
	DeliverSubject string
	Created        time.Time

	// Lag is how many messages match and were never delivered (num_pending).
	Lag uint64
	// InFlight is how many were delivered and are not acknowledged (num_ack_pending), of MaxInFlight; -1: no limit.
	InFlight    int
	MaxInFlight int
	// Redelivered is how many of those in flight were delivered more than once (num_redelivered).
	Redelivered int
	// Waiting is how many pulls wait for a message; for a push consumer 1 when somebody listens.
	Waiting   int
	Delivered Position // the last message delivered
	Acked     Position // all up to here are acknowledged

	Paused         bool
	PauseRemaining time.Duration

	Config ConsumerConfig

	// Groups are the priority groups with the client that each is pinned to, PinnedTTL how long that one may
	// stay away.
	Groups    []PriorityGroup
	PinnedTTL time.Duration

	Leader string    // in a cluster
	Asked  time.Time // when the server said all this
}

// Position is a place in a consumer's work.
type Position struct {
	ConsumerSeq uint64
	StreamSeq   uint64
	Time        time.Time // zero: never, or not since the server was started
}

// PriorityGroup is a group of clients of which one is served.
type PriorityGroup struct {
	Name   string
	Client string // empty: none is pinned
	Since  time.Time
}

// ConsumerConfig is what a person decides about a pull consumer. The zero value is what the nats command takes with
// --pull --defaults.
type ConsumerConfig struct {
	// Name is required.
	Name        string
	Description string
	// Ephemeral consumers go when nobody pulled for InactiveAfter.
	Ephemeral bool
	// Filters are the subjects that it delivers, with wildcards. Empty: all.
	Filters []string
	// Ack is explicit (each message), all (each message and those before it), or none; empty: explicit.
	Ack string
	// AckWait is how long a message may be in flight before it is delivered again. Zero: 30s.
	AckWait time.Duration
	// Deliver is where it begins: all, last, new, sequence (StartSeq), time (StartTime), or subject (the last
	// message of each); empty: all.
	Deliver   string
	StartSeq  uint64
	StartTime time.Time
	// MaxDeliver is how often a message is delivered at most. Zero: without end.
	MaxDeliver int
	// MaxInFlight is how many messages may be unacknowledged. Zero: 1000; -1: no limit.
	MaxInFlight int
	// InactiveAfter is when an unused consumer goes. Zero: never, for an ephemeral one 5s.
	InactiveAfter time.Duration
	// SamplePercent of the acknowledgements are told as metrics, see Advisories. Zero: none.
	SamplePercent int
}

var (
	ackPolicies     = []string{"explicit", "all", "none", "flow control"} // in the order of jetstream.AckPolicy
	deliverPolicies = []string{"all", "last", "new", "sequence", "time", "subject"}
)

// ackPolicy is the word of the nats command.
func ackPolicy(p jetstream.AckPolicy) string { return ackPolicies[p] }

// Check says what is wrong with the configuration before a server is asked.
func (k ConsumerConfig) Check() error {
	if err := ValidName(k.Name); err != nil {
		return err
	}
	for i, filter := range k.Filters {
		if err := ValidSubject(filter, true); err != nil {
			return err
		}
		for _, other := range k.Filters[:i] {
			if subjectsOverlap(filter, other) {
				return fmt.Errorf("the filters %s and %s overlap: one of them is enough", quote(other), quote(filter))
			}
		}
	}
	switch {
	case k.Ack != "" && !slices.Contains(ackPolicies[:3], k.Ack):
		return fmt.Errorf("%s is no acknowledgement policy: it is one of %v", quote(k.Ack), ackPolicies[:3])
	case k.Deliver != "" && !slices.Contains(deliverPolicies, k.Deliver):
		return fmt.Errorf("%s is no deliver policy: it is one of %v", quote(k.Deliver), deliverPolicies)
	case (k.Deliver == "sequence") != (k.StartSeq > 0):
		return fmt.Errorf("a start sequence belongs to the deliver policy sequence")
	case (k.Deliver == "time") == k.StartTime.IsZero():
		return fmt.Errorf("a start time belongs to the deliver policy time")
	case k.AckWait < 0 || k.InactiveAfter < 0:
		return fmt.Errorf("a time to wait cannot be negative")
	case k.MaxDeliver < 0:
		return fmt.Errorf("the number of deliveries cannot be negative; zero is without end")
	case k.MaxInFlight < -1:
		return fmt.Errorf("the number of messages in flight cannot be negative; -1 is no limit")
	case k.SamplePercent < 0 || k.SamplePercent > 100:
		return fmt.Errorf("%d is no percentage", k.SamplePercent)
	}
	return nil
}

func (k ConsumerConfig) toServer() jetstream.ConsumerConfig {
	config := jetstream.ConsumerConfig{
		Name: k.Name, Description: k.Description, AckWait: k.AckWait, MaxDeliver: k.MaxDeliver,
		MaxAckPending: k.MaxInFlight, InactiveThreshold: k.InactiveAfter, OptStartSeq: k.StartSeq,
	}
	if !k.Ephemeral {
		config.Durable = k.Name
	}
	if k.Ack != "" {
		config.AckPolicy = jetstream.AckPolicy(slices.Index(ackPolicies, k.Ack))
	}
	if k.Deliver != "" {
		config.DeliverPolicy = jetstream.DeliverPolicy(slices.Index(deliverPolicies, k.Deliver))
	}
	if !k.StartTime.IsZero() {
		config.OptStartTime = &k.StartTime
	}
	switch len(k.Filters) {
	case 0:
		if k.Deliver == "subject" {
			config.FilterSubject = ">" // the server wants one
		}
	case 1:
		config.FilterSubject = k.Filters[0]
	default:
		config.FilterSubjects = k.Filters
	}
	if k.SamplePercent > 0 {
		config.SampleFrequency = fmt.Sprint(k.SamplePercent)
	}
	return config
}

func newConsumer(info *jetstream.ConsumerInfo) Consumer {
	config := info.Config
	k := Consumer{
		Stream: info.Stream, Name: info.Name, Description: config.Description, Durable: config.Durable != "",
		Push: config.DeliverSubject != "", DeliverSubject: config.DeliverSubject, Created: info.Created,
		Lag: info.NumPending, InFlight: info.NumAckPending, MaxInFlight: config.MaxAckPending, Redelivered: info.NumRedelivered,
		Waiting: info.NumWaiting, Delivered: newPosition(info.Delivered), Acked: newPosition(info.AckFloor),
		Paused: info.Paused, PauseRemaining: info.PauseRemaining, PinnedTTL: config.PinnedTTL, Asked: info.TimeStamp,
		Config: ConsumerConfig{
			Name: info.Name, Description: config.Description, Ephemeral: config.Durable == "", Filters: config.FilterSubjects,
			Ack: ackPolicy(config.AckPolicy), AckWait: config.AckWait, Deliver: deliverPolicies[0], StartSeq: config.OptStartSeq,
			MaxDeliver: max(config.MaxDeliver, 0), MaxInFlight: config.MaxAckPending, InactiveAfter: config.InactiveThreshold,
		},
	}
	if int(config.DeliverPolicy) < len(deliverPolicies) {
		k.Config.Deliver = deliverPolicies[config.DeliverPolicy]
	}
	if config.FilterSubject != "" {
		k.Config.Filters = []string{config.FilterSubject}
	}
	if config.OptStartTime != nil {
		k.Config.StartTime = *config.OptStartTime
	}
	if k.MaxInFlight == 0 {
		k.MaxInFlight = -1 // without acknowledgements nothing is in flight
	}
	// What somebody else wrote there may be no number; then the percentage is not known.
	_, _ = fmt.Sscanf(strings.TrimSuffix(config.SampleFrequency, "%"), "%d", &k.Config.SamplePercent)
	if k.Push && info.PushBound {
		k.Waiting = 1
	}
	if info.Cluster != nil {
		k.Leader = info.Cluster.Leader
	}
	for _, group := range info.PriorityGroups {
		k.Groups = append(k.Groups, PriorityGroup{Name: group.Group, Client: group.PinnedClientID, Since: group.PinnedTS})
	}
	return k
}

func newPosition(s jetstream.SequenceInfo) Position {
	p := Position{ConsumerSeq: s.Consumer, StreamSeq: s.Stream}
	if s.Last != nil {
		p.Time = *s.Last
	}
	return p
}

// Consumers lists the consumers of a stream, sorted by name. It fails with ErrStreamNotFound, and as Streams does.
func (c *Conn) Consumers(ctx context.Context, stream string) ([]Consumer, error) {
	if err := ValidName(stream); err != nil {
		return nil, err
	}
	var consumers []Consumer
	err := c.read(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		consumers = nil
		s, err := js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		lister := s.ListConsumers(ctx)
		for info := range lister.Info() {
			consumers = append(consumers, newConsumer(info))
		}
		return lister.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list the consumers of stream %s: %w", quote(stream), streamFault(err))
	}
	slices.SortFunc(consumers, func(a, b Consumer) int { return strings.Compare(a.Name, b.Name) })
	return consumers, nil
}

// Shares finds a consumer that would deliver some of the same messages as one of this configuration: a work queue
// takes no two such.
func (c ConsumerConfig) Shares(others []Consumer) (other Consumer, shares bool) {
	for _, o := range others {
		filters := o.Config.Filters
		if len(c.Filters) == 0 || len(filters) == 0 || len(Overlaps(c.Filters, "", []Stream{{Name: o.Name, Subjects: filters}})) > 0 {
			return o, true
		}
	}
	return Consumer{}, false
}

// CreateConsumer makes a pull consumer. One that is there with the same configuration is left as it is. It fails
// with ErrConsumerExists, ErrWorkQueueShared, ErrStreamNotFound, what Check finds, and ErrReadOnly.
func (c *Conn) CreateConsumer(ctx context.Context, stream string, config ConsumerConfig) (Consumer, error) {
	doing := fmt.Sprintf("create consumer %s of stream %s", quote(config.Name), quote(stream))
	if err := errors.Join(ValidName(stream), config.Check()); err != nil {
		return Consumer{}, fmt.Errorf("%s: %w", doing, err)
	}
	var created Consumer
	err := c.change(ctx, doing, func(ctx context.Context, js jetstream.JetStream) error {
		k, err := js.CreateConsumer(ctx, stream, config.toServer())
		if err == nil {
			created = newConsumer(k.CachedInfo())
		}
		return consumerFault(err)
	})
	return created, err
}

// Codes of the server that nats.go does not name.
const (
	codeWorkQueueUnfiltered jetstream.ErrorCode = 10099
	codeWorkQueueOverlap    jetstream.ErrorCode = 10100
)

// consumerFault gives the server's common refusals their names.
func consumerFault(err error) error {
	switch {
	case hasCode(err, jetstream.JSErrCodeConsumerNotFound), hasCode(err, jetstream.JSErrCodeConsumerDoesNotExist):
		return fmt.Errorf("%w: %w", ErrConsumerNotFound, err)
	case hasCode(err, jetstream.JSErrCodeConsumerExists), hasCode(err, jetstream.JSErrCodeConsumerAlreadyExists), hasCode(err, jetstream.JSErrCodeConsumerNameExists):
		return fmt.Errorf("%w: %w", ErrConsumerExists, err)
	case hasCode(err, codeWorkQueueUnfiltered), hasCode(err, codeWorkQueueOverlap):
		return ErrWorkQueueShared // all that the server says, in words
	}
	return streamFault(err)
}

// changeConsumer runs a change of an existing consumer.
func (c *Conn) changeConsumer(ctx context.Context, doing, stream, name string, f func(context.Context, jetstream.JetStream) error) error {
	doing = fmt.Sprintf("%s consumer %s of stream %s", doing, quote(name), quote(stream))
	if err := errors.Join(ValidName(stream), ValidName(name)); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return c.change(ctx, doing, func(ctx context.Context, js jetstream.JetStream) error { return consumerFault(f(ctx, js)) })
}

// DeleteConsumer deletes a consumer: what it has not delivered yet stays in the stream. It fails with
// ErrConsumerNotFound and ErrReadOnly.
func (c *Conn) DeleteConsumer(ctx context.Context, stream, name string) error {
	return c.changeConsumer(ctx, "delete", stream, name, func(ctx context.Context, js jetstream.JetStream) error {
		return js.DeleteConsumer(ctx, stream, name)
	})
}

// PauseConsumer keeps a consumer from delivering until a time. It fails with *LevelError before nats-server 2.11.
func (c *Conn) PauseConsumer(ctx context.Context, stream, name string, until time.Time) error {
	return c.changeConsumer(ctx, "pause", stream, name, func(ctx context.Context, js jetstream.JetStream) error {
		if err := needLevel(ctx, js, "pausing a consumer", Level211); err != nil {
			return err
		}
		answer, err := js.PauseConsumer(ctx, stream, name, until)
		if err == nil && !answer.Paused {
			return fmt.Errorf("the server did not pause it: %s is in the past for it", until.Format(time.RFC3339))
		}
		return err
	})
}

// ResumeConsumer ends a pause. It fails as PauseConsumer does.
func (c *Conn) ResumeConsumer(ctx context.Context, stream, name string) error {
	return c.changeConsumer(ctx, "resume", stream, name, func(ctx context.Context, js jetstream.JetStream) error {
		if err := needLevel(ctx, js, "resuming a consumer", Level211); err != nil {
			return err
		}
		_, err := js.ResumeConsumer(ctx, stream, name)
		return err
	})
}

// ResetConsumer lets a consumer begin anew: at a sequence of the stream, or with zero after the last message up to
// which all are acknowledged. What is in flight is delivered again. It fails with *LevelError before nats-server
// 2.14.
func (c *Conn) ResetConsumer(ctx context.Context, stream, name string, seq uint64) error {
	return c.changeConsumer(ctx, "reset", stream, name, func(ctx context.Context, js jetstream.JetStream) error {
		if err := needLevel(ctx, js, "resetting a consumer", Level214); err != nil {
			return err
		}
		// A reset of a consumer that is not there is never answered.
		_, err := js.Consumer(ctx, stream, name)
		if err != nil {
			return err
		}
		if seq == 0 {
			_, err = js.ResetConsumer(ctx, stream, name)
		} else {
			_, err = js.ResetConsumerToSequence(ctx, stream, name, seq)
		}
		return err
	})
}
