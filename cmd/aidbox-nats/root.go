package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
		return usagef("%s: see %s --help", flagMistake(err), cmd.CommandPath())
	})
	return root
}

// flagMistake says in words what is wrong with a flag.
func flagMistake(err error) string {
	var value *pflag.InvalidValueError
	if !errors.As(err, &value) {
		return err.Error()
	}
	takes := "another value"
	switch f := value.GetFlag(); f.Value.Type() {
	case "bool":
		takes = "true or false"
	case "int", "uint64":
		takes = "a whole number"
	}
	return fmt.Sprintf("--%s takes %s, not %q", value.GetFlag().Name, takes, value.GetValue())
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
