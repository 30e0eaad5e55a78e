package main

import (
	"context"
	"fmt"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui"
)

// Bounds of what the wire pane can show.
const (
	recordedExchanges = 500
	journalOperations = 2000
)

// consolePlan says which servers are the sandbox's and which run elsewhere.
type consolePlan struct {
	ownAidbox, ownBroker bool
	sandbox              *sandboxFlags
	servers              serverOptions
}

func planConsole(s *settings, flags *sandboxFlags) (consolePlan, error) {
	plan := consolePlan{sandbox: flags}
	aidbox := s.get("aidbox-url")
	plan.ownAidbox = aidbox.text == ""
	elsewhere, isElsewhere := s.natsElsewhere()
	if !plan.ownAidbox {
		if f, ok := s.flagged(sandboxOnly()...); ok {
			return plan, usagef("%s is about the sandbox, which does not run when %s names an Aidbox", f, aidbox.from)
		}
	} else {
		if f, ok := s.flagged("aidbox-client", "aidbox-secret"); ok {
			return plan, usagef("%s needs --aidbox-url; the sandbox has --client and --secret", f)
		}
		own, ownGiven := s.flagged("nats-addr", "nats-config")
		if ownGiven && isElsewhere && elsewhere.rank == 0 {
			return plan, usagef("%s is about the sandbox's own NATS server, %s about one that runs elsewhere: give one", own, elsewhere.from)
		}
		plan.ownBroker = !flags.noNATS && (ownGiven || !isElsewhere)
	}
	if plan.ownBroker && flags.natsConfig == "" {
		if f, ok := s.flagged("nats-creds", "nats-nkey", "nats-user", "nats-password", "nats-ca", "nats-cert", "nats-key"); ok {
			return plan, usagef("%s needs --nats-url, --nats-context or --nats-config: the sandbox's NATS server asks nobody who they are", f)
		}
	}
	creds, err := credsDir(s.get("creds-dir").text)
	if err != nil || !plan.ownAidbox {
		return plan, err
	}
	natsAddr := s.flags.Changed("nats-addr")
	plan.servers = serverOptions{
		flags:           flags,
		credsDir:        creds,
		dataDir:         flags.dataDir,
		broker:          plan.ownBroker,
		natsAddr:        natsAddr,
		otherFolder:     flags.dataDir == "",
		otherAidboxPort: !s.flags.Changed("aidbox-addr"),
		otherNATSPort:   !natsAddr && flags.natsConfig == "",
	}
	if flags.dataDir == "" {
		plan.servers.dataDir, err = sandboxDir(s.getenv)
	}
	return plan, err
}

// connect makes the two clients. Neither waits for its server: the screen
// shows how they are.
func (p consolePlan) connect(ctx context.Context, s *settings, running *servers) (tui.Options, error) {
	o := tui.Options{
		Recorder:  aidbox.NewRecorder(aidbox.RecorderOptions{Max: recordedExchanges}),
		Journal:   nats.NewJournal(journalOperations),
		Sandbox:   p.ownAidbox,
		Temporary: running.instead,
		Taken:     running.taken,
		ReadOnly:  s.readOnly(),
		Mask:      s.mask(),
		Profile:   s.profileName(),
		Notices:   running.notices,
	}
	config, err := p.aidboxConfig(ctx, s, running)
	if err != nil {
		return o, err
	}
	config.ReadOnly, config.Recorder = o.ReadOnly, o.Recorder
	if o.Aidbox, err = aidbox.New(config); err != nil {
		return o, err
	}
	options, err := p.natsOptions(ctx, s, running)
	if err != nil {
		return o, err
	}
	options.ReadOnly, options.Journal = o.ReadOnly, o.Journal
	if o.NATS, err = nats.Dial(ctx, options); err != nil {
		return o, err
	}
	o.URLForAidbox = p.urlForAidbox(s, options, running)
	return o, nil
}

func (p consolePlan) aidboxConfig(ctx context.Context, s *settings, running *servers) (aidbox.Config, error) {
	if p.ownAidbox {
		return aidbox.Config{URL: running.aidbox.URL(), ClientID: p.sandbox.client, Secret: p.sandbox.secret}, nil
	}
	secret, err := s.secret(ctx, "aidbox-secret", s.profile.Aidbox.secret)
	if err != nil {
		return aidbox.Config{}, err
	}
	client := s.get("aidbox-client").text
	if client == "" && secret != "" {
		return aidbox.Config{}, usagef("Aidbox's secret is given without the id of its Client: give --aidbox-client or AIDBOX_CLIENT_ID")
	}
	return aidbox.Config{URL: s.get("aidbox-url").text, ClientID: client, Secret: secret}, nil
}

func (p consolePlan) natsOptions(ctx context.Context, s *settings, running *servers) (nats.Options, error) {
	if !p.ownBroker {
		return s.natsOptions(ctx)
	}
	o := nats.Options{URLs: []string{running.broker.URL()}}
	if p.sandbox.natsConfig == "" {
		return o, nil
	}
	err := s.identify(ctx, &o, len(s.layers))
	return o, err
}

// urlForAidbox is what a new destination proposes. The sandbox knows
// host.docker.internal as this machine, so that the same text works in it and
// in a container.
func (p consolePlan) urlForAidbox(s *settings, o nats.Options, running *servers) string {
	if given := s.get("nats-url-for-aidbox").text; given != "" {
		return given
	}
	if p.ownBroker {
		return fmt.Sprintf("nats://host.docker.internal:%d", running.broker.Port())
	}
	return withoutUserinfo(o.URLs)
}
