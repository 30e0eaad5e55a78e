package aidbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
)

// pages answers with one patient a page and, but for the last, a link made by next from the number of the page after.
func pages(n int, next func(r *http.Request, page int) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page := 1
		for _, name := range []string{"page", "_page"} {
			if s := r.URL.Query().Get(name); s != "" {
				fmt.Sscan(s, &page)
			}
		}
		link := ""
		if page < n {
			link = fmt.Sprintf(`,"link":[{"relation":"self","url":"x"},{"relation":"next","url":%q}]`, next(r, page+1))
		}
		jsonAlways(200, fmt.Sprintf(`{"resourceType":"Bundle","type":"searchset"%s,"entry":[{"resource":{"resourceType":"Patient","id":"p%d"}}]}`, link, page))(w, r)
	}
}

func TestNextPages(t *testing.T) {
	for _, c := range []struct {
		rule   string
		prefix string // of the client's base URL
		next   func(r *http.Request, page int) string
		uris   []string
	}{
		{"a link with page", "", func(r *http.Request, n int) string {
			return fmt.Sprintf("http://%s/fhir/Patient?name=a&page=%d", r.Host, n)
		},
			[]string{"/fhir/Patient?name=a", "/fhir/Patient?name=a&page=2", "/fhir/Patient?name=a&page=3"}},
		{"a link with _page", "", func(r *http.Request, n int) string { return fmt.Sprintf("http://%s/fhir/Patient?_page=%d", r.Host, n) },
			[]string{"/fhir/Patient?name=a", "/fhir/Patient?_page=2", "/fhir/Patient?_page=3"}},
		{"a link without /fhir is followed as it is", "", func(r *http.Request, n int) string { return fmt.Sprintf("http://%s/Patient?page=%d", r.Host, n) },
			[]string{"/fhir/Patient?name=a", "/Patient?page=2", "/Patient?page=3"}},
		{"a relative link", "", func(r *http.Request, n int) string { return fmt.Sprintf("/fhir/Patient?page=%d", n) },
			[]string{"/fhir/Patient?name=a", "/fhir/Patient?page=2", "/fhir/Patient?page=3"}},
		{"a query alone", "", func(r *http.Request, n int) string { return fmt.Sprintf("?page=%d", n) },
			[]string{"/fhir/Patient?name=a", "/fhir/Patient?page=2", "/fhir/Patient?page=3"}},
		{"a link to another host is asked of ours", "", func(r *http.Request, n int) string {
			return fmt.Sprintf("https://me:pw@aidbox.internal:8080/fhir/Patient?page=%d#x", n)
		},
			[]string{"/fhir/Patient?name=a", "/fhir/Patient?page=2", "/fhir/Patient?page=3"}},
		{"a link to another host behind a prefix", "/box", func(r *http.Request, n int) string {
			return fmt.Sprintf("http://aidbox.internal/fhir/Patient?page=%d", n)
		},
			[]string{"/box/fhir/Patient?name=a", "/box/fhir/Patient?page=2", "/box/fhir/Patient?page=3"}},
		{"a link to another host that has the prefix", "/box", func(r *http.Request, n int) string {
			return fmt.Sprintf("http://aidbox.internal/box/fhir/Patient?page=%d", n)
		},
			[]string{"/box/fhir/Patient?name=a", "/box/fhir/Patient?page=2", "/box/fhir/Patient?page=3"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := serve(t, pages(3, c.next))
			client := dial(t, aidbox.Config{URL: s.URL + c.prefix, ClientID: "root", Secret: "s"})
			ctx := within(t)
			p, err := client.Search(ctx, "Patient", url.Values{"name": {"a"}})
			var ids []string
			for more := true; more && err == nil; p, more, err = client.Next(ctx, p) {
				ids = append(ids, p.Entries[0].Resource.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
			var uris []string
			for _, r := range s.got() {
				uris = append(uris, r.uri)
				if r.header.Get("Authorization") == "" {
					t.Errorf("%s was asked without credentials", r.uri)
				}
			}
			if !slices.Equal(uris, c.uris) || !slices.Equal(ids, []string{"p1", "p2", "p3"}) {
				t.Errorf("asked %q, found %q", uris, ids)
			}
		})
	}
}

func TestCredentialsStayWithTheConfiguredHost(t *testing.T) {
	other := serve(t, jsonAlways(200, `{"resourceType":"Bundle"}`))
	s := serve(t, pages(2, func(r *http.Request, n int) string { return fmt.Sprintf("%s/fhir/Patient?page=%d", other.URL, n) }))
	c := dial(t, aidbox.Config{URL: s.URL, ClientID: "root", Secret: "s"})
	p, err := c.Search(within(t), "Patient", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Next(within(t), p); err != nil {
		t.Fatal(err)
	}
	if n := len(other.got()); n > 0 {
		t.Errorf("the other host was asked %d times", n)
	}
	if n := len(s.got()); n != 2 {
		t.Errorf("our host was asked %d times, want 2", n)
	}
}

func TestLinksThatLeadNowhere(t *testing.T) {
	for _, c := range []struct {
		rule string
		next func(r *http.Request, page int) string
		says string
	}{
		{"to the same page", func(r *http.Request, _ int) string { return r.RequestURI }, "same page again"},
		{"no address", func(*http.Request, int) string { return "mailto:someone" }, "not an address"},
		{"does not parse", func(*http.Request, int) string { return "http://[::1" }, "does not parse"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			client := ask(t, pages(9, c.next))
			p, err := client.Search(within(t), "Patient", nil)
			if err != nil {
				t.Fatal(err)
			}
			_, more, err := client.Next(within(t), p)
			if err == nil || more {
				t.Fatal("was followed")
			}
			mustContain(t, err.Error(), c.says)
		})
	}
	t.Run("topics in a circle", func(t *testing.T) {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			next := map[string]string{"": "2", "2": "3", "3": "2"}[r.URL.Query().Get("page")]
			jsonAlways(200, fmt.Sprintf(`{"resourceType":"Bundle","link":[{"relation":"next","url":"?page=%s"}]}`, next))(w, r)
		})
		_, err := dial(t, aidbox.Config{URL: s.URL}).Topics(within(t))
		if err == nil {
			t.Fatal("came to an end")
		}
		mustContain(t, err.Error(), "come to no end")
		if n := len(s.got()); n != 4 {
			t.Errorf("asked %d times, want 4", n)
		}
	})
}

