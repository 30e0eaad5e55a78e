package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// configFile is where the profiles are: named environments, such as
//
//	profiles:
//	  staging:
//	    aidbox:
//	      url: https://aidbox.staging.example
//	      client: console
//	      secret_env: STAGING_AIDBOX_SECRET
//	    nats:
//	      url: tls://nats.staging.example:4222
//	      user: console
//	      secret_command: [pass, show, nats/staging]
//	      url_for_aidbox: nats://nats:4222
//	    creds_dir: ~/aidbox/creds
//	    read_only: true
//
// A secret never stands in it: it is named (secret_env) or asked for (secret_command).
func configFile(getenv lookupEnv) string {
	dir, ok := getenv("XDG_CONFIG_HOME")
	if !ok || dir == "" {
		home, ok := getenv("HOME")
		if !ok || home == "" {
			var err error
			if home, err = os.UserHomeDir(); err != nil {
				home = "."
			}
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "aidbox-nats", "config.yaml")
}

type lookupEnv func(string) (string, bool)

type profileFile struct {
	Profiles map[string]profile `yaml:"profiles"`
}

type profile struct {
	Aidbox   aidboxProfile `yaml:"aidbox"`
	NATS     natsProfile   `yaml:"nats"`
	CredsDir string        `yaml:"creds_dir"`
	ReadOnly *bool         `yaml:"read_only"`
	Mask     *bool         `yaml:"mask"`
}

type aidboxProfile struct {
	URL    string `yaml:"url"`
	Client string `yaml:"client"`
	secret `yaml:",inline"`
}

type natsProfile struct {
	URL          string `yaml:"url"`
	Context      string `yaml:"context"`
	Creds        string `yaml:"creds"`
	User         string `yaml:"user"`
	NKey         string `yaml:"nkey"`
	CA           string `yaml:"ca"`
	Cert         string `yaml:"cert"`
	Key          string `yaml:"key"`
	URLForAidbox string `yaml:"url_for_aidbox"`
	secret       `yaml:",inline"`
}

// secret is where a secret is to be had. The last three fields exist to be refused.
type secret struct {
	Env     string   `yaml:"secret_env"`
	Command []string `yaml:"secret_command"`

	Literal  yaml.Node `yaml:"secret"`
	Password yaml.Node `yaml:"password"`
	Token    yaml.Node `yaml:"token"`
}

const maxConfigFile = 1 << 20

// readProfile reads one environment of the file. Relative paths in it are
// relative to the file's folder.
func readProfile(path, name string) (profile, error) {
	text, err := readConfig(path)
	if errors.Is(err, os.ErrNotExist) {
		return profile{}, fmt.Errorf("profile %q cannot be read: there is no file %s", name, path)
	}
	if err != nil {
		return profile{}, fmt.Errorf("profile %q cannot be read: %w", name, err)
	}
	var file profileFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return profile{}, fmt.Errorf("%s: %w", path, plainYAML(err))
	}
	p, ok := file.Profiles[name]
	if !ok {
		known := "it has none"
		if len(file.Profiles) > 0 {
			names := make([]string, 0, len(file.Profiles))
			for n := range file.Profiles {
				names = append(names, n)
			}
			slices.Sort(names)
			known = "it has " + strings.Join(names, ", ")
		}
		return profile{}, fmt.Errorf("profile %q is not in %s: %s", name, path, known)
	}
	if err := p.check(); err != nil {
		return profile{}, fmt.Errorf("profile %q in %s: %w", name, path, err)
	}
	dir := filepath.Dir(path)
	for _, place := range []*string{&p.NATS.Creds, &p.NATS.NKey, &p.NATS.CA, &p.NATS.Cert, &p.NATS.Key, &p.CredsDir} {
		*place = under(dir, *place)
	}
	return p, nil
}

func readConfig(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfigFile+1))
	if err == nil && len(text) > maxConfigFile {
		err = fmt.Errorf("%s has more than %d bytes", path, maxConfigFile)
	}
	return text, err
}

// unknownField is how yaml.v3 names a key that the file may not have.
var unknownField = regexp.MustCompile(`^line (\d+): field (.+) not found in type `)

