package rest

import (
	"errors"
	"net/http"
	"time"

	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/sender"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

type parameters struct {
	ResourceType string      `json:"resourceType"`
	Parameter    []parameter `json:"parameter"`
}

type parameter struct {
	Name     string      `json:"name"`
	Decimal  *int64      `json:"valueDecimal,omitempty"`
	DateTime string      `json:"valueDateTime,omitempty"`
	String   string      `json:"valueString,omitempty"`
	Part     []parameter `json:"part,omitempty"`
}

// status is the operation $status of a destination.
func (h *Handler) status(r *request, id string) (answer, error) {
	if err := plain(r.params); err != nil {
		return answer{}, err
	}
	err := h.engine.View(func(tx *store.Tx) error {
		record, ok, err := tx.Get(subscription.DestinationType, id)
		return live(record, ok, err, subscription.DestinationType, id)
	})
	if err != nil {
		return answer{}, err
	}
	status, err := h.engine.Status(r.Context(), id)
	switch {
	case errors.Is(err, sender.ErrNone):
		return answer{}, outcome.NoSender(id)
	case err != nil:
		return answer{}, err
	}
	out := parameters{ResourceType: "Parameters"}
	count := func(name string, n *int64) {
		if n != nil {
			out.Parameter = append(out.Parameter, parameter{Name: name, Decimal: n})
		}
	}
	count("messagesDelivered", &status.Delivered)
	count("messagesDeliveryAttempts", status.DeliveryAttempts)
	count("messagesInProcess", &status.InProcess)
	count("messagesQueued", status.Queued)
	count("messagesLost", status.Lost)
	out.Parameter = append(out.Parameter,
		parameter{Name: "startTimestamp", DateTime: status.Started.Format(time.RFC3339)},
		parameter{Name: "status", String: "active"})
	for _, failure := range status.LastErrors {
		out.Parameter = append(out.Parameter, parameter{Name: "lastErrorDetail", Part: []parameter{
			{Name: "message", String: failure.Message},
			{Name: "timestamp", DateTime: failure.Time.Format(time.RFC3339Nano)},
		}})
	}
	return jsonAnswer(http.StatusOK, out)
}