func TestTopicsAndDestinationsReadAllPages(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		kind := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		if r.URL.Query().Get("page") == "" {
			jsonAlways(200, fmt.Sprintf(`{"resourceType":"Bundle","link":[{"relation":"next","url":"?page=2"}],"entry":[{"resource":{"resourceType":%q,"id":"z","meta":{"versionId":"7"}}},{"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome"}}]}`, kind))(w, r)
			return
		}
		jsonAlways(200, fmt.Sprintf(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":%q,"id":"a"}}]}`, kind))(w, r)
	})
	c := dial(t, aidbox.Config{URL: s.URL})
	topics, err := c.Topics(within(t))
	if err != nil || len(topics) != 2 || topics[0].ID != "a" || topics[1].ID != "z" || topics[1].VersionID != "7" {
		t.Errorf("got %+v, %v", topics, err)
	}
	destinations, err := c.Destinations(within(t))
	if err != nil || len(destinations) != 2 || destinations[0].ID != "a" || destinations[1].ID != "z" {
		t.Errorf("got %+v, %v", destinations, err)
	}
}

func TestNoTopics(t *testing.T) {
	topics, err := ask(t, jsonAlways(200, `{"resourceType":"Bundle","type":"searchset","total":0}`)).Topics(within(t))
	if err != nil || topics == nil || len(topics) != 0 {
		t.Errorf("got %v, %v", topics, err)
	}
	_, err = ask(t, jsonAlways(200, `{"resourceType":"Parameters"}`)).Topics(within(t))
	if err == nil {
		t.Fatal("no Bundle is accepted")
	}
	mustContain(t, err.Error(), `"Parameters" where a Bundle was due`)
}
