package sandbox_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox/sandbox"
)

// created makes patients one after the other and returns when each was last
// updated.
func (b *box) created(ids ...string) map[string]time.Time {
	b.t.Helper()
	at := make(map[string]time.Time)
	for _, id := range ids {
		r := b.must(201, "POST", "/fhir/Patient", `{"id":"`+id+`"}`)
		updated, err := time.Parse(time.RFC3339, r.text(b.t, "meta", "lastUpdated"))
		if err != nil {
			b.t.Fatal(err)
		}
		at[id] = updated
	}
	return at
}

func TestSort(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	box.created("b", "d", "a", "gone", "c")
	box.must(200, "DELETE", "/fhir/Patient/gone", "")
	box.must(200, "PUT", "/fhir/Patient/d", `{"active":true}`)
	for query, want := range map[string]string{
		"":                                     "a b c d",
		"_sort=_id":                            "a b c d",
		"_sort=-_id":                           "d c b a",
		"_sort=_lastUpdated":                   "b a c d",
		"_sort=-_lastUpdated":                  "d c a b",
		"_sort=-_lastUpdated,_id":              "d c a b",
		"_sort=-_id,_lastUpdated":              "d c b a",
		"_sort=-_lastUpdated&_sort=_id":        "d c a b",
		"_sort=-_id,_id":                       "d c b a",
		"_sort=-_lastUpdated&_id=b,c,gone,d":   "d c b",
		"_sort=-_lastUpdated&_count=1":         "d",
		"_sort=-_lastUpdated&_count=3&_page=2": "b",
		"_sort=-_lastUpdated&_count=3&page=3":  "",
		"_sort=-_lastUpdated&_count=0":         "",
	} {
		r := box.must(200, "GET", "/fhir/Patient?"+query, "")
		if got := strings.Join(ids(t, r), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if total := value(t, r.body, "total"); total != 4.0 && !strings.Contains(query, "_id=b") {
			t.Errorf("%s: total is %v", query, total)
		}
	}
	r := box.must(200, "GET", "/fhir/Patient?_sort=-_lastUpdated&_count=1", "")
	if value(t, r.body, "entry", 0, "resource", "active") != true {
		t.Errorf("the newest version is not shown: %s", r.body)
	}
	if got := ids(t, box.must(200, "GET", "/fhir/Account?_sort=_id", "")); len(got) > 0 {
		t.Errorf("a type without resources has %v", got)
	}
}

// Two transactions in one batch may have the same microsecond: the id decides
// then, or the keys that follow.
func TestSortIsTheSameOnEveryPage(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	const n = 60
	failed := make(chan error, n)
	for i := range n {
		go func() {
			r, err := box.try("POST", "/fhir/Patient", fmt.Sprintf(`{"id":"p%d"}`, i))
			if err == nil && r.status != 201 {
				err = fmt.Errorf("%d: %s", r.status, r.body)
			}
			failed <- err
		}()
	}
	for range n {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	for _, sort := range []string{"_lastUpdated", "-_lastUpdated", "-_lastUpdated,-_id"} {
		all := ids(t, box.must(200, "GET", "/fhir/Patient?_sort="+sort, ""))
		var paged []string
		for path := "/fhir/Patient?_count=7&_sort=" + sort; path != ""; {
			r := box.must(200, "GET", path, "")
			paged = append(paged, ids(t, r)...)
			path = strings.TrimPrefix(links(t, r)["next"], box.server.URL())
		}
		if len(all) != n || !slices.Equal(all, paged) {
			t.Errorf("%s: %v, in pages %v", sort, all, paged)
		}
	}
}

func TestLastUpdated(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	at := box.created("a", "b", "c")
	micro := at["b"].UTC().Format("2006-01-02T15:04:05.000000Z")
	zoned := func(offset time.Duration) string {
		return at["b"].In(time.FixedZone("", int(offset.Seconds()))).Format("2006-01-02T15:04:05.000000-07:00")
	}
	if !at["a"].Before(at["b"]) || !at["b"].Before(at["c"]) {
		t.Fatalf("two resources have one instant: %v", at)
	}
	for _, c := range []struct {
		name   string
		values []string
		want   string
	}{
		{"the instant", []string{micro}, "b"},
		{"eq is the default", []string{"eq" + micro}, "b"},
		{"ne", []string{"ne" + micro}, "a c"},
		{"gt", []string{"gt" + micro}, "c"},
		{"sa", []string{"sa" + micro}, "c"},
		{"ge", []string{"ge" + micro}, "b c"},
		{"lt", []string{"lt" + micro}, "a"},
		{"eb", []string{"eb" + micro}, "a"},
		{"le", []string{"le" + micro}, "a b"},
		{"east of Greenwich", []string{zoned(2 * time.Hour)}, "b"},
		{"west of Greenwich", []string{"gt" + zoned(-5*time.Hour-30*time.Minute)}, "c"},
		{"the last zone", []string{"ge" + zoned(14*time.Hour)}, "b c"},
		{"without a zone it is UTC", []string{strings.TrimSuffix(micro, "Z")}, "b"},
		{"nanoseconds", []string{strings.TrimSuffix(micro, "Z") + "000Z"}, "b"},
		{"and", []string{"ge" + micro, "le" + micro}, "b"},
		{"and of what excludes itself", []string{"gt" + micro, "lt" + micro}, ""},
		{"or", []string{"lt" + micro + ",gt" + micro}, "a c"},
		{"and of or", []string{"lt" + micro + ",gt" + micro, "ge" + micro}, "c"},
		{"long ago", []string{"2001"}, ""},
		{"after long ago", []string{"gt2001-12"}, "a b c"},
		{"before what is far away", []string{"lt9999-12-31"}, "a b c"},
		{"after the last year", []string{"gt9999"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			query := url.Values{"_lastUpdated": c.values}
			if got := strings.Join(ids(t, box.must(200, "GET", "/fhir/Patient?"+query.Encode(), "")), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A date is as long as its precision: the resource's own year, month, day,
// minute, second and millisecond hold it, and end before what comes next.
func TestLastUpdatedHasPrecision(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	at := box.created("p")["p"].UTC()
	for layout, next := range map[string]time.Time{
		"2006":                      at.AddDate(1, 0, 0),
		"2006-01":                   time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC),
		"2006-01-02":                at.AddDate(0, 0, 1),
		"2006-01-02T15:04":          at.Add(time.Minute),
		"2006-01-02T15:04Z":         at.Add(time.Minute),
		"2006-01-02T15:04:05Z":      at.Add(time.Second),
		"2006-01-02T15:04:05.0Z":    at.Add(time.Second / 10),
		"2006-01-02T15:04:05.000Z":  at.Add(time.Millisecond),
		"2006-01-02T15:04:05+00:00": at.Add(time.Second),
	} {
		layout = strings.Replace(layout, "+00:00", "-07:00", 1)
		this, following := at.Format(layout), next.Format(layout)
		for value, found := range map[string]bool{
			this: true, "ne" + this: false, "gt" + this: false, "sa" + this: false, "ge" + this: true, "le" + this: true, "lt" + this: false, "eb" + this: false,
			following: false, "ne" + following: true, "gt" + following: false, "ge" + following: false, "le" + following: true, "lt" + following: true,
			"eb" + following: true,
		} {
			got := ids(t, box.must(200, "GET", "/fhir/Patient?_lastUpdated="+url.QueryEscape(value), ""))
			if (len(got) == 1) != found {
				t.Errorf("%s of %s is found: %v", value, at, !found)
			}
		}
	}
}

func TestDatesThatAreNone(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	box.created("p")
	for _, value := range []string{
		"", "gt", "yesterday", "202", "20260", "2026-1", "2026-13", "2026-02-30", "2026-01-31T", "2026-01-31T12", "2026-01-31T12Z", "2026-01-31T24:00",
		"2026-01-31T12:60", "2026-01-31T12:00:61", "2026-01-31T12:00:00.", "2026-01-31T12:00:00.1234567890Z", "2026-01-31T12:00:00+2", "2026-01-31T12:00:00+14:30",
		"2026-01-31T12:00:00-23:00", "2026-01-31Z", "2026-01-31T12:00:00z", "2026-01-31 12:00", "0000", "gt gt2026", "GT2026", "xx2026", "gtlt2026", "2026,", ",2026", "-2026",
		"2026-01-31T12:00:00.1,5Z", "２０２６", strings.Repeat("9", 5000), "\x00",
	} {
		r := box.must(400, "GET", "/fhir/Patient?_lastUpdated="+url.QueryEscape(value), "")
		if r.text(t, "resourceType") != "OperationOutcome" || !strings.HasPrefix(r.text(t, "issue", 0, "diagnostics"), "_lastUpdated is ") || len(r.body) > 2000 {
			t.Errorf("%.40q: %.2000s", value, r.body)
		}
	}
	r := box.must(400, "GET", "/fhir/Patient?_lastUpdated=ge2026-01-31T12:00:00+02:00", "")
	if !strings.Contains(r.body, "write %2B") {
		t.Errorf("got %s", r.body)
	}
}

func TestLinksCarryTheParameters(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	at := box.created("a", "b", "c", "d", "e", "f", "g")
	query := url.Values{
		"_sort":        {"-_lastUpdated,_id"},
		"_lastUpdated": {"ge" + at["b"].Format("2006-01-02T15:04:05.000000+00:00"), "lt2999,gt2999", "ne" + at["f"].Format("2006-01-02T15:04:05.000000Z")},
		"_id":          {"a,b,c,d,f,g"},
		"_count":       {"2"},
	}
	want := map[string]string{"1": "g d", "2": "c b"}
	follow := func(link string) reply {
		if !strings.HasPrefix(link, box.server.URL()+"/fhir/Patient?") {
			t.Fatalf("a link is %q", link)
		}
		return box.must(200, "GET", strings.TrimPrefix(link, box.server.URL()), "")
	}
	first := box.must(200, "GET", "/fhir/Patient?"+query.Encode(), "")
	second := follow(links(t, first)["next"])
	for name, c := range map[string]struct {
		r    reply
		page string
	}{
		"first": {first, "1"}, "next": {second, "2"}, "previous": {follow(links(t, second)["previous"]), "1"},
		"last": {follow(links(t, first)["last"]), "2"}, "first of the second": {follow(links(t, second)["first"]), "1"},
		"self of the second": {follow(links(t, second)["self"]), "2"},
	} {
		if got := strings.Join(ids(t, c.r), " "); got != want[c.page] || value(t, c.r.body, "total") != 4.0 {
			t.Errorf("%s: %s, want %s", name, got, want[c.page])
		}
		for relation, link := range links(t, c.r) {
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			for parameter, values := range query {
				if !slices.Equal(u.Query()[parameter], values) {
					t.Errorf("%s, %s: %s is %q", name, relation, parameter, u.Query()[parameter])
				}
			}
		}
		if l := links(t, c.r); (l["previous"] == "") != (c.page == "1") || (l["next"] == "") != (c.page == "2") {
			t.Errorf("%s: links are %v", name, l)
		}
	}
}

func TestLastUpdatedIsACondition(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	at := box.created("a", "b")
	instant := at["b"].Format("2006-01-02T15:04:05.000000Z")
	box.must(412, "DELETE", "/fhir/Patient?_lastUpdated=gt2001", "")
	if r := box.must(200, "POST", "/fhir/Patient", "{}", "If-None-Exist", "_lastUpdated="+instant); r.text(t, "id") != "b" {
		t.Errorf("got %s", r.body)
	}
	if r := box.must(200, "DELETE", "/fhir/Patient?_lastUpdated="+instant, ""); r.text(t, "id") != "b" {
		t.Errorf("got %s", r.body)
	}
	box.must(400, "DELETE", "/fhir/Patient?_sort=_id", "") // an order is no condition
}
