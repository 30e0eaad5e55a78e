package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/engine"
	"aidbox-nats/aidbox/sandbox/rest"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// Defaults of [Options].
const (
	DefaultAddr     = "127.0.0.1:8080"
	DefaultClientID = "root"
	DefaultSecret   = "secret"
	DefaultVersion  = 2609
)

const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// Options say how the sandbox runs. Only DataDir has no default.
type Options struct {
	// Addr is the address to listen on. Empty: 127.0.0.1:8080. Port 0 is a free
	// port.
	Addr string
	// DataDir is the folder of the data, which is made if it is missing.
	DataDir string
	// ClientID and Secret are what requests must bring. Empty: root and secret.
	ClientID, Secret string
	// Version is the Aidbox that is emulated: which elements a destination has,
	// which profiles there are, and whether there are correlation ids. Zero: 2609.
	Version int
	// StrictProfiles refuses a destination whose profile is not that of the
	// version.
	StrictProfiles bool
	// CredsDir is what Aidbox's /creds is on this machine. Empty: /creds.
	CredsDir string
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = DefaultAddr
	}
	if o.ClientID == "" {
		o.ClientID = DefaultClientID
	}
	if o.Secret == "" {
		o.Secret = DefaultSecret
	}
	if o.Version == 0 {
		o.Version = DefaultVersion
	}
	return o
}

// ErrNoDataDir says that Options.DataDir is missing.
var ErrNoDataDir = errors.New("the sandbox needs a folder for its data")

// LockedError says that another process has the data folder open.
type LockedError = store.LockedError

// AddrInUseError says that another program listens on the address.
type AddrInUseError struct {
	Addr string
	Err  error
}

func (e *AddrInUseError) Error() string {
	_, port, err := net.SplitHostPort(e.Addr)
	if err != nil {
		port = e.Addr
	}
	return fmt.Sprintf("port %s (%s) is taken by another program: stop that one, or give the sandbox another port", port, e.Addr)
}

func (e *AddrInUseError) Unwrap() error {
	return e.Err
}

// Server is a running sandbox.
type Server struct {
	url    string
	http   *http.Server
	served chan struct{} // closed when no connection is accepted any more
	engine *engine.Engine
	store  *store.Store

	closing sync.Once
	closed  error
}

// Start starts a sandbox and returns when it accepts connections; the senders
// of the destinations that it finds are connecting meanwhile. The error is an
// [*AddrInUseError] or a [*LockedError] where that is the cause. ctx bounds the
// start only; the sandbox runs until Close.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	o = o.withDefaults()
	if o.DataDir == "" {
		return nil, ErrNoDataDir
	}
	definitions, err := r4.Load()
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &AddrInUseError{Addr: o.Addr, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", o.Addr, err)
	}
	s := &Server{url: baseURL(o.Addr, listener.Addr()), served: make(chan struct{})}
	if s.store, err = store.Open(o.DataDir); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.engine, err = engine.New(engine.Options{
		Store: s.store, Definitions: definitions, BaseURL: s.url, Version: o.Version, CredsDir: o.CredsDir,
	})
	if err != nil {
		return nil, errors.Join(err, s.store.Close(), listener.Close())
	}
	if err := keepProfiles(ctx, s.engine, o.Version); err != nil {
		return nil, errors.Join(err, s.engine.Close(ctx), s.store.Close(), listener.Close())
	}
	s.http = &http.Server{
		Handler: rest.New(rest.Options{
			Engine:      s.engine,
			Definitions: definitions,
			Rules:       subscription.Rules{Definitions: definitions, Version: o.Version, StrictProfiles: o.StrictProfiles},
			BaseURL:     s.url,
			Version:     o.Version,
			ClientID:    o.ClientID,
			Secret:      o.Secret,
		}),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// net/http would write across the screen of the console that we run in.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(s.served)
		// It returns when Close shuts the server down.
		_ = s.http.Serve(listener)
	}()
	return s, nil
}

// baseURL keeps the host as it was asked for; one that means every address is
// reached as 127.0.0.1.
func baseURL(asked string, got net.Addr) string {
	_, port, err := net.SplitHostPort(got.String())
	if err != nil {
		return "http://" + got.String()
	}
	host, _, err := net.SplitHostPort(asked)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// URL is the sandbox's base URL, e.g. http://127.0.0.1:8080.
func (s *Server) URL() string {
	return s.url
}

// Close answers the requests that are running, stops the senders and closes the
// data folder. When ctx ends it stops waiting for requests and for best-effort
// messages. It may be called more than once.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Do(func() {
		err := s.http.Shutdown(ctx)
		if err != nil {
			err = errors.Join(fmt.Errorf("stop answering requests: %w", err), s.http.Close())
		}
		<-s.served
		s.closed = errors.Join(err, s.engine.Close(ctx), s.store.Close())
	})
	return s.closed
}
