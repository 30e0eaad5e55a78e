package aidbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"aidbox-nats/aidbox"
)

// recorded does one thing with a recorded client and gives the last exchange.
func recorded(t *testing.T, o aidbox.RecorderOptions, answer http.HandlerFunc, do func(*aidbox.Client)) aidbox.Exchange {
	t.Helper()
	r := aidbox.NewRecorder(o)
	do(dial(t, aidbox.Config{URL: serve(t, answer).URL, ClientID: "root", Secret: "hunter2", Recorder: r}))
	all := r.Exchanges(0)
	if len(all) == 0 {
		t.Fatal("nothing was recorded")
	}
	return all[len(all)-1]
}

func TestRecorderKeepsTheExchange(t *testing.T) {
	before := time.Now()
	e := recorded(t, aidbox.RecorderOptions{}, jsonAlways(201, patient, "Location", "/fhir/Patient/5e78", "Set-Cookie", "asid=hunter2"), func(c *aidbox.Client) {
		if _, err := c.Create(within(t), "Patient", []byte(`{"name":[{"family":"smith"}]}`), aidbox.WriteOptions{CorrelationID: "order-1"}); err != nil {
			t.Fatal(err)
		}
	})
	if e.Seq != 1 || e.Method != "POST" || !strings.HasSuffix(e.URL, "/fhir/Patient") || e.Status != 201 || e.ClientID != "root" || e.Err != "" || e.Truncated || e.RequestTruncated {
		t.Errorf("got %+v", e)
	}
	if string(e.RequestBody) != `{"name":[{"family":"smith"}]}` || string(e.ResponseBody) != patient || e.ResponseBytes != int64(len(patient)) {
		t.Errorf("bodies are %q and %q", e.RequestBody, e.ResponseBody)
	}
	if e.Start.Before(before) || e.Duration <= 0 || e.Start.Add(e.Duration).After(time.Now()) {
		t.Errorf("started %v, took %v", e.Start, e.Duration)
	}
	if e.RequestHeader.Get("X-Topic-Correlation-Id") != "order-1" || e.ResponseHeader.Get("Location") != "/fhir/Patient/5e78" {
		t.Errorf("headers are %v and %v", e.RequestHeader, e.ResponseHeader)
	}
	if e.RequestHeader.Get("Authorization") != "Basic "+aidbox.Mask || e.ResponseHeader.Get("Set-Cookie") != aidbox.Mask {
		t.Errorf("headers are not masked: %v and %v", e.RequestHeader, e.ResponseHeader)
	}
}

