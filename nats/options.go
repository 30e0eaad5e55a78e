package nats

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"aidbox-nats/nats/shell"
)

const (
	defaultName          = "aidbox-nats"
	defaultReconnectWait = 500 * time.Millisecond
	defaultTimeout       = 3 * time.Second
	// pingInterval, with two pings unanswered, is how a dead peer is noticed within a minute.
	pingInterval = 20 * time.Second
	// writeTimeout bounds how long a peer that stopped reading can hold the connection's lock.
	writeTimeout = 10 * time.Second
)

// Options say where and as whom to connect. The zero value connects to nats://127.0.0.1:4222 as nobody.
type Options struct {
	// URLs are tried in order; an element may hold several, comma separated. Empty: nats://127.0.0.1:4222.
	// A user and password, or a token, in a URL wins over the fields below.
	URLs []string
	// Name is what the server shows for this connection. Empty: aidbox-nats.
	Name string
	// User and Password, or Token, log in with a secret.
	User, Password, Token string
	// CredsFile is a .creds file (user JWT and seed). It is read anew at every connect, so a renewed file is
	// taken without a restart.
	CredsFile string
	// NKeyFile is a file with a user's nkey seed.
	NKeyFile string
	// CAFile holds the certificates (PEM) that the server's must be signed by. Empty: the system's.
	CAFile string
	// CertFile and KeyFile are the client's certificate and key (PEM), both or neither.
	CertFile, KeyFile string
	// TLS demands TLS; so do CAFile, CertFile and a tls:// or wss:// URL.
	TLS bool
	// ReadOnly refuses everything that changes a server, with ErrReadOnly.
	ReadOnly bool
	// Journal records every operation. Nil: nothing is recorded.
	Journal *Journal
	// ReconnectWait is the pause after all URLs have been tried. Zero: 500ms.
	ReconnectWait time.Duration
	// Timeout bounds one attempt to connect to one URL. Zero: 3s.
	Timeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = defaultName
	}
	if o.ReconnectWait <= 0 {
		o.ReconnectWait = defaultReconnectWait
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return o
}

// connectOptions are nats.go's options without URL, dialer and handlers. They fail for what can never work.
func (o Options) connectOptions(urls []*url.URL) (natsgo.Options, error) {
	opts := natsgo.GetDefaultOptions()
	opts.Name = o.Name
	opts.User, opts.Password, opts.Token = o.User, o.Password, o.Token
	opts.NoRandomize = true
	opts.MaxReconnect = -1
	opts.IgnoreAuthErrorAbort = true
	opts.ReconnectBufSize = -1
	opts.ReconnectWait = o.ReconnectWait
	opts.Timeout = o.Timeout
	opts.PingInterval = pingInterval
	opts.FlusherTimeout = writeTimeout
	// A batch of stored messages comes through a channel of its own, which nats.go makes 512 KiB large by default.
	opts.SubChanLen = 2 * maxPage
	// The dialer resolves names itself, within a context.
	opts.SkipHostLookup = true
	opts.Secure = o.TLS || wantsTLS(urls)

	if o.CredsFile != "" && o.NKeyFile != "" {
		return opts, errors.New("a credentials file and an nkey file cannot be used together")
	}
	if o.CredsFile != "" {
		if err := checkCreds(o.CredsFile); err != nil {
			return opts, fmt.Errorf("credentials file %s: %w", o.CredsFile, err)
		}
		if err := natsgo.UserCredentials(o.CredsFile)(&opts); err != nil {
			return opts, fmt.Errorf("credentials file %s: %w", o.CredsFile, err)
		}
	}
	if o.NKeyFile != "" {
		nkey, err := natsgo.NkeyOptionFromSeed(o.NKeyFile)
		if err == nil {
			err = nkey(&opts)
		}
		if err != nil {
			return opts, fmt.Errorf("nkey file %s: %w", o.NKeyFile, err)
		}
	}
	if o.CAFile != "" {
		if err := natsgo.RootCAs(o.CAFile)(&opts); err != nil {
			return opts, fmt.Errorf("CA file %s: %w", o.CAFile, err)
		}
	}
	if (o.CertFile == "") != (o.KeyFile == "") {
		return opts, errors.New("a client certificate needs both its certificate file and its key file")
	}
	if o.CertFile != "" {
		if err := natsgo.ClientCert(o.CertFile, o.KeyFile)(&opts); err != nil {
			return opts, fmt.Errorf("client certificate %s: %w", o.CertFile, err)
		}
	}
	return opts, nil
}

// checkCreds says whether a file holds a user JWT and the seed of the same user. Whether the server takes it
// is the server's word.
func checkCreds(file string) error {
	contents, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	token, err := nkeys.ParseDecoratedJWT(contents)
	if err != nil {
		return fmt.Errorf("no user JWT in it: %w", err)
	}
	claims, err := jwt.DecodeUserClaims(token)
	if err != nil {
		return fmt.Errorf("no user JWT in it: %w", err)
	}
	pair, err := nkeys.ParseDecoratedUserNKey(contents)
	if err != nil {
		return fmt.Errorf("no user seed in it: %w", err)
	}
	defer pair.Wipe()
	public, err := pair.PublicKey()
	if err != nil {
		return fmt.Errorf("no user seed in it: %w", err)
	}
	if public != claims.Subject {
		return fmt.Errorf("its seed belongs to %s, its JWT to %s", public, claims.Subject)
	}
	return nil
}

// identity is what the connection presents to the server at u, without the secret.
func (o Options) identity(u *url.URL) string {
	if u.User != nil {
		if _, ok := u.User.Password(); ok {
			return "user " + quote(u.User.Username())
		}
		return "the token"
	}
	switch {
	case o.CredsFile != "":
		return "the credentials in " + o.CredsFile
	case o.NKeyFile != "":
		return "the nkey in " + o.NKeyFile
	case o.User != "":
		return "user " + quote(o.User)
	case o.Token != "":
		return "the token"
	case o.CertFile != "":
		return "the client certificate " + o.CertFile
	}
	return ""
}

// login is how the nats command says where and as whom: shell words, secrets as variables.
func (o Options) login(u *url.URL) string {
	public := *u
	public.User = nil
	words := []string{"--server", shell.Quote(public.String())}
	user, password, token := o.User, o.Password != "", o.Token != ""
	if u.User != nil {
		_, password = u.User.Password()
		user, token = u.User.Username(), !password
	}
	switch {
	case token && u.User != nil, token && user == "":
		words = append(words, "--user", `"$NATS_TOKEN"`)
	case user != "":
		words = append(words, "--user", shell.Quote(user))
		if password {
			words = append(words, "--password", `"$NATS_PASSWORD"`)
		}
	}
	for _, file := range []struct{ flag, path string }{
		{"--creds", o.CredsFile}, {"--nkey", o.NKeyFile},
		{"--tlsca", o.CAFile}, {"--tlscert", o.CertFile}, {"--tlskey", o.KeyFile},
	} {
		if file.path != "" {
			words = append(words, file.flag, shell.Quote(file.path))
		}
	}
	return strings.Join(words, " ")
}
