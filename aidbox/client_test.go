package aidbox_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats/broker"
)

const patient = `{"resourceType":"Patient","id":"5e78","meta":{"versionId":"17","lastUpdated":"2026-08-01T10:00:00.123456Z"}}`

func TestBaseURL(t *testing.T) {
	for _, c := range []struct{ rule, given, want string }{
		{"as it is", "http://localhost:8080", "http://localhost:8080"},
		{"without scheme it is http", "localhost:8080", "http://localhost:8080"},
		{"a host alone", "aidbox.example", "http://aidbox.example"},
		{"slash at the end", "https://aidbox.example/", "https://aidbox.example"},
		{"path prefix", "https://gw.example/a/box//", "https://gw.example/a/box"},
		{"the FHIR base is taken too", "http://localhost:8080/fhir/", "http://localhost:8080"},
		{"the FHIR base behind a prefix", "http://gw/box/fhir", "http://gw/box"},
		{"credentials are removed", "http://me:p%40ss@localhost:8080", "http://localhost:8080"},
		{"credentials without scheme", "me:pass@localhost:8080/x", "http://localhost:8080/x"},
		{"upper case scheme", "HTTP://localhost", "http://localhost"},
		{"escaped prefix stays escaped", "http://gw/a%2Fb", "http://gw/a%2Fb"},
		{"IPv6", "[::1]:8080", "http://[::1]:8080"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := dial(t, aidbox.Config{URL: c.given}).URL(); got != c.want {
				t.Errorf("%q became %q, want %q", c.given, got, c.want)
			}
		})
	}
}

func TestBaseURLRefused(t *testing.T) {
	for _, c := range []struct{ rule, given, says string }{
		{"empty", "  ", "is empty"},
		{"another scheme", "ftp://host", "neither http nor https"},
		{"no host", "http:///path", "names no host"},
		{"query", "http://host?x=1", "query"},
		{"bad port", "http://host:port", "does not parse"},
		{"password that breaks the URL is not repeated", "http://me:pass/hunter2@host:x", "does not parse"},
		{"password with a percent sign", "http://me:hunter2%zz@host", "%XX"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := aidbox.New(aidbox.Config{URL: c.given})
			if err == nil {
				t.Fatalf("%q was accepted", c.given)
			}
			mustContain(t, err.Error(), c.says, "http://localhost:8080")
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %q", err)
			}
		})
	}
}

func TestRequestsCarryWhatAidboxAsksFor(t *testing.T) {
	for _, c := range []struct {
		rule   string
		config aidbox.Config
		want   string
	}{
		{"basic", aidbox.Config{ClientID: "root", Secret: "s3c"}, "Basic " + base64.StdEncoding.EncodeToString([]byte("root:s3c"))},
		{"bearer goes before basic", aidbox.Config{ClientID: "root", Secret: "s3c", Token: "tok"}, "Bearer tok"},
		{"no credentials", aidbox.Config{}, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := serve(t, jsonAlways(200, patient))
			c.config.URL = s.URL + "/box/"
			if _, err := dial(t, c.config).Read(within(t), "Patient", "a/b c"); err != nil {
				t.Fatal(err)
			}
			got := s.got()[0]
			if got.method != "GET" || got.uri != "/box/fhir/Patient/a%2Fb%20c" {
				t.Errorf("asked %s %s", got.method, got.uri)
			}
			for name, want := range map[string]string{"Accept": "application/json", "Content-Type": "application/json", "Authorization": c.want} {
				if got.header.Get(name) != want {
					t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
				}
			}
		})
	}
}

func TestCredentialsInTheURLAreTheClients(t *testing.T) {
	s := serve(t, jsonAlways(401, `{"resourceType":"OperationOutcome"}`))
	c := dial(t, aidbox.Config{URL: strings.Replace(s.URL, "://", "://joe:p%40ss@", 1), ClientID: "root", Secret: "other"})
	_, err := c.Health(within(t))
	if user, pass, _ := (&http.Request{Header: s.got()[0].header}).BasicAuth(); user != "joe" || pass != "p@ss" {
		t.Errorf("asked as %q with %q", user, pass)
	}
	mustContain(t, err.Error(), `client "joe"`)
	if strings.Contains(err.Error()+c.URL(), "p@ss") || strings.Contains(err.Error()+c.URL(), "p%40ss") {
		t.Errorf("the secret is in %q or %q", err, c.URL())
	}
}

