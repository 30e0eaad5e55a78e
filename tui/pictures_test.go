package tui_test

import (
	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/tuitest"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var pictures = flag.String("pictures", "", "write the README's pictures into this folder")

// The README shows the real screen: these are its pictures, drawn from the
// grid of cells after the whole way was made with the keyboard.
func TestPictures(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{Width: 132, Height: 36})
	roundTrip(c)
	if _, err := c.Conn.CreateStream(tuitest.Context(t), nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}}); err != nil {
		t.Fatal(err)
	}
	c.Destination("jetstream", aidbox.KindJetStreamAtLeastOnce, "patient-topic", "patients.created")
	c.Press("c")
	c.WaitFor("Create a patient")
	c.Press("ctrl+w")
	c.Type("jones")
	c.Press("ctrl+s")
	c.WaitFor("3 received")
	c.WaitFor("2 delivered")
	c.Delivered("jetstream", 1)
	for _, family := range []string{"miller", "garcia", "tanaka"} {
		c.Create(`{"resourceType":"Patient","name":[{"family":"` + family + `"}]}`)
	}
	c.Delivered("jetstream", 4)
	c.Press("r", "2")
	c.WaitFor("5 delivered")
	c.Press("1", "2") // a key ends what was said
	c.WaitGone("Reading again")
	c.WaitFor("d delete")
	picture(c, "main")
	c.Press("w")
	c.WaitFor("show all")
	picture(c, "wire")
	c.Press("w", "3")
	c.WaitFor("4 msg")
	c.Press("b")
	c.WaitFor("tanaka")
	picture(c, "messages")
}

func picture(c *tuitest.Console, name string) {
	c.T.Helper()
	svg := c.SVG()
	if !strings.Contains(svg, "Aidbox") {
		c.T.Errorf("the picture %s does not show the screen", name)
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			c.T.Fatalf("the picture %s: %v", name, err)
		}
	}
	if *pictures == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".svg"), []byte(svg), 0o644); err != nil {
		c.T.Fatal(err)
	}
}
