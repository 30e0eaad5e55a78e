package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"
)

// layer is one source of settings. A setting is asked for by its flag's name.
type layer struct {
	lookup func(name string) (string, bool)
	// called is how a person wrote the setting there: --nats-url, NATS_URL,
	// profile "staging".
	called func(name string) string
}

// settings are the layers, the strongest first: flags, environment, profile.
type settings struct {
	layers  []layer
	profile profile
	getenv  lookupEnv
	flags   *pflag.FlagSet
}

// found is where a setting was given. The zero rank is the command line;
// a setting that nobody gave has the rank after the last layer.
type found struct {
	text string
	rank int
	from string
}

func (f found) given() bool { return f.from != "" }

func loadSettings(fs *pflag.FlagSet, getenv lookupEnv) (*settings, error) {
	s := &settings{getenv: getenv, flags: fs}
	s.layers = append(s.layers, flagLayer(fs), envLayer(getenv))
	name := s.profileName()
	if name == "" {
		return s, nil
	}
	var err error
	if s.profile, err = readProfile(configFile(getenv), name); err != nil {
		return nil, err
	}
	s.layers = append(s.layers, profileLayer(name, s.profile))
	return s, nil
}

func flagLayer(fs *pflag.FlagSet) layer {
	return layer{
		lookup: func(name string) (string, bool) {
			f := fs.Lookup(name)
			if f == nil || !f.Changed {
				return "", false
			}
			return f.Value.String(), true
		},
		called: func(name string) string { return "--" + name },
	}
}

func envLayer(getenv lookupEnv) layer {
	names := make(map[string]string)
	for _, f := range append(natsFlags(), aidboxFlags()...) {
		names[f.name] = f.env
	}
	return layer{
		lookup: func(name string) (string, bool) {
			if names[name] == "" {
				return "", false
			}
			text, ok := getenv(names[name])
			return text, ok && text != ""
		},
		called: func(name string) string { return names[name] },
	}
}

func profileLayer(name string, p profile) layer {
	values := map[string]string{
		"aidbox-url":          p.Aidbox.URL,
		"aidbox-client":       p.Aidbox.Client,
		"nats-url":            p.NATS.URL,
		"nats-context":        p.NATS.Context,
		"nats-creds":          p.NATS.Creds,
		"nats-user":           p.NATS.User,
		"nats-nkey":           p.NATS.NKey,
		"nats-ca":             p.NATS.CA,
		"nats-cert":           p.NATS.Cert,
		"nats-key":            p.NATS.Key,
		"nats-url-for-aidbox": p.NATS.URLForAidbox,
		"creds-dir":           p.CredsDir,
	}
	return layer{
		lookup: func(setting string) (string, bool) { return values[setting], values[setting] != "" },
		called: func(string) string { return fmt.Sprintf("profile %q", name) },
	}
}

// get is the setting in the strongest layer that has it.
func (s *settings) get(name string) found {
	return s.first(name)
}

// first is the strongest layer that has one of the names. An empty text on the
// command line is given too: it takes back what a weaker layer says.
func (s *settings) first(names ...string) found {
	for rank, l := range s.layers {
		for _, name := range names {
			if text, ok := l.lookup(name); ok {
				return found{text: text, rank: rank, from: l.called(name)}
			}
		}
	}
	return found{rank: len(s.layers)}
}

// at is the setting in one layer.
func (s *settings) at(rank int, name string) string {
	if rank >= len(s.layers) {
		return ""
	}
	text, _ := s.layers[rank].lookup(name)
	return text
}

// flagged names the first of the flags that stands on the command line.
func (s *settings) flagged(names ...string) (string, bool) {
	for _, name := range names {
		if f := s.flags.Lookup(name); f != nil && f.Changed {
			return "--" + name, true
		}
	}
	return "", false
}

// checkFiles says which file of the command line cannot be read. What a server
// is asked with is read only when it is asked.
func (s *settings) checkFiles() error {
	for _, name := range []string{"nats-creds", "nats-nkey", "nats-ca", "nats-cert", "nats-key"} {
		path := s.at(0, name)
		if path == "" {
			continue
		}
		f, err := os.Open(under(".", path))
		if err != nil {
			return fmt.Errorf("--%s cannot be read: %w", name, err)
		}
		f.Close()
	}
	return nil
}

func (s *settings) readOnly() bool { return s.onOff("read-only", s.profile.ReadOnly) }

// mask says whether personal data is hidden from the start.
func (s *settings) mask() bool { return s.onOff("mask", s.profile.Mask) }

// onOff is a flag that is not about a connection, or what the profile says.
func (s *settings) onOff(flag string, inProfile *bool) bool {
	f := s.flags.Lookup(flag)
	if f == nil {
		return false
	}
	if !f.Changed && inProfile != nil {
		return *inProfile
	}
	return f.Value.String() == "true"
}

func (s *settings) profileName() string {
	f := s.flags.Lookup("profile")
	if f == nil {
		return ""
	}
	return f.Value.String()
}
