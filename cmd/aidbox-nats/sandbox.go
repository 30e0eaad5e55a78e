package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aidbox-nats/tui/term"
)

func newSandbox(p process) *cobra.Command {
	var flags sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox [FLAGS]",
		Short: "a stand-in for Aidbox and a NATS server, without a screen, until interrupted",
		Long: `Starts a stand-in for Aidbox and a NATS server with JetStream in this process and
runs until it is interrupted. It is no Aidbox: it answers as Aidbox does where it
answers at all, and says 501 where it does not.

When both accept connections it prints one line:

  ready aidbox=http://127.0.0.1:8080 nats=nats://127.0.0.1:4222

It knows one Client, root with the secret "secret", unless --client and --secret name
another. Both servers listen on loopback; on another address the sandbox warns of it.
In it, host.docker.internal means this machine.`,
		Example: `  aidbox-nats sandbox
  aidbox-nats sandbox --aidbox-addr 127.0.0.1:0 --nats-addr 127.0.0.1:0
  aidbox-nats sandbox --no-nats --data-dir ./sandbox
  aidbox-nats sandbox --nats-config jwt-auth/server.conf --creds-dir jwt-auth/creds`,
		Args: noArgs,
	}
	sandboxGroup := newGroup("Sandbox", func(fs *pflag.FlagSet) { flags.add(fs, "default: a temporary folder, removed at the end") }, addCredsDirFlag)
	setGroups(cmd, sandboxGroup)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := flags.check(cmd.Flags()); err != nil {
			return err
		}
		creds, err := credsDir(cmd.Flags().Lookup("creds-dir").Value.String())
		if err != nil {
			return err
		}
		return runSandbox(cmd.Context(), p, serverOptions{
			flags:    &flags,
			credsDir: creds,
			dataDir:  flags.dataDir,
			broker:   !flags.noNATS,
			natsAddr: cmd.Flags().Changed("nats-addr"),
		})
	}
	return cmd
}

// runSandbox runs until a signal; a second one ends the process at once.
func runSandbox(ctx context.Context, p process, o serverOptions) error {
	ctx, stop := untilSignal(ctx)
	defer stop()
	s, err := startServers(ctx, o)
	if err != nil {
		return err
	}
	for _, notice := range s.notices {
		fmt.Fprintln(p.stderr, "aidbox-nats: "+term.Clean(notice))
	}
	ready := "ready aidbox=" + s.aidbox.URL()
	if s.broker != nil {
		ready += " nats=" + s.broker.URL()
	}
	if _, err := fmt.Fprintln(p.stdout, ready); err != nil {
		return errors.Join(fmt.Errorf("say that the sandbox is ready: %w", err), s.close())
	}
	<-ctx.Done()
	return s.close()
}

// credsDir checks the folder, because a wrong one shows only when a
// destination's login fails.
func credsDir(dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	dir = under(".", dir)
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is no folder")
	}
	if err != nil {
		return "", fmt.Errorf("--creds-dir %s cannot be used: %w", dir, err)
	}
	return dir, nil
}