func TestAnExchangeEndsWithItsBody(t *testing.T) {
	for rule, end := range map[string]func(io.ReadCloser) error{
		"read to the end":  func(b io.ReadCloser) error { _, err := io.Copy(io.Discard, b); return err },
		"closed before it": func(b io.ReadCloser) error { return b.Close() },
		"closed from outside": func(b io.ReadCloser) error {
			done := make(chan error)
			go func() { done <- b.Close() }()
			return <-done
		},
	} {
		t.Run(rule, func(t *testing.T) {
			r := aidbox.NewRecorder(aidbox.RecorderOptions{})
			s := serve(t, jsonAlways(200, patient))
			transport := http.DefaultTransport.(*http.Transport).Clone()
			t.Cleanup(transport.CloseIdleConnections)
			req, err := http.NewRequestWithContext(within(t), "GET", s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := r.Wrap(transport).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(r.Exchanges(0)); n != 0 {
				t.Errorf("%d exchanges before the body was read", n)
			}
			reading := time.Now()
			if err := end(resp.Body); err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			all := r.Exchanges(0)
			if len(all) != 1 || all[0].Start.Add(all[0].Duration).Before(reading) {
				t.Errorf("got %+v", all)
			}
		})
	}
}

func TestRecorderKeepsFailures(t *testing.T) {
	t.Run("no answer", func(t *testing.T) {
		e := recorded(t, aidbox.RecorderOptions{}, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, func(c *aidbox.Client) {
			if _, err := c.Health(within(t)); err == nil {
				t.Error("no error")
			}
		})
		if e.Status != 0 || e.Err == "" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("an answer that breaks off", func(t *testing.T) {
		e := recorded(t, aidbox.RecorderOptions{}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		}, func(c *aidbox.Client) {
			if _, err := c.Health(within(t)); err == nil {
				t.Error("no error")
			}
		})
		if e.Status != 200 || e.Err == "" || string(e.ResponseBody) != "{" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("nothing that read-only refused", func(t *testing.T) {
		r := aidbox.NewRecorder(aidbox.RecorderOptions{})
		c := dial(t, aidbox.Config{URL: "http://127.0.0.1:1", ReadOnly: true, Recorder: r})
		if err := c.DeleteTopic(within(t), "x"); !errors.Is(err, aidbox.ErrReadOnly) {
			t.Error(err)
		}
		if n := len(r.Exchanges(0)); n != 0 {
			t.Errorf("%d exchanges", n)
		}
	})
}

func TestRecorderBoundsBodies(t *testing.T) {
	long := `{"resourceType":"Patient","id":"1","text":"` + strings.Repeat("x", 200) + `"}`
	for _, c := range []struct {
		rule                   string
		request, answer        string
		truncated, requestOnly bool
	}{
		{"both fit", patient[:40], patient, false, false},
		{"the answer is longer", "{}", long, true, false},
		{"the request is longer", long, patient, true, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			e := recorded(t, aidbox.RecorderOptions{MaxBody: 128}, jsonAlways(200, c.answer), func(client *aidbox.Client) {
				if _, err := client.Update(within(t), "Patient", "1", []byte(c.request), aidbox.WriteOptions{}); err != nil {
					t.Fatal(err)
				}
			})
			if e.Truncated != c.truncated || e.RequestTruncated != c.requestOnly || len(e.RequestBody) > 128 || len(e.ResponseBody) > 128 {
				t.Errorf("got %+v", e)
			}
			if e.ResponseBytes != int64(len(c.answer)) {
				t.Errorf("%d bytes were read", e.ResponseBytes)
			}
		})
	}
	t.Run("a body that can be read only once is sent and not kept", func(t *testing.T) {
		s := serve(t, jsonAlways(200, "{}"))
		r := aidbox.NewRecorder(aidbox.RecorderOptions{})
		transport := http.DefaultTransport.(*http.Transport).Clone()
		t.Cleanup(transport.CloseIdleConnections)
		req, err := http.NewRequest("POST", s.URL, io.MultiReader(strings.NewReader("once")))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := r.Wrap(transport).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if e := r.Exchanges(0)[0]; e.RequestBody != nil || !e.RequestTruncated || s.got()[0].body != "once" {
			t.Errorf("got %+v, sent %q", e, s.got()[0].body)
		}
	})
}

func TestRecorderRing(t *testing.T) {
	r := aidbox.NewRecorder(aidbox.RecorderOptions{Max: 3})
	c := dial(t, aidbox.Config{URL: serve(t, jsonAlways(200, `{"status":"pass"}`)).URL, Recorder: r})
	seqs := func(after uint64) (all []uint64) {
		for _, e := range r.Exchanges(after) {
			all = append(all, e.Seq)
		}
		return all
	}
	for n := uint64(1); n <= 5; n++ {
		changed := r.Changed()
		if _, err := c.Health(within(t)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
		case <-within(t).Done():
			t.Fatal("no change was told")
		}
		if got := seqs(n - 1); !slices.Equal(got, []uint64{n}) {
			t.Errorf("after %d come %v", n-1, got)
		}
	}
	for after, want := range map[uint64][]uint64{0: {3, 4, 5}, 2: {3, 4, 5}, 4: {5}, 5: nil, 99: nil} {
		if got := seqs(after); !slices.Equal(got, want) {
			t.Errorf("after %d come %v, want %v", after, got, want)
		}
	}
	select {
	case <-r.Changed():
		t.Error("a change is told that did not happen")
	default:
	}
}

func TestRecorderIsConcurrent(t *testing.T) {
	r := aidbox.NewRecorder(aidbox.RecorderOptions{Max: 10})
	c := dial(t, aidbox.Config{URL: serve(t, jsonAlways(200, `{"status":"pass"}`)).URL, Recorder: r})
	ctx := within(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := c.Health(ctx); err != nil {
					t.Error(err)
				}
				r.Exchanges(0)
				r.Changed()
			}
		})
	}
	wg.Wait()
	all := r.Exchanges(0)
	if len(all) != 10 || all[9].Seq != 80 || all[0].Seq != 71 {
		t.Errorf("%d exchanges, the last is %d", len(all), all[len(all)-1].Seq)
	}
}

