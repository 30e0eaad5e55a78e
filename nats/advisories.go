package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// The subjects on which a server tells what happens in JetStream (nats-server, jetstream_api.go).
const (
	AdvisorySubject  = server.JSAdvisoryPrefix + ".>"
	AckMetricSubject = server.JSMetricConsumerAckPre + ".>"
)

// AdvisoryKind says what an advisory tells of.
type AdvisoryKind int

// The kinds of advisories, each with the fields of Advisory that it sets.
const (
	AdvisoryOther         AdvisoryKind = iota // none that this program knows
	AdvisoryMaxDeliver                        // a message was delivered as often as it may be: Stream, Consumer, StreamSeq, Deliveries
	AdvisoryNak                               // a worker wants a message again: also ConsumerSeq
	AdvisoryTerminated                        // a worker wants a message never again: also Reason
	AdvisoryAck                               // a worker acknowledged a message: also Delay
	AdvisoryAudit                             // somebody asked the JetStream API: Subject, Failure, Client
	AdvisoryStream                            // a stream was created, changed or deleted: Stream, Action
	AdvisoryConsumer                          // a consumer was created or deleted: Stream, Consumer, Action
	AdvisoryPause                             // a consumer was paused or resumed: Stream, Consumer, Action, Until
	AdvisoryPinned                            // a group is served by another client: Stream, Consumer, Group, Client
	AdvisoryUnpinned                          // a group lost its client: Stream, Consumer, Group, Reason
	AdvisoryLeader                            // a stream or consumer has another leader: Stream, Consumer, Server
	AdvisoryQuorumLost                        // too few replicas of a stream or consumer: Stream, Consumer
	AdvisoryBatch                             // a batch was given up: Stream, Reason
	AdvisoryOutOfStorage                      // a server has no room: Server, Stream
	AdvisoryServerRemoved                     // a server left JetStream: Server
	AdvisoryLimit                             // a server threw requests away: Server
)

var advisoryKinds = map[string]AdvisoryKind{
	server.JSConsumerDeliveryExceededAdvisoryType:   AdvisoryMaxDeliver,
	server.JSConsumerDeliveryNakAdvisoryType:        AdvisoryNak,
	server.JSConsumerDeliveryTerminatedAdvisoryType: AdvisoryTerminated,
	server.JSConsumerAckMetricType:                  AdvisoryAck,
	server.JSAPIAuditType:                           AdvisoryAudit,
	server.JSStreamActionAdvisoryType:               AdvisoryStream,
	server.JSConsumerActionAdvisoryType:             AdvisoryConsumer,
	server.JSConsumerPauseAdvisoryType:              AdvisoryPause,
	server.JSConsumerGroupPinnedAdvisoryType:        AdvisoryPinned,
	server.JSConsumerGroupUnpinnedAdvisoryType:      AdvisoryUnpinned,
	server.JSStreamLeaderElectedAdvisoryType:        AdvisoryLeader,
	server.JSConsumerLeaderElectedAdvisoryType:      AdvisoryLeader,
	server.JSStreamQuorumLostAdvisoryType:           AdvisoryQuorumLost,
	server.JSConsumerQuorumLostAdvisoryType:         AdvisoryQuorumLost,
	server.JSStreamBatchAbandonedAdvisoryType:       AdvisoryBatch,
	server.JSServerOutOfStorageAdvisoryType:         AdvisoryOutOfStorage,
	server.JSServerRemovedAdvisoryType:              AdvisoryServerRemoved,
	server.JSAPILimitReachedAdvisoryType:            AdvisoryLimit,
}

// Advisory is something that happened in JetStream. Texts in it come from outside: each is cut to about 512 bytes.
type Advisory struct {
	Seq  uint64 // that of the Delivery
	Time time.Time
	Kind AdvisoryKind
	Type string // the server's name of the kind

	Stream      string
	Consumer    string
	StreamSeq   uint64
	ConsumerSeq uint64
	Deliveries  uint64
	Delay       time.Duration // from the delivery to its acknowledgement
	Reason      string
	Action      string // create, modify, delete, pause, resume
	Until       time.Time
	Group       string
	Server      string

	// Subject is what was asked, Failure what was answered when it was refused, and FailureCode the code of that answer,
	// as of HTTP: 4xx is told to who asked for the wrong thing, 5xx says that the server could not.
	Subject     string
	Failure     string
	FailureCode int
	// Client is who asked: its name, else its user, else its address. Own says that it was this connection.
	Client string
	Own    bool

	clientID uint64
	clientAt string // the server that gave it
}

