package aidbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// What errors.Is finds in the errors of this package.
var (
	ErrUnreachable  = errors.New("server cannot be reached")
	ErrNotActivated = errors.New("not activated or asks for a login")
	ErrNotHTTP      = errors.New("answers, but not HTTP")
	ErrUnauthorized = errors.New("client or secret not accepted")
	ErrNoClient     = errors.New("no client given") // the answer was 401 too, so it is ErrUnauthorized as well
	ErrForbidden    = errors.New("no right to do this")
	ErrNoSender     = errors.New("destination has no sender")
	ErrReadOnly     = errors.New("read-only: nothing that changes a server is sent")
	ErrTooLarge     = errors.New("answer is too large")
	ErrUnexpected   = errors.New("answer is not what was asked for")
)

// errNATS is what a connection ends with that a NATS server greets on.
var errNATS = errors.New("a NATS server listens there")

// Error is a request that did not do what it should, whether it was answered or not. Its text is one line for a person
// and safe to print.
type Error struct {
	Status      int // HTTP status; 0 when nothing was answered
	Method, URL string
	Outcome     OperationOutcome
	Body        string // beginning of the answer, at most 4 KiB, secrets masked
	Client      string // who asked: the client's id, or empty
	Anonymous   bool   // asked without credentials
	Err         error  // what went wrong when it was not the server's refusal: a network, size or decoding error
	Location    string // where a redirect would have led
}

const maxErrorBody = 4 << 10

// Error tells what was tried, what came back and, where it is known, what to do.
func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Method, clean(e.URL, 300), e.Reason())
}

// Reason is the text without the request line.
func (e *Error) Reason() string {
	if e.Status == 0 {
		return e.failure()
	}
	var parts []string
	add := func(text string) {
		if text = strings.TrimRight(text, ". "); text != "" {
			parts = append(parts, text)
		}
	}
	switch said := strings.Join(e.Sentences(), "; "); {
	case e.Status == http.StatusUnauthorized, errors.Is(e, ErrNotActivated):
	case said != "":
		add(said)
	case e.Err == nil:
		add(clean(e.Body, 200))
	}
	if e.Err != nil {
		add(clean(e.Err.Error(), 500))
	}
	add(e.advice())
	status := strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
	if len(parts) == 0 {
		return status
	}
	return status + ": " + strings.Join(parts, "; ")
}

// Sentences gives what the server complains of, one sentence an issue, each beginning with the expression of the element
// that it speaks of.
func (e *Error) Sentences() []string { return e.Outcome.Sentences() }

func (e *Error) advice() string {
	switch {
	case errors.Is(e, ErrNotActivated):
		where := ""
		if e.Location != "" {
			where = " (it points to " + clean(e.Location, 200) + ")"
		}
		return "Aidbox is not activated or asks for a login" + where + "; open " + e.origin() + " in a browser"
	case e.Status == http.StatusUnauthorized && e.Client != "":
		return fmt.Sprintf("Aidbox does not know client %q or its secret; set AIDBOX_CLIENT_ID and AIDBOX_CLIENT_SECRET", clean(e.Client, 100))
	case errors.Is(e, ErrNoClient):
		return ErrNoClient.Error() + "; set AIDBOX_CLIENT_ID and AIDBOX_CLIENT_SECRET"
	case e.Status == http.StatusUnauthorized:
		return "Aidbox does not accept these credentials; set AIDBOX_CLIENT_ID and AIDBOX_CLIENT_SECRET"
	case e.Status == http.StatusForbidden:
		who := "this client"
		if e.Client != "" {
			who = fmt.Sprintf("client %q", clean(e.Client, 100))
		}
		return "nothing is broken, but " + who + " has no right to do this; an access policy in Aidbox can give it"
	case errors.Is(e, ErrNoSender):
		return "Aidbox started no sender for this destination; if asking again says the same, delete it and create it again"
	case e.Status == http.StatusPreconditionFailed:
		return "somebody changed it in between; read it again"
	case e.Status == http.StatusMethodNotAllowed && len(e.Sentences()) == 0 && strings.Contains(e.URL, "/"+typeDestination+"/"):
		return "a destination cannot be edited; delete it and create it again"
	}
	return ""
}

