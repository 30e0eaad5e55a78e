package nats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	natsgo "github.com/nats-io/nats.go"
)

// Context is one connection that the `nats` command has saved under a name, as
// its file $XDG_CONFIG_HOME/nats/context/NAME.json has it (without
// XDG_CONFIG_HOME: ~/.config). The file's names are those of package
// natscontext in github.com/nats-io/jsm.go. Paths are as written; Options
// expands them.
type Context struct {
	Name string `json:"-"`
	Path string `json:"-"` // the file that was read

	Description string `json:"description"`
	URL         string `json:"url"` // may hold several, comma separated; empty: nats://127.0.0.1:4222
	Token       string `json:"token"`
	User        string `json:"user"`
	Password    string `json:"password"`
	Creds       string `json:"creds"`
	NKey        string `json:"nkey"`
	Cert        string `json:"cert"`
	Key         string `json:"key"`
	CA          string `json:"ca"`
	NSC         string `json:"nsc"` // nsc://OPERATOR/ACCOUNT/USER

	InboxPrefix          string `json:"inbox_prefix"`
	JetStreamDomain      string `json:"jetstream_domain"`
	JetStreamAPIPrefix   string `json:"jetstream_api_prefix"`
	JetStreamEventPrefix string `json:"jetstream_event_prefix"`
	UserJWT              string `json:"user_jwt"`
	SOCKSProxy           string `json:"socks_proxy"`
	TLSFirst             bool   `json:"tls_first"`
}

// ErrNoContext says that no context was named and the `nats` command has none
// selected.
var ErrNoContext = errors.New("no nats context is selected: name one, or select one with `nats context select NAME`")

// UnknownContextError says that a context has no file.
type UnknownContextError struct {
	Name     string
	Selected bool     // the name came from the `nats` command's selection
	Dir      string   // the folder that was looked in
	Known    []string // what is there, sorted
}

func (e *UnknownContextError) Error() string {
	known := "there is none"
	if len(e.Known) > 0 {
		known = "there are " + strings.Join(e.Known, ", ")
	}
	if e.Selected {
		return fmt.Sprintf("the selected nats context %q is not in %s: %s; select another with `nats context select NAME`", e.Name, e.Dir, known)
	}
	return fmt.Sprintf("nats context %q is not in %s: %s", e.Name, e.Dir, known)
}

// UnsupportedContextError says that a context asks for something that this
// program does not do. Leaving it out would connect as somebody else, to
// another place or blind to answers, so nothing is tried.
type UnsupportedContextError struct {
	Name  string // the context
	Field string // the file's name of the setting
	Hint  string // what works instead
}

func (e *UnsupportedContextError) Error() string {
	return fmt.Sprintf("nats context %q has %s, which aidbox-nats cannot use: %s", e.Name, e.Field, e.Hint)
}

// maxContextFile bounds what is read of a context's file, in bytes; real ones
// have less than one KiB.
const maxContextFile = 1 << 20

