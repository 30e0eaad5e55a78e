package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadProfile(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	path := filepath.Join(t.TempDir(), "config.yaml")
	writeFile(t, path, `profiles:
  staging:
    aidbox: {url: "https://aidbox.example", client: console, secret_command: [printf, "s3cret\n"]}
    nats: {url: "tls://nats.example:4222", creds: ~/joe.creds, ca: pki/ca.pem, url_for_aidbox: "nats://nats:4222"}
    creds_dir: /srv/creds
    read_only: true
  local: {}
`)
	p, err := readProfile(path, "staging")
	if err != nil {
		t.Fatal(err)
	}
	if p.Aidbox.URL != "https://aidbox.example" || p.Aidbox.Client != "console" || p.NATS.URLForAidbox != "nats://nats:4222" || p.ReadOnly == nil || !*p.ReadOnly {
		t.Errorf("read %+v", p)
	}
	for _, place := range []struct{ what, got, want string }{
		{"~ is the home folder", p.NATS.Creds, filepath.Join(home, "joe.creds")},
		{"a relative path is relative to the file", p.NATS.CA, filepath.Join(filepath.Dir(path), "pki/ca.pem")},
		{"an absolute path stays", p.CredsDir, "/srv/creds"},
	} {
		if place.got != place.want {
			t.Errorf("%s: %q, want %q", place.what, place.got, place.want)
		}
	}
	secret, ok, err := p.Aidbox.read(context.Background(), environment{}.lookup)
	if err != nil || !ok || secret != "s3cret" {
		t.Errorf("the command's secret is %q, %v, %v", secret, ok, err)
	}
	if _, err := readProfile(path, "local"); err != nil {
		t.Errorf("an empty profile: %v", err)
	}
}

// TestTheHelpsProfileWorks reads the example that the console's help shows.
func TestTheHelpsProfileWorks(t *testing.T) {
	help := newConsole(process{getenv: environment{}.lookup}).Long
	begin := strings.Index(help, "  profiles:\n")
	end := strings.Index(help, "Secrets never")
	if begin < 0 || end < begin {
		t.Fatalf("the help has no example:\n%s", help)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	writeFile(t, path, help[begin:end])
	p, err := readProfile(path, "staging")
	if err != nil {
		t.Fatal(err)
	}
	if p.Aidbox.Client != "console" || p.Aidbox.Env != "STAGING_SECRET" || p.NATS.Context != "staging" || p.ReadOnly == nil {
		t.Errorf("read %+v", p)
	}
}

func TestReadProfileRefuses(t *testing.T) {
	for _, tc := range []struct {
		rule, config string
		says         []string
	}{
		{"a literal Aidbox secret", "profiles:\n  p:\n    aidbox:\n      secret: hunter2\n", []string{"aidbox.secret", "secret_env", "secret_command"}},
		{"a literal password", "profiles:\n  p:\n    nats:\n      user: bob\n      password: hunter2\n", []string{"nats.password", "secret_env"}},
		{"a literal token, whatever its form", "profiles:\n  p:\n    nats:\n      token: [hunter2]\n", []string{"nats.token"}},
		{"a secret inside an address", "profiles:\n  p:\n    nats:\n      url: nats://a:1,nats://bob:hunter2@b:2\n", []string{"nats.url", "@"}},
		{"a token inside an address without a scheme", "profiles:\n  p:\n    nats:\n      url: hunter2@b:2\n", []string{"nats.url"}},
		{"two ways to the same secret", "profiles:\n  p:\n    aidbox:\n      secret_env: A\n      secret_command: [b]\n", []string{"keep one"}},
		{"a setting that does not exist, with its line", "profiles:\n  p:\n    aidbox:\n      uri: http://x\n", []string{"line 4", `"uri"`}},
		{"a value of the wrong form, without showing it", "profiles:\n  p:\n    aidbox:\n      secret_command: hunter2\n", []string{"line 4"}},
		{"text that is no YAML", "profiles: [", []string{"config.yaml", "this is no YAML"}},
		{"a bracket that is not closed, with its line", "profiles:\n  p:\n    aidbox: {client: hunter2\n    nats: {}\n", []string{"config.yaml: near line 2: this is no YAML; is a bracket"}},
		{"an alias of nothing, without showing it", "profiles: *hunter2\n", []string{"this is no YAML"}},
		{"a profile that is not there, naming those that are", "profiles:\n  q: {}\n  r: {}\n", []string{`"p"`, "q, r"}},
		{"an empty file", "", []string{`"p"`, "it has none"}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.yaml")
			writeFile(t, path, tc.config)
			_, err := readProfile(path, "p")
			if err == nil {
				t.Fatal("no error")
			}
			for _, s := range tc.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
			for _, s := range []string{"hunter2", "main.", "\n"} {
				if strings.Contains(err.Error(), s) {
					t.Errorf("%q shows %q", err, s)
				}
			}
		})
	}
}

func TestReadProfileWithoutFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	_, err := readProfile(path, "p")
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
}

func TestSecretErrors(t *testing.T) {
	for _, tc := range []struct {
		rule string
		in   secret
		says string
	}{
		{"a variable that is not set is named", secret{Env: "NOT_SET"}, "NOT_SET"},
		{"a command that fails is named", secret{Command: []string{"false"}}, `"false"`},
		{"a command that is missing is named", secret{Command: []string{"/no/such/program"}}, "/no/such/program"},
		{"a command that prints nothing gives no secret", secret{Command: []string{"true"}}, "nothing"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			text, ok, err := tc.in.read(context.Background(), environment{}.lookup)
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %q, %v, %v, want an error that says %s", text, ok, err, tc.says)
			}
		})
	}
	if _, ok, err := (secret{}).read(context.Background(), environment{}.lookup); ok || err != nil {
		t.Errorf("a profile without a secret: %v, %v", ok, err)
	}
}
