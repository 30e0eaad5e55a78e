package change

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/tui/term/grid"
)

// Every type of R4 that is kept is created from its template, updated and deleted as the
// dialog does it.
func TestEveryTypeIsCreatedUpdatedAndDeleted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*grid.Deadline)
	defer cancel()
	s, err := sandbox.Start(ctx, sandbox.Options{Addr: "127.0.0.1:0", DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	api, err := aidbox.New(aidbox.Config{URL: s.URL(), ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	send := func(r request, status int) aidbox.Resource {
		got, err := r.send(ctx, api)
		if err != nil || got.Status != status {
			t.Errorf("%s %s: %d, %v", r.do.method(), r.path(), got.Status, err)
		}
		return got
	}
	d := definitions(t)
	types := d.Types()
	if len(types) < 140 {
		t.Fatalf("R4 has %d types", len(types))
	}
	for _, name := range types {
		r := request{resourceType: name, text: template(d, name)}
		made := send(r, http.StatusCreated)
		r.do, r.id, r.version = update, made.ID, made.VersionID
		r.text = strings.Replace(r.text, "{", `{"language": "en",`, 1)
		changed := send(r, http.StatusOK)
		r.version = changed.VersionID
		r.do = remove
		send(r, http.StatusOK)
	}
}

func TestAConflictSaysWhoWasFaster(t *testing.T) {
	for want, r := range map[string]request{
		"somebody changed or deleted Patient/1 after version 7 was read, so nothing was updated": {do: update, resourceType: "Patient", id: "1", version: "7"},
		"somebody changed or deleted Patient/1 after version 7 was read, so nothing was deleted": {do: remove, resourceType: "Patient", id: "1", version: "7"},
		"at the same time; nothing was done, ctrl+s sends it again":                              {do: create, resourceType: "Patient"},
	} {
		if got := r.conflict(); !strings.Contains(got, want) || !strings.HasPrefix(got, "412 Precondition Failed: ") {
			t.Errorf("%s, not %s", got, want)
		}
	}
}
