package nats

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	natsgo "github.com/nats-io/nats.go"
)

// explainConnect turns the cause of a failed connect into a sentence that says what to do.
func explainConnect(e *ConnectError) string {
	var (
		dns       *net.DNSError
		op        *net.OpError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return e.URL + " refused the connection: nothing listens there; start nats-server or give --nats-url"
	case errors.As(e.Err, &dns):
		return fmt.Sprintf("%s: the host name %s is not known here; check --nats-url", e.URL, quote(dns.Name))
	case errors.As(e.Err, &authority):
		return e.URL + ": the server's certificate comes from an authority that is not trusted here; give the CA's certificate (PEM)"
	case errors.As(e.Err, &hostname):
		return fmt.Sprintf("%s: the server's certificate is for another host: %s", e.URL, clip(hostname.Error()))
	case errors.As(e.Err, &invalid):
		return fmt.Sprintf("%s: the server's certificate is not valid: %s", e.URL, clip(invalid.Error()))
	case errors.Is(e.Err, natsgo.ErrSecureConnWanted):
		return e.URL + ": the server offers no TLS; write nats:// instead of tls:// and give no CA"
	case errors.As(e.Err, &op) && op.Op == "remote error", // an alert of crypto/tls, which has no type
		errors.Is(e.Err, natsgo.ErrTLS) && hungUp(e.Err):
		return fmt.Sprintf("%s: the server ended the TLS connection (%s); it may demand a client certificate", e.URL, clip(e.Err.Error()))
	case errors.Is(e.Err, natsgo.ErrTLS):
		return fmt.Sprintf("%s: no TLS connection came about: %s", e.URL, clip(e.Err.Error()))
	case errors.Is(e.Err, natsgo.ErrNkeysNotSupported):
		return e.URL + ": the server does not know nkeys; use another way to log in"
	case errors.As(e.Err, &op) && op.Op == "dial" && isTimeout(e.Err):
		return e.URL + " did not answer in time: is the address right, and does a firewall let it through?"
	case isTimeout(e.Err), errors.Is(e.Err, natsgo.ErrNoInfoReceived), hungUp(e.Err):
		return e.URL + " accepted the connection but does not speak NATS: is another program there?"
	case e.Err == nil:
		return e.URL + " could not be connected to"
	}
	return fmt.Sprintf("%s could not be connected to: %s", e.URL, clip(strings.TrimPrefix(e.Err.Error(), "nats: ")))
}

// hungUp says whether the other side closed the connection. Which of the three it is depends on the moment.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, natsgo.ErrTimeout) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

func explainAuth(e *AuthError) string {
	cause := strings.TrimPrefix(clip(e.Err.Error()), "nats: ")
	if e.Identity == "" {
		return fmt.Sprintf("%s asks who this is (%s): give --nats-creds, or --nats-user with NATS_PASSWORD set", e.URL, cause)
	}
	return fmt.Sprintf("%s refused %s (%s): check it against the server's users", e.URL, e.Identity, cause)
}

// authCause is the error of nats.go for a server that does not accept the user, or nil for any other error.
// The same refusal comes in different spellings; this makes them one.
func authCause(err error) error {
	for _, auth := range []error{natsgo.ErrAuthorization, natsgo.ErrAuthExpired, natsgo.ErrAuthRevoked, natsgo.ErrAccountAuthExpired} {
		if errors.Is(err, auth) {
			return auth
		}
	}
	return nil
}
