package rest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"aidbox-nats/aidbox/sandbox/outcome"
)

// paramLastUpdated is the search parameter that compares meta.lastUpdated.
const paramLastUpdated = "_lastUpdated"

// span is what a date of a search parameter means: the instants that have it as
// their beginning, at its precision. 2026-01 is January of that year.
type span struct {
	from, before time.Time
}

// comparison returns what a prefix of FHIR asks of an instant. That is what a
// resource's lastUpdated is, so that gt and sa are the same, and lt and eb. Nil:
// there is no such prefix.
func (s span) comparison(prefix string) func(time.Time) bool {
	switch prefix {
	case "eq":
		return s.holds
	case "ne":
		return func(at time.Time) bool { return !s.holds(at) }
	case "gt", "sa":
		return func(at time.Time) bool { return !at.Before(s.before) }
	case "ge":
		return func(at time.Time) bool { return !at.Before(s.from) }
	case "lt", "eb":
		return func(at time.Time) bool { return at.Before(s.from) }
	case "le":
		return func(at time.Time) bool { return at.Before(s.before) }
	}
	return nil
}

func (s span) holds(at time.Time) bool {
	return !at.Before(s.from) && at.Before(s.before)
}

// parseLastUpdated reads one value of _lastUpdated: dates with prefixes, one of
// which must hold.
func parseLastUpdated(value string) (func(time.Time) bool, error) {
	var wanted []func(time.Time) bool
	for _, one := range alternatives(value) {
		prefix, date := "eq", one
		if len(one) > 1 && isLower(one[0]) && isLower(one[1]) {
			prefix, date = one[:2], one[2:]
		}
		if prefix == "ap" {
			return nil, outcome.NotImplemented(fmt.Sprintf("the prefix \"ap\" of %s", paramLastUpdated))
		}
		dates, ok := parseSpan(date)
		holds := dates.comparison(prefix)
		if !ok || holds == nil {
			text := fmt.Sprintf("%s is %.64q, expected a date such as 2026, 2026-01, 2026-01-31, 2026-01-31T12:00Z or 2026-01-31T12:00:00.000+02:00, "+
				"with eq, ne, gt, ge, lt, le, sa or eb before it, or nothing", paramLastUpdated, one)
			if strings.Contains(one, " ") {
				text += "; a + in a URL is a space, write %2B"
			}
			return nil, outcome.Malformed(text)
		}
		wanted = append(wanted, holds)
	}
	return func(at time.Time) bool {
		return slices.ContainsFunc(wanted, func(holds func(time.Time) bool) bool { return holds(at) })
	}, nil
}

func isLower(c byte) bool {
	return 'a' <= c && c <= 'z'
}

// datePattern is FHIR's form of a date in a search: minutes where there are
// hours, and a time zone only behind a time. The groups are month, day, time,
// seconds, fraction and zone.
var datePattern = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?$`)

// maxZone is the largest offset of a time zone in FHIR.
const maxZone = 14 * time.Hour

// parseSpan reads a date. Without a time zone it is UTC.
func parseSpan(date string) (span, bool) {
	groups := datePattern.FindStringSubmatch(date)
	if groups == nil {
		return span{}, false
	}
	day, clock, seconds, fraction, zone := groups[2], groups[3], groups[4], groups[5], groups[6]
	layout := "2006-01-02T15:04:05"[:len(date)-len(fraction)-len(zone)]
	if zone != "" {
		layout += "Z07:00"
	}
	// time.Parse reads a fraction behind the seconds without being told.
	from, err := time.Parse(layout, date)
	if err != nil || from.Year() < 1 {
		return span{}, false
	}
	if _, offset := from.Zone(); time.Duration(offset)*time.Second > maxZone || time.Duration(offset)*time.Second < -maxZone {
		return span{}, false
	}
	from = from.UTC()
	var before time.Time
	switch {
	case fraction != "":
		step := time.Second
		for range len(fraction) - len(".") {
			step /= 10
		}
		before = from.Add(step)
	case seconds != "":
		before = from.Add(time.Second)
	case clock != "":
		before = from.Add(time.Minute)
	case day != "":
		before = from.AddDate(0, 0, 1)
	case groups[1] != "":
		before = from.AddDate(0, 1, 0)
	default:
		before = from.AddDate(1, 0, 0)
	}
	return span{from: from, before: before}, true
}