func TestRecorderMasksSecretsInBodies(t *testing.T) {
	const url = `nats://alice:hunter2@h:4222`
	for _, c := range []struct{ rule, contentType, body, want string }{
		{"a parameter's value", "application/json", `{"parameter":[{"name":"password","valueString":"hunter2"}]}`, `{"parameter":[{"name":"password","valueString":"********"}]}`},
		{"value before name", "application/json", `{"parameter":[ {"valueString" : "hunter2", "name" : "password"} ]}`, `{"parameter":[ {"valueString" : "********", "name" : "password"} ]}`},
		{"other parameters stay", "application/json", `[{"name":"username","valueString":"alice"},{"name":"apiKey","valueString":"hunter2"}]`, `[{"name":"username","valueString":"alice"},{"name":"apiKey","valueString":"********"}]`},
		{"a value that is a structure", "application/json", `{"name":"clientSecret","valueReference":{"reference":"hunter2","x":["hunter2"]}}`, `{"name":"clientSecret","valueReference":{"reference":"********","x":["********"]}}`},
		{"a parameter's part", "application/json", `{"name":"x","part":[{"name":"token","valueString":"hunter2"}]}`, `{"name":"x","part":[{"name":"token","valueString":"********"}]}`},
		{"a secret member", "application/json", `{"resourceType":"Client","secret":"hunter2","id":"x"}`, `{"resourceType":"Client","secret":"********","id":"x"}`},
		{"a secret member's number, list and object", "application/json", `{"password":[1,{"a":"hunter2"},null],"client_secret":42}`, `{"password":["********",{"a":"********"},null],"client_secret":"********"}`},
		{"an escaped name", "application/json", `{"pass\u0077ord":"hunter2"}`, `{"pass\u0077ord":"********"}`},
		{"a value with quotes and brackets", "application/json", `{"password":"hun\"ter2}]","a":1}`, `{"password":"********","a":1}`},
		{"credentials in a URL", "application/json", `{"name":"url","valueString":"` + url + `"}`, `{"name":"url","valueString":"nats://alice:********@h:4222"}`},
		{"several URLs", "application/json", `{"u":"nats://a:hunter2@h1,nats://b:hunter2@h2"}`, `{"u":"nats://a:********@h1,nats://b:********@h2"}`},
		{"a URL with escaped slashes", "application/json", `{"u":"nats:\/\/a:hunter2@h1"}`, `{"u":"nats:\/\/a:********@h1"}`},
		{"an @ in the password", "application/json", `{"u":"nats://a:hunter2@hunter2@h1"}`, `{"u":"nats://a:********@h1"}`},
		{"a NATS token", "application/json", `{"u":"nats://hunter2@h1"}`, `{"u":"nats://********@h1"}`},
		{"a user without a password is none", "application/json", `{"u":"http://alice@h1/a@b"}`, `{"u":"http://alice@h1/a@b"}`},
		{"what only looks alike stays", "application/json", `{"telecom":[{"system":"email","value":"a@b"}],"code":{"text":"secret"},"valueString":"x"}`, `{"telecom":[{"system":"email","value":"a@b"}],"code":{"text":"secret"},"valueString":"x"}`},
		{"broken JSON", "application/json", `{"password":"hunter2",,}}]{"secret":"hunter2"`, `{"password":"********",,}}]{"secret":"********"`},
		{"YAML", "text/yaml", "name: x\npassword: hunter2\n", "name: x\npassword: \"********\"\n"},
		{"a YAML parameter", "text/yaml", "parameter:\n  - valueString: hunter2\n    name: password\n  - {name: subject, valueString: foo}\n", "parameter:\n  - valueString: \"********\"\n    name: password\n  - {name: subject, valueString: foo}\n"},
		{"a YAML block text", "text/yaml", "secret: |\n  hunter2\n  hunter2\na: 1\n", "secret: \"********\"\na: 1\n"},
		{"a YAML alias", "text/yaml", "a: &x hunter2\npassword: *x\n", "a: &x \"********\"\npassword: *x\n"},
		{"a YAML alias of a structure", "text/yaml", "a: &x {b: hunter2}\npassword: *x\n", "a: &x {b: \"********\"}\npassword: *x\n"},
		{"a YAML loop", "text/yaml", "token: &x [*x, hunter2]\n", "token: &x [*x, \"********\"]\n"},
		{"a second YAML document", "text/yaml", "a: 1\n---\nsecret: hunter2\n", "a: 1\n---\nsecret: \"********\"\n"},
		{"YAML credentials in a URL", "text/yaml", "url: " + url + "\n", "url: nats://alice:********@h:4222\n"},
		{"YAML without a secret stays as it is", "text/yaml", "name:\n- family:   smith # key\n", "name:\n- family:   smith # key\n"},
		{"YAML that cannot be read", "text/yaml", "password: [hunter2\n", "(not kept: it is no readable YAML, and may hold a secret)"},
		{"YAML sent as JSON", "application/json", "password: hunter2\n", "password: \"********\"\n"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			e := recorded(t, aidbox.RecorderOptions{}, always(200, c.contentType, c.body), func(client *aidbox.Client) {
				_, _ = client.Create(within(t), "Patient", []byte(c.body), aidbox.WriteOptions{ContentType: c.contentType})
			})
			if string(e.RequestBody) != c.want {
				t.Errorf("the request is kept as\n%s, want\n%s", e.RequestBody, c.want)
			}
			if string(e.ResponseBody) != c.want {
				t.Errorf("the answer is kept as\n%s, want\n%s", e.ResponseBody, c.want)
			}
		})
	}
}

