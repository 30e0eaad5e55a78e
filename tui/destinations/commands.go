package destinations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// create posts a destination.
func create(ctx context.Context, api Aidbox, mask data.Mask, d aidbox.Destination) widget.Outcome {
	start := time.Now()
	made, err := api.CreateDestination(ctx, d)
	if err != nil {
		return refused(mask, d, err)
	}
	return widget.Outcome{
		Said: fmt.Sprintf("201 Created destination %s: %s %s %s in %s", made.ID, made.Topic, arrow(), made.Subject(), widget.Duration(time.Since(start))),
		Then: []tea.Msg{data.DestinationMade{Destination: made}, data.Stale{}},
	}
}

// replace deletes and creates. Between the two there is no way back: when the
// second fails, it says how things stand, and what was to be created is kept.
// Sent again it deletes again, which does nothing to what is not there, so
// that an answer that got lost does no harm.
func replace(ctx context.Context, api Aidbox, mask data.Mask, rescue *rescue, old, d aidbox.Destination) widget.Outcome {
	start, deleted := time.Now(), rescue.has(old.ID)
	if err := api.DeleteDestination(ctx, old.ID); err != nil {
		o := refused(mask, old, err)
		state := "Nothing was changed: " + old.ID + " is as it was."
		if unanswered(err) {
			rescue.put(d)
			state = "Whether " + old.ID + " was deleted is not known. Sending again is safe."
		}
		if deleted {
			state = "An attempt before this one deleted " + old.ID + ", or may have. Sending again is safe."
		}
		o.Sentences = append([]string{state}, o.Sentences...)
		return o
	}
	made, err := api.CreateDestination(ctx, d)
	if err != nil {
		rescue.put(d)
		o := refused(mask, d, err)
		state := old.ID + " was deleted, and the new one was not created: nothing is sent to " + d.Subject() + " by it now. Sending again is safe; esc keeps these values, and E asks for them again."
		if unanswered(err) {
			state = old.ID + " was deleted; whether the new one was created is not known. Sending again is safe; esc keeps these values, and E asks for them again."
		}
		o.Sentences = append([]string{state}, o.Sentences...)
		return o
	}
	rescue.drop(old.ID)
	return widget.Outcome{
		Said: fmt.Sprintf("Deleted %s, 201 Created destination %s: %s %s %s in %s", old.ID, made.ID, made.Topic, arrow(), made.Subject(), widget.Duration(time.Since(start))),
		Then: []tea.Msg{data.DestinationMade{Destination: made}, data.Stale{}},
	}
}

// unanswered says that a request may have been carried out all the same.
func unanswered(err error) bool {
	var e *aidbox.Error
	return errors.As(err, &e) && e.Status == 0 && !errors.Is(err, aidbox.ErrReadOnly)
}

// refused is the outcome of a change that was not made. What is wrong with a
// profile can be mended in the form.
func refused(mask data.Mask, d aidbox.Destination, err error) widget.Outcome {
	o := data.Refused(err)
	for i, s := range o.Sentences {
		o.Sentences[i] = mask.Failure(s, ownNames(d)...)
	}
	if aidbox.IsInvalid(err) && strings.Contains(strings.ToLower(strings.Join(o.Sentences, " ")), "profile") {
		o.Sentences = append(o.Sentences, "The field profile below has the other family of profiles.")
	}
	return o
}
