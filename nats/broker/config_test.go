package broker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

func writeConfig(t testing.TB, text string) string {
	t.Helper()
	return writeFile(t, filepath.Join(t.TempDir(), "nats.conf"), text)
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigFile(t *testing.T) {
	t.Run("an include is relative to the file", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "users.conf"), `authorization { users = [ { user: bob, password: hush } ] }`)
		file := writeFile(t, filepath.Join(dir, "nats.conf"), "server_name: mine\nlisten: 127.0.0.1:-1\njetstream { store_dir: "+filepath.Join(dir, "js")+" }\ninclude users.conf\n")
		b := start(t, Options{ConfigFile: file})
		nc := connect(t, b.URL(), nats.UserInfo("bob", "hush"))
		if nc.ConnectedServerName() != "mine" {
			t.Errorf("name %q", nc.ConnectedServerName())
		}
		if _, err := nats.Connect(b.URL()); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("a stranger: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "js", "jetstream")); err != nil {
			t.Errorf("the file's store: %v", err)
		}
	})
	t.Run("options win over the file", func(t *testing.T) {
		port := freePort(t)
		file := writeConfig(t, "listen: 127.0.0.2:4222\njetstream { store_dir: /nowhere/at/all }\n")
		dir := t.TempDir()
		b := start(t, Options{ConfigFile: file, Host: "127.0.0.1", Port: port, StoreDir: dir})
		if b.URL() != fmt.Sprintf("nats://127.0.0.1:%d", port) {
			t.Errorf("URL %s", b.URL())
		}
		if _, err := os.Stat(filepath.Join(dir, "jetstream")); err != nil {
			t.Error(err)
		}
	})
	t.Run("without a jetstream block there is no JetStream", func(t *testing.T) {
		b := start(t, Options{ConfigFile: writeConfig(t, "listen: 127.0.0.1:-1\n"), StoreDir: t.TempDir()})
		if has, _ := connect(t, b.URL()).ConnectedServerJetStream(); has {
			t.Error("JetStream runs")
		}
	})
	t.Run("without a host it listens on the loopback address only", func(t *testing.T) {
		b := start(t, Options{ConfigFile: writeConfig(t, "port: -1\n")})
		if !strings.HasPrefix(b.URL(), "nats://127.0.0.1:") || b.host != "127.0.0.1" {
			t.Errorf("URL %s, host %s", b.URL(), b.host)
		}
	})
	t.Run("all interfaces are named by loopback", func(t *testing.T) {
		b := start(t, Options{Host: "0.0.0.0", Port: FreePort, NoJetStream: true})
		if !strings.HasPrefix(b.URL(), "nats://127.0.0.1:") {
			t.Errorf("URL %s", b.URL())
		}
		connect(t, b.URL())
	})
	t.Run("a restart reads it anew and keeps the port", func(t *testing.T) {
		file := writeConfig(t, "listen: 127.0.0.1:-1\n")
		b := start(t, Options{ConfigFile: file})
		port := b.Port()
		writeFile(t, file, "listen: 127.0.0.1:-1\nauthorization { user: bob, password: hush }\n")
		if err := b.Restart(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if b.Port() != port {
			t.Errorf("port %d, want %d", b.Port(), port)
		}
		connect(t, b.URL(), nats.UserInfo("bob", "hush"))
	})
	t.Run("a mistake is told with its place", func(t *testing.T) {
		file := writeConfig(t, "listen: 127.0.0.1:-1\nlissten: x\n")
		_, err := Start(testContext(t), Options{ConfigFile: file})
		if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "lissten") {
			t.Errorf("Start = %v", err)
		}
		if _, err := Start(testContext(t), Options{ConfigFile: file + ".none"}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Start without the file = %v", err)
		}
	})
}

func TestAStoreHasOneBroker(t *testing.T) {
	store := filepath.Join(t.TempDir(), "js")
	file := writeConfig(t, "listen: 127.0.0.1:-1\njetstream { store_dir: "+store+" }\n")
	first := start(t, Options{ConfigFile: file})
	var locked *LockedError
	for rule, o := range map[string]Options{
		"named by a configuration file": {ConfigFile: file},
		"named by the options":          {Port: FreePort, StoreDir: store},
	} {
		if _, err := Start(testContext(t), o); !errors.As(err, &locked) || locked.Dir != store || !strings.Contains(err.Error(), store) {
			t.Errorf("%s: Start = %v, want a *LockedError of %s", rule, err, store)
		}
	}
	start(t, Options{Port: FreePort, StoreDir: store, NoJetStream: true})
	if err := first.Restart(testContext(t)); err != nil {
		t.Fatalf("its own restart: %v", err)
	}
	if err := first.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
	start(t, Options{ConfigFile: file})
}

func TestAStartThatFailsLetsGoOfTheStore(t *testing.T) {
	store := t.TempDir()
	taken := start(t, Options{Port: FreePort, NoJetStream: true})
	// The monitoring port is found to be taken only when the server runs.
	monitored := writeConfig(t, fmt.Sprintf("listen: 127.0.0.1:-1\nhttp: 127.0.0.1:%d\njetstream { store_dir: %s }\n", taken.Port(), store))
	if _, err := Start(testContext(t), Options{ConfigFile: monitored}); !errors.As(err, new(*AddrInUseError)) {
		t.Fatalf("Start = %v, want an *AddrInUseError", err)
	}
	start(t, Options{Port: FreePort, StoreDir: store})
}
