package nats

import (
	"fmt"
	"time"
)

// TroubleKind says what is wrong with a consumer.
type TroubleKind int

// The kinds of trouble.
const (
	TroubleLag      TroubleKind = iota // its lag grows and nothing is delivered, or too little
	TroubleInFlight                    // it stands at its maximum in flight
	TroublePinned                      // the client that a group is pinned to is gone
)

// Trouble is something wrong with a consumer, with the reason in words.
type Trouble struct {
	Kind   TroubleKind
	Reason string
}

// consumerTrouble compares two looks at a consumer, the earlier first, and says what is wrong with it; nil when
// nothing. What needs two looks is not said when they are of different consumers.
func consumerTrouble(prev, now Consumer) []Trouble {
	var troubles []Trouble
	same := prev.Stream == now.Stream && prev.Name == now.Name && prev.Created.Equal(now.Created) && now.Asked.After(prev.Asked)
	add := func(kind TroubleKind, format string, args ...any) {
		troubles = append(troubles, Trouble{Kind: kind, Reason: fmt.Sprintf(format, args...)})
	}
	full := now.MaxInFlight > 0 && now.InFlight >= now.MaxInFlight
	if full {
		stands := ""
		if same && now.Acked.ConsumerSeq == prev.Acked.ConsumerSeq {
			stands = "; none was acknowledged since the last look"
		}
		add(TroubleInFlight, "it delivers nothing: %d messages are in flight and its maximum is %d%s", now.InFlight, now.MaxInFlight, stands)
	}
	if same && now.Lag > prev.Lag {
		since := now.Asked.Sub(prev.Asked)
		if since = since.Round(time.Millisecond); since > time.Second {
			since = since.Round(time.Second)
		}
		delivered := now.Delivered.ConsumerSeq - min(prev.Delivered.ConsumerSeq, now.Delivered.ConsumerSeq)
		grown := now.Lag - prev.Lag
		switch {
		case now.Paused:
			add(TroubleLag, "its lag grew by %d in %s, because it is paused for %s more", grown, since, now.PauseRemaining.Round(time.Second))
		case delivered > 0:
			add(TroubleLag, "its lag grew by %d in %s: it delivered %d, and more came", grown, since, delivered)
		case full:
			// Said above.
		case now.Waiting == 0 && now.Push:
			add(TroubleLag, "its lag grew by %d in %s: nobody listens on its delivery subject", grown, since)
		case now.Waiting == 0:
			add(TroubleLag, "its lag grew by %d in %s: nobody pulls", grown, since)
		default:
			add(TroubleLag, "its lag grew by %d in %s and nothing was delivered", grown, since)
		}
	}
	for _, group := range now.Groups {
		if now.Waiting > 0 || now.Lag == 0 {
			continue
		}
		before := ""
		if same {
			before = clientOf(prev, group.Name)
		}
		switch {
		case group.Client == "" && before != "":
			add(TroublePinned, "client %s, which group %s was pinned to, is gone and nobody took its place", quote(before), quote(group.Name))
		case group.Client != "" && now.PinnedTTL > 0 && now.Asked.Sub(lastSeen(now, group)) > now.PinnedTTL:
			add(TroublePinned, "group %s is pinned to client %s, which was served nothing for longer than the %s that it may stay away",
				quote(group.Name), quote(group.Client), now.PinnedTTL)
		}
	}
	return troubles
}

func clientOf(k Consumer, group string) string {
	for _, g := range k.Groups {
		if g.Name == group {
			return g.Client
		}
	}
	return ""
}

// lastSeen is when a pinned client is known to have been there: when it was pinned, or served.
func lastSeen(k Consumer, group PriorityGroup) time.Time {
	if k.Delivered.Time.After(group.Since) {
		return k.Delivered.Time
	}
	return group.Since
}
