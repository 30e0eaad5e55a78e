package nats

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"aidbox-nats/nats/broker"
)

func TestWhatCanNeverWorkFailsAtOnce(t *testing.T) {
	dir := t.TempDir()
	garbage := writeFile(t, filepath.Join(dir, "garbage"), "not a key")
	cases := map[string]struct {
		options Options
		want    string
	}{
		"an unknown scheme":                        {Options{URLs: []string{"http://localhost"}}, "the scheme must be one of nats, tls, ws, wss"},
		"no host":                                  {Options{URLs: []string{"nats://:4222"}}, "the host is missing"},
		"a port that is no number":                 {Options{URLs: []string{"nats://host:port"}}, "not a NATS URL: nats://host:port"},
		"websocket and plain addresses mixed":      {Options{URLs: []string{"ws://a", "nats://b"}}, "cannot be mixed"},
		"a credentials file that is not there":     {Options{CredsFile: filepath.Join(dir, "none")}, "credentials file " + dir},
		"a credentials file without a JWT":         {Options{CredsFile: garbage}, "no user JWT in it"},
		"an nkey file without a seed":              {Options{NKeyFile: garbage}, "nkey file " + garbage},
		"a CA file that is not there":              {Options{CAFile: filepath.Join(dir, "none")}, "CA file " + dir},
		"a CA file without a certificate":          {Options{CAFile: garbage}, "CA file " + garbage},
		"a client certificate without its key":     {Options{CertFile: garbage}, "needs both"},
		"a client certificate that is none":        {Options{CertFile: garbage, KeyFile: garbage}, "client certificate " + garbage},
		"credentials and an nkey at the same time": {Options{CredsFile: garbage, NKeyFile: garbage}, "cannot be used together"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := Dial(context.Background(), test.options)
			if c != nil {
				c.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Dial = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestSecretsOfAURLAppearNowhere(t *testing.T) {
	const secret = "s3cr3t-w0rd"
	b := startBroker(t, broker.Options{Configure: users(&server.User{Username: "ann", Password: "other"})})
	host := strings.TrimPrefix(b.URL(), "nats://")
	for name, url := range map[string]string{
		"a password":                    "nats://bob:" + secret + "@" + host,
		"a token":                       "nats://" + secret + "@" + host,
		"a password without a scheme":   "bob:" + secret + "@" + host,
		"a password that breaks a URL":  "nats://bob:%zz" + secret + "@" + host,
		"a password and a broken port":  "nats://bob:" + secret + "@host:port",
		"a password and a wrong scheme": "http://bob:" + secret + "@" + host,
	} {
		t.Run(name, func(t *testing.T) {
			journal := NewJournal(0)
			c, err := Dial(context.Background(), Options{URLs: []string{url}, Journal: journal, ReconnectWait: 10 * time.Millisecond})
			if err != nil {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("Dial's error shows the secret: %v", err)
				}
				return
			}
			defer c.Close()
			await(t, "a refusal", c.Changed, func() bool { return c.Status().LastErr != nil })
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			texts := []string{fmt.Sprintf("%+v", c.Status()), fmt.Sprint(c.WaitConnected(ctx)), fmt.Sprint(c.Publish(ctx, Message{Subject: "x"}))}
			for _, e := range c.Events(0) {
				texts = append(texts, fmt.Sprintf("%+v", e))
			}
			for _, op := range journal.Operations(0) {
				texts = append(texts, fmt.Sprintf("%+v", op), op.Command())
			}
			for _, text := range texts {
				if strings.Contains(text, secret) {
					t.Errorf("the secret is in %q", text)
				}
			}
		})
	}
}

func TestWhyThereIsNoConnectionIsSaidInWords(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "SSH-2.0-OpenSSH_9.9\r\n")
			conn.Close()
		}
	}()
	plain := startBroker(t, broker.Options{})
	cases := map[string]struct {
		url  string
		want string
	}{
		"a host that does not exist":       {"nats://no-such-host.invalid", `the host name "no-such-host.invalid" is not known here`},
		"a program that is not NATS":       {"nats://" + l.Addr().String(), "does not speak NATS"},
		"TLS asked of a server without it": {"tls://" + strings.TrimPrefix(plain.URL(), "nats://"), "the server offers no TLS"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			c := dial(t, Options{URLs: []string{test.url}})
			await(t, "a failed attempt", c.Changed, func() bool { return c.Status().LastErr != nil })
			if text := c.Status().LastErr.Error(); !strings.Contains(text, test.want) {
				t.Errorf("LastErr = %q, want %q in it", text, test.want)
			}
		})
	}
}
