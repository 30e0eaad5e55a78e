package topics

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/tui/widget"
)

var trialKeys = struct{ back, next, prev, edit, up, down, choose key.Binding }{
	back:   key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back")),
	next:   key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "next")),
	prev:   key.NewBinding(key.WithKeys("shift+tab"), key.WithHelp("shift+tab", "before")),
	edit:   key.NewBinding(key.WithKeys("ctrl+e"), key.WithHelp("ctrl+e", "edit the criterion")),
	up:     key.NewBinding(key.WithKeys("pgup"), key.WithHelp("pgup pgdn", "all conditions")),
	down:   key.NewBinding(key.WithKeys("pgdown")),
	choose: key.NewBinding(key.WithKeys("left", "right"), key.WithHelp("←→", "choose")),
}

const (
	// sampleDeadline bounds the reading of a sample, noticed is how long it may
	// take before a person is told of it.
	sampleDeadline = 5 * time.Second
	noticed        = 150 * time.Millisecond
)

// trial tries a criterion on a sample: what it gives, and which part decided.
type trial struct {
	m       *Model
	topic   aidbox.Topic
	at      int // the trigger
	form    *widget.Form
	zone    int // 0: the choices; from 1: the texts
	bench   bench
	unread  error // why the sample cannot be read
	scroll  widget.Scroll
	asked   uint64 // the last question for a sample
	waiting bool
	slow    bool
	note    string // what was taken
	noteBad bool
	closed  bool
	edit    bool // closed to edit the criterion
}

// sampled is a sample from the server, or that it takes long.
type sampled struct {
	asker    *trial
	number   uint64
	slow     bool
	resource aidbox.Resource
	none     bool
	unsorted bool
	err      error
}

func newTrial(m *Model, t aidbox.Topic, at int) *trial {
	d := &trial{m: m, topic: t, at: at}
	d.choices()
	return d
}

func (d *trial) trigger() aidbox.Trigger { return d.topic.Triggers[d.at] }

// samples are those of the trigger's type.
func (d *trial) samples() *samples {
	g := d.trigger()
	return d.m.samplesOf(g.Resource, interaction(strings.Join(g.Interactions, " ")))
}

// choices asks for trigger, interaction and sample.
func (d *trial) choices() {
	s := d.samples()
	var triggers []widget.Option
	for i, g := range d.topic.Triggers {
		triggers = append(triggers, widget.Option{Label: strconv.Itoa(i+1) + " " + g.Resource, Value: strconv.Itoa(i)})
	}
	as := []widget.Option{
		{Value: "create", Help: "The resource is %current. %previous is empty."},
		{Value: "update", Help: "%previous is the sample, %current the sample as you edit it."},
		{Value: "delete", Help: "The resource is %previous. %current is empty."},
	}
	d.form = widget.NewForm("",
		widget.Field{Name: "trigger", Label: "trigger", Kind: widget.Select, Value: strconv.Itoa(d.at), Options: triggers,
			Hidden: func(widget.Values) bool { return len(triggers) < 2 }},
		widget.Field{Name: "as", Label: "when", Kind: widget.Select, Value: s.as, Options: as},
		widget.Field{Name: "from", Label: "sample", Kind: widget.Select, Value: s.from, Options: []widget.Option{
			{Label: "template", Value: fromTemplate, Help: "The smallest resource of the type that R4 allows."},
			{Label: "newest on the server", Value: fromServer, Help: "One resource is read from Aidbox; nothing is changed there."},
			{Label: "pasted", Value: fromPaste, Help: "JSON or YAML; tab goes to where it is pasted or typed."},
		}},
	)
}

// Update takes a key or an answer.
func (d *trial) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case judged:
		d.bench.take(msg)
	case sampled:
		return d.take(msg)
	case tea.KeyMsg:
		return d.key(msg)
	}
	return nil
}

