package tui_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/mask"
	"aidbox-nats/tui/tuitest"
)

// What was refused after its dialog was gone is told by the root, which knows
// of the mask as every pane does.
func TestAnErrorThatComesAfterItsDialogIsMasked(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{Aidbox: func(o *aidbox.Config) {
		target, err := url.Parse(o.URL)
		if err != nil {
			t.Fatal(err)
		}
		aidbox := httputil.NewSingleHostReverseProxy(target)
		gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodDelete {
				aidbox.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			w.Write([]byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"Smith"}]}`))
		}))
		t.Cleanup(gateway.Close)
		o.URL = gateway.URL
	}})
	c.Topic("patient-topic", "")
	c.Press("r")
	c.WaitFor("patient-topic")
	refuse := func() {
		t.Helper()
		c.Press("d")
		c.WaitFor("Delete topic patient-topic?")
		c.Type("y")
		c.WaitFor("422 Unprocessable Entity")
	}
	refuse()
	c.WaitFor("Smith")
	c.Press("M")
	c.WaitFor("MASKED")
	c.WaitGone("Smith")
	refuse()
	if c.WaitFor(mask.Hidden); strings.Contains(c.Text(), "Smith") {
		t.Errorf("the name is seen:\n%s", c.Text())
	}
}
