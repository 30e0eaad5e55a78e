package main

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"aidbox-nats/nats"
)

// environment is a process environment of a test's own.
type environment map[string]string

func (e environment) lookup(name string) (string, bool) {
	v, ok := e[name]
	return v, ok
}

// consoleSettings reads settings as the console does, from a command line, an
// environment and the text of a config file. The nats command's contexts come
// from the process's own environment.
func consoleSettings(t *testing.T, args []string, env environment, config string) (*settings, *sandboxFlags, error) {
	t.Helper()
	if env == nil {
		env = environment{}
	}
	if env["XDG_CONFIG_HOME"] == "" {
		env["XDG_CONFIG_HOME"] = t.TempDir()
	}
	if env["HOME"] == "" {
		env["HOME"] = t.TempDir()
	}
	if config != "" {
		writeFile(t, configFile(env.lookup), config)
	}
	var flags consoleFlags
	fs := pflag.NewFlagSet("console", pflag.ContinueOnError)
	for _, g := range flags.groups() {
		fs.AddFlagSet(g.flags)
	}
	if err := fs.Parse(args); err != nil {
		t.Fatalf("parse %q: %v", args, err)
	}
	s, err := loadSettings(fs, env.lookup)
	return s, &flags.sandbox, err
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// saveContexts writes contexts of the nats command and makes them the ones read.
func saveContexts(t *testing.T, selected string, contexts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	for name, text := range contexts {
		writeFile(t, filepath.Join(dir, "nats", "context", name+".json"), text)
	}
	if selected != "" {
		writeFile(t, filepath.Join(dir, "nats", "context.txt"), selected)
	}
}

const stagingProfile = `profiles:
  staging:
    aidbox:
      url: http://profile:8080
      client: profile-client
      secret_env: PROFILE_AIDBOX
    nats:
      url: nats://profile:4222
      user: profile-user
      secret_env: PROFILE_NATS
      ca: ca.pem
      url_for_aidbox: nats://nats:4222
    creds_dir: creds
`

func TestFlagGoesBeforeEnvironmentBeforeProfile(t *testing.T) {
	for _, tc := range []struct{ flag, env, profile string }{
		{"aidbox-url", "AIDBOX_URL", "http://profile:8080"},
		{"aidbox-client", "AIDBOX_CLIENT_ID", "profile-client"},
		{"nats-url", "NATS_URL", "nats://profile:4222"},
		{"nats-user", "NATS_USER", "profile-user"},
		{"nats-context", "NATS_CONTEXT", ""},
		{"nats-creds", "NATS_CREDS", ""},
		{"nats-password", "NATS_PASSWORD", ""},
		{"aidbox-secret", "AIDBOX_CLIENT_SECRET", ""},
		{"nats-url-for-aidbox", "", "nats://nats:4222"},
	} {
		t.Run(tc.flag, func(t *testing.T) {
			env := environment{}
			if tc.env != "" {
				env[tc.env] = "from-environment"
			}
			all, _, err := consoleSettings(t, []string{"--profile", "staging", "--" + tc.flag, "from-flag"}, env, stagingProfile)
			if err != nil {
				t.Fatal(err)
			}
			if got := all.get(tc.flag); got.text != "from-flag" || got.from != "--"+tc.flag {
				t.Errorf("with all three layers: %+v", got)
			}
			if tc.env != "" {
				two, _, err := consoleSettings(t, []string{"--profile", "staging"}, environment{tc.env: "from-environment"}, stagingProfile)
				if err != nil {
					t.Fatal(err)
				}
				if got := two.get(tc.flag); got.text != "from-environment" || got.from != tc.env {
					t.Errorf("with environment and profile: %+v", got)
				}
			}
			one, _, err := consoleSettings(t, []string{"--profile", "staging"}, nil, stagingProfile)
			if err != nil {
				t.Fatal(err)
			}
			if got := one.get(tc.flag); got.text != tc.profile {
				t.Errorf("with the profile alone: %+v, want %q", got, tc.profile)
			}
			none, _, err := consoleSettings(t, nil, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			if got := none.get(tc.flag); got.given() || got.text != "" {
				t.Errorf("with nothing: %+v", got)
			}
		})
	}
}

func TestAnEmptyFlagTakesBackTheEnvironment(t *testing.T) {
	s, _, err := consoleSettings(t, []string{"--aidbox-url", ""}, environment{"AIDBOX_URL": "http://env:8080"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.get("aidbox-url"); !got.given() || got.text != "" {
		t.Errorf("got %+v", got)
	}
}

func TestAnEmptyVariableCountsAsUnset(t *testing.T) {
	s, _, err := consoleSettings(t, []string{"--profile", "staging"}, environment{"AIDBOX_URL": ""}, stagingProfile)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.get("aidbox-url").text; got != "http://profile:8080" {
		t.Errorf("got %q, want the profile's", got)
	}
}

func TestReadOnly(t *testing.T) {
	const guarded = "profiles:\n  p:\n    read_only: true\n"
	for _, tc := range []struct {
		rule string
		args []string
		want bool
	}{
		{"nobody asked for it", nil, false},
		{"the flag turns it on", []string{"--read-only"}, true},
		{"the profile turns it on", []string{"--profile", "p"}, true},
		{"the flag goes before the profile", []string{"--profile", "p", "--read-only=false"}, false},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			s, _, err := consoleSettings(t, tc.args, nil, guarded)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.readOnly(); got != tc.want {
				t.Errorf("read-only is %v, want %v", got, tc.want)
			}
		})
	}
}

func TestNATSOptions(t *testing.T) {
	const natsProfile = "profiles:\n  p:\n    nats:\n      url: nats://profile:4222\n      user: ann\n      secret_env: ANN\n"
	contexts := map[string]string{
		"joe":  `{"url":"nats://joe:4222","creds":"/joe.creds"}`,
		"open": `{"url":"nats://open:4222"}`,
	}
	for _, tc := range []struct {
		rule     string
		selected string
		args     []string
		env      environment
		want     nats.Options
	}{
		{rule: "nothing given is 127.0.0.1:4222",
			want: nats.Options{URLs: []string{"nats://127.0.0.1:4222"}}},
		{rule: "nothing given is the selected context", selected: "joe",
			want: nats.Options{URLs: []string{"nats://joe:4222"}, CredsFile: "/joe.creds"}},
		{rule: "a URL leaves the selected context alone", selected: "joe", args: []string{"--nats-url", "nats://x:1"},
			want: nats.Options{URLs: []string{"nats://x:1"}}},
		{rule: "a context flag goes before a URL in the environment", args: []string{"--nats-context", "joe"}, env: environment{"NATS_URL": "nats://env:1"},
			want: nats.Options{URLs: []string{"nats://joe:4222"}, CredsFile: "/joe.creds"}},
		{rule: "a URL flag goes before a context in the environment", args: []string{"--nats-url", "nats://x:1"}, env: environment{"NATS_CONTEXT": "joe"},
			want: nats.Options{URLs: []string{"nats://x:1"}}},
		{rule: "beside each other a URL replaces its context's, the credentials stay", args: []string{"--nats-url", "nats://x:1", "--nats-context", "joe"},
			want: nats.Options{URLs: []string{"nats://x:1"}, CredsFile: "/joe.creds"}},
		{rule: "a user flag goes before the context's creds", args: []string{"--nats-context", "joe", "--nats-user", "bob"}, env: environment{"NATS_PASSWORD": "pw"},
			want: nats.Options{URLs: []string{"nats://joe:4222"}, User: "bob", Password: "pw"}},
		{rule: "a context flag keeps its creds before a user in the environment", args: []string{"--nats-context", "joe"}, env: environment{"NATS_USER": "bob"},
			want: nats.Options{URLs: []string{"nats://joe:4222"}, CredsFile: "/joe.creds"}},
		{rule: "a context without credentials takes the environment's", args: []string{"--nats-context", "open"}, env: environment{"NATS_USER": "bob", "NATS_PASSWORD": "pw"},
			want: nats.Options{URLs: []string{"nats://open:4222"}, User: "bob", Password: "pw"}},
		{rule: "a creds flag goes before a user in the environment", args: []string{"--nats-url", "nats://x:1", "--nats-creds", "/c"}, env: environment{"NATS_USER": "bob", "NATS_PASSWORD": "pw"},
			want: nats.Options{URLs: []string{"nats://x:1"}, CredsFile: "/c"}},
		{rule: "a profile's password goes with its user", args: []string{"--profile", "p"}, env: environment{"ANN": "pw"},
			want: nats.Options{URLs: []string{"nats://profile:4222"}, User: "ann", Password: "pw"}},
		{rule: "a password in the environment goes before the profile's, which is not even asked", args: []string{"--profile", "p"}, env: environment{"NATS_PASSWORD": "other"},
			want: nats.Options{URLs: []string{"nats://profile:4222"}, User: "ann", Password: "other"}},
		{rule: "an nkey is an identity of its own", args: []string{"--nats-url", "nats://a", "--nats-nkey", "/seed.nk"},
			want: nats.Options{URLs: []string{"nats://a"}, NKeyFile: "/seed.nk"}},
		{rule: "an nkey on the command line goes before a user of the profile", args: []string{"--profile", "p", "--nats-nkey", "/seed.nk"},
			want: nats.Options{URLs: []string{"nats://profile:4222"}, NKeyFile: "/seed.nk"}},
		{rule: "a client's certificate goes with anything", args: []string{"--nats-url", "nats://a", "--nats-cert", "/c.pem", "--nats-key", "/k.pem"},
			want: nats.Options{URLs: []string{"nats://a"}, CertFile: "/c.pem", KeyFile: "/k.pem"}},
		{rule: "a CA goes with anything", args: []string{"--nats-context", "joe", "--nats-ca", "/ca.pem"},
			want: nats.Options{URLs: []string{"nats://joe:4222"}, CredsFile: "/joe.creds", CAFile: "/ca.pem"}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			saveContexts(t, tc.selected, contexts)
			s, _, err := consoleSettings(t, tc.args, tc.env, natsProfile)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.natsOptions(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func TestNATSOptionsErrors(t *testing.T) {
	for _, tc := range []struct {
		rule  string
		args  []string
		env   environment
		usage bool
		says  string
	}{
		{rule: "creds and user in one layer exclude each other", args: []string{"--nats-creds", "/c", "--nats-user", "bob"}, usage: true, says: "one of --nats-creds, --nats-nkey and --nats-user"},
		{rule: "a certificate needs its key", args: []string{"--nats-url", "nats://x:1", "--nats-cert", "/c.pem"}, usage: true, says: "--nats-cert and --nats-key"},
		{rule: "a password needs a user", args: []string{"--nats-url", "nats://x:1", "--nats-password", "pw"}, usage: true, says: "--nats-user"},
		{rule: "an unknown context names the known ones", args: []string{"--nats-context", "jo"}, says: "there are joe"},
		{rule: "a profile's secret that is not set is named", args: []string{"--profile", "p"}, says: "ANN"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			saveContexts(t, "", map[string]string{"joe": `{}`})
			s, _, err := consoleSettings(t, tc.args, tc.env, "profiles:\n  p:\n    nats:\n      url: nats://p:4222\n      user: ann\n      secret_env: ANN\n")
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.natsOptions(context.Background())
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%q does not say %q", err, tc.says)
			}
			if isUsage(err) != tc.usage {
				t.Errorf("%q is a usage error: %v, want %v", err, isUsage(err), tc.usage)
			}
			if strings.Contains(err.Error(), "pw") {
				t.Errorf("%q shows the password", err)
			}
		})
	}
}

func TestURLsAreShownToAidboxWithoutSecrets(t *testing.T) {
	for _, tc := range []struct {
		urls []string
		want string
	}{
		{nil, "nats://127.0.0.1:4222"},
		{[]string{"nats://a:1,nats://b:2"}, "nats://a:1"},
		{[]string{"nats://bob:pass@host:4222"}, "nats://host:4222"},
		{[]string{"token@host:4222"}, "nats://host:4222"},
		{[]string{"tls://u:p@ss@host"}, "tls://host"},
	} {
		if got := withoutUserinfo(tc.urls); got != tc.want {
			t.Errorf("%q becomes %q, want %q", tc.urls, got, tc.want)
		}
	}
}