func TestWriteOptions(t *testing.T) {
	s := serve(t, jsonAlways(201, patient))
	c := dial(t, aidbox.Config{URL: s.URL})
	ctx := within(t)
	if _, err := c.Create(ctx, "Patient", []byte("name:\n- family: smith\n"), aidbox.WriteOptions{
		CorrelationID: "order-4711", ContentType: "text/yaml", IfNoneExist: "name=Bob",
	}); err != nil {
		t.Fatal(err)
	}
	for _, match := range []string{"17", `"17"`, `W/"17"`, "*"} {
		if _, err := c.Update(ctx, "Patient", "5e78", []byte(patient), aidbox.WriteOptions{IfMatch: match}); err != nil {
			t.Fatal(err)
		}
	}
	got := s.got()
	if h := got[0].header; h.Get("x-topic-correlation-id") != "order-4711" || h.Get("content-type") != "text/yaml" || h.Get("if-none-exist") != "name=Bob" {
		t.Errorf("headers are %v", h)
	}
	if got[0].method != "POST" || got[0].uri != "/fhir/Patient" || got[0].body != "name:\n- family: smith\n" {
		t.Errorf("asked %+v", got[0])
	}
	for i, want := range []string{`W/"17"`, `W/"17"`, `W/"17"`, "*"} {
		if h := got[i+1].header.Get("If-Match"); h != want {
			t.Errorf("If-Match is %q, want %q", h, want)
		}
	}
	_, err := c.Create(ctx, "Patient", []byte("{}"), aidbox.WriteOptions{CorrelationID: "a\r\nx-evil: 1"})
	if err == nil || len(s.got()) != 5 {
		t.Errorf("a header with a line end was sent (%v)", err)
	}
	mustContain(t, fmt.Sprint(err), "control characters")
}

// write runs every verb that changes a server.
func writes(ctx context.Context, c *aidbox.Client) map[string]error {
	all := map[string]error{}
	_, all["Create"] = c.Create(ctx, "Patient", []byte("{}"), aidbox.WriteOptions{})
	_, all["Update"] = c.Update(ctx, "Patient", "1", []byte("{}"), aidbox.WriteOptions{})
	_, all["Patch"] = c.Patch(ctx, "Patient", "1", []byte("{}"), aidbox.WriteOptions{})
	_, all["Delete"] = c.Delete(ctx, "Patient", "1", aidbox.WriteOptions{})
	_, all["Batch"] = c.Batch(ctx, []byte("{}"), aidbox.WriteOptions{})
	_, all["CreateTopic"] = c.CreateTopic(ctx, aidbox.Topic{ID: "t"})
	all["DeleteTopic"] = c.DeleteTopic(ctx, "t")
	_, all["CreateDestination"] = c.CreateDestination(ctx, aidbox.Destination{ID: "d"})
	all["DeleteDestination"] = c.DeleteDestination(ctx, "d")
	return all
}

func TestReadOnlySendsNothingThatChanges(t *testing.T) {
	s := serve(t, jsonAlways(200, patient))
	c := dial(t, aidbox.Config{URL: s.URL, ReadOnly: true})
	for name, err := range writes(within(t), c) {
		var typed *aidbox.Error
		if !errors.Is(err, aidbox.ErrReadOnly) || !errors.As(err, &typed) || errors.Is(err, aidbox.ErrUnreachable) {
			t.Errorf("%s answered %v", name, err)
			continue
		}
		mustContain(t, err.Error(), s.URL, "read-only")
	}
	if n := len(s.got()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
	if _, err := c.Read(within(t), "Patient", "1"); err != nil {
		t.Errorf("reading is refused too: %v", err)
	}
}

func TestNothingIsRepeatedOrRedirected(t *testing.T) {
	t.Run("a connection that breaks", func(t *testing.T) {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "GET" {
				jsonAlways(200, patient)(w, r)
				return
			}
			panic(http.ErrAbortHandler)
		})
		c := dial(t, aidbox.Config{URL: s.URL})
		if _, err := c.Read(within(t), "Patient", "1"); err != nil {
			t.Fatal(err)
		}
		for name, err := range writes(within(t), c) {
			if !errors.Is(err, aidbox.ErrUnreachable) {
				t.Errorf("%s answered %v", name, err)
			}
		}
		if n := len(s.got()); n != 10 {
			t.Errorf("%d requests were sent, want 10", n)
		}
	})
	t.Run("a redirect", func(t *testing.T) {
		elsewhere := serve(t, jsonAlways(200, patient))
		for _, status := range []int{301, 302, 303, 307, 308} {
			c := ask(t, always(status, "text/html", "<html>", "Location", elsewhere.URL+"/ui/login?token=abc"))
			_, err := c.Topics(within(t))
			if !errors.Is(err, aidbox.ErrNotActivated) {
				t.Fatalf("%d gives %v", status, err)
			}
			mustContain(t, err.Error(), "not activated or asks for a login", c.URL(), "/ui/login")
			if strings.Contains(err.Error(), "abc") {
				t.Errorf("a token is in %q", err)
			}
		}
		if n := len(elsewhere.got()); n > 0 {
			t.Errorf("%d requests followed", n)
		}
	})
}

