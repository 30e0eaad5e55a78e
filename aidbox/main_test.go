package aidbox_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"aidbox-nats/aidbox"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seen is one request as a server got it.
type seen struct {
	method, uri, body string
	header            http.Header
}

// server answers by a function and keeps what it was asked.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []seen
}

func serve(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the server cannot read the request: %v", err)
		}
		s.mu.Lock()
		s.requests = append(s.requests, seen{r.Method, r.RequestURI, string(body), r.Header.Clone()})
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Server.Close)
	return s
}

func (s *server) got() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.requests...)
}

// always answers every request the same way.
func always(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func jsonAlways(status int, body string, headers ...string) http.HandlerFunc {
	return always(status, "application/json", body, headers...)
}

func dial(t *testing.T, c aidbox.Config) *aidbox.Client {
	t.Helper()
	client, err := aidbox.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// ask makes a client of a server that answers everything like that.
func ask(t *testing.T, answer http.HandlerFunc) *aidbox.Client {
	t.Helper()
	return dial(t, aidbox.Config{URL: serve(t, answer).URL, ClientID: "root", Secret: "s3cret-value"})
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func mustContain(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q does not say %q", text, p)
		}
	}
}

// quiet takes what a test server has to say about clients that hang up on purpose.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
