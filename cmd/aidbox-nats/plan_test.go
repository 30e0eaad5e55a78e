package main

import (
	"path/filepath"
	"strings"
	"testing"

	"aidbox-nats/aidbox/sandbox"
)

func TestPlanConsole(t *testing.T) {
	for _, tc := range []struct {
		rule                 string
		args                 []string
		env                  environment
		ownAidbox, ownBroker bool
	}{
		{rule: "nothing given is the sandbox with a broker of its own", ownAidbox: true, ownBroker: true},
		{rule: "an Aidbox elsewhere leaves the sandbox out", args: []string{"--aidbox-url", "http://a"}},
		{rule: "an Aidbox in the environment too", env: environment{"AIDBOX_URL": "http://a"}},
		{rule: "an empty flag takes that back", args: []string{"--aidbox-url", ""}, env: environment{"AIDBOX_URL": "http://a"}, ownAidbox: true, ownBroker: true},
		{rule: "a NATS elsewhere leaves only the broker out", args: []string{"--nats-url", "nats://n"}, ownAidbox: true},
		{rule: "a named context too", args: []string{"--nats-context", "joe"}, ownAidbox: true},
		{rule: "a NATS in the environment too", env: environment{"NATS_URL": "nats://n"}, ownAidbox: true},
		{rule: "an own address on the command line goes before a NATS in the environment", args: []string{"--nats-addr", "127.0.0.1:0"}, env: environment{"NATS_URL": "nats://n"}, ownAidbox: true, ownBroker: true},
		{rule: "an empty flag takes a NATS in the environment back", args: []string{"--nats-url", ""}, env: environment{"NATS_URL": "nats://n"}, ownAidbox: true, ownBroker: true},
		{rule: "no broker is wanted", args: []string{"--no-nats"}, ownAidbox: true},
		{rule: "credentials in the environment do not matter to the own broker", env: environment{"NATS_USER": "bob", "NATS_PASSWORD": "x"}, ownAidbox: true, ownBroker: true},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			s, flags, err := consoleSettings(t, tc.args, tc.env, "")
			if err != nil {
				t.Fatal(err)
			}
			plan, err := planConsole(s, flags)
			if err != nil {
				t.Fatal(err)
			}
			if plan.ownAidbox != tc.ownAidbox || plan.ownBroker != tc.ownBroker {
				t.Errorf("own Aidbox %v, own broker %v; want %v, %v", plan.ownAidbox, plan.ownBroker, tc.ownAidbox, tc.ownBroker)
			}
		})
	}
}

func TestPlanConsoleRefusesWhatCannotBeMeant(t *testing.T) {
	for _, tc := range []struct {
		rule string
		args []string
		env  environment
		says []string
	}{
		{"a sandbox flag beside an Aidbox elsewhere", []string{"--aidbox-url", "http://a", "--data-dir", "x"}, nil, []string{"--data-dir", "--aidbox-url"}},
		{"a sandbox flag beside an Aidbox in the environment", []string{"--strict-profiles"}, environment{"AIDBOX_URL": "http://a"}, []string{"--strict-profiles", "AIDBOX_URL"}},
		{"an Aidbox client without an Aidbox", []string{"--aidbox-client", "c"}, nil, []string{"--aidbox-client", "--aidbox-url"}},
		{"two places for NATS", []string{"--nats-url", "nats://n", "--nats-addr", "127.0.0.1:0"}, nil, []string{"--nats-addr", "--nats-url"}},
		{"a NATS user for the sandbox's open server", []string{"--nats-user", "bob"}, nil, []string{"--nats-user", "--nats-config"}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			s, flags, err := consoleSettings(t, tc.args, tc.env, "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = planConsole(s, flags)
			if !isUsage(err) {
				t.Fatalf("got %v, want a usage error", err)
			}
			for _, text := range tc.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
		})
	}
}

func TestWhatNobodyNamedMayBeReplaced(t *testing.T) {
	for _, tc := range []struct {
		rule                 string
		args                 []string
		folder, aidbox, nats bool
	}{
		{"defaults may all be replaced", nil, true, true, true},
		{"a folder that was named is meant", []string{"--data-dir", "x"}, false, true, true},
		{"an Aidbox address that was named is meant", []string{"--aidbox-addr", sandbox.DefaultAddr}, true, false, true},
		{"a NATS address that was named is meant", []string{"--nats-addr", defaultNATSAddr}, true, true, false},
		{"a config file's port is meant", []string{"--nats-config", "x.conf"}, true, true, false},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			s, flags, err := consoleSettings(t, tc.args, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			plan, err := planConsole(s, flags)
			if err != nil {
				t.Fatal(err)
			}
			o := plan.servers
			if o.otherFolder != tc.folder || o.otherAidboxPort != tc.aidbox || o.otherNATSPort != tc.nats {
				t.Errorf("replaceable: folder %v, Aidbox port %v, NATS port %v", o.otherFolder, o.otherAidboxPort, o.otherNATSPort)
			}
		})
	}
}

func TestTheConsolesSandboxIsKeptInTheDataFolder(t *testing.T) {
	for _, tc := range []struct {
		rule string
		env  environment
		want string
	}{
		{"XDG_DATA_HOME decides", environment{"XDG_DATA_HOME": "/data", "HOME": "/home/joe"}, "/data/aidbox-nats/sandbox"},
		{"without it the home folder", environment{"HOME": "/home/joe"}, "/home/joe/.local/share/aidbox-nats/sandbox"},
	} {
		got, err := sandboxDir(tc.env.lookup)
		if err != nil || got != filepath.FromSlash(tc.want) {
			t.Errorf("%s: %q, %v; want %q", tc.rule, got, err, tc.want)
		}
	}
	if _, err := sandboxDir(environment{}.lookup); err == nil || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("without a home folder: %v, want an error that names --data-dir", err)
	}
}

func TestSandboxFlagsAreChecked(t *testing.T) {
	for _, tc := range []struct {
		rule string
		args []string
		says string
	}{
		{"an address needs a port", []string{"--aidbox-addr", "localhost"}, "--aidbox-addr"},
		{"a port is a number", []string{"--nats-addr", "127.0.0.1:nats"}, "--nats-addr"},
		{"a port is at most 65535", []string{"--nats-addr", "127.0.0.1:70000"}, "--nats-addr"},
		{"a version is one that the sandbox knows", []string{"--aidbox-version", "2500"}, "2609, 2607, 2604 or 2602"},
		{"no broker and its address exclude each other", []string{"--no-nats", "--nats-addr", "127.0.0.1:0"}, "--nats-addr"},
		{"no broker and its config exclude each other", []string{"--no-nats", "--nats-config", "x"}, "--nats-config"},
		{"a secret cannot be empty", []string{"--secret", ""}, "--secret"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			s, flags, err := consoleSettings(t, tc.args, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			if err := flags.check(s.flags); !isUsage(err) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want a usage error that says %s", err, tc.says)
			}
		})
	}
	if host, port, err := listenAddr("nats-addr", ":4222"); host != "127.0.0.1" || port != 4222 || err != nil {
		t.Errorf("an address without a host is %q %d %v, want loopback", host, port, err)
	}
}