func TestRecorderMasksWhereverTheBodyIsCut(t *testing.T) {
	for _, body := range []string{
		`{"resourceType":"AidboxTopicDestination","parameter":[{"name":"password","valueString":"hunter2"},{"valueString":"hunter2","name":"password"}],"secret":{"deep":["hunter2"]}}`,
		"parameter:\n- name: password\n  valueString: hunter2\n- valueString: hunter2\n  name: password\nsecret: hunter2\n",
	} {
		for n := 1; n <= len(body); n++ {
			r := aidbox.NewRecorder(aidbox.RecorderOptions{MaxBody: n})
			transport := r.Wrap(roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
			}))
			req, err := http.NewRequest("POST", "http://x", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Fatal(err)
			}
			e := r.Exchanges(0)[0]
			for _, kept := range [][]byte{e.RequestBody, e.ResponseBody} {
				if bytes.Contains(kept, []byte("hun")) {
					t.Fatalf("cut at %d it is kept as\n%s", n, kept)
				}
			}
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRecorderMasksURLs(t *testing.T) {
	r := aidbox.NewRecorder(aidbox.RecorderOptions{})
	req, err := http.NewRequest("GET", "http://joe:hunter2@h/x?access_token=hunter2&a=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Token", "hunter2")
	req.Header.Set("Cookie", "hunter2")
	req.Header.Set("Authorization", "Bearer hunter2")
	_, err = r.Wrap(roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("cannot reach %s", "http://joe:hunter2@h/")
	})).RoundTrip(req)
	if err == nil {
		t.Fatal("the error is lost")
	}
	e := r.Exchanges(0)[0]
	if all := fmt.Sprintf("%+v %s", e, e.Curl()); strings.Contains(all, "hunter2") {
		t.Errorf("the secret is in %s", all)
	}
	if e.URL != "http://joe:********@h/x?access_token=********&a=1" || e.Err != "cannot reach http://joe:********@h/" {
		t.Errorf("got %q, %q", e.URL, e.Err)
	}
	if req.Header.Get("Cookie") != "hunter2" {
		t.Error("the request itself was masked")
	}
}