// brokenLine is how yaml.v3 names the place of what is no YAML.
var brokenLine = regexp.MustCompile(`^yaml: line (\d+): `)

// plainYAML leaves the names of our types out of what the library says, and
// every value: it may be a secret that somebody wrote in the wrong place.
func plainYAML(err error) error {
	var typed *yaml.TypeError
	if !errors.As(err, &typed) || len(typed.Errors) == 0 {
		where := ""
		if m := brokenLine.FindStringSubmatch(err.Error()); m != nil {
			where = "near line " + m[1] + ": "
		}
		return errors.New(where + "this is no YAML; is a bracket or a quote not closed, a line not indented as those beside it, or is there no blank after a colon?")
	}
	first := typed.Errors[0]
	if m := unknownField.FindStringSubmatch(first); m != nil {
		return fmt.Errorf("line %s: there is no setting %q", m[1], m[2])
	}
	line, _, _ := strings.Cut(first, ":")
	return fmt.Errorf("%s: the value has the wrong form (a text, a list or a section is needed there)", line)
}

func (p profile) check() error {
	if err := p.Aidbox.secret.check("aidbox"); err != nil {
		return err
	}
	if err := p.NATS.secret.check("nats"); err != nil {
		return err
	}
	for _, u := range []struct{ name, text string }{{"aidbox.url", p.Aidbox.URL}, {"nats.url", p.NATS.URL}, {"nats.url_for_aidbox", p.NATS.URLForAidbox}} {
		if hasUserinfo(u.text) {
			return fmt.Errorf("%s carries a user or a secret before the @: name the user in a setting of its own and the secret by secret_env or secret_command", u.name)
		}
	}
	return nil
}

func (s secret) check(section string) error {
	for _, f := range []struct {
		name string
		node yaml.Node
	}{{"secret", s.Literal}, {"password", s.Password}, {"token", s.Token}} {
		if !f.node.IsZero() {
			return fmt.Errorf("%s.%s would be a secret in a file: write secret_env: NAME (of an environment variable) or secret_command: [PROGRAM, ARGUMENT] instead", section, f.name)
		}
	}
	if s.Env != "" && len(s.Command) > 0 {
		return fmt.Errorf("%s has secret_env and secret_command: keep one", section)
	}
	return nil
}

// hasUserinfo looks at each of several comma separated addresses.
func hasUserinfo(urls string) bool {
	return slices.ContainsFunc(strings.Split(urls, ","), func(u string) bool {
		_, rest, ok := strings.Cut(u, "://")
		if !ok {
			rest = u
		}
		host, _, _ := strings.Cut(rest, "/")
		return strings.Contains(host, "@")
	})
}

// under expands "~" and puts a relative path under dir.
func under(dir, path string) string {
	switch {
	case path == "" || filepath.IsAbs(path):
		return path
	case path == "~" || strings.HasPrefix(path, "~/"):
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, path[1:])
		}
	}
	return filepath.Join(dir, path)
}

// secretWait bounds a secret_command: long enough for a person to unlock a
// password store.
const secretWait = 2 * time.Minute

// read gets the secret; ok is false when the profile names none.
func (s secret) read(ctx context.Context, getenv lookupEnv) (text string, ok bool, err error) {
	switch {
	case s.Env != "":
		text, ok := getenv(s.Env)
		if !ok || text == "" {
			return "", false, fmt.Errorf("its secret_env names %s, which is not set in the environment", s.Env)
		}
		return text, true, nil
	case len(s.Command) > 0:
		ctx, cancel := context.WithTimeout(ctx, secretWait)
		defer cancel()
		cmd := exec.CommandContext(ctx, s.Command[0], s.Command[1:]...)
		// A password store may ask its own question first.
		cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return "", false, fmt.Errorf("its secret_command %q failed: %w", s.Command[0], err)
		}
		text := strings.TrimRight(string(out), "\r\n")
		if text == "" {
			return "", false, fmt.Errorf("its secret_command %q printed nothing", s.Command[0])
		}
		return text, true, nil
	default:
		return "", false, nil
	}
}
