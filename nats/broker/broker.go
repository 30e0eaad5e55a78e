// Package broker runs a nats-server inside this process.
//
// It exists so that a console can offer a NATS server where none is installed, and so that tests talk to
// a real one. The server never touches what belongs to the program around it: it installs no signal
// handler (nats-server's own would end the process on SIGTERM), prints nothing (its log, banner included,
// is kept as lines that can be read with [Broker.Lines]), and stores JetStream data only in the folder
// that it was given (nats-server's own default is one folder in the system's temporary folder, shared by
// every server on the machine).
package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	// readyTimeout bounds the start, with a JetStream store to recover.
	readyTimeout = time.Minute
	// readyStep is how long one look at the server may take before the next look at its log.
	readyStep = 100 * time.Millisecond
)

// Broker is one nats-server in this process. Its address and its log outlive a stop and a restart.
// All methods may be called from several goroutines.
type Broker struct {
	options Options
	log     *lines

	// lifecycle serialises Start, Stop and Restart; mu guards what readers look at.
	lifecycle sync.Mutex
	mu        sync.Mutex
	port      int
	host      string
	scheme    string
	running   *run
}

// run is one life of the server, from Start to Shutdown.
type run struct {
	server  *server.Server
	unlock  func() error  // of the store
	started chan struct{} // closed when the server's Start has returned
	stopped chan struct{} // closed when Shutdown has finished; nil before a shutdown began
	err     error         // of unlock; written before stopped is closed
}

// Start starts a server and returns when it accepts connections. It fails with *AddrInUseError when a port
// is taken, with *LockedError when another broker keeps its JetStream data in the same folder, with *FatalError
// when the server itself gave up, and with the error of nats-server's parser when the configuration file is
// wrong.
func Start(ctx context.Context, o Options) (*Broker, error) {
	b := &Broker{options: o, log: newLines(o.LogLines)}
	b.lifecycle.Lock()
	defer b.lifecycle.Unlock()
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

// URL is the address for clients on this machine, such as nats://127.0.0.1:4222, or tls://... when the
// server demands TLS. A server that listens on all interfaces is named by its loopback address.
func (b *Broker) URL() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	host := b.host
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.To4() == nil {
			host = "::1"
		}
	}
	u := url.URL{Scheme: b.scheme, Host: net.JoinHostPort(host, strconv.Itoa(b.port))}
	return u.String()
}

// Port is the port for clients. A free port that was picked at the first start is kept by every restart.
func (b *Broker) Port() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.port
}

// Running says whether the server accepts connections.
func (b *Broker) Running() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.running != nil && b.running.stopped == nil
}

// Stop closes client connections, writes the store out and returns when the port is free. It does nothing
// on a stopped server. When ctx ends first its error is returned and the shutdown goes on; a later Stop
// or Restart waits for it.
func (b *Broker) Stop(ctx context.Context) error {
	b.lifecycle.Lock()
	defer b.lifecycle.Unlock()
	return b.stop(ctx)
}

// Restart stops the server if it runs and starts it again with the same port and the same store. A
// configuration file is read anew, so what it says now holds, except for the client port.
func (b *Broker) Restart(ctx context.Context) error {
	b.lifecycle.Lock()
	defer b.lifecycle.Unlock()
	if err := b.stop(ctx); err != nil {
		return err
	}
	return b.start(ctx)
}

func (b *Broker) start(ctx context.Context) error {
	opts, err := b.options.build(b.Port())
	if err != nil {
		return err
	}
	// JetStream opens its store before the server listens: a second server on the same store must be
	// turned away before it has touched a file.
	if opts.Port > 0 {
		if err := checkFree(opts.Host, opts.Port); err != nil {
			return err
		}
	}
	unlock := func() error { return nil }
	if opts.JetStream {
		if unlock, err = lockStore(opts.StoreDir); err != nil {
			return err
		}
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return errors.Join(fmt.Errorf("set up nats-server: %w", err), unlock())
	}
	fatal := b.log.beginRun()
	srv.SetLoggerV2(b.log, opts.Debug, opts.Trace, opts.TraceVerbose)

	r := &run{server: srv, unlock: unlock, started: make(chan struct{})}
	if err := r.listen(ctx, fatal); err != nil {
		r.shutdown()
		<-r.stopped
		<-r.started
		return errors.Join(err, r.err)
	}
	addr, ok := srv.Addr().(*net.TCPAddr)
	if !ok {
		r.shutdown()
		<-r.stopped
		return errors.Join(errors.New("nats-server has no TCP listener for clients"), r.err)
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	b.running, b.port, b.host, b.scheme = r, addr.Port, opts.Host, "nats"
	if opts.TLSConfig != nil && !opts.AllowNonTLS {
		b.scheme = "tls"
	}
	return nil
}

func (b *Broker) stop(ctx context.Context) error {
	b.mu.Lock()
	r := b.running
	if r != nil && r.stopped == nil {
		r.shutdown()
	}
	b.mu.Unlock()
	if r == nil {
		return nil
	}
	select {
	case <-r.stopped:
	case <-ctx.Done():
		return fmt.Errorf("stop nats-server: %w", ctx.Err())
	}
	b.mu.Lock()
	b.running = nil
	b.mu.Unlock()
	return r.err
}

// listen starts the server and waits until it accepts connections. nats-server expects its logger to end the
// process at a fatal message; ours only keeps the line, so the message is the sign that the start failed. It
// may come after Start has returned: from a listener other than that for clients.
func (r *run) listen(ctx context.Context, fatal <-chan string) error {
	go func() {
		defer close(r.started)
		r.server.Start()
	}()
	for deadline := time.Now().Add(readyTimeout); ; {
		ready := r.server.ReadyForConnections(readyStep)
		if ready {
			<-r.started
		}
		select {
		case text := <-fatal:
			return fatalError(text)
		case <-ctx.Done():
			return fmt.Errorf("start nats-server: %w", ctx.Err())
		default:
		}
		switch {
		case ready:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("nats-server accepts no connections after %s", readyTimeout)
		}
	}
}

func (r *run) shutdown() {
	r.stopped = make(chan struct{})
	go func() {
		defer close(r.stopped)
		r.server.Shutdown()
		r.server.WaitForShutdown()
		r.err = r.unlock()
	}()
}
