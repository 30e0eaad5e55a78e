package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats/broker"
)

// stopWait bounds the stopping of each server.
const stopWait = 10 * time.Second

// servers are the sandbox's parts as they run in this process.
type servers struct {
	aidbox  *sandbox.Server
	broker  *broker.Broker // nil: NATS runs elsewhere
	notices []string
	// instead is the temporary folder taken for one in use; taken are the
	// default ports that were replaced.
	instead string
	taken   []int
	closers []func() error
}

// serverOptions say what to start.
type serverOptions struct {
	flags    *sandboxFlags
	credsDir string
	// dataDir is the data folder; empty is a temporary one.
	dataDir string
	broker  bool
	// natsAddr: --nats-addr was given and goes before a config file.
	natsAddr bool
	// What is in use may be replaced, with a notice, where nobody asked for it
	// by name.
	otherFolder, otherAidboxPort, otherNATSPort bool
}

// startServers starts the broker and then Aidbox: a sender that finds no
// broker when it starts stays dead, as in Aidbox. On an error nothing is left
// running.
func startServers(ctx context.Context, o serverOptions) (s *servers, err error) {
	s = &servers{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	dir, err := s.folder(o)
	if err != nil {
		return s, err
	}
	if o.broker {
		if err := s.startBroker(ctx, o, filepath.Join(dir, "nats")); err != nil {
			return s, err
		}
	}
	return s, s.startAidbox(ctx, o, filepath.Join(dir, "aidbox"))
}

// close stops what was started, the last first.
func (s *servers) close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(errs...)
}

func (s *servers) onClose(stop func(context.Context) error) {
	s.closers = append(s.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), stopWait)
		defer cancel()
		return stop(ctx)
	})
}

func (s *servers) noticef(format string, args ...any) {
	s.notices = append(s.notices, fmt.Sprintf(format, args...))
}

// folder makes the data folder and keeps it for this process.
func (s *servers) folder(o serverOptions) (string, error) {
	if o.dataDir == "" {
		return s.temporary()
	}
	unlock, err := lockFolder(o.dataDir)
	var locked *sandbox.LockedError
	if errors.As(err, &locked) && o.otherFolder {
		dir, err := s.temporary()
		if err == nil {
			s.instead = dir
			s.noticef("the sandbox's data folder %s is in use by another console: this one keeps its data in %s and removes it at the end", o.dataDir, dir)
		}
		return dir, err
	}
	if err != nil {
		return "", err
	}
	s.closers = append(s.closers, unlock)
	return o.dataDir, nil
}

func (s *servers) temporary() (string, error) {
	dir, err := os.MkdirTemp("", "aidbox-nats-")
	if err != nil {
		return "", fmt.Errorf("make a temporary data folder: %w", err)
	}
	s.closers = append(s.closers, func() error { return os.RemoveAll(dir) })
	return dir, nil
}

// lockFolder makes dir this process's own until unlock. Aidbox's store locks
// itself, but JetStream's does not, and the broker has to run before Aidbox.
// The lock is bbolt's, which every system has.
func lockFolder(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	// The smallest timeout tries once; zero would wait for ever.
	db, err := bbolt.Open(filepath.Join(dir, "lock"), 0o600, &bbolt.Options{Timeout: 1})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, &sandbox.LockedError{Dir: dir}
	}
	if err != nil {
		return nil, fmt.Errorf("lock the data folder %s: %w", dir, err)
	}
	return db.Close, nil
}

func (s *servers) startBroker(ctx context.Context, o serverOptions, store string) error {
	options := broker.Options{ConfigFile: o.flags.natsConfig}
	options.Configure = func(so *server.Options) error {
		// A config file may name its own place.
		if so.StoreDir == "" {
			so.StoreDir = store
		}
		return nil
	}
	if o.flags.natsConfig == "" || o.natsAddr {
		host, port, err := listenAddr("nats-addr", o.flags.natsAddr)
		if err != nil {
			return err
		}
		options.Host, options.Port = host, port
		if port == 0 {
			options.Port = broker.FreePort
		}
	}
	b, err := broker.Start(ctx, options)
	var taken *broker.AddrInUseError
	if errors.As(err, &taken) && o.otherNATSPort {
		wanted := options.Port
		options.Port = broker.FreePort
		if b, err = broker.Start(ctx, options); err == nil {
			s.taken = append(s.taken, wanted)
			s.noticef("port %d is taken: the sandbox's NATS is %s; destinations that name port %d reach the other server", wanted, b.URL(), wanted)
		}
	}
	switch {
	case errors.As(err, &taken) && o.flags.natsConfig != "":
		// It may be another listener's, such as that for monitoring.
		return fmt.Errorf("%w (in %s; for clients --nats-addr HOST:PORT goes before it)", err, o.flags.natsConfig)
	case errors.As(err, &taken):
		return fmt.Errorf("%w (--nats-addr HOST:PORT)", err)
	case err != nil:
		return err
	}
	s.broker = b
	s.onClose(b.Stop)
	return nil
}

func (s *servers) startAidbox(ctx context.Context, o serverOptions, store string) error {
	host, port, err := listenAddr("aidbox-addr", o.flags.aidboxAddr)
	if err != nil {
		return err
	}
	options := sandbox.Options{
		Addr:           net.JoinHostPort(host, strconv.Itoa(port)),
		DataDir:        store,
		ClientID:       o.flags.client,
		Secret:         o.flags.secret,
		Version:        o.flags.version,
		StrictProfiles: o.flags.strictProfiles,
		CredsDir:       o.credsDir,
	}
	a, err := sandbox.Start(ctx, options)
	var taken *sandbox.AddrInUseError
	if errors.As(err, &taken) && o.otherAidboxPort {
		options.Addr = net.JoinHostPort(host, "0")
		if a, err = sandbox.Start(ctx, options); err == nil {
			s.taken = append(s.taken, port)
			s.noticef("port %d is taken: the sandbox's Aidbox is %s", port, a.URL())
		}
	}
	if errors.As(err, &taken) {
		return fmt.Errorf("%w (--aidbox-addr HOST:PORT)", err)
	}
	if err != nil {
		return fmt.Errorf("start the sandbox's Aidbox: %w", err)
	}
	s.aidbox = a
	s.onClose(a.Close)
	return nil
}