// String says it in words.
func (a Advisory) String() string {
	consumer := fmt.Sprintf("consumer %s of stream %s", a.Consumer, a.Stream)
	message := fmt.Sprintf("message %d of stream %s", a.StreamSeq, a.Stream)
	what := "stream " + a.Stream
	if a.Consumer != "" {
		what = consumer
	}
	switch a.Kind {
	case AdvisoryMaxDeliver:
		return fmt.Sprintf("%s was delivered %d times to consumer %s, which is as often as it may be: it is not delivered again", message, a.Deliveries, a.Consumer)
	case AdvisoryNak:
		return fmt.Sprintf("a worker of consumer %s wants %s again (delivery %d)", a.Consumer, message, a.Deliveries)
	case AdvisoryTerminated:
		text := fmt.Sprintf("a worker of consumer %s wants %s never again (delivery %d)", a.Consumer, message, a.Deliveries)
		if a.Reason != "" {
			text += ": " + a.Reason
		}
		return text
	case AdvisoryAck:
		return fmt.Sprintf("a worker of consumer %s acknowledged %s after %s (delivery %d)", a.Consumer, message, a.Delay, a.Deliveries)
	case AdvisoryAudit:
		text := fmt.Sprintf("%s asked %s", a.Client, a.Subject)
		if a.Failure != "" {
			text += ", which was refused: " + a.Failure
		}
		return text
	case AdvisoryStream, AdvisoryConsumer:
		return what + " was " + pastOf(a.Action)
	case AdvisoryPause:
		if a.Action == "resume" {
			return consumer + " was resumed"
		}
		return fmt.Sprintf("%s was paused until %s", consumer, a.Until.Local().Format(time.DateTime))
	case AdvisoryPinned:
		return fmt.Sprintf("group %s of %s is served by client %s", a.Group, consumer, a.Client)
	case AdvisoryUnpinned:
		return fmt.Sprintf("group %s of %s lost its client (%s)", a.Group, consumer, a.Reason)
	case AdvisoryLeader:
		return fmt.Sprintf("%s is led by server %s", what, a.Server)
	case AdvisoryQuorumLost:
		return what + " stands still, because too few of its replicas are there"
	case AdvisoryBatch:
		return fmt.Sprintf("a batch for stream %s was given up (%s)", a.Stream, a.Reason)
	case AdvisoryOutOfStorage:
		return fmt.Sprintf("server %s has no room for streams", a.Server)
	case AdvisoryServerRemoved:
		return fmt.Sprintf("server %s left JetStream", a.Server)
	case AdvisoryLimit:
		return fmt.Sprintf("server %s threw requests away, because too many waited", a.Server)
	}
	return a.Type
}

func pastOf(action string) string {
	switch action {
	case "create":
		return "created"
	case "modify":
		return "changed"
	case "delete":
		return "deleted"
	}
	return action
}

// ErrNotAdvisory says that a message is no advisory.
var ErrNotAdvisory = errors.New("not an advisory")

// wireAdvisory has the fields of all events of nats-server's jetstream_events.go that are shown.
type wireAdvisory struct {
	Type        string     `json:"type"`
	Time        time.Time  `json:"timestamp"`
	Stream      string     `json:"stream"`
	Consumer    string     `json:"consumer"`
	StreamSeq   uint64     `json:"stream_seq"`
	ConsumerSeq uint64     `json:"consumer_seq"`
	Deliveries  uint64     `json:"deliveries"`
	AckTime     int64      `json:"ack_time"`
	Reason      string     `json:"reason"`
	Action      string     `json:"action"`
	Paused      bool       `json:"paused"`
	PauseUntil  time.Time  `json:"pause_until"`
	Group       string     `json:"group"`
	PinnedID    string     `json:"pinned_id"`
	Leader      string     `json:"leader"`
	Server      string     `json:"server"`
	Subject     string     `json:"subject"`
	Response    string     `json:"response"`
	Client      wireClient `json:"client"`
}

// wireClient is nats-server's ClientInfo.
type wireClient struct {
	ID     uint64 `json:"id"`
	Name   string `json:"name"`
	User   string `json:"user"`
	Host   string `json:"host"`
	Server string `json:"server"`
}

