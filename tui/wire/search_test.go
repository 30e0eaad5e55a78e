package wire

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
)

// patient answers as a server does that has made one.
func patient(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, `{"resourceType":"Patient","id":"p1","address":[{"city":"Zürich"}]}`)
}

// create sends a patient with a body.
func (b *bench) create(body string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	b.client.Create(ctx, "Patient", []byte(body), aidbox.WriteOptions{})
	b.Update(changed{})
	b.settle()
}

func masker(t *testing.T) *mask.Masker {
	t.Helper()
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	return mask.New(definitions)
}

func TestBothBodiesAreSearched(t *testing.T) {
	b := open(t, patient)
	b.create(`{"resourceType":"Patient","name":[{"family":"Smith"}]}`)
	b.create(`{"resourceType":"Patient","name":[{"family":"Miller"}]}`)
	for text, want := range map[string]int{"smith": 1, "MILLER": 1, "zürich": 2, "!smith": 1, "nobody": 0, "": 2} {
		b.filterFor(text)
		if b.Len() != want {
			t.Errorf("%q finds %d, not %d", text, b.Len(), want)
		}
	}
	b.filterFor("miller")
	b.create(`{"resourceType":"Patient","name":[{"family":"Miller"}]}`)
	b.create(`{"resourceType":"Patient","name":[{"family":"Jones"}]}`)
	if got := b.Title().Right; got != "/miller  2 of 4" {
		t.Errorf("what came later: the title says %q", got)
	}
}

func TestWhatTheMaskHidesIsNotFoundInBodies(t *testing.T) {
	b := open(t, patient)
	b.create(`{"resourceType":"Patient","id":"p1","name":[{"family":"Smith"}]}`)
	b.Update(data.Mask{On: true, Masker: masker(t)})
	b.settle()
	for text, want := range map[string]int{"smith": 0, "zürich": 0, `"id":"p1"`: 1, "family": 1} {
		b.filterFor(text)
		if b.Len() != want {
			t.Errorf("%q finds %d, not %d", text, b.Len(), want)
		}
	}
	b.filterFor("smith")
	b.Update(data.Mask{})
	b.settle()
	if b.Len() != 1 {
		t.Error("without the mask it is not found")
	}
}

// Until the shape of R4 is there nothing can be told apart, and all is hidden.
func TestTheMaskHidesEverythingUntilTheShapeIsThere(t *testing.T) {
	b := open(t, patient)
	b.create(`{"resourceType":"Patient","name":[{"family":"Smith"}]}`)
	b.Update(data.Mask{On: true})
	b.detail.SetSize(120, 80)
	_, copied := b.Copied()
	_, command := b.Command()
	for what, text := range map[string]string{"list": b.View(), "detail": b.detail.View(), "copy": copied, "command": command} {
		if strings.Contains(text, "Smith") || strings.Contains(text, "Zürich") {
			t.Errorf("the %s says\n%s", what, text)
		}
	}
	b.filterFor("smith")
	if b.Len() != 0 {
		t.Error("what is hidden is found")
	}
}

// What was shown stays until another filter is answered in full, and an answer
// to an earlier one is dropped.
func TestTypingOnInTheWireDoesNotFlicker(t *testing.T) {
	b := open(t, patient)
	large := strings.Repeat("x", 60<<10)
	const n = 2*stepBytes/(60<<10) + 1 // three steps
	for i := range n {
		b.create(`{"resourceType":"Patient","id":"n` + strconv.Itoa(i) + `","name":[{"family":"` + large + `"}]}`)
	}
	b.SetFilter("n1")
	first := b.search()()
	b.Update(first)
	if b.Len() != n || b.Title().Right != "/n1  … of "+strconv.Itoa(n) {
		t.Errorf("half searched: %d lines, the title says %q", b.Len(), b.Title().Right)
	}
	b.SetFilter(`"n17"`)
	b.settle()
	if b.Len() != 1 {
		t.Errorf("%d lines", b.Len())
	}
	b.Update(first)
	if b.Len() != 1 {
		t.Errorf("an answer to the filter before is shown: %d lines", b.Len())
	}
}

// What is forgotten is forgotten by the filter, too.
func TestTheFilterHoldsNoMoreThanTheWire(t *testing.T) {
	b := open(t, nothing)
	b.filterFor("patient")
	for i := range keep + 20 {
		b.ask(false, strconv.Itoa(i))
	}
	if len(b.sieve.found) != keep || b.Len() != keep {
		t.Errorf("%d answers are kept for %d entries", len(b.sieve.found), b.Len())
	}
}

func TestALongHeaderIsReadInFull(t *testing.T) {
	long := strings.Repeat("abcdefghij ", 40) + "end"
	b := open(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-long", long)
		w.Header().Set("x-word", strings.Repeat("w", 300)+"END")
		nothing(w, r)
	})
	b.ask(false, "x")
	for _, w := range []int{24, 60, 80, 140} {
		b.detail.SetSize(w, 300)
		view := ansi.Strip(b.detail.View())
		for _, l := range strings.Split(view, "\n") {
			if ansi.StringWidth(l) > w {
				t.Errorf("at %d a line is %d wide: %q", w, ansi.StringWidth(l), l)
			}
		}
		got := strings.Join(strings.Fields(view), "")
		for _, want := range []string{strings.ReplaceAll(long, " ", ""), strings.Repeat("w", 300) + "END"} {
			if !strings.Contains(got, want) {
				t.Errorf("at %d the header is cut:\n%s", w, view)
			}
		}
	}
}
