package main

import (
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newRoot(p process) *cobra.Command {
	root := newConsole(p)
	root.AddCommand(newSandbox(p), newTail(p))
	root.Version = version()
	root.SetVersionTemplate("aidbox-nats {{.Version}}\n")
	root.SilenceUsage, root.SilenceErrors = true, true
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if cmd == root && len(p.args) > 0 && !strings.HasPrefix(p.args[0], "-") {
			return commandArgs(root, p.args)
		}
		return usagef("%w: see %s --help", err, cmd.CommandPath())
	})
	return root
}

// commandArgs answers a word that is no command.
func commandArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := "the commands are " + strings.Join(names, " and ")
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("there is no command %q: %s (see aidbox-nats --help)", args[0], hint)
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, but got %q: see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}

// version is what the Go command knows of this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "devel" {
			v += " " + s.Value
		}
	}
	return v + " " + info.GoVersion
}
