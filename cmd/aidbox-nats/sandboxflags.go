package main

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"aidbox-nats/aidbox/sandbox"
)

const defaultNATSAddr = "127.0.0.1:4222"

// versions are the Aidbox releases that the sandbox can stand in for.
func versions() []int { return []int{2609, 2607, 2604, 2602} }

// sandboxFlags say what the sandbox is; the command sandbox and the console take them.
type sandboxFlags struct {
	aidboxAddr, natsAddr string
	noNATS               bool
	natsConfig           string
	version              int
	strictProfiles       bool
	dataDir              string
	client, secret       string
}

func (f *sandboxFlags) add(fs *pflag.FlagSet, dataDir string) {
	addText(fs, &f.aidboxAddr, "aidbox-addr", "HOST:PORT", sandbox.DefaultAddr, "where the sandbox's Aidbox listens; port 0 is a free one")
	addText(fs, &f.natsAddr, "nats-addr", "HOST:PORT", defaultNATSAddr, "where its NATS server listens; port 0 is a free one")
	fs.BoolVar(&f.noNATS, "no-nats", false, "start no NATS server: one runs elsewhere")
	addText(fs, &f.natsConfig, "nats-config", "FILE", "", "start the NATS server from a nats-server config file")
	fs.IntVar(&f.version, "aidbox-version", sandbox.DefaultVersion, "stand in for this `VERSION` of Aidbox: "+orList(versions()))
	fs.BoolVar(&f.strictProfiles, "strict-profiles", false, "refuse the profile URLs of other versions")
	addText(fs, &f.dataDir, "data-dir", "DIR", "", "where the data is kept ("+dataDir+")")
	addText(fs, &f.client, "client", "ID", sandbox.DefaultClientID, "the Client that the sandbox knows")
	addText(fs, &f.secret, "secret", "TEXT", sandbox.DefaultSecret, "that Client's secret")
}

// sandboxOnly are the flags that mean nothing when Aidbox runs elsewhere.
// --creds-dir is not among them: it describes a real Aidbox too.
func sandboxOnly() []string {
	return []string{"aidbox-addr", "nats-addr", "no-nats", "nats-config", "aidbox-version", "strict-profiles", "data-dir", "client", "secret"}
}

func (f *sandboxFlags) check(fs *pflag.FlagSet) error {
	if _, _, err := listenAddr("aidbox-addr", f.aidboxAddr); err != nil {
		return err
	}
	if _, _, err := listenAddr("nats-addr", f.natsAddr); err != nil {
		return err
	}
	if !slices.Contains(versions(), f.version) {
		return usagef("--aidbox-version %d is not one the sandbox knows: it can be %s", f.version, orList(versions()))
	}
	if f.client == "" || f.secret == "" {
		return usagef("--client and --secret cannot be empty: the sandbox asks for them as Aidbox does")
	}
	if f.noNATS {
		for _, name := range []string{"nats-addr", "nats-config"} {
			if fs.Changed(name) {
				return usagef("--no-nats and --%s exclude each other", name)
			}
		}
	}
	return nil
}

// listenAddr takes an address apart; without a host it is loopback.
func listenAddr(name, addr string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil || port < 0 || port > 65535 {
		return "", 0, usagef("--%s %q is no address: it looks like 127.0.0.1:8080", name, addr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return host, port, nil
}

func orList(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " or " + texts[last]
}

// sandboxDir is where the console's own sandbox lives from one run to the next.
func sandboxDir(getenv lookupEnv) (string, error) {
	dir, ok := getenv("XDG_DATA_HOME")
	if !ok || dir == "" {
		home, ok := getenv("HOME")
		if !ok || home == "" {
			return "", fmt.Errorf("there is no place for the sandbox's data: set XDG_DATA_HOME or HOME, or give --data-dir DIR")
		}
		dir = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(dir, "aidbox-nats", "sandbox"), nil
}
