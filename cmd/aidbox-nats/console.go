package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aidbox-nats/tui"
	"aidbox-nats/tui/term"
)

// consoleFlags are the console's own; the connection's are read by settings.
type consoleFlags struct {
	sandbox    sandboxFlags
	background string
}

func (f *consoleFlags) groups() []group {
	return []group{
		connectionGroup(),
		newGroup("Console", func(fs *pflag.FlagSet) {
			addText(fs, &f.background, "background", "dark|light", "", "the terminal's background (default: asked of the terminal)")
		}),
		newGroup("Sandbox, without --aidbox-url", func(fs *pflag.FlagSet) {
			f.sandbox.add(fs, "default: $XDG_DATA_HOME/aidbox-nats/sandbox")
		}),
	}
}

func newConsole(p process) *cobra.Command {
	var flags consoleFlags
	cmd := &cobra.Command{
		Use:   "aidbox-nats [FLAGS]",
		Short: "a console for people who connect Aidbox to NATS",
		Long: `Shows what happens to a change in Aidbox, a FHIR server, on its way to the NATS
message that a subscriber reads. Without --aidbox-url it starts a sandbox in this
process: a stand-in for Aidbox and a NATS server. With --aidbox-url alone, NATS is
the context that the nats command has selected, else 127.0.0.1:4222. With --nats-url
alone, only Aidbox is the sandbox's.

A flag goes before the environment, the environment before a profile. A profile is
a named environment in a file:

  profiles:
    staging:
      aidbox: {url: "https://aidbox.example", client: console, secret_env: STAGING_SECRET}
      nats: {context: staging, url_for_aidbox: "nats://nats:4222"}
      read_only: true

Secrets never stand in it: secret_env names a variable, secret_command a program.`,
		Example: `  aidbox-nats
  AIDBOX_CLIENT_SECRET=$(pass aidbox) aidbox-nats --aidbox-url http://localhost:8080 \
      --aidbox-client root --nats-url-for-aidbox nats://host.docker.internal:4222
  aidbox-nats --aidbox-url http://localhost:8080 --nats-context staging --read-only
  aidbox-nats --profile staging`,
		Args: commandArgs,
	}
	setGroups(cmd, flags.groups()...)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c := console{process: p, flags: &flags}
		return c.run(cmd.Context(), cmd.Flags())
	}
	return cmd
}

// console is one run of the screen.
type console struct {
	process
	flags *consoleFlags
}

func (c *console) run(ctx context.Context, fs *pflag.FlagSet) error {
	if b := c.flags.background; b != "" && b != "dark" && b != "light" {
		return usagef("--background %q is not one of dark and light", b)
	}
	if err := c.flags.sandbox.check(fs); err != nil {
		return err
	}
	s, err := loadSettings(fs, c.getenv)
	if err != nil {
		return err
	}
	plan, err := planConsole(s, &c.flags.sandbox)
	if err != nil {
		return err
	}
	if err := s.checkFiles(); err != nil {
		return err
	}
	// After what is wrong with the flags: that stays wrong in a terminal.
	if !term.IsTerminal(c.stdin) || !term.IsTerminal(c.stdout) {
		return errors.New("the console needs a terminal on its input and output: without one, `aidbox-nats tail SUBJECT` prints what arrives and `aidbox-nats sandbox` runs the servers alone")
	}
	dark := term.DetectDark(term.DarkOptions{Choice: c.flags.background, In: c.stdin, Out: c.stdout})
	ctx, stop := untilSignal(ctx)
	defer stop()

	servers := &servers{}
	if plan.ownAidbox {
		if servers, err = startServers(ctx, plan.servers); err != nil {
			return err
		}
	}
	o, err := plan.connect(ctx, s, servers)
	if err != nil {
		return errors.Join(err, servers.close())
	}
	o.Dark, o.Input, o.Output = dark, c.stdin, c.stdout
	err = tui.Run(ctx, o)
	if ctx.Err() != nil {
		err = nil // a signal asked for the end
	}
	// Connections that nobody uses any more would hold the servers' end up.
	o.Aidbox.Close()
	o.NATS.Close()
	return errors.Join(err, servers.close())
}