// ReadContext reads a context of the `nats` command. An empty name reads the
// selected one, and is ErrNoContext when none is. A name without a file is an
// *UnknownContextError.
func ReadContext(name string) (Context, error) {
	root, err := contextRoot()
	if err != nil {
		return Context{}, err
	}
	selected := name == ""
	if selected {
		if name, err = selectedContext(root); err != nil {
			return Context{}, err
		}
	}
	if strings.Contains(name, "..") || strings.ContainsAny(name, `/\`) {
		return Context{}, fmt.Errorf("%q cannot be the name of a nats context: it is a name without folders, as `nats context ls` shows it", name)
	}

	dir := filepath.Join(root, "context")
	c := Context{Name: name, Path: filepath.Join(dir, name+".json")}
	text, err := readBounded(c.Path, maxContextFile)
	if errors.Is(err, os.ErrNotExist) {
		return Context{}, &UnknownContextError{Name: name, Selected: selected, Dir: dir, Known: knownContexts(dir)}
	}
	if err != nil {
		return Context{}, fmt.Errorf("read nats context %q: %w", name, err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return Context{}, fmt.Errorf("nats context %q: %s is not the JSON of a context: %w", name, c.Path, err)
	}
	return c, nil
}

// Options turns the context into what Dial takes, with the precedence of the
// `nats` command: a user before a creds file before an nkey, and a token in
// any case. "~" and $VARIABLES in paths are expanded and relative ones are
// relative to the working directory, as the `nats` command has it. A setting
// that cannot be honoured is an *UnsupportedContextError.
func (c Context) Options() (Options, error) {
	if err := c.supported(); err != nil {
		return Options{}, err
	}
	url := c.URL
	if url == "" {
		url = natsgo.DefaultURL
	}
	o := Options{URLs: []string{url}, Token: c.Token}
	switch {
	case c.User != "":
		o.User, o.Password = c.User, c.Password
	case c.Creds != "":
		o.CredsFile = expandPath(c.Creds)
	case c.NKey != "":
		o.NKeyFile = expandPath(c.NKey)
	}
	if c.Cert != "" && c.Key != "" {
		o.CertFile, o.KeyFile = expandPath(c.Cert), expandPath(c.Key)
	}
	if c.CA != "" {
		o.CAFile = expandPath(c.CA)
	}
	return o, nil
}

// indirect are the schemes by which newer versions of the `nats` command look
// a secret up elsewhere.
var indirect = []string{"nsc://", "op://", "env://", "data:"}

func (c Context) supported() error {
	refuse := func(field, hint string) error {
		return &UnsupportedContextError{Name: c.Name, Field: field, Hint: hint}
	}
	const otherwise = "connect with --nats-url and --nats-creds, or --nats-user and NATS_PASSWORD"
	if c.NSC != "" {
		return refuse("nsc", "write the user's creds with `nsc generate creds` and give them with --nats-url and --nats-creds")
	}
	for _, f := range []struct{ name, value string }{
		{"token", c.Token}, {"user", c.User}, {"password", c.Password}, {"creds", c.Creds}, {"nkey", c.NKey}, {"cert", c.Cert}, {"key", c.Key}, {"ca", c.CA},
	} {
		if i := slices.IndexFunc(indirect, func(s string) bool { return hasPrefixFold(f.value, s) }); i >= 0 {
			return refuse(f.name+" with "+indirect[i], otherwise)
		}
	}
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"user_jwt", c.UserJWT != ""},
		{"socks_proxy", c.SOCKSProxy != ""},
		{"tls_first", c.TLSFirst},
		{"inbox_prefix", c.InboxPrefix != ""},
		{"jetstream_domain", c.JetStreamDomain != ""},
		{"jetstream_api_prefix", c.JetStreamAPIPrefix != ""},
	} {
		if f.set {
			return refuse(f.name, otherwise)
		}
	}
	return nil
}

func contextRoot() (string, error) {
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "nats"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the nats command's contexts: %w", err)
	}
	return filepath.Join(home, ".config", "nats"), nil
}

func selectedContext(root string) (string, error) {
	path := filepath.Join(root, "context.txt")
	text, err := readBounded(path, maxContextFile)
	if errors.Is(err, os.ErrNotExist) {
		return "", ErrNoContext
	}
	if err != nil {
		return "", fmt.Errorf("read which nats context is selected: %w", err)
	}
	name := string(bytes.TrimSpace(text))
	if name == "" {
		return "", ErrNoContext
	}
	return name, nil
}

func knownContexts(dir string) []string {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".json"); ok && !f.IsDir() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", path, limit)
	}
	return text, nil
}

func expandPath(path string) string {
	if hasPrefixFold(path, "file://") {
		path = path[len("file://"):]
	}
	path = os.ExpandEnv(path)
	if path != "~" && !strings.HasPrefix(path, "~/") {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, path[1:])
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