func (d *trial) key(k tea.KeyMsg) tea.Cmd {
	_, texts := d.samples().sides()
	d.zone = min(d.zone, len(texts))
	switch {
	case k.Paste && d.zone > 0:
		return d.typed(k)
	case key.Matches(k, trialKeys.back):
		d.closed = true
		return nil
	case key.Matches(k, trialKeys.edit):
		d.closed, d.edit = true, true
		return nil
	case key.Matches(k, trialKeys.next):
		return d.move(1, len(texts))
	case key.Matches(k, trialKeys.prev):
		return d.move(-1, len(texts))
	case d.zone > 0:
		return d.typed(k)
	case key.Matches(k, trialKeys.up):
		d.scroll.Page(-1)
		return nil
	case key.Matches(k, trialKeys.down):
		d.scroll.Page(1)
		return nil
	case k.Paste:
		return nil
	case k.Type == tea.KeyEnter, k.Type == tea.KeyDown:
		return d.move(1, len(texts))
	case k.Type == tea.KeyUp:
		return d.move(-1, len(texts))
	case k.Type == tea.KeyLeft, k.Type == tea.KeyRight, k.String() == " ", k.String() == "h", k.String() == "l":
		d.form.Update(k)
		return d.chosen()
	}
	return nil
}

// move gives the keys to the next choice or text, round at both ends.
func (d *trial) move(by, texts int) tea.Cmd {
	places := []string{"as", "from"}
	if len(d.topic.Triggers) > 1 {
		places = append([]string{"trigger"}, places...)
	}
	at := len(places) - 1 + d.zone
	if d.zone == 0 {
		for i, p := range places {
			if p == d.form.At() {
				at = i
			}
		}
	}
	n := len(places) + texts
	at = (at + by + n) % n
	d.zone = max(at-len(places)+1, 0)
	if d.zone == 0 {
		d.form.GoTo(places[at])
	}
	return nil
}

// typed gives a key to the text that has them.
func (d *trial) typed(k tea.KeyMsg) tea.Cmd {
	s := d.samples()
	_, texts := s.sides()
	t := texts[d.zone-1]
	following := t == s.before && s.before.Value() == s.after.Value()
	blank := t.blank()
	t.Update(k)
	if k.Paste && blank && d.m.mask.On {
		t.hide(d.m.mask)
	}
	if following {
		s.after.follow(s.before)
	}
	return d.judge()
}

// chosen takes what was chosen into use.
func (d *trial) chosen() tea.Cmd {
	if at, err := strconv.Atoi(d.form.Value("trigger")); err == nil && at != d.at && at < len(d.topic.Triggers) {
		d.at = at
		d.asked++
		d.note, d.waiting = "", false
		d.choices()
		d.form.GoTo("trigger")
		return d.judge()
	}
	s := d.samples()
	if as := d.form.Value("as"); as != s.as {
		s.become(as)
	}
	if from := d.form.Value("from"); from != s.from {
		s.from, s.taken = from, ""
		d.asked++
		d.note, d.noteBad, d.waiting = "", false, false
		switch from {
		case fromTemplate:
			s.template(d.m.r4)
		case fromPaste:
			s.clear()
		case fromServer:
			return tea.Batch(d.read(s), d.judge())
		}
	}
	return d.judge()
}

// judge asks what the criterion gives for the sample.
func (d *trial) judge() tea.Cmd {
	g := d.trigger()
	q := question{resourceType: g.Resource, source: g.Criteria}
	q.change, d.unread = d.samples().change()
	return d.bench.ask(d.m.r4, q)
}

// read asks the server for one resource of the type.
func (d *trial) read(s *samples) tea.Cmd {
	d.asked++
	number, api := d.asked, d.m.api
	d.waiting, d.slow = true, false
	return tea.Batch(
		func() tea.Msg {
			ctx, cancel := context.WithTimeout(context.Background(), sampleDeadline)
			defer cancel()
			msg := newest(ctx, api, s.resourceType)
			msg.asker, msg.number = d, number
			return msg
		},
		tea.Tick(noticed, func(time.Time) tea.Msg { return sampled{asker: d, number: number, slow: true} }),
	)
}

