package destinations

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/widget"
)

const path = "/fhir/AidboxTopicDestination"

// The choices of the field profile, beside asIs.
const (
	familySince  = "since Aidbox 2604"
	familyBefore = "before Aidbox 2604"
	noProfile    = "none"
	asIs         = "as it was"
)

// flag is an element of a destination that adds something to its messages.
type flag struct {
	element, label, help string
	of                   func(*aidbox.Destination) **bool
}

func flags() []flag {
	return []flag{
		{"includeEntryAction", "action", "The message names the action. Without it a message does not tell a create from an update or a delete.",
			func(d *aidbox.Destination) **bool { return &d.IncludeEntryAction }},
		{"includeVersionId", "version", "The message names the version of the resource.",
			func(d *aidbox.Destination) **bool { return &d.IncludeVersionID }},
		{"includeVersionIdInFocusReference", "version in reference", "The reference to the resource becomes Patient/123/_history/5.",
			func(d *aidbox.Destination) **bool { return &d.IncludeVersionIDInFocusReference }},
	}
}

// draft is what a form makes a destination of. It is not changed after the
// form was opened: the command that sends it runs beside the program's loop.
type draft struct {
	topics  []aidbox.Topic
	version int
	// old is the destination whose values the form began with. What the form
	// does not ask for is taken over from it.
	old *aidbox.Destination
}

// destination is what is sent for the values of the form. sslContext is always
// given, as Aidbox's examples do.
func (f draft) destination(v widget.Values) aidbox.Destination {
	d := aidbox.Destination{}
	if f.old != nil {
		d = remade(*f.old)
	}
	if id, asked := v["id"]; asked {
		d.ID = strings.TrimSpace(id)
	}
	d.Kind, d.Topic = v["kind"], f.topicURL(v["topic"])
	d.Profile = f.profile(v["profile"], d)
	if d.Content = v["content"]; d.Content == aidbox.ContentFullResource && (f.old == nil || f.old.Content == "") {
		d.Content = "" // the default
	}
	marked := strings.Fields(v["flags"])
	for _, g := range flags() {
		at, on := g.of(&d), slices.Contains(marked, g.element)
		if on || *at != nil {
			*at = &on // one that was there stays, as true or false
		}
	}
	server := strings.TrimSpace(v["url"])
	if f.old != nil {
		server = unmasked(server, f.old.Masked().ServerURL(), f.old.ServerURL())
	}
	d.Parameters = with(d.Parameters, "url", server)
	d.Parameters = with(d.Parameters, "subject", strings.TrimSpace(v["subject"]))
	if !slices.ContainsFunc(d.Parameters, func(p aidbox.Parameter) bool { return p.Name == "sslContext" }) {
		d.Parameters = append(d.Parameters, aidbox.Parameter{Name: "sslContext", Value: "none"})
	}
	return d
}

// unmasked puts the secrets of an address back where the form, which began with
// the address masked, still has masks for them.
func unmasked(typed, masked, address string) string {
	between := strings.Split(masked, aidbox.Mask)
	address, ok := strings.CutPrefix(address, between[0])
	for _, next := range between[1:] {
		if !ok {
			return typed
		}
		end := len(address)
		if next != "" {
			end = strings.Index(address, next)
		}
		if end < 0 {
			return typed
		}
		typed = strings.Replace(typed, aidbox.Mask, address[:end], 1)
		address = address[end+len(next):]
	}
	return typed
}

func with(parameters []aidbox.Parameter, name, value string) []aidbox.Parameter {
	out := slices.Clone(parameters)
	for i := range out {
		if out[i].Name == name {
			out[i].Value = value
			return out
		}
	}
	return append(out, aidbox.Parameter{Name: name, Value: value})
}

// remade is a destination as it is posted anew: without what the server
// decides, with the elements that this console does not know.
func remade(d aidbox.Destination) aidbox.Destination {
	d.VersionID = ""
	var all map[string]json.RawMessage
	if json.Unmarshal(d.Raw, &all) != nil {
		d.Raw = nil
		return d
	}
	for _, known := range []string{"resourceType", "id", "kind", "topic", "status", "content", "includeEntryAction", "includeVersionId",
		"includeVersionIdInFocusReference", "parameter"} {
		delete(all, known)
	}
	var meta map[string]json.RawMessage
	if json.Unmarshal(all["meta"], &meta) == nil {
		for _, server := range []string{"versionId", "lastUpdated", "extension", "profile"} {
			delete(meta, server)
		}
	}
	if delete(all, "meta"); len(meta) > 0 {
		all["meta"], _ = json.Marshal(meta) // of a map of JSON it cannot fail
	}
	if d.Raw = nil; len(all) > 0 {
		d.Raw, _ = json.Marshal(all)
	}
	return d
}

// masked is what is sent, as it may be shown.
func masked(d aidbox.Destination) ([]byte, error) {
	body, err := d.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var shown aidbox.Destination
	if err := shown.UnmarshalJSON(body); err != nil {
		return nil, err
	}
	return shown.Masked().Raw, nil
}

