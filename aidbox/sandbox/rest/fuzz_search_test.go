package rest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzSearch reads every page of a search by its links: together they hold
// exactly the resources that a comparison of their own lastUpdated lets through,
// each once, in the order of the keys.
func FuzzSearch(f *testing.F) {
	h := handler(f)
	call := func(tb testing.TB, method, target, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(tb.Context(), method, target, strings.NewReader(body))
		r.SetBasicAuth("c", "s")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	const resources = 12
	at := make(map[string]time.Time)
	for i := range resources {
		id := strconv.Itoa(i * 7 % resources)
		w := call(f, "PUT", "/fhir/Patient/"+id, "{}")
		var made struct {
			Meta struct{ LastUpdated time.Time }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated {
			f.Fatalf("%d, %v: %s", w.Code, err, w.Body)
		}
		at[id] = made.Meta.LastUpdated
	}
	middle := at["0"].Format("2006-01-02T15:04:05.000000Z")
	for _, sort := range []string{"", "_id", "-_id", "_lastUpdated,-_id", "-_lastUpdated", "name", "_id,,", "-"} {
		for _, date := range []string{"", middle, "ne" + middle, "gt" + middle, "le" + middle, "sa2020", "2030-02-30", "lt2100-01-01T00:00:00+13:30", "ap2026", "ge"} {
			f.Add(sort, date, "1,2,3,4", uint8(3), uint8(1))
		}
	}
	f.Fuzz(func(t *testing.T, sort, date, ids string, count, page uint8) {
		values := url.Values{"_count": {strconv.Itoa(int(count))}, "_page": {strconv.Itoa(int(page))}}
		for name, value := range map[string]string{"_sort": sort, "_lastUpdated": date, "_id": ids} {
			if value != "" {
				values.Set(name, value)
			}
		}
		target := "/fhir/Patient?" + values.Encode()
		var got []string
		for pages := 0; target != ""; pages++ {
			w := call(t, "GET", target, "")
			switch w.Code {
			case http.StatusOK:
			case http.StatusBadRequest, http.StatusNotImplemented:
				if pages > 0 {
					t.Fatalf("a link is refused: %s: %s", target, w.Body)
				}
				return
			default:
				t.Fatalf("%s: %d, %s", target, w.Code, w.Body)
			}
			var found struct {
				Total int
				Link  []struct{ Relation, URL string }
				Entry []struct{ Resource struct{ ID string } }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &found); err != nil {
				t.Fatal(err)
			}
			links := make(map[string]string)
			for _, link := range found.Link {
				links[link.Relation] = strings.TrimPrefix(link.URL, "http://h")
			}
			if pages == 0 && page != 1 {
				target = links["first"]
				page = 1
				continue
			}
			if count == 0 {
				if len(found.Entry) > 0 || links["next"] != "" {
					t.Fatalf("%s: %s", target, w.Body)
				}
				return
			}
			for _, entry := range found.Entry {
				got = append(got, entry.Resource.ID)
			}
			if links["next"] == "" && len(got) != found.Total {
				t.Fatalf("%s: the pages hold %v of %d", target, got, found.Total)
			}
			target = links["next"]
		}
		if seen := slices.Compact(slices.Sorted(slices.Values(got))); len(seen) != len(got) {
			t.Fatalf("found twice: %v", got)
		}
		if date == "" && ids == "" && len(got) != resources {
			t.Fatalf("found %v", got)
		}
		for _, prefix := range []string{"gt", "sa"} {
			after, err := time.Parse("2006-01-02T15:04:05.000000Z", strings.TrimPrefix(date, prefix))
			if !strings.HasPrefix(date, prefix) || err != nil {
				continue
			}
			for id, updated := range at {
				wanted := updated.After(after) && (ids == "" || slices.Contains(strings.Split(ids, ","), id))
				if !strings.Contains(ids, `\`) && wanted != slices.Contains(got, id) {
					t.Fatalf("%s of %v is found: %v", id, updated, !wanted)
				}
			}
		}
		compare := func(a, b string) int {
			for key := range strings.SplitSeq(sort, ",") {
				c := 0
				switch strings.TrimPrefix(key, "-") {
				case "_id":
					c = cmp.Compare(a, b)
				case "_lastUpdated":
					c = at[a].Compare(at[b])
				}
				if c != 0 && strings.HasPrefix(key, "-") {
					return -c
				}
				if c != 0 {
					return c
				}
			}
			return cmp.Compare(a, b)
		}
		if !slices.IsSortedFunc(got, compare) {
			t.Fatalf("sorted by %q: %s", sort, fmt.Sprint(got))
		}
	})
}
