package aidbox

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Version is what GET /$version says.
type Version struct {
	Text      string // 2609, 2409.1, edge
	Number    int    // the leading integer, year and month of the release; 0 when there is none
	Commit    string
	Timestamp time.Time
}

// Health is what GET /health says.
type Health struct {
	Status      string // pass
	Description string
	Version     Version
	Raw         json.RawMessage
}

// OK tells whether the server says that it is well.
func (h Health) OK() bool { return h.Status == "pass" || h.Status == "ok" || h.Status == "up" }

// Version asks the server for its release.
func (c *Client) Version(ctx context.Context) (Version, error) {
	a, err := c.get(ctx, nil, "$version")
	if err != nil {
		return Version{}, err
	}
	o, _, err := c.object(a)
	if err != nil {
		return Version{}, err
	}
	return decodeVersion(o), nil
}

// Health asks the server how it is.
func (c *Client) Health(ctx context.Context) (Health, error) {
	a, err := c.get(ctx, nil, "health")
	if err != nil {
		return Health{}, err
	}
	o, raw, err := c.object(a)
	if err != nil {
		return Health{}, err
	}
	return Health{
		Status:      strings.ToLower(o.text("status")),
		Description: o.text("description"),
		Version:     decodeVersion(o.child("about")),
		Raw:         raw,
	}, nil
}

func decodeVersion(o object) Version {
	text := o.text("version")
	return Version{
		Text:      text,
		Number:    leadingInteger(strings.TrimPrefix(strings.TrimSpace(text), "v")),
		Commit:    o.text("commit"),
		Timestamp: parseTime(o.text("timestamp")),
	}
}

// since holds the release from which on a destination has an element. Elements that are not named here are in all
// releases that have destinations.
func since(element string) int {
	switch element {
	case "includeEntryAction", "includeVersionId":
		return 2603
	case "includeVersionIdInFocusReference", "enableLogging", "logLevel":
		return 2604
	case "filterBy":
		return 2609
	}
	return 0
}

// Supports tells whether a destination has an element in that release. An older server refuses what it does not know, so
// of an unknown release (0) only what all have is supported.
func Supports(version int, element string) bool { return version >= since(element) }

// SupportsCorrelation tells whether a release carries x-topic-correlation-id into its events.
func SupportsCorrelation(version int) bool { return version > 2607 }

// ProfileOptional tells whether a destination may come without meta.profile.
func ProfileOptional(version int) bool { return version >= 2609 }
