package broker

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	defaultHost = "127.0.0.1"
	defaultPort = server.DEFAULT_PORT
	// defaultName is what clients see as the server's name when the configuration gives none.
	defaultName = "aidbox-nats"
)

// FreePort as Options.Port picks a port that nothing listens on.
const FreePort = server.RANDOM_PORT

// ErrNoStoreDir says that JetStream was asked for without a folder to keep its data in.
var ErrNoStoreDir = errors.New("JetStream needs a folder for its data (StoreDir, or jetstream { store_dir: ... } in the configuration file)")

// Options say how the server runs. Only StoreDir has no default.
type Options struct {
	// Host is the address to listen on. Empty: what the configuration file says, else 127.0.0.1.
	Host string
	// Port is the port for clients. Zero: what the configuration file says, else 4222. FreePort picks one.
	Port int
	// StoreDir is the folder for JetStream's data; it is created. Required when JetStream runs and the
	// configuration file names none.
	StoreDir string
	// NoJetStream starts the server without JetStream, also when the configuration file asks for it.
	NoJetStream bool
	// ConfigFile is a nats-server configuration file. Its `include`s are relative to the file; its log_file
	// is ignored, because the log is kept for Lines. With a file, JetStream runs only when the file says so.
	ConfigFile string
	// LogLines is how many log lines are kept. Zero: 1000.
	LogLines int
	// Configure, when set, gets the last word on the server's options: operators, accounts, TLS, clusters.
	// It is called at every start. NoSigs is set after it.
	Configure func(*server.Options) error
}

// build makes the options of one run. nats-server writes into the options that it is given, so every run
// gets its own. keepPort is the port of the run before, or zero.
func (o Options) build(keepPort int) (*server.Options, error) {
	opts := &server.Options{JetStream: true}
	if o.ConfigFile != "" {
		var err error
		if opts, err = server.ProcessConfigFile(o.ConfigFile); err != nil {
			return nil, fmt.Errorf("nats-server configuration %s: %w", o.ConfigFile, err)
		}
	}
	if o.NoJetStream {
		opts.JetStream = false
	}
	if o.Host != "" {
		opts.Host = o.Host
	}
	if opts.Host == "" {
		opts.Host = defaultHost
	}
	if o.Port != 0 {
		opts.Port = o.Port
	}
	if opts.Port == 0 {
		opts.Port = defaultPort
	}
	if keepPort != 0 {
		opts.Port = keepPort
	}
	if o.StoreDir != "" {
		opts.StoreDir = o.StoreDir
	}
	if opts.ServerName == "" {
		opts.ServerName = defaultName
	}
	if o.Configure != nil {
		if err := o.Configure(opts); err != nil {
			return nil, fmt.Errorf("configure nats-server: %w", err)
		}
	}
	if opts.JetStream && opts.StoreDir == "" {
		return nil, ErrNoStoreDir
	}
	// ProcessConfigFile leaves NoSigs false, and then the server answers SIGTERM and SIGINT with an exit of
	// the whole process.
	opts.NoSigs = true
	return opts, nil
}

func address(host string, port int) string {
	return net.JoinHostPort(host, strconv.Itoa(port))
}