// failure tells of a request that got no answer.
func (e *Error) failure() string {
	err := e.Err
	var dns *net.DNSError
	var untrusted *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	switch {
	case err == nil:
		return "no answer"
	case errors.Is(err, ErrReadOnly):
		return "not sent, " + err.Error()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens on " + e.origin() + "; start Aidbox there or give --aidbox-url"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time from " + e.origin() + "; is it Aidbox that listens there, and is it awake?"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return fmt.Sprintf("host %q is not known; give --aidbox-url", clean(dns.Name, 100))
	case errors.As(err, &untrusted), errors.As(err, &unknown):
		return "the certificate of " + e.origin() + " is not trusted: " + clean(err.Error(), 300)
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return e.origin() + " does not speak TLS; give --aidbox-url with http://"
	case strings.Contains(err.Error(), "server response headers exceeded"): // of net/http, which has no type for it
		return fmt.Sprintf("the headers of the answer are larger than %d bytes; is it Aidbox that listens on %s?", maxHeader, e.origin())
	case errors.Is(e, ErrNotHTTP):
		what := ""
		if errors.Is(err, errNATS) {
			what = " (" + errNATS.Error() + ")"
		}
		return e.origin() + " " + ErrNotHTTP.Error() + what + "; give Aidbox's address as --aidbox-url"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection was closed before an answer came; is it Aidbox that listens on " + e.origin() + "?"
	}
	return clean(err.Error(), 500)
}

func (e *Error) origin() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return "the server"
	}
	return u.Scheme + "://" + u.Host
}

// Unwrap gives the cause when the server did not answer, or not with JSON.
func (e *Error) Unwrap() error { return e.Err }

// Is makes the status and the text of an answer known to errors.Is.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrNoClient:
		return e.Status == http.StatusUnauthorized && e.Anonymous
	case ErrNotHTTP:
		return e.Status == 0 && e.Err != nil && notHTTP(e.Err)
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrNotActivated:
		return e.Status >= 300 && e.Status < 400 && e.Status != http.StatusNotModified
	case ErrNoSender:
		return strings.Contains(e.Body, "has no sender")
	case ErrUnreachable:
		var network net.Error // every failure to connect, time-outs included
		return e.Status == 0 && (errors.As(e.Err, &network) || errors.Is(e.Err, io.EOF)) && !errors.Is(e.Err, context.Canceled)
	}
	return false
}

// notHTTP knows what net/http says, which has no type for it, of an answer that does not begin as HTTP does.
func notHTTP(err error) bool {
	return errors.Is(err, errNATS) || strings.Contains(err.Error(), "malformed HTTP ")
}

func hasStatus(err error, codes ...int) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Status == c {
			return true
		}
	}
	return false
}

// IsNotFound reports a resource that is not there: never was (404) or was deleted (410).
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound, http.StatusGone) }

// IsGone reports a deleted resource (410).
func IsGone(err error) bool { return hasStatus(err, http.StatusGone) }

// IsConflict reports an id that is taken (409).
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsNotAllowed reports a verb that the resource does not take (405), such as PUT of a destination.
func IsNotAllowed(err error) bool { return hasStatus(err, http.StatusMethodNotAllowed) }

// IsPreconditionFailed reports an If-Match or a conditional request that did not hold (412). Without an If-Match of ours
// it may also be a conflict of two transactions, and asking again is right.
func IsPreconditionFailed(err error) bool { return hasStatus(err, http.StatusPreconditionFailed) }

// IsInvalid reports a body that the server's validation refused: 422, or 400 from a server that is not in FHIR compliant
// mode.
func IsInvalid(err error) bool {
	return hasStatus(err, http.StatusUnprocessableEntity, http.StatusBadRequest)
}

// bodyError says what came instead of JSON.
type bodyError struct {
	what string
	err  error
}

func (e *bodyError) Error() string { return e.what }
func (e *bodyError) Unwrap() error { return e.err }
