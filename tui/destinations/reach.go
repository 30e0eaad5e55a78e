package destinations

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
)

const natsPort = "4222"

// hosts are the servers of an address, host:port in lower case. An address may
// name several, separated by commas, each with or without a scheme.
func hosts(address string) []string {
	var out []string
	for part := range strings.SplitSeq(address, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if !strings.Contains(part, "://") {
			part = "nats://" + part
		}
		u, err := url.Parse(part)
		if err != nil || u.Hostname() == "" {
			continue
		}
		port := u.Port()
		if port == "" {
			port = natsPort
		}
		out = append(out, net.JoinHostPort(strings.ToLower(u.Hostname()), port))
	}
	return out
}

// loopback says whether a host:port means the machine that it is looked up on.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// ours says whether a destination sends to the NATS that this console is
// connected to: its address is the one under which Aidbox reaches it. In the
// sandbox, which runs here, every name of this machine is as good.
func (m *Model) ours(d aidbox.Destination) bool {
	known := hosts(m.o.URLForAidbox)
	for _, h := range hosts(d.ServerURL()) {
		if slices.Contains(known, h) {
			return true
		}
		if m.o.Sandbox && m.besideUs(h) {
			return true
		}
	}
	return false
}

// maybeOurs says whether a destination sends to the NATS that this console is
// connected to if the machine that its address names is this one, which nobody
// has told.
func (m *Model) maybeOurs(d aidbox.Destination) bool {
	return !m.ours(d) && slices.ContainsFunc(hosts(d.ServerURL()), m.besideUs)
}

// besideUs says whether a host:port is a name of the machine it is looked up
// on, with the port on which this machine's NATS is reached.
func (m *Model) besideUs(hostport string) bool {
	if !thisMachine(hostport) {
		return false
	}
	_, port, _ := net.SplitHostPort(hostport)
	return slices.ContainsFunc(append(hosts(m.o.URLForAidbox), hosts(m.natsURL)...), func(k string) bool {
		_, p, _ := net.SplitHostPort(k)
		return p == port && thisMachine(k)
	})
}

func thisMachine(hostport string) bool {
	return loopback(hostport) || strings.HasPrefix(hostport, "host.docker.internal:")
}

// fromHere is the address of a destination's server as reached from here, or
// nothing where that is not known or is the same.
func (m *Model) fromHere(d aidbox.Destination) string {
	here := hosts(m.natsURL)
	if len(here) == 0 || !m.ours(d) || slices.Contains(hosts(d.ServerURL()), here[0]) {
		return ""
	}
	return here[0]
}

// listens are the subjects subscribed to here that a message on subject
// reaches. The server's own matching decides.
func (m *Model) listens(subject string) []string {
	var out []string
	for _, s := range m.listening {
		if matches(subject, s) {
			out = append(out, s)
		}
	}
	return out
}

func matches(subject, filter string) bool {
	return len(nats.Taking(subject, []nats.Stream{{Subjects: []string{filter}}})) > 0
}

// taking are the streams that store what a destination sends, and whether that
// is known: the destination sends to our NATS, and its streams were read.
func (m *Model) taking(d aidbox.Destination) (taking []nats.Stream, known bool) {
	if !m.ours(d) || nats.ValidSubject(d.Subject(), false) != nil {
		return nil, false
	}
	if m.noJetStream {
		return nil, true
	}
	return nats.Taking(d.Subject(), m.streams), m.streamsKnown
}

// twins are the other destinations that send the same events to the same
// subject of the same server.
func (m *Model) twins(d aidbox.Destination) []string {
	var out []string
	for _, o := range m.destinations {
		if o.ID != d.ID && o.IsNATS() && o.Topic == d.Topic && o.Subject() == d.Subject() && slices.Equal(hosts(o.ServerURL()), hosts(d.ServerURL())) {
			out = append(out, o.ID)
		}
	}
	return out
}