// shellWords runs a command in /bin/sh with curl replaced by a function and gives the words that curl would get.
func shellWords(t *testing.T, command string) []string {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `curl() { printf '%s\0' "$@"; }`+"\n"+command)
	cmd.Env = []string{"AIDBOX_CLIENT_SECRET=the secret", "AIDBOX_TOKEN=the token", "SECRET=pa'ss", "PATH=/usr/bin:/bin"}
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, command)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestCurlIsTheSameRequest(t *testing.T) {
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	const u = "http://h:8080/fhir/Patient"
	for _, c := range []struct {
		rule string
		e    aidbox.Exchange
		want []string
	}{
		{"a GET", aidbox.Exchange{Method: "GET", URL: u + "?name=a&x='$(id)`id`", RequestHeader: header("Accept", "application/json")},
			[]string{"-sS", u + "?name=a&x='$(id)`id`", "-H", "accept: application/json"}},
		{"the client's secret", aidbox.Exchange{Method: "GET", URL: u, ClientID: "root", RequestHeader: header("Authorization", "Basic "+aidbox.Mask)},
			[]string{"-sS", u, "-u", "root:the secret"}},
		{"a hostile client", aidbox.Exchange{Method: "GET", URL: u, ClientID: "ro'ot; $(id)", RequestHeader: header("Authorization", "Basic "+aidbox.Mask)},
			[]string{"-sS", u, "-u", "ro'ot; $(id):the secret"}},
		{"a bearer token", aidbox.Exchange{Method: "GET", URL: u, RequestHeader: header("Authorization", "Bearer "+aidbox.Mask)},
			[]string{"-sS", u, "-H", "authorization: Bearer the token"}},
		{"another secret header", aidbox.Exchange{Method: "GET", URL: u, RequestHeader: header("X-Token", aidbox.Mask)},
			[]string{"-sS", u, "-H", "x-token: pa'ss"}},
		{"brackets that curl would expand", aidbox.Exchange{Method: "GET", URL: u + "?a=[1-9]{b}"}, []string{"-sS", "--globoff", u + "?a=[1-9]{b}"}},
		{"a hostile body", aidbox.Exchange{Method: "POST", URL: u, RequestBody: []byte("{\"a\":\"it's $HOME `id` \\n \\\\ !! \\u0027\"}\n")},
			[]string{"-sS", "-X", "POST", u, "--data-binary", "{\"a\":\"it's $HOME `id` \\n \\\\ !! \\u0027\"}\n"}},
		{"control characters do not reach the terminal", aidbox.Exchange{Method: "POST", URL: u, RequestBody: []byte("a\x1b[201~; id\r'\\\u009b\u202e\x7f%s\xff!")},
			[]string{"-sS", "-X", "POST", u, "--data-binary", "a\x1b[201~; id\r'\\\u009b\u202e\x7f%s\xff!"}},
		{"a body that begins with @ is no file name", aidbox.Exchange{Method: "POST", URL: u, RequestBody: []byte("@/etc/passwd")},
			[]string{"-sS", "-X", "POST", u, "--data-raw", "@/etc/passwd"}},
		{"a masked value in the body", aidbox.Exchange{Method: "POST", URL: u, RequestBody: []byte(`{"password":"` + aidbox.Mask + `","a":1}`)},
			[]string{"-sS", "-X", "POST", u, "--data-binary", `{"password":"pa'ss","a":1}`}},
		{"a body that was not kept whole", aidbox.Exchange{Method: "POST", URL: u, RequestBody: []byte("{"), RequestTruncated: true},
			[]string{"-sS", "-X", "POST", u, "--data-binary", "@body.json"}},
		{"a body that no shell can hold", aidbox.Exchange{Method: "POST", URL: u, RequestBody: []byte("a\x00b")},
			[]string{"-sS", "-X", "POST", u, "--data-binary", "@body.json"}},
		{"a body of one mask", aidbox.Exchange{Method: "PUT", URL: u, RequestBody: []byte(aidbox.Mask)}, []string{"-sS", "-X", "PUT", u, "--data-binary", "pa'ss"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			command := c.e.Curl()
			if got := shellWords(t, command); !slices.Equal(got, c.want) {
				t.Errorf("curl gets %q, want %q, from\n%s", got, c.want, command)
			}
			for _, r := range command {
				if r != '\n' && r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x202e || r == 0xfffd {
					t.Errorf("%q is in the command %q", r, command)
				}
			}
		})
	}
}

