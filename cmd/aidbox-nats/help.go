package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is a section of flags in a command's help.
type group struct {
	title string
	flags *pflag.FlagSet
}

func newGroup(title string, add ...func(*pflag.FlagSet)) group {
	fs := pflag.NewFlagSet(title, pflag.ContinueOnError)
	fs.SortFlags = false
	for _, a := range add {
		a(fs)
	}
	return group{title, fs}
}

// setGroups gives the command its flags and a help that shows them in sections.
func setGroups(cmd *cobra.Command, groups ...group) {
	cmd.DisableFlagsInUseLine = true
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.flags)
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { writeHelp(cmd.OutOrStdout(), cmd, groups) })
}

func writeHelp(w io.Writer, cmd *cobra.Command, groups []group) {
	fmt.Fprintf(w, "%s\n\nUsage:\n  %s\n", strings.TrimSpace(cmd.Long), cmd.UseLine())
	var commands []*cobra.Command
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			commands = append(commands, c)
		}
	}
	if len(commands) > 0 {
		fmt.Fprintf(w, "  %s COMMAND\n\nCommands:\n", cmd.CommandPath())
		for _, c := range commands {
			fmt.Fprintf(w, "  %-18s %s\n", strings.TrimSuffix(c.Use, " [FLAGS]"), c.Short)
		}
	}
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s:\n%s", g.title, g.flags.FlagUsages())
	}
	if cmd.Root() == cmd {
		fmt.Fprint(w, "\n      --version   the version of this program\n  -h, --help      this text; each command has its own\n")
	}
}
