// Command aidbox-nats shows what happens to a change in Aidbox, a FHIR server,
// on its way to the NATS message that a subscriber reads. It is wiring: flags,
// environment and profiles become servers, connections and a screen.
package main

import (
	// First, and only for its place in the order of initialisation: without
	// it every command would wait for a terminal that does not answer.
	_ "aidbox-nats/tui/term/background"

	"context"
	"fmt"
	"os"

	"aidbox-nats/tui/term"
)

func main() {
	os.Exit(run(context.Background(), process{
		args:   os.Args[1:],
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		getenv: os.LookupEnv,
	}))
}

// process is what a command sees of the process that it runs in.
type process struct {
	args                  []string
	stdin, stdout, stderr *os.File
	getenv                lookupEnv
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked for did not work
	exitUsage  = 2 // the command line cannot be understood
)

func run(ctx context.Context, p process) int {
	root := newRoot(p)
	root.SetArgs(p.args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	// Servers and files have a say in what errors contain.
	for _, line := range term.CleanLines(err.Error()) {
		fmt.Fprintln(p.stderr, "aidbox-nats: "+line)
	}
	if isUsage(err) {
		return exitUsage
	}
	return exitFailed
}
