package sender_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/sender"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
	"aidbox-nats/nats/broker"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const patience = 20 * time.Second

// admin and limited are users of a broker; limited has permissions.
func startBroker(t testing.TB, limited *server.Permissions) *broker.Broker {
	t.Helper()
	b, err := broker.Start(t.Context(), broker.Options{
		Port: broker.FreePort, StoreDir: t.TempDir(),
		Configure: func(o *server.Options) error {
			o.Users = []*server.User{
				{Username: "admin", Password: "secret-a"},
				{Username: "limited", Password: "secret-l", Permissions: limited},
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return b
}

func admin(t testing.TB, b *broker.Broker) *natsgo.Conn {
	t.Helper()
	nc, err := natsgo.Connect(b.URL(), natsgo.UserInfo("admin", "secret-a"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func destination(kind, url, user, password string) aidbox.Destination {
	return aidbox.Destination{ID: "d", VersionID: "8", Kind: kind, Topic: "t", Parameters: []aidbox.Parameter{
		{Name: subscription.ParamURL, Value: url},
		{Name: subscription.ParamSubject, Value: "allowed"},
		{Name: subscription.ParamUsername, Value: user},
		{Name: subscription.ParamPassword, Value: password},
	}}
}

func start(t testing.TB, o sender.Options) *sender.Sender {
	t.Helper()
	s := sender.Start(context.Background(), o)
	t.Cleanup(func() {
		s.Stop()
		<-s.Done()
	})
	return s
}

// outbox makes a store with the queue of a destination.
func outbox(t testing.TB, d aidbox.Destination) *store.Store {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Update(func(tx *store.Tx) error { return tx.CreateQueue(subscription.Queue(d)) }); err != nil {
		t.Fatal(err)
	}
	return s
}

func enqueue(t testing.TB, s *store.Store, d aidbox.Destination, m notification.Message) {
	t.Helper()
	if err := s.Update(func(tx *store.Tx) error { return tx.Enqueue(subscription.Queue(d), m.Encode()) }); err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, s *sender.Sender, holds func(sender.Status) bool) {
	t.Helper()
	await(t, s, 10*time.Millisecond, holds)
}

// await looks every so often.
func await(t testing.TB, s *sender.Sender, every time.Duration, holds func(sender.Status) bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		status, err := s.Status()
		if err != nil {
			t.Fatal(err)
		}
		if holds(status) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v; the last status was %+v", patience, status)
		}
	}
}

func TestThereIsNoSenderWhenTheConnectionDoesNotComeAbout(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent := "nats://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	wrongCreds := destination(aidbox.KindCoreBestEffort, b.URL(), "", "")
	wrongCreds.Parameters = append(wrongCreds.Parameters, aidbox.Parameter{Name: subscription.ParamCredentialsFile, Value: "/creds/none.creds"})
	for name, d := range map[string]aidbox.Destination{
		"nobody listens":         destination(aidbox.KindCoreBestEffort, silent, "", ""),
		"nobody listens at all":  destination(aidbox.KindJetStreamAtLeastOnce, silent+","+silent, "", ""),
		"wrong password":         destination(aidbox.KindCoreBestEffort, b.URL(), "admin", "secret-wrong"),
		"no user":                destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "", ""),
		"not a URL":              destination(aidbox.KindCoreBestEffort, "nats://%zz", "admin", "secret-a"),
		"credentials are absent": wrongCreds,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, sender.Options{Destination: d, Outbox: outbox(t, d), CredsDir: t.TempDir()})
			s.Send(notification.Message{Subject: "allowed"})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err := s.Ready(ctx)
			if !errors.Is(err, sender.ErrNone) || !strings.Contains(err.Error(), "AidboxTopicDestination/d") {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "secret-") {
				t.Errorf("the secret is in %v", err)
			}
		})
	}
}

func TestOneOfSeveralURLsIsEnough(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	s := start(t, sender.Options{Destination: destination(aidbox.KindCoreBestEffort, "nats://127.0.0.1:1,"+b.URL(), "admin", "secret-a")})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestStopEndsASenderThatStillConnects(t *testing.T) {
	t.Parallel()
	// It takes connections and never says anything.
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mute.Close() })
	s := sender.Start(t.Context(), sender.Options{Destination: destination(aidbox.KindCoreBestEffort, "nats://"+mute.Addr().String(), "", "")})
	s.Stop()
	select {
	case <-s.Done():
	case <-time.After(patience):
		t.Fatal("it did not end")
	}
	if err := s.Ready(t.Context()); !errors.Is(err, sender.ErrNone) {
		t.Errorf("got %v", err)
	}
}

func TestBestEffortKeepsItsOrderAndSendsTheRestWhenItStops(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	subscriber := admin(t, b)
	sub, err := subscriber.SubscribeSync("allowed")
	if err != nil {
		t.Fatal(err)
	}
	// The server has the subscription before the first message is sent on another connection.
	if err := subscriber.Flush(); err != nil {
		t.Fatal(err)
	}
	s := start(t, sender.Options{Destination: destination(aidbox.KindCoreBestEffort, b.URL(), "admin", "secret-a")})
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	const n = 200
	for i := range n {
		s.Send(notification.Message{Subject: "allowed", CorrelationID: "c", Body: fmt.Append(nil, i)})
	}
	s.Stop()
	<-s.Done()
	for i := range n {
		m, err := sub.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		if string(m.Data) != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, m.Data)
		}
		if len(m.Header["content-type"]) != 1 || m.Header["correlation-id"][0] != "c" || len(m.Header) != 2 {
			t.Fatalf("headers are %v", m.Header)
		}
	}
	s.Send(notification.Message{Subject: "allowed"})
	status, err := s.Status()
	if err != nil || status.Delivered != n || status.InProcess != 0 || *status.Lost != 0 {
		t.Errorf("got %+v, %v", status, err)
	}
}