func TestPathsThatWouldMeanSomethingElseAreRefused(t *testing.T) {
	s := serve(t, jsonAlways(200, patient))
	c := dial(t, aidbox.Config{URL: s.URL})
	ctx := within(t)
	_, typeErr := c.Read(ctx, "Patient/../Client", "1")
	_, emptyErr := c.Delete(ctx, "Patient", "", aidbox.WriteOptions{})
	_, dotErr := c.Read(ctx, "Patient", "..")
	for says, err := range map[string]error{"no resource type": typeErr, "id is empty": emptyErr, "no id": dotErr} {
		if err == nil {
			t.Errorf("%s: no error", says)
			continue
		}
		mustContain(t, err.Error(), says)
	}
	if n := len(s.got()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	l.Close()
	_, err = dial(t, aidbox.Config{URL: address}).Topics(within(t))
	if !errors.Is(err, aidbox.ErrUnreachable) {
		t.Fatalf("got %v", err)
	}
	mustContain(t, err.Error(), "GET "+address+"/fhir/AidboxSubscriptionTopic: nothing listens on "+address+"; start Aidbox there or give --aidbox-url")
}

func TestAServerThatIsNoHTTPServer(t *testing.T) {
	for _, c := range []struct{ rule, greeting, says string }{
		{"NATS", "INFO {\"server_id\":\"NBQ" + strings.Repeat("X", 4000) + "\"}\r\n", " answers, but not HTTP (a NATS server listens there); give Aidbox's address as --aidbox-url"},
		{"SSH", "SSH-2.0-OpenSSH_9.6\r\n", " answers, but not HTTP; give Aidbox's address as --aidbox-url"},
		{"an escape sequence", "220 \x1b[2J\r\n", " answers, but not HTTP; give Aidbox's address as --aidbox-url"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					// After the question, so that net/http takes it for the answer.
					if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
						fmt.Fprint(conn, c.greeting)
					}
					conn.Close()
				}
			}()
			t.Cleanup(func() { l.Close(); <-done })
			address := "http://" + l.Addr().String()
			_, err = dial(t, aidbox.Config{URL: address}).Health(within(t))
			if !errors.Is(err, aidbox.ErrNotHTTP) {
				t.Fatalf("got %v", err)
			}
			if want := "GET " + address + "/health: " + address + c.says; err.Error() != want {
				t.Errorf("got  %s\nwant %s", err, want)
			}
		})
	}
}

