package aidbox

import (
	"context"
	"net/url"
	"strings"
)

// Family is a generation of profile URLs for destinations. The jar of 2604 brought the second one.
type Family int

const (
	FamilyUnknown Family = iota
	FamilyBefore2604
	FamilySince2604
)

const (
	legacyProfile = "http://aidbox.app/StructureDefinition/aidboxtopicdestination-"
	coreProfile   = "http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-"
)

// ProfileURL is the profile that a destination of a NATS kind names on a server of that release; an unknown release (0)
// gets the newest. For other kinds it is empty. What a server does with the other family's URL is not known, so this is
// a proposal and no ground to refuse one.
func ProfileURL(kind string, version int) string {
	legacy := version > 0 && version < 2604
	switch {
	case kind != KindCoreBestEffort && kind != KindJetStreamAtLeastOnce:
		return ""
	case legacy:
		return legacyProfile + kind
	case kind == KindCoreBestEffort:
		return coreProfile + "natsCoreBestEffortProfile"
	}
	return coreProfile + "natsJetStreamAtLeastOnceProfile"
}

// ProfileFamily tells a profile URL's generation, with or without a |version, and the NATS kind that it belongs to, if
// any.
func ProfileFamily(profile string) (family Family, kind string) {
	profile, _, _ = strings.Cut(profile, "|")
	for _, k := range []string{KindCoreBestEffort, KindJetStreamAtLeastOnce} {
		switch profile {
		case ProfileURL(k, 2602):
			return FamilyBefore2604, k
		case ProfileURL(k, 2604):
			return FamilySince2604, k
		}
	}
	switch {
	case strings.HasPrefix(profile, legacyProfile):
		return FamilyBefore2604, ""
	case strings.HasPrefix(profile, coreProfile):
		return FamilySince2604, ""
	}
	return FamilyUnknown, ""
}

// Profile asks whether the server holds a profile of that canonical URL. False means that it could not be confirmed, not
// that the module is missing.
func (c *Client) Profile(ctx context.Context, canonical string) (bool, error) {
	page, err := c.Search(ctx, "StructureDefinition", url.Values{"url": {canonical}})
	if err != nil {
		return false, err
	}
	wanted, _, _ := strings.Cut(canonical, "|")
	for _, e := range page.Entries {
		if o, _ := parseObject(e.Resource.Raw); o.text("url") == wanted {
			return true, nil
		}
	}
	return false, nil
}