// DecodeAdvisory reads an advisory or a metric. It fails with ErrNotAdvisory.
func DecodeAdvisory(d Delivery) (Advisory, error) {
	var w wireAdvisory
	if err := json.Unmarshal(d.Data, &w); err != nil {
		return Advisory{}, fmt.Errorf("%w: %w", ErrNotAdvisory, err)
	}
	if !strings.HasPrefix(w.Type, "io.nats.jetstream.") {
		return Advisory{}, fmt.Errorf("%w: its type is %s", ErrNotAdvisory, quote(w.Type))
	}
	a := Advisory{
		Seq: d.Seq, Time: w.Time, Kind: advisoryKinds[w.Type], Type: clip(w.Type),
		Stream: clip(w.Stream), Consumer: clip(w.Consumer), StreamSeq: w.StreamSeq, ConsumerSeq: w.ConsumerSeq, Deliveries: w.Deliveries,
		Delay: time.Duration(w.AckTime), Reason: clip(w.Reason), Action: clip(w.Action), Until: w.PauseUntil, Group: clip(w.Group),
		Server: clip(w.Server), Subject: clip(w.Subject),
	}
	switch a.Kind {
	case AdvisoryPinned:
		a.Client = clip(w.PinnedID)
	case AdvisoryLeader:
		a.Server = clip(w.Leader)
	case AdvisoryPause:
		a.Action = "resume"
		if w.Paused {
			a.Action = "pause"
		}
	case AdvisoryAudit:
		a.Client = clip(firstOf(w.Client.Name, w.Client.User, w.Client.Host))
		if refused := failureIn(w.Response); refused != nil {
			a.Failure, a.FailureCode = clip(refused.Description), refused.Code
		}
		a.clientID, a.clientAt = w.Client.ID, clip(w.Client.Server)
	}
	return a, nil
}

// failureIn is the error in an answer of the JetStream API; nil without one.
func failureIn(response string) *server.ApiError {
	var answer struct {
		Error *server.ApiError `json:"error"`
	}
	// An answer that the server cut short says nothing of an error.
	if json.Unmarshal([]byte(response), &answer) != nil {
		return nil
	}
	return answer.Error
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// Advisories are what the server tells of JetStream from now on, in a bounded buffer.
type Advisories struct {
	conn *Conn
	feed *Feed
	off  []error
}

// defaultAdvisories bounds what is kept of advisories.
const defaultAdvisories = 1000

// WatchAdvisories subscribes to advisories and to the metrics of acknowledgements. Where the user may subscribe to
// only one of them, Off says so for the other. It fails with *PermissionError when it may subscribe to neither, and
// as Feed.Subscribe does. Such a refusal is no Event of the connection.
func (c *Conn) WatchAdvisories(ctx context.Context) (*Advisories, error) {
	a := &Advisories{conn: c, feed: c.NewFeed(FeedOptions{MaxMessages: defaultAdvisories})}
	for _, subject := range []string{AdvisorySubject, AckMetricSubject} {
		err := a.feed.Subscribe(ctx, subject)
		switch {
		case err == nil:
		case errors.As(err, new(*PermissionError)):
			a.off = append(a.off, err)
		default:
			a.feed.Close()
			return nil, fmt.Errorf("watch advisories: %w", err)
		}
	}
	if len(a.off) == 2 {
		a.feed.Close()
		return nil, fmt.Errorf("watch advisories: %w", errors.Join(a.off...))
	}
	return a, nil
}

// Off says what is not watched: *PermissionError. A refusal after a reconnect is among them.
func (a *Advisories) Off() []error {
	off := append([]error(nil), a.off...)
	for _, sub := range a.feed.Subscriptions() {
		if sub.Err != nil {
			off = append(off, sub.Err)
		}
	}
	return off
}

// ofAdvisories says that a subscription to advisories was refused.
func ofAdvisories(p *PermissionError) bool {
	return p.Op == OpSubscribe && (p.Subject == AdvisorySubject || p.Subject == AckMetricSubject)
}

// Counters are those of the feed under the advisories.
func (a *Advisories) Counters() Counters { return a.feed.Counters() }

// Changed returns a channel that is closed at the next advisory. Take it, then look, then wait.
func (a *Advisories) Changed() <-chan struct{} { return a.feed.Changed() }

// Window decodes up to n advisories from a sequence on. What is none is left out.
func (a *Advisories) Window(from uint64, n int) []Advisory {
	deliveries := a.feed.Window(from, n)
	advisories := make([]Advisory, 0, len(deliveries))
	id, at := a.conn.clientID()
	for _, d := range deliveries {
		if advisory, err := DecodeAdvisory(d); err == nil {
			advisory.Own = advisory.Kind == AdvisoryAudit && id != 0 && advisory.clientID == id && advisory.clientAt == at
			advisories = append(advisories, advisory)
		}
	}
	return advisories
}

// clientID is what the server calls this connection, and the server's name; zero without a connection.
func (c *Conn) clientID() (id uint64, at string) {
	l, err := c.usable()
	if err != nil {
		return 0, ""
	}
	// It fails only for servers that give no ids, and when the connection was lost since.
	id, _ = l.nc.GetClientID()
	return id, l.nc.ConnectedServerName()
}

// Close ends the subscriptions.
func (a *Advisories) Close() { a.feed.Close() }
