package topics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// doubt says that a criterion cannot be read here. A server may know more
// functions, so it is asked about once and then sent.
type doubt struct {
	resourceType string
	err          error
}

func (d *doubt) Error() string {
	return fmt.Sprintf("Not sent: for %s, %v", d.resourceType, d.err)
}

// readable looks at all criteria of a topic. It may take long.
func readable(defs *r4.Definitions, t aidbox.Topic) error {
	for _, g := range t.Triggers {
		if strings.TrimSpace(g.Criteria) == "" || !judgeable(defs, g.Resource) {
			continue
		}
		if _, err := criteria.Compile(defs, g.Resource, g.Criteria); err != nil {
			return &doubt{g.Resource, err}
		}
	}
	return nil
}

func doubted(err error) widget.Outcome {
	return widget.Outcome{Err: err, Sentences: []string{err.Error(),
		"With it no event is made. ctrl+s again sends it as it is, for a server that can read it."}}
}

func (d *editor) send() tea.Cmd {
	v, m, defs, over := d.form.Values(), d.m, d.m.r4, d.over
	t := d.draft.topic(v)
	request := strings.Join(d.draft.request(v, over), "\n")
	sure := request == d.forced
	d.forced = request
	isNew := d.draft.old == nil
	return widget.AttemptFor(d, func(ctx context.Context) widget.Outcome {
		if !sure {
			if err := readable(defs, t); err != nil {
				return doubted(err)
			}
		}
		if isNew {
			return m.create(ctx, t)
		}
		return m.update(ctx, t, over)
	})
}

func (d *editor) finished(f widget.Finished) tea.Cmd {
	if f.Err == nil {
		d.done = true
		return nil
	}
	var in *doubt
	if !errors.As(f.Err, &in) {
		d.forced = ""
	}
	d.over = d.over || aidbox.IsPreconditionFailed(f.Err)
	sentences := f.Sentences
	if len(sentences) == 0 {
		sentences = []string{f.Err.Error()}
	}
	d.form.SetError(sentences)
	d.form.Retype(d.typed)
	d.typed = nil
	return d.judge()
}

// create posts a new topic.
func (m *Model) create(ctx context.Context, t aidbox.Topic) widget.Outcome {
	start := time.Now()
	made, err := m.api.CreateTopic(ctx, t)
	if err != nil {
		return data.Refused(err)
	}
	return widget.Outcome{
		Said: fmt.Sprintf("201 Created %s in %s", made.URL, widget.Duration(time.Since(start))),
		Then: []tea.Msg{data.TopicMade{Topic: made}, data.Stale{}},
	}
}

// update puts a topic in the place of the version that it was made of.
func (m *Model) update(ctx context.Context, t aidbox.Topic, over bool) widget.Outcome {
	body, err := t.MarshalJSON()
	if err != nil {
		return widget.Outcome{Err: err}
	}
	o := aidbox.WriteOptions{IfMatch: t.VersionID}
	if over {
		o.IfMatch = ""
	}
	start := time.Now()
	r, err := m.api.Update(ctx, "AidboxSubscriptionTopic", t.ID, body, o)
	if aidbox.IsPreconditionFailed(err) {
		return widget.Outcome{Err: err, Sentences: []string{
			fmt.Sprintf("412: %s was changed by somebody else since this form was opened (it was version %s). Nothing was sent over it.", t.URL, t.VersionID),
			"ctrl+s again puts yours in its place. esc, then e, begins with theirs.",
		}}
	}
	if err != nil {
		return data.Refused(err)
	}
	took := widget.Duration(time.Since(start))
	var made aidbox.Topic
	if err := made.UnmarshalJSON(r.Raw); err != nil {
		return widget.Outcome{Said: fmt.Sprintf("%d OK %s in %s", r.Status, t.URL, took), Then: []tea.Msg{data.Stale{}}}
	}
	made.ID, made.VersionID, made.LastUpdated = r.ID, r.VersionID, r.LastUpdated
	said := fmt.Sprintf("200 OK %s in %s", made.URL, took)
	switch {
	case r.Status == 201:
		said = fmt.Sprintf("201 Created %s in %s: it had been deleted", made.URL, took)
	case r.VersionID == t.VersionID:
		said = fmt.Sprintf("200 OK %s: nothing was different", made.URL)
	}
	return widget.Outcome{Said: said, Then: []tea.Msg{data.TopicMade{Topic: made}, data.Stale{}}}
}

func (m *Model) askDelete() widget.Dialog {
	t, _ := m.Selected()
	var lost []string
	if who := m.dependentIDs(t.URL); len(who) > 0 {
		lost = append(lost, useIt(who))
	}
	if twins := m.twins(t); len(twins) > 0 {
		lost = append(lost, fmt.Sprintf("This is %s; another topic %s stays: %s.", t.ID, t.URL, twins[0].ID))
		if len(lost) == 2 {
			lost = lost[1:] // what uses the url has a topic still
		}
	}
	c := widget.NewConfirm(widget.ConfirmOptions{
		Question: "Delete topic " + t.URL + "?",
		Lost:     lost,
		Preview:  widget.RequestLines("DELETE", path+"/"+t.ID, nil),
	})
	return widget.Ask(c, func(ctx context.Context) widget.Outcome {
		start := time.Now()
		if err := m.api.DeleteTopic(ctx, t.ID); err != nil {
			return data.Refused(err)
		}
		return widget.Outcome{
			Said: fmt.Sprintf("Deleted topic %s in %s", t.URL, widget.Duration(time.Since(start))),
			Then: []tea.Msg{data.Stale{}},
		}
	})
}

// useIt says which destinations are left without a topic.
func useIt(ids []string) string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	if len(ids) == 1 {
		return ids[0] + " still uses it: it stays and gets nothing more."
	}
	if n := len(ids); n > 6 {
		ids = append(ids[:5:5], fmt.Sprintf("%d more", n-5))
	}
	return join(ids, "and") + " still use it: they stay and get nothing more."
}
