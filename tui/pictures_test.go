package tui_test

import (
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
	c := start(t, 132, 36, nil)
	roundTrip(c)
	c.Press("c")
	c.WaitFor("Create a patient")
	c.Press("ctrl+w")
	c.Type("jones")
	c.Press("ctrl+s")
	c.WaitFor("3 received")
	c.WaitFor("2 delivered")
	c.Press("2")
	c.WaitFor("d delete")
	c.picture("main")
	c.Press("w")
	c.WaitFor("show all")
	c.picture("wire")
}

func (c *console) picture(name string) {
	c.t.Helper()
	svg := c.SVG()
	if !strings.Contains(svg, "Aidbox") {
		c.t.Errorf("the picture %s does not show the screen", name)
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			c.t.Fatalf("the picture %s: %v", name, err)
		}
	}
	if *pictures == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".svg"), []byte(svg), 0o644); err != nil {
		c.t.Fatal(err)
	}
}