func TestBestEffortDoesNotSeeADenialAndLosesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	b := startBroker(t, &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{"other"}}})
	s := start(t, sender.Options{Destination: destination(aidbox.KindCoreBestEffort, b.URL(), "limited", "secret-l")})
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Send(notification.Message{Subject: "allowed"})
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == 1 && st.InProcess == 0 })
	if err := b.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	const lost = 7
	for range lost {
		s.Send(notification.Message{Subject: "other"})
	}
	eventually(t, s, func(st sender.Status) bool { return *st.Lost == lost && st.InProcess == 0 })
	status, err := s.Status()
	if err != nil || len(status.LastErrors) != sender.MaxErrors || status.LastErrors[0].Message == "" {
		t.Errorf("got %+v, %v", status, err)
	}
	for i := 1; i < len(status.LastErrors); i++ {
		if status.LastErrors[i].Time.After(status.LastErrors[i-1].Time) {
			t.Errorf("the newest failure is not first: %v", status.LastErrors)
		}
	}
	if err := b.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, s, func(st sender.Status) bool {
		s.Send(notification.Message{Subject: "other"})
		return st.Delivered > 1
	})
}

func TestAtLeastOnceRetriesUntilAStreamStoresIt(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	for i := range 3 {
		enqueue(t, box, d, notification.Message{ID: fmt.Sprint("id", i), Subject: "allowed", Body: fmt.Append(nil, i)})
	}
	s := start(t, sender.Options{Destination: d, Outbox: box})
	eventually(t, s, func(st sender.Status) bool { return *st.DeliveryAttempts > 1 && *st.Queued == 3 })
	status, err := s.Status()
	if err != nil || !strings.Contains(status.LastErrors[0].Message, jetstream.ErrNoStreamResponse.Error()) {
		t.Errorf("got %+v, %v", status, err)
	}
	js, err := jetstream.New(admin(t, b))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"allowed"}})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == 3 && *st.Queued == 0 && st.InProcess == 0 })
	enqueue(t, box, d, notification.Message{ID: "id3", Subject: "allowed", Body: []byte("3")})
	s.Wake()
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == 4 })
	for i := range 4 {
		m, err := stream.GetMsg(t.Context(), uint64(i+1))
		if err != nil || string(m.Data) != fmt.Sprint(i) || m.Header.Get(jetstream.MsgIDHeader) != fmt.Sprint("id", i) {
			t.Errorf("message %d: %+v, %v", i, m, err)
		}
	}
	// JetStream says that it is a duplicate, and that is an acknowledgement.
	enqueue(t, box, d, notification.Message{ID: "id3", Subject: "allowed", Body: []byte("3")})
	s.Wake()
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == 5 && *st.Queued == 0 })
	if info, err := stream.Info(t.Context()); err != nil || info.State.Msgs != 4 {
		t.Errorf("the stream holds %+v, %v", info.State, err)
	}
}

func TestAFullStreamIsAFailedAttempt(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	js, err := jetstream.New(admin(t, b))
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"allowed"}, MaxMsgs: 1, Discard: jetstream.DiscardNew})
	if err != nil {
		t.Fatal(err)
	}
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	for i := range 2 {
		enqueue(t, box, d, notification.Message{ID: fmt.Sprint(i), Subject: "allowed"})
	}
	s := start(t, sender.Options{Destination: d, Outbox: box})
	eventually(t, s, func(st sender.Status) bool {
		return st.Delivered == 1 && *st.Queued == 1 && *st.DeliveryAttempts > 0 && strings.Contains(st.LastErrors[0].Message, "maximum messages exceeded")
	})
}

// A user who may publish and not subscribe stores the message and never hears
// of it: the event stays, the message id keeps the stream from storing each
// attempt, and what is behind it waits.
func TestWithoutAnInboxAMessageIsStoredOnceAndNeverAcknowledged(t *testing.T) {
	t.Parallel()
	b := startBroker(t, &server.Permissions{Subscribe: &server.SubjectPermission{Deny: []string{">"}}})
	js, err := jetstream.New(admin(t, b))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"allowed"}})
	if err != nil {
		t.Fatal(err)
	}
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "limited", "secret-l")
	box := outbox(t, d)
	enqueue(t, box, d, notification.Message{ID: "id", Subject: "allowed"})
	enqueue(t, box, d, notification.Message{ID: "behind", Subject: "allowed"})
	s := start(t, sender.Options{Destination: d, Outbox: box})
	eventually(t, s, func(st sender.Status) bool {
		return *st.DeliveryAttempts > 2 && *st.Queued == 2 && strings.Contains(st.LastErrors[0].Message, "no acknowledgement came") &&
			strings.Contains(st.LastErrors[0].Message, "allow _INBOX.>")
	})
	if info, err := stream.Info(t.Context()); err != nil || info.State.Msgs != 1 {
		t.Errorf("the stream holds %+v, %v", info.State, err)
	}
}
