package change

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
)

// verb is what is done with a resource.
type verb int

const (
	create verb = iota
	update
	remove
)

func (v verb) method() string { return [...]string{"POST", "PUT", "DELETE"}[v] }
func (v verb) String() string { return [...]string{"create", "update", "delete"}[v] }

// interaction is what topics are told of: putting what is not there creates it.
func interaction(do verb, absent bool) verb {
	if absent {
		return create
	}
	return do
}

const (
	// readDeadline bounds what is read for the dialog, sendDeadline the change.
	readDeadline = 10 * time.Second
	sendDeadline = 15 * time.Second
	// newestCount is how many of a type are offered.
	newestCount = 20
)

// purpose says what a question was asked for. One of each is waited for.
type purpose int

const (
	forChoice  purpose = iota // the newest of a type, to choose from
	forText                   // the newest one, to begin with its text
	forBase                   // what is updated or deleted
	forNewBase                // the same, while the text stays
	purposes
)

// answer is what was read for a dialog.
type answer struct {
	dialog  *dialog
	purpose purpose
	number  uint64
	found   []aidbox.Resource
	about   []string // what each of them is, as it may be shown
	err     error
}

// ask reads outside of the loop. Only the answer to the last question of a
// purpose is taken, and none when the dialog is gone.
func (d *dialog) ask(p purpose, read func(context.Context) ([]aidbox.Resource, error)) tea.Cmd {
	d.asked++
	number := d.asked
	d.awaited[p] = number
	ctx, mask := d.ctx, d.m.mask
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, readDeadline)
		defer cancel()
		a := answer{dialog: d, purpose: p, number: number}
		a.found, a.err = read(ctx)
		for _, r := range a.found {
			a.about = append(a.about, about(mask.JSON(r.Raw)))
		}
		return a
	}
}

// askNewest asks for the resources of the type that were changed last.
func (d *dialog) askNewest(p purpose, count int) tea.Cmd {
	api, resourceType := d.m.api, d.resourceType
	return d.ask(p, func(ctx context.Context) ([]aidbox.Resource, error) {
		page, err := api.Search(ctx, resourceType, url.Values{"_sort": {"-_lastUpdated"}, "_count": {strconv.Itoa(count)}})
		if err != nil {
			return nil, err
		}
		var out []aidbox.Resource
		for _, e := range page.Entries {
			if e.Resource.Type == resourceType && e.Resource.ID != "" && len(out) < count {
				out = append(out, e.Resource)
			}
		}
		return out, nil
	})
}

// askBase reads what is to be updated or deleted.
func (d *dialog) askBase(p purpose) tea.Cmd {
	api, resourceType, id := d.m.api, d.resourceType, d.id
	d.awaited[forBase], d.awaited[forNewBase] = 0, 0
	return d.ask(p, func(ctx context.Context) ([]aidbox.Resource, error) {
		r, err := api.Read(ctx, resourceType, id)
		return []aidbox.Resource{r}, err
	})
}

// request is a change as it is sent.
type request struct {
	do               verb
	resourceType, id string
	text             string
	in               format
	correlation      string
	version          string // what If-Match says; empty: none is sent
	absent           bool   // nothing was there when it was read
	loaded           bool
	raw              []byte // the text as JSON, if it is any
	previous         []byte
}

func (r request) options() aidbox.WriteOptions {
	o := aidbox.WriteOptions{CorrelationID: r.correlation}
	if r.do != remove {
		o.ContentType = r.in.contentType()
	}
	if r.do != create {
		o.IfMatch = r.version
	}
	return o
}

// path is the request line without its method.
func (r request) path() string {
	if r.do == create {
		return "/fhir/" + r.resourceType
	}
	return "/fhir/" + r.resourceType + "/" + r.id
}

// headers are those that say something of this request.
func (r request) headers() []string {
	o := r.options()
	var out []string
	if o.ContentType != "" {
		out = append(out, "content-type: "+o.ContentType)
	}
	if o.IfMatch != "" {
		out = append(out, `if-match: W/"`+o.IfMatch+`"`)
	}
	if o.CorrelationID != "" {
		out = append(out, aidbox.CorrelationHeader+": "+o.CorrelationID)
	}
	return out
}

func (r request) send(ctx context.Context, api Aidbox) (aidbox.Resource, error) {
	switch r.do {
	case update:
		return api.Update(ctx, r.resourceType, r.id, []byte(r.text), r.options())
	case remove:
		return api.Delete(ctx, r.resourceType, r.id, r.options())
	}
	return api.Create(ctx, r.resourceType, []byte(r.text), r.options())
}

// sent is how a change ended.
type sent struct {
	dialog   *dialog
	request  request
	resource aidbox.Resource
	err      error
	took     time.Duration
	at       time.Time
	topics   []topicLine
	about    string
	refused  complaint
}

// send makes the change outside of the loop, and finds out which topics it
// fires. It goes on when the dialog is closed meanwhile.
func (d *dialog) send(r request) tea.Cmd {
	api, w := d.m.api, d.m.world
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), sendDeadline)
		defer cancel()
		start := time.Now()
		got, err := r.send(ctx, api)
		s := sent{dialog: d, request: r, resource: got, err: err, took: time.Since(start), at: time.Now()}
		s.about = about(r.raw)
		if refused := refusedBy(err); refused != nil && r.do != remove {
			s.refused = complain(r.text, refused)
		}
		if err != nil || s.unchanged() {
			return s
		}
		c := change{do: interaction(r.do, r.absent), resourceType: r.resourceType, current: r.raw, previous: r.previous}
		if len(got.Raw) > 0 {
			c.current = got.Raw
		}
		if r.do == remove {
			c.current = nil
			if len(got.Raw) > 0 {
				c.previous = got.Raw
			}
		}
		ctx, cancel = context.WithTimeout(context.Background(), checkDeadline)
		defer cancel()
		s.topics = w.topicsOf(ctx, c)
		return s
	}
}

// unchanged says that the server had nothing to do.
func (s sent) unchanged() bool {
	switch s.request.do {
	case update:
		return s.request.version != "" && s.resource.VersionID == s.request.version
	case remove:
		return s.resource.Status == http.StatusNoContent
	}
	return false
}
