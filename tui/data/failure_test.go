package data_test

import (
	"testing"

	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
)

func TestAFailureNamesServersAndNoPerson(t *testing.T) {
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	const said, h = `publish to EVENTS: no consent of Smith`, mask.Hidden
	for _, c := range []struct {
		rule string
		mask data.Mask
		want string
	}{
		{"the mask is on", data.Mask{On: true, Masker: mask.New(definitions)}, "publish to EVENTS: no consent of " + h},
		{"it is off", data.Mask{}, said},
		{"the shape of R4 is not known yet", data.Mask{On: true}, h},
	} {
		if got := c.mask.Failure(said, "EVENTS"); got != c.want {
			t.Errorf("%s: %s, want %s", c.rule, got, c.want)
		}
	}
}
