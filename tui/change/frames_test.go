package change_test

import (
	"fmt"
	"testing"

	"aidbox-nats/tui/tuitest"
)

func TestFrames(t *testing.T) {
	for _, size := range [][2]int{{140, 42}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			c := start(t, tuitest.Options{Width: size[0], Height: size[1]})
			frame := func(name string) {
				t.Helper()
				c.Frame(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]))
			}
			c.open()
			c.Press("tab", "tab")
			c.Type("observ")
			c.WaitFor("▸ Observation")
			c.Press("enter")
			c.WaitFor("valid R4")
			frame("template")

			c.Press("ctrl+s")
			c.WaitFor("201 Created Observation/")
			c.Press("esc", "c")
			c.WaitFor("Create an observation")
			c.Press("end", "enter")
			c.Type(`"subject": {"reference": "Patient/none"},`)
			c.WaitFor("valid R4")
			c.Press("ctrl+s")
			c.WaitFor("Aidbox refused it: 422")
			frame("failed")

			c.Press("ctrl+r")
			c.WaitFor("422 Unprocessable Entity  POST")
			frame("history")
		})
	}
}