// flagOptions are the flags that the server's version has, and what the old
// destination has of them.
func (f draft) flagOptions() (options []widget.Option, marked string) {
	var on []string
	for _, g := range flags() {
		var was *bool
		if f.old != nil {
			was = *g.of(f.old)
		}
		if was == nil && !aidbox.Supports(f.version, g.element) {
			continue
		}
		options = append(options, widget.Option{Label: g.label, Value: g.element, Help: g.help})
		if was != nil && *was {
			on = append(on, g.element)
		}
	}
	return options, strings.Join(on, " ")
}

// topicURL is the url of the topic that was chosen by its id.
func (f draft) topicURL(id string) string {
	for _, t := range f.topics {
		if t.ID == id {
			return t.URL
		}
	}
	return id // of a topic that is not in the list
}

// topicOptions tells topics of the same url apart by their ids.
func (f draft) topicOptions() []widget.Option {
	count := map[string]int{}
	for _, t := range f.topics {
		count[t.URL]++
	}
	var out []widget.Option
	for _, t := range f.topics {
		o := widget.Option{Label: t.URL, Value: t.ID, Help: "Fires on " + watched(t) + "."}
		if count[t.URL] > 1 {
			o.Label += " (" + t.ID + ")"
			o.Help += fmt.Sprintf(" %d topics have this url, and a destination names nothing else: it stands for all of them.", count[t.URL])
		}
		if !t.Active() {
			o.Help += " Its status is " + t.Status + ": it does not fire now."
		}
		out = append(out, o)
	}
	if f.old != nil && f.old.Topic != "" && count[f.old.Topic] == 0 {
		out = append(out, widget.Option{Label: f.old.Topic, Value: f.old.Topic, Help: "As it was. No topic in the list has this url."})
	}
	return out
}

func watched(t aidbox.Topic) string {
	var types []string
	for _, g := range t.Triggers {
		if !slices.Contains(types, g.Resource) {
			types = append(types, g.Resource)
		}
	}
	if len(types) == 0 {
		return "nothing"
	}
	return strings.Join(types, ", ")
}

// profileOptions proposes the family of the server's version first.
func (f draft) profileOptions() []widget.Option {
	server := fmt.Sprintf("This server is %d", f.version)
	if f.version == 0 {
		server = "The server's version is not known"
	}
	since := widget.Option{Value: familySince, Help: "http://health-samurai.io/fhir/core/... " + server + "."}
	before := widget.Option{Value: familyBefore, Help: "http://aidbox.app/... " + server + "."}
	none := widget.Option{Value: noProfile, Help: "Releases before 2609 ask for a profile. " + server + "."}
	out := []widget.Option{since, before, none}
	if f.version > 0 && f.version < 2604 {
		out = []widget.Option{before, since, none}
	}
	if f.old != nil && f.familyOf(f.old.Profile) == asIs {
		out = append(out, widget.Option{Value: asIs, Help: f.old.Profile})
	}
	return out
}

// firstProfile is what the field begins with: the old destination's, else the
// family of the server's version.
func (f draft) firstProfile() string {
	if f.old != nil {
		return f.familyOf(f.old.Profile)
	}
	return f.profileOptions()[0].Value
}

func (f draft) familyOf(profile string) string {
	if profile == "" {
		return noProfile
	}
	switch family, kind := aidbox.ProfileFamily(profile); {
	case kind == "" || strings.Contains(profile, "|"):
		return asIs
	case family == aidbox.FamilyBefore2604:
		return familyBefore
	}
	return familySince
}

func (f draft) profile(choice string, d aidbox.Destination) string {
	switch {
	case choice == noProfile:
		return ""
	case choice == familyBefore:
		return aidbox.ProfileURL(d.Kind, 2602)
	case choice == asIs && f.old != nil:
		return f.old.Profile
	}
	return aidbox.ProfileURL(d.Kind, 2604)
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)

func (m *Model) checkID(id string) error {
	if id = strings.TrimSpace(id); id == "" {
		return nil
	}
	if !idPattern.MatchString(id) {
		return errors.New("an id has letters, digits, - and . only, at most 64")
	}
	for _, d := range m.destinations {
		if d.ID == id {
			return fmt.Errorf("there is a destination %s already; e replaces it", id)
		}
	}
	return nil
}

func checkSubject(s string) error {
	if s = strings.TrimSpace(s); s == "" {
		return errors.New("a destination needs a subject: foo, say")
	}
	return nats.ValidSubject(s, false)
}

func checkURL(s string) error {
	if s = strings.TrimSpace(s); s == "" {
		return errors.New("a destination needs a server: nats://host:4222")
	}
	for part := range strings.SplitSeq(s, ",") {
		scheme, _, has := strings.Cut(strings.TrimSpace(part), "://")
		if has && !slices.Contains([]string{"nats", "tls", "opentls", "ws", "wss"}, strings.ToLower(scheme)) {
			return fmt.Errorf("%s:// is no address of NATS: nats://host:4222 is", scheme)
		}
		if !has {
			part = "nats://" + strings.TrimSpace(part)
		}
		if u, err := url.Parse(strings.TrimSpace(part)); err != nil || u.Hostname() == "" {
			return errors.New("this is no address: nats://host:4222 is one")
		}
	}
	return nil
}
