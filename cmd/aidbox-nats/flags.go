package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// flag is a connection setting as a person gives it. Its name is also what the
// layers of settings (connection.go) are asked by.
type flag struct {
	name, value, env, usage string
}

// natsFlags are the settings of the NATS side, for every command that connects.
func natsFlags() []flag {
	return []flag{
		{"nats-url", "URL", "NATS_URL", "where NATS is; several addresses are separated by commas"},
		{"nats-context", "NAME", "NATS_CONTEXT", "a context that the nats command has saved"},
		{"nats-creds", "FILE", "NATS_CREDS", "a user's .creds file"},
		{"nats-nkey", "FILE", "NATS_NKEY", "file with the seed of an nkey user"},
		{"nats-user", "NAME", "NATS_USER", "user name"},
		{"nats-password", "TEXT", "NATS_PASSWORD", "password; the environment keeps it off the process list"},
		{"nats-ca", "FILE", "NATS_CA", "PEM file of the authority that signed the server's certificate"},
		{"nats-cert", "FILE", "NATS_CERT", "PEM file of this client's certificate"},
		{"nats-key", "FILE", "NATS_KEY", "PEM file of its key"},
	}
}

// aidboxFlags are the settings of the Aidbox side and of what it knows of NATS.
func aidboxFlags() []flag {
	return []flag{
		{"aidbox-url", "URL", "AIDBOX_URL", "where Aidbox is, such as http://localhost:8080"},
		{"aidbox-client", "ID", "AIDBOX_CLIENT_ID", "id of an Aidbox Client that may manage topics"},
		{"aidbox-secret", "TEXT", "AIDBOX_CLIENT_SECRET", "its secret; the environment keeps it off the process list"},
		{"nats-url-for-aidbox", "URL", "", "the address under which Aidbox reaches NATS, proposed for new destinations"},
	}
}

func addFlags(fs *pflag.FlagSet, flags []flag) {
	for _, f := range flags {
		usage := f.usage
		if f.env != "" {
			usage += " (" + f.env + ")"
		}
		addText(fs, new(string), f.name, f.value, "", usage)
	}
}

// connectionGroup are the flags that every command that connects takes, whether
// it needs them or not: what works for one works for the other.
func connectionGroup() group {
	return newGroup("Aidbox and NATS",
		func(fs *pflag.FlagSet) { addFlags(fs, aidboxFlags()) },
		func(fs *pflag.FlagSet) { addFlags(fs, natsFlags()) },
		addCredsDirFlag,
		addProfileFlag,
		func(fs *pflag.FlagSet) {
			fs.Bool("read-only", false, "let nothing pass that changes a server")
			fs.Bool("mask", false, "hide personal data from the start")
		})
}

func addProfileFlag(fs *pflag.FlagSet) {
	addText(fs, new(string), "profile", "NAME", "", "a named environment in $XDG_CONFIG_HOME/aidbox-nats/config.yaml")
}

func addCredsDirFlag(fs *pflag.FlagSet) {
	addText(fs, new(string), "creds-dir", "DIR", "", "what Aidbox's folder /creds is on this machine")
}

// text is a flag's value with the name that the help shows for it.
type text struct {
	to   *string
	kind string
}

func (t text) String() string {
	if t.to == nil {
		return ""
	}
	return *t.to
}
func (t text) Set(s string) error { *t.to = s; return nil }
func (t text) Type() string       { return t.kind }

func addText(fs *pflag.FlagSet, to *string, name, kind, value, usage string) {
	*to = value
	fs.Var(text{to: to, kind: kind}, name, usage)
}

// usageError is a mistake in how the command was called; the exit code is 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

func isUsage(err error) bool {
	var u *usageError
	return errors.As(err, &u)
}
