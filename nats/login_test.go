package nats

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"aidbox-nats/nats/broker"
)

// authority is a certificate authority of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, filepath.Join(t.TempDir(), "ca.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return authority{cert: cert, key: key, file: file}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate and key in PEM files. host is an IP address or a name.
func (a authority) issue(t *testing.T, host string, usage x509.ExtKeyUsage) (certFile, keyFile string) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile = writeFile(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	keyFile = writeFile(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})))
	return certFile, keyFile
}

// withTLS makes a server demand TLS, and a client certificate of the authority when clients is set.
func withTLS(certFile, keyFile, caFile string, clients bool) func(*server.Options) error {
	return func(o *server.Options) error {
		config, err := server.GenTLSConfig(&server.TLSConfigOpts{
			CertFile: certFile, KeyFile: keyFile, CaFile: caFile, Verify: clients,
		})
		o.TLSConfig = config
		o.TLSTimeout = patience.Seconds()
		return err
	}
}

func TestTLS(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	cert, key := ca.issue(t, "127.0.0.1", x509.ExtKeyUsageServerAuth)
	b := startBroker(t, broker.Options{Configure: withTLS(cert, key, ca.file, false)})
	if !strings.HasPrefix(b.URL(), "tls://") {
		t.Errorf("URL = %s", b.URL())
	}
	plainURL := "nats://" + strings.TrimPrefix(b.URL(), "tls://")

	t.Run("the right CA connects and encrypts", func(t *testing.T) {
		for _, url := range []string{b.URL(), plainURL} {
			c := connect(t, Options{URLs: []string{url}, CAFile: ca.file})
			if state, err := c.link.nc.TLSConnectionState(); err != nil || state.Version < tls.VersionTLS12 {
				t.Errorf("%s: TLS state %+v, %v", url, state.Version, err)
			}
			if err := c.Publish(testContext(t), Message{Subject: "foo"}); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("an unknown CA is told and retried", func(t *testing.T) {
		for _, o := range []Options{{CAFile: stranger.file}, {TLS: true}, {}} {
			o.URLs = []string{plainURL}
			c := dial(t, o)
			await(t, "attempts", c.Changed, func() bool { return c.Status().Attempts > 2 && c.Status().LastErr != nil })
			if text := c.Status().LastErr.Error(); !strings.Contains(text, "comes from an authority that is not trusted here") {
				t.Errorf("LastErr = %s", text)
			}
		}
	})
	t.Run("a certificate that fails after a reconnect is told", func(t *testing.T) {
		current := [2]string{cert, key}
		b := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
			return withTLS(current[0], current[1], ca.file, false)(o)
		}})
		c := connect(t, Options{URLs: []string{b.URL()}, CAFile: ca.file})
		current[0], current[1] = ca.issue(t, "elsewhere.example", x509.ExtKeyUsageServerAuth)
		if err := b.Restart(testContext(t)); err != nil {
			t.Fatal(err)
		}
		await(t, "the failure", c.Changed, func() bool {
			err := c.Status().LastErr
			return err != nil && strings.Contains(err.Error(), "the server's certificate is for another host")
		})
		current = [2]string{cert, key}
		if err := b.Restart(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if err := c.WaitConnected(testContext(t)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a client certificate is presented", func(t *testing.T) {
		b := startBroker(t, broker.Options{Configure: withTLS(cert, key, ca.file, true)})
		clientCert, clientKey := ca.issue(t, "client", x509.ExtKeyUsageClientAuth)
		connect(t, Options{URLs: []string{b.URL()}, CAFile: ca.file, CertFile: clientCert, KeyFile: clientKey})
		without := dial(t, Options{URLs: []string{b.URL()}, CAFile: ca.file})
		await(t, "the refusal", without.Changed, func() bool { return without.Status().LastErr != nil })
		if err := without.Status().LastErr; !errors.As(err, new(*ConnectError)) || !strings.Contains(err.Error(), "it may demand a client certificate") {
			t.Errorf("LastErr = %v", err)
		}
	})
}

// operator is a server in operator mode, with JetStream in one account and not in another.
type operator struct {
	broker        *broker.Broker
	with, without nkeys.KeyPair // the accounts
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func startOperator(t *testing.T) operator {
	t.Helper()
	operatorKey := must(nkeys.CreateOperator())
	systemKey := must(nkeys.CreateAccount())
	o := operator{with: must(nkeys.CreateAccount()), without: must(nkeys.CreateAccount())}
	system := must(systemKey.PublicKey())
	claims := jwt.NewOperatorClaims(must(operatorKey.PublicKey()))
	claims.SystemAccount = system
	must(claims.Encode(operatorKey))

	resolver := &server.MemAccResolver{}
	for key, jetStream := range map[nkeys.KeyPair]bool{systemKey: false, o.with: true, o.without: false} {
		account := jwt.NewAccountClaims(must(key.PublicKey()))
		if jetStream {
			account.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit}
		}
		if err := resolver.Store(account.Subject, must(account.Encode(operatorKey))); err != nil {
			t.Fatal(err)
		}
	}
	o.broker = startBroker(t, broker.Options{Configure: func(opts *server.Options) error {
		opts.TrustedOperators = []*jwt.OperatorClaims{claims}
		opts.SystemAccount = system
		opts.AccountResolver = resolver
		return nil
	}})
	return o
}

// creds writes the credentials of a new user.
func (o operator) creds(t *testing.T, account nkeys.KeyPair, configure func(*jwt.UserClaims)) string {
	t.Helper()
	user := must(nkeys.CreateUser())
	claims := jwt.NewUserClaims(must(user.PublicKey()))
	if configure != nil {
		configure(claims)
	}
	text := must(jwt.FormatUserConfig(must(claims.Encode(account)), must(user.Seed())))
	return writeFile(t, filepath.Join(t.TempDir(), "user.creds"), string(text))
}

func TestCredentials(t *testing.T) {
	o := startOperator(t)
	url := o.broker.URL()

	t.Run("a user of the account connects", func(t *testing.T) {
		c := connect(t, Options{URLs: []string{url}, CredsFile: o.creds(t, o.with, nil)})
		f := c.NewFeed(FeedOptions{})
		subscribe(t, f, "foo")
		if err := c.Publish(testContext(t), Message{Subject: "foo"}); err != nil {
			t.Fatal(err)
		}
		awaitReceived(t, f, 1)
	})
	t.Run("permissions of the user's JWT hold", func(t *testing.T) {
		c := connect(t, Options{URLs: []string{url}, CredsFile: o.creds(t, o.with, func(u *jwt.UserClaims) {
			u.Permissions.Pub.Allow.Add("joe.>")
		})})
		if err := c.Publish(testContext(t), Message{Subject: "joe.x"}); err != nil {
			t.Error(err)
		}
		if err := c.Publish(testContext(t), Message{Subject: "pam.x"}); !errors.As(err, new(*PermissionError)) {
			t.Errorf("Publish = %v", err)
		}
	})
	t.Run("a stranger is refused until the file is renewed", func(t *testing.T) {
		file := o.creds(t, must(nkeys.CreateAccount()), nil)
		c := dial(t, Options{URLs: []string{url}, CredsFile: file})
		await(t, "refusals", c.Changed, func() bool { return c.Status().Attempts > 4 })
		var auth *AuthError
		if !errors.As(c.Status().LastErr, &auth) || auth.Identity != "the credentials in "+file || !errors.Is(auth, natsgo.ErrAuthorization) {
			t.Fatalf("LastErr = %v", c.Status().LastErr)
		}
		renewed := o.creds(t, o.with, nil)
		writeFile(t, file, string(must(os.ReadFile(renewed))))
		if err := c.WaitConnected(testContext(t)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a user that expires while connected is told", func(t *testing.T) {
		file := o.creds(t, o.with, func(u *jwt.UserClaims) { u.Expires = time.Now().Add(2 * time.Second).Unix() })
		c := connect(t, Options{URLs: []string{url}, CredsFile: file})
		await(t, "the expiry", c.Changed, func() bool {
			for _, e := range c.Events(0) {
				if e.Kind == EventAuth && errors.Is(e.Err, natsgo.ErrAuthExpired) {
					return errors.As(c.Status().LastErr, new(*AuthError))
				}
			}
			return false
		})
	})
	t.Run("the seed of another user can never work", func(t *testing.T) {
		one, two := string(must(os.ReadFile(o.creds(t, o.with, nil)))), string(must(os.ReadFile(o.creds(t, o.with, nil))))
		const mark = "-----BEGIN USER NKEY SEED-----"
		file := writeFile(t, filepath.Join(t.TempDir(), "mixed.creds"), one[:strings.Index(one, mark)]+two[strings.Index(two, mark):])
		if c, err := Dial(testContext(t), Options{URLs: []string{url}, CredsFile: file}); err == nil || !strings.Contains(err.Error(), "its seed belongs to") {
			t.Errorf("Dial = %v, %v", c, err)
		}
	})
}

func TestOtherLogins(t *testing.T) {
	user := must(nkeys.CreateUser())
	nkeyFile := writeFile(t, filepath.Join(t.TempDir(), "user.nk"), string(must(user.Seed())))
	public := must(user.PublicKey())
	withNKey := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.Nkeys = []*server.NkeyUser{{Nkey: public}}
		return nil
	}})
	withToken := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.Authorization = "t0ken"
		return nil
	}})
	withUser := startBroker(t, broker.Options{Configure: users(&server.User{Username: "bob", Password: "p@ss"})})
	host := func(b *broker.Broker) string { return strings.TrimPrefix(b.URL(), "nats://") }
	for name, o := range map[string]Options{
		"an nkey":                     {URLs: []string{withNKey.URL()}, NKeyFile: nkeyFile},
		"a token":                     {URLs: []string{withToken.URL()}, Token: "t0ken"},
		"a token in the URL":          {URLs: []string{"nats://t0ken@" + host(withToken)}},
		"user and password":           {URLs: []string{withUser.URL()}, User: "bob", Password: "p@ss"},
		"user and password in a URL":  {URLs: []string{"nats://bob:p%40ss@" + host(withUser)}},
		"the URL's user wins":         {URLs: []string{"nats://bob:p%40ss@" + host(withUser)}, User: "ann", Password: "x"},
		"an address without a scheme": {URLs: []string{host(withUser)}, User: "bob", Password: "p@ss"},
	} {
		t.Run(name, func(t *testing.T) { connect(t, o) })
	}
}
