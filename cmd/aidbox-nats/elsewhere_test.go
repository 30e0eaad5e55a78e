package main

import (
	"testing"

	"aidbox-nats/tui/term/grid"
)

// The whole way with the keyboard, on servers of another process.
func TestConsoleOnServersThatRunElsewhere(t *testing.T) {
	servers := start(t, nil, "sandbox", "--aidbox-addr", "127.0.0.1:0", "--nats-addr", "127.0.0.1:0")
	m := servers.await(servers.stdout, `(?m)^ready aidbox=(\S+) nats=(\S+)$`)
	cmd := command(t, map[string]string{"AIDBOX_CLIENT_SECRET": "secret"},
		"--aidbox-url", m[1], "--aidbox-client", "root", "--nats-url", m[2])
	s := screen{grid.Exec(t, cmd, 140, 42, true), cmd.Process}
	s.WaitFor("No topics yet")
	s.Press("s")
	s.WaitFor("─ Subscribe ─")
	s.Type("foo")
	s.Press("enter")
	s.WaitFor("Subscribed to foo")
	s.Press("1", "n")
	s.WaitFor("New topic")
	s.Type("patient-topic")
	s.Press("enter", "enter")
	s.Type("name.exists()")
	s.Press("ctrl+s")
	s.WaitFor("201 Created patient-topic")
	s.Press("2", "n")
	s.WaitFor("New destination")
	s.Type("basic")
	s.Press("enter", "enter", "enter")
	s.Type("foo")
	s.Press("ctrl+s")
	s.WaitFor("201 Created destination basic")
	s.Press("c")
	s.WaitFor("smith")
	s.Press("ctrl+s")
	s.WaitFor("201 Created Patient/")
	s.WaitFor("1 received")
	s.Press("ctrl+c")
	s.leaves(t)
}
