package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

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
	if o.dataDir == "" {
		dir, err := s.temporary()
		if err != nil {
			return s, err
		}
		return s, s.start(ctx, o, dir)
	}
	err = s.start(ctx, o, o.dataDir)
	if !o.otherFolder || !inUse(err, o.dataDir) {
		return s, err
	}
	if err := s.close(); err != nil {
		return s, err
	}
	// What was said of the first start holds no longer.
	s = &servers{}
	if s.instead, err = s.temporary(); err != nil {
		return s, err
	}
	s.noticef("the sandbox's data folder %s is in use by another console: this one keeps its data in %s and removes it at the end", o.dataDir, s.instead)
	return s, s.start(ctx, o, s.instead)
}

// start starts both servers on one data folder.
func (s *servers) start(ctx context.Context, o serverOptions, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	err := s.startBroker(ctx, o, filepath.Join(dir, "nats"))
	if err == nil {
		err = s.startAidbox(ctx, o, filepath.Join(dir, "aidbox"))
	}
	if inUse(err, dir) {
		err = fmt.Errorf("%w (--data-dir DIR)", err)
	}
	return err
}

// inUse reports whether err says that another process has a folder in dir.
func inUse(err error, dir string) bool {
	var stream *broker.LockedError
	var store *sandbox.LockedError
	switch {
	case errors.As(err, &stream):
		return filepath.Dir(stream.Dir) == filepath.Clean(dir)
	case errors.As(err, &store):
		return filepath.Dir(store.Dir) == filepath.Clean(dir)
	}
	return false
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

func (s *servers) temporary() (string, error) {
	dir, err := os.MkdirTemp("", "aidbox-nats-")
	if err != nil {
		return "", fmt.Errorf("make a temporary data folder: %w", err)
	}
	s.closers = append(s.closers, func() error { return os.RemoveAll(dir) })
	return dir, nil
}

func (s *servers) startBroker(ctx context.Context, o serverOptions, store string) error {
	if !o.broker {
		return nil
	}
	listens := "" // the host
	options := broker.Options{ConfigFile: o.flags.natsConfig}
	options.Configure = func(so *server.Options) error {
		// A config file may name its own place.
		if so.StoreDir == "" {
			so.StoreDir = store
		}
		listens = so.Host
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
	if !loopback(listens) {
		who := "whoever reaches this machine can read and publish everything"
		if o.flags.natsConfig != "" {
			who = "who may do what is " + o.flags.natsConfig + "'s to say"
		}
		s.noticef("the sandbox's NATS listens on %s, not on loopback alone: %s", net.JoinHostPort(listens, strconv.Itoa(b.Port())), who)
	}
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
	if !loopback(host) {
		listens := a.URL()[strings.LastIndexByte(a.URL(), ':')+1:]
		s.noticef("the sandbox's Aidbox listens on %s, not on loopback alone: whoever reaches this machine and knows its client and secret can read and change everything", net.JoinHostPort(host, listens))
	}
	return nil
}

// loopback reports whether only this machine reaches the host. A name that is
// not localhost is taken to be reached by others.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
