package nats

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// contexts lays out the `nats` command's folder and makes it the one that is read.
func contexts(t *testing.T, selected string, files map[string]string) (root string) {
	t.Helper()
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	root = filepath.Join(config, "nats")
	if err := os.MkdirAll(filepath.Join(root, "context"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, "context", name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if selected != "" {
		if err := os.WriteFile(filepath.Join(root, "context.txt"), []byte(selected), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestReadContextReadsWhatTheNATSCommandWrote(t *testing.T) {
	// As `nats context save` 0.5 writes it: every field present, most empty.
	contexts(t, "", map[string]string{"joe": `{
		"description": "joe on the local server", "url": "nats://127.0.0.1:4222,nats://127.0.0.1:4223",
		"socks_proxy": "", "token": "", "user": "", "password": "", "creds": "~/creds/joe.creds", "nkey": "",
		"cert": "", "key": "", "ca": "$CERTS/ca.pem", "nsc": "", "jetstream_domain": "", "jetstream_api_prefix": "",
		"jetstream_event_prefix": "", "inbox_prefix": "", "user_jwt": "", "color_scheme": "", "tls_first": false,
		"windows_cert_store": ""}`})
	t.Setenv("HOME", "/home/joe")
	t.Setenv("CERTS", "/etc/nats")

	c, err := ReadContext("joe")
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "joe" || c.Description != "joe on the local server" || !strings.HasSuffix(c.Path, "joe.json") {
		t.Errorf("read %+v", c)
	}
	o, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	want := Options{URLs: []string{"nats://127.0.0.1:4222,nats://127.0.0.1:4223"}, CredsFile: "/home/joe/creds/joe.creds", CAFile: "/etc/nats/ca.pem"}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("options %+v, want %+v", o, want)
	}
}

func TestReadContextWithoutNameReadsTheSelectedOne(t *testing.T) {
	contexts(t, "b\n", map[string]string{"a": `{"url":"nats://a:1"}`, "b": `{"url":"nats://b:2"}`})
	c, err := ReadContext("")
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "b" || c.URL != "nats://b:2" {
		t.Errorf("read %+v, want context b", c)
	}
}

func TestReadContextWithoutXDGLooksUnderHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", home)
	dir := filepath.Join(home, ".config", "nats", "context")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := ReadContext("a")
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"nats://127.0.0.1:4222"}; !reflect.DeepEqual(o.URLs, want) {
		t.Errorf("a context without url connects to %q, want %q", o.URLs, want)
	}
}

func TestReadContextErrors(t *testing.T) {
	files := map[string]string{"prod": `{}`, "local": `{}`, "broken": `{"url":`}
	for _, tc := range []struct {
		rule, selected, name string
		want                 func(error) bool
		says                 []string
	}{
		{rule: "nothing named and nothing selected is ErrNoContext", want: func(err error) bool { return errors.Is(err, ErrNoContext) }, says: []string{"nats context select"}},
		{rule: "an empty selection is ErrNoContext", selected: " \n", want: func(err error) bool { return errors.Is(err, ErrNoContext) }},
		{rule: "an unknown name is answered with the known ones", name: "prd", want: unknownContext(false), says: []string{`"prd"`, "broken, local, prod"}},
		{rule: "a selection without a file says that it is the selection", selected: "gone", want: unknownContext(true), says: []string{"selected", `"gone"`}},
		{rule: "a file that is no JSON names the file", name: "broken", want: func(err error) bool { return err != nil }, says: []string{"broken.json"}},
		{rule: "a name is not a path", name: "../../etc/passwd", want: func(err error) bool { return err != nil }, says: []string{"without folders"}},
		{rule: "a name is not a path on Windows either", name: `a\b`, want: func(err error) bool { return err != nil }, says: []string{"without folders"}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			contexts(t, tc.selected, files)
			_, err := ReadContext(tc.name)
			if !tc.want(err) {
				t.Fatalf("ReadContext(%q) = %v", tc.name, err)
			}
			for _, s := range tc.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
}

func unknownContext(selected bool) func(error) bool {
	return func(err error) bool {
		var unknown *UnknownContextError
		return errors.As(err, &unknown) && unknown.Selected == selected
	}
}

func TestContextOptions(t *testing.T) {
	t.Setenv("HOME", "/home/joe")
	for _, tc := range []struct {
		rule string
		in   Context
		want Options
	}{
		{"a user goes before creds and nkey", Context{URL: "u", User: "bob", Password: "p", Creds: "c", NKey: "n"}, Options{URLs: []string{"u"}, User: "bob", Password: "p"}},
		{"creds go before an nkey", Context{URL: "u", Creds: "c", NKey: "n"}, Options{URLs: []string{"u"}, CredsFile: "c"}},
		{"an nkey is a path", Context{URL: "u", NKey: "~/k.nk"}, Options{URLs: []string{"u"}, NKeyFile: "/home/joe/k.nk"}},
		{"a token goes with anything", Context{URL: "u", Token: "t", Creds: "c"}, Options{URLs: []string{"u"}, Token: "t", CredsFile: "c"}},
		{"a certificate needs its key", Context{URL: "u", Cert: "c.pem"}, Options{URLs: []string{"u"}}},
		{"a certificate with its key is used", Context{URL: "u", Cert: "~/c.pem", Key: "~/k.pem"}, Options{URLs: []string{"u"}, CertFile: "/home/joe/c.pem", KeyFile: "/home/joe/k.pem"}},
		{"a file reference is a path", Context{URL: "u", Creds: "file:///c/joe.creds"}, Options{URLs: []string{"u"}, CredsFile: "/c/joe.creds"}},
		{"a tilde inside a path stays", Context{URL: "u", Creds: "/a/~/c"}, Options{URLs: []string{"u"}, CredsFile: "/a/~/c"}},
		{"another user's home stays", Context{URL: "u", Creds: "~bob/c"}, Options{URLs: []string{"u"}, CredsFile: "~bob/c"}},
		{"a relative path stays relative to the working directory", Context{URL: "u", Creds: "creds/joe.creds"}, Options{URLs: []string{"u"}, CredsFile: "creds/joe.creds"}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			got, err := tc.in.Options()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestContextOptionsRefuseWhatWouldConnectOtherwise(t *testing.T) {
	for _, tc := range []struct {
		field string
		in    Context
	}{
		{"nsc", Context{NSC: "nsc://local/APP/joe"}},
		{"creds with nsc://", Context{Creds: "NSC://local/APP/joe"}},
		{"password with op://", Context{User: "bob", Password: "op://vault/nats/bob"}},
		{"token with env://", Context{Token: "env://NATS_TOKEN"}},
		{"nkey with data:", Context{NKey: "data:;base64,U1VB"}},
		{"user_jwt", Context{UserJWT: "eyJ0"}},
		{"socks_proxy", Context{SOCKSProxy: "socks5://127.0.0.1:1080"}},
		{"tls_first", Context{TLSFirst: true}},
		{"inbox_prefix", Context{InboxPrefix: "_INBOX_joe"}},
		{"jetstream_domain", Context{JetStreamDomain: "hub"}},
		{"jetstream_api_prefix", Context{JetStreamAPIPrefix: "$JS.hub.API"}},
	} {
		t.Run(tc.field, func(t *testing.T) {
			tc.in.Name = "joe"
			_, err := tc.in.Options()
			var refused *UnsupportedContextError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want an *UnsupportedContextError", err)
			}
			if refused.Name != "joe" || refused.Field != tc.field || refused.Hint == "" {
				t.Errorf("got %+v", refused)
			}
			if secret := tc.in.Password + tc.in.Token + tc.in.UserJWT; secret != "" && strings.Contains(err.Error(), secret) {
				t.Errorf("%q shows the secret", err)
			}
		})
	}
}
