package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"aidbox-nats/nats"
)

const defaultNATS = "nats://127.0.0.1:4222"

// natsElsewhere is the first setting that names a NATS server, if one does.
func (s *settings) natsElsewhere() (found, bool) {
	f := s.first("nats-url", "nats-context")
	if !f.given() {
		return f, false
	}
	return f, s.at(f.rank, "nats-url") != "" || s.at(f.rank, "nats-context") != ""
}

// natsOptions answers where NATS is and as whom to connect. The strongest
// layer that names a URL or a context decides where; in one layer a URL goes
// before its context's. Credentials that are given as strongly as that go
// before the context's own. When nothing says where, it is the context that
// the nats command has selected, else 127.0.0.1:4222.
func (s *settings) natsOptions(ctx context.Context) (nats.Options, error) {
	place := s.first("nats-url", "nats-context")
	o, err := s.natsPlace(place)
	if err != nil {
		return nats.Options{}, err
	}
	err = s.identify(ctx, &o, place.rank)
	return o, err
}

// identify adds who connects and whom to trust. Credentials of a layer weaker
// than weakest stay behind those that o has.
func (s *settings) identify(ctx context.Context, o *nats.Options, weakest int) error {
	for setting, file := range map[string]*string{"nats-ca": &o.CAFile, "nats-cert": &o.CertFile, "nats-key": &o.KeyFile} {
		if f := s.get(setting); f.text != "" {
			*file = under(".", f.text)
		}
	}
	if (o.CertFile == "") != (o.KeyFile == "") {
		return usagef("a client's certificate and its key belong together: give --nats-cert and --nats-key")
	}
	who := s.first("nats-creds", "nats-nkey", "nats-user")
	if who.rank > weakest && hasIdentity(*o) {
		return nil
	}
	return s.natsIdentity(ctx, o, who)
}

func (s *settings) natsPlace(place found) (nats.Options, error) {
	url, name := s.at(place.rank, "nats-url"), s.at(place.rank, "nats-context")
	if url != "" && name == "" {
		return nats.Options{URLs: []string{url}}, nil
	}
	c, err := nats.ReadContext(name)
	switch {
	case name == "" && errors.Is(err, nats.ErrNoContext):
		return nats.Options{URLs: []string{defaultNATS}}, nil
	case err != nil:
		return nats.Options{}, err
	}
	o, err := c.Options()
	if err != nil {
		return nats.Options{}, err
	}
	if url != "" {
		o.URLs = []string{url}
	}
	return o, nil
}

func hasIdentity(o nats.Options) bool {
	return o.User != "" || o.Token != "" || o.CredsFile != "" || o.NKeyFile != ""
}

func (s *settings) natsIdentity(ctx context.Context, o *nats.Options, who found) error {
	creds, nkey, user := s.at(who.rank, "nats-creds"), s.at(who.rank, "nats-nkey"), s.at(who.rank, "nats-user")
	switch given := given(creds, nkey, user); {
	case given > 1:
		return usagef("a creds file, an nkey and a user exclude each other: give one of --nats-creds, --nats-nkey and --nats-user (%s)", who.from)
	case given == 0:
		f, ok := s.flagged("nats-password")
		if ok && o.User == "" {
			return usagef("%s needs --nats-user", f)
		}
		if ok {
			o.Password = s.get("nats-password").text
		}
		return nil
	}
	o.User, o.Password, o.Token, o.CredsFile, o.NKeyFile = "", "", "", "", ""
	switch {
	case creds != "":
		o.CredsFile = under(".", creds)
		return nil
	case nkey != "":
		o.NKeyFile = under(".", nkey)
		return nil
	}
	o.User = user
	password, err := s.secret(ctx, "nats-password", s.profile.NATS.secret)
	o.Password = password
	return err
}

// given counts the settings that are not empty.
func given(settings ...string) int {
	n := 0
	for _, s := range settings {
		if s != "" {
			n++
		}
	}
	return n
}

// secret reads a secret; the profile's is asked for only when nothing stronger
// has one.
func (s *settings) secret(ctx context.Context, name string, p secret) (string, error) {
	if f := s.get(name); f.given() {
		return f.text, nil
	}
	text, _, err := p.read(ctx, s.getenv)
	if err != nil {
		return "", fmt.Errorf("profile %q: %w", s.profileName(), err)
	}
	return text, nil
}

// withoutUserinfo is the first of the addresses, without a user or secret.
func withoutUserinfo(urls []string) string {
	if len(urls) == 0 {
		return defaultNATS
	}
	first, _, _ := strings.Cut(urls[0], ",")
	first = strings.TrimSpace(first)
	scheme, rest, ok := strings.Cut(first, "://")
	if !ok {
		scheme, rest = "nats", first
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	return scheme + "://" + rest
}