// A NATS server greets before it is asked, which net/http takes in more than one way.
func TestANATSServerIsRecognised(t *testing.T) {
	b, err := broker.Start(within(t), broker.Options{Port: broker.FreePort, NoJetStream: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for range 50 {
		c := dial(t, aidbox.Config{URL: strings.Replace(b.URL(), "nats:", "http:", 1)})
		_, err := c.Health(within(t))
		if !errors.Is(err, aidbox.ErrNotHTTP) || !strings.Contains(err.Error(), "a NATS server listens there") || len(err.Error()) > 200 {
			t.Fatalf("got %v", err)
		}
	}
}

func TestPlainHTTPUnderHTTPS(t *testing.T) {
	s := serve(t, jsonAlways(200, "{}"))
	_, err := dial(t, aidbox.Config{URL: strings.Replace(s.URL, "http:", "https:", 1)}).Health(within(t))
	if err == nil {
		t.Fatal("no error")
	}
	mustContain(t, err.Error(), "does not speak TLS")
}

func TestUntrustedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(jsonAlways(200, "{}"))
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	_, err := dial(t, aidbox.Config{URL: s.URL}).Health(within(t))
	if err == nil {
		t.Fatal("no error")
	}
	mustContain(t, err.Error(), "not trusted")
}

func TestAnswersAreBounded(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		chunk := strings.Repeat(" ", 64<<10)
		for {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	}
	t.Run("an answer that never ends", func(t *testing.T) {
		c := dial(t, aidbox.Config{URL: serve(t, endless).URL, MaxBody: 1 << 20})
		_, err := c.Read(within(t), "Patient", "1")
		if !errors.Is(err, aidbox.ErrTooLarge) {
			t.Fatalf("got %v", err)
		}
		mustContain(t, err.Error(), "larger than 1048576 bytes or never ends")
	})
	t.Run("headers that never end", func(t *testing.T) {
		r := aidbox.NewRecorder(aidbox.RecorderOptions{})
		c := dial(t, aidbox.Config{Recorder: r, URL: serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", strings.Repeat("x", 128<<10))
		}).URL})
		_, err := c.Read(within(t), "Patient", "1")
		if err == nil {
			t.Fatal("no error")
		}
		mustContain(t, err.Error(), "headers of the answer are larger than 65536 bytes", c.URL())
		if e := r.Exchanges(0)[0]; len(e.ResponseHeader) > 0 || e.Err == "" {
			t.Errorf("kept: %d headers, error %q", len(e.ResponseHeader), e.Err)
		}
	})
	t.Run("an answer of exactly the bound", func(t *testing.T) {
		c := dial(t, aidbox.Config{URL: serve(t, jsonAlways(200, patient)).URL, MaxBody: int64(len(patient))})
		if _, err := c.Read(within(t), "Patient", "1"); err != nil {
			t.Error(err)
		}
		c = dial(t, aidbox.Config{URL: serve(t, jsonAlways(200, patient)).URL, MaxBody: int64(len(patient)) - 1})
		if _, err := c.Read(within(t), "Patient", "1"); !errors.Is(err, aidbox.ErrTooLarge) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a body that stalls ends with its context", func(t *testing.T) {
		begun := make(chan struct{})
		c := ask(t, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"resourceType":`)
			w.(http.Flusher).Flush()
			close(begun)
			<-r.Context().Done()
		})
		ctx, cancel := context.WithCancel(within(t))
		go func() { <-begun; cancel() }()
		_, err := c.Read(ctx, "Patient", "1")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no answer in time", func(t *testing.T) {
		c := ask(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := c.Read(ctx, "Patient", "1")
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, aidbox.ErrUnreachable) {
			t.Fatalf("got %v", err)
		}
		mustContain(t, err.Error(), "no answer in time", c.URL())
	})
}

func TestAnswersThatAreNotJSON(t *testing.T) {
	for _, c := range []struct {
		rule   string
		answer http.HandlerFunc
		says   []string
	}{
		{"a login page with 200", always(200, "text/html; charset=utf-8", "<!DOCTYPE html><head><title>Log in \x1b[31m</title>"), []string{"200 OK", "HTML page", `"Log in [31m"`, "login before it"}},
		{"HTML without its type", always(200, "", "<html><body>hi"), []string{"HTML page"}},
		{"a proxy's error page", always(502, "text/html", "<html><title>502 Bad Gateway</title>"), []string{"502 Bad Gateway", "HTML page", "proxy"}},
		{"empty", always(200, "application/json", ""), []string{"empty"}},
		{"plain text", always(200, "text/plain", "hello"), []string{"text/plain", `"hello"`}},
		{"text error", always(500, "text/plain", "boom"), []string{"500 Internal Server Error", "boom"}},
		{"JSON that ends too early", always(200, "application/json", `{"resourceType":"Patient","name":[`), []string{"ends too early", "34 bytes"}},
		{"JSON with a fault", always(200, "application/json", `{"a":1,}`), []string{"broken JSON", "byte 8"}},
		{"an array", always(200, "application/json", `[1]`), []string{"not a JSON object"}},
		{"fewer bytes than announced", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"resourceType":"Pat`)
		}, []string{"broke off after 20 bytes"}},
		{"another resource than asked", jsonAlways(200, `{"resourceType":"Observation"}`), []string{`"Observation" where a Patient was due`}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			client := ask(t, c.answer)
			_, err := client.Read(within(t), "Patient", "1")
			var typed *aidbox.Error
			if !errors.As(err, &typed) {
				t.Fatalf("got %v", err)
			}
			mustContain(t, err.Error(), append(c.says, "GET "+client.URL()+"/fhir/Patient/1: ")...)
			if strings.ContainsAny(err.Error(), "\x1b\r\n") {
				t.Errorf("%q is not one clean line", err)
			}
		})
	}
	t.Run("a byte order mark is no fault", func(t *testing.T) {
		if _, err := ask(t, jsonAlways(200, "\ufeff"+patient)).Read(within(t), "Patient", "1"); err != nil {
			t.Error(err)
		}
	})
}

func TestSearchTakesQuery(t *testing.T) {
	s := serve(t, jsonAlways(200, `{"resourceType":"Bundle"}`))
	c := dial(t, aidbox.Config{URL: s.URL})
	ctx := within(t)
	if _, err := c.Search(ctx, "Patient", url.Values{"name": {"a&b"}, "_count": {"5"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.History(ctx, "Patient", "1", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.History(ctx, "Patient", "", url.Values{"_since": {"2026-01-01"}}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"/fhir/Patient?_count=5&name=a%26b", "/fhir/Patient/1/_history", "/fhir/Patient/_history?_since=2026-01-01"} {
		if got := s.got()[i].uri; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	}
}