func TestCurlOfARecordedRequest(t *testing.T) {
	e := recorded(t, aidbox.RecorderOptions{}, jsonAlways(201, patient), func(c *aidbox.Client) {
		if _, err := c.Create(within(t), "Patient", []byte(`{"name":[{"family":"smith"}]}`), aidbox.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	want := "curl -sS -X POST " + e.URL + ` -H 'accept: application/json' -u root:"$AIDBOX_CLIENT_SECRET" -H 'content-type: application/json' --data-binary '{"name":[{"family":"smith"}]}'`
	if got := e.Curl(); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// FuzzRecorderBodies looks for bodies, whole and cut off, that masking makes panic or, where they were JSON, makes none.
func FuzzRecorderBodies(f *testing.F) {
	f.Add([]byte(`{"parameter":[{"name":"password","valueString":"x"},{"valueString":"\"y","name":"pa\u0073sword"}],"secret":[1,{"a":null}]}`), false)
	f.Add([]byte("password: &x\n- *x\nname: token\nvalue: {a: b}\n"), true)
	f.Add([]byte(`{"name":"key","value`), true)
	f.Fuzz(func(t *testing.T, body []byte, cut bool) {
		o := aidbox.RecorderOptions{MaxBody: 1 << 20}
		if cut {
			o.MaxBody = max(1, len(body)/2)
		}
		r := aidbox.NewRecorder(o)
		req, err := http.NewRequest("POST", "http://x", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = r.Wrap(roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.EOF })).RoundTrip(req)
		kept := r.Exchanges(0)[0]
		if json.Valid(body) && !kept.RequestTruncated && !json.Valid(kept.RequestBody) {
			t.Fatalf("%q is kept as %q, which is no JSON any more", body, kept.RequestBody)
		}
		kept.Curl()
	})
}

func TestAnExchangeTellsWhatWasRefused(t *testing.T) {
	const outcome = `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","expression":["Patient.ups"],"diagnostics":"extra property"}]}`
	for _, c := range []struct {
		rule   string
		status int
		body   string
		want   []string
	}{
		{"a refusal", 422, outcome, []string{"Patient.ups: extra property"}},
		{"a failure of the server", 500, outcome, []string{"Patient.ups: extra property"}},
		{"a success says nothing", 200, outcome, nil},
		{"what is no outcome is none", 502, "<html>", nil},
		{"no answer", 0, "", nil},
	} {
		e := aidbox.Exchange{Status: c.status, ResponseBody: []byte(c.body)}
		if got := e.Outcome().Sentences(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.rule, got)
		}
	}
}