// newest reads the resource of a type that was changed last, or any where the
// server does not sort.
func newest(ctx context.Context, api Aidbox, resourceType string) sampled {
	one := url.Values{"_count": {"1"}}
	page, err := api.Search(ctx, resourceType, url.Values{"_count": {"1"}, "_sort": {"-_lastUpdated"}})
	var refused *aidbox.Error
	unsorted := false
	if errors.As(err, &refused) && (refused.Status == 400 || refused.Status == 422 || refused.Status == 501) {
		unsorted = true
		page, err = api.Search(ctx, resourceType, one)
	}
	if err != nil {
		return sampled{err: err}
	}
	for _, e := range page.Entries {
		if e.Resource.Type == resourceType && len(e.Resource.Raw) > 0 {
			return sampled{resource: e.Resource, unsorted: unsorted}
		}
	}
	return sampled{none: true}
}

// take shows what came from the server.
func (d *trial) take(msg sampled) tea.Cmd {
	if msg.asker != d || msg.number != d.asked {
		return nil
	}
	if msg.slow {
		d.slow = d.waiting
		return nil
	}
	d.waiting = false
	s := d.samples()
	switch {
	case msg.err != nil:
		d.note, d.noteBad = "No sample: "+d.m.mask.Failure(msg.err.Error()), true
		return nil
	case msg.none:
		d.note, d.noteBad = fmt.Sprintf("The server holds no %s yet; this is the template.", s.resourceType), true
		s.template(d.m.r4)
		return d.judge()
	}
	r := msg.resource
	s.taken = r.Reference()
	s.set(r.Raw, d.m.mask.JSON(r.Raw))
	d.note, d.noteBad = took(r, msg.unsorted, time.Now()), false
	return d.judge()
}

// took says what was taken.
func took(r aidbox.Resource, unsorted bool, now time.Time) string {
	said := r.Reference()
	if r.VersionID != "" {
		said += ", version " + r.VersionID
	}
	if !r.LastUpdated.IsZero() {
		said += ", changed " + widget.Age(now.Sub(r.LastUpdated)) + " ago"
	}
	if unsorted {
		return said + ": the first that the server gave, as it does not sort"
	}
	return said
}

// Keys are what works where the hands are.
func (d *trial) Keys() widget.Actions {
	keys := widget.Actions{
		{Name: "go back", Binding: trialKeys.back},
		{Name: "edit the criterion", Binding: trialKeys.edit},
		{Name: "go to the next choice or text", Binding: trialKeys.next},
		{Name: "go to the choice or text before", Binding: trialKeys.prev},
	}
	if d.zone == 0 {
		keys = append(keys, widget.Action{Name: "choose", Binding: trialKeys.choose})
		if d.scroll.Position() != "" {
			keys = append(keys, widget.Action{Name: "see all conditions", Binding: trialKeys.up})
		}
	}
	return keys
}

// doubts are why the topic does not fire whatever the criterion gives.
func (d *trial) doubts() []string {
	g, s := d.trigger(), d.samples()
	var out []string
	if !d.topic.Active() {
		out = append(out, "the topic's status is "+statusWord(d.topic.Status)+": it does not fire whatever the criterion gives")
	}
	if !g.Fires(s.as) {
		out = append(out, fmt.Sprintf("this trigger watches %s, not %s: it does not fire whatever the criterion gives", join(g.Interactions, "and"), s.as))
	}
	if c, err := s.change(); err == nil {
		raw := c.Current
		if raw == nil {
			raw = c.Previous
		}
		if got := typeOf(raw); got != "" && got != g.Resource {
			out = append(out, fmt.Sprintf("the sample is %s: this trigger looks at %s only", a(got), g.Resource))
		}
	}
	return out
}

// verdict is what the criterion gives for the sample, once that is known.
func (d *trial) verdict() (criteria.Part, bool) {
	j, ok := d.bench.known()
	if !ok || !j.tried || d.unread != nil {
		return criteria.Part{}, false
	}
	return j.part, true
}
