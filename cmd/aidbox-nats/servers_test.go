package main

import (
	"path/filepath"
	"strings"
	"testing"

	"aidbox-nats/aidbox/sandbox"
)

// A folder that is half in use is left alone as a whole, whichever half it is.
func TestAFolderInUseIsLeftAlone(t *testing.T) {
	for _, tc := range []struct {
		rule           string
		first, another bool // whether they have a broker of their own
	}{
		{"by Aidbox and NATS", true, true},
		{"by Aidbox alone", false, true},
		{"by Aidbox alone, which is all that starts", false, false},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			options := func(withBroker bool) serverOptions {
				return serverOptions{
					flags: &sandboxFlags{
						aidboxAddr: "127.0.0.1:0", natsAddr: "127.0.0.1:0",
						version: sandbox.DefaultVersion, client: sandbox.DefaultClientID, secret: sandbox.DefaultSecret,
					},
					broker: withBroker,
				}
			}
			o := options(tc.first)
			o.dataDir = t.TempDir()
			running, err := startServers(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := running.close(); err != nil {
					t.Error(err)
				}
			})
			another := options(tc.another)
			another.dataDir = o.dataDir
			if _, err := startServers(t.Context(), another); err == nil || !strings.Contains(err.Error(), o.dataDir) || !strings.Contains(err.Error(), "--data-dir") {
				t.Errorf("where the folder was asked for: %v", err)
			}
			another.otherFolder = true
			s, err := startServers(t.Context(), another)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries(t, s.instead)) == 0 || s.instead == o.dataDir {
				t.Errorf("the other folder is %q", s.instead)
			}
			if len(s.notices) != 1 || !strings.Contains(s.notices[0], "in use by another console") {
				t.Errorf("said %q", s.notices)
			}
			if err := s.close(); err != nil {
				t.Error(err)
			}
			if left, err := filepath.Glob(s.instead); err != nil || len(left) > 0 {
				t.Errorf("left behind %q, %v", left, err)
			}
		})
	}
}
