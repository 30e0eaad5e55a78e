package streams

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/widget"
)

// The fields of a stream's form.
const (
	fieldName       = "name"
	fieldSubjects   = "subjects"
	fieldStorage    = "storage"
	fieldRetention  = "retention"
	fieldMaxAge     = "max age"
	fieldMaxMsgs    = "max messages"
	fieldMaxBytes   = "max size"
	fieldPerSubject = "per subject"
	fieldDiscard    = "when full"
	fieldReplicas   = "replicas"
	fieldDuplicates = "duplicates"
	fieldFlags      = "also"
	fieldText       = "description"
)

// The flags of a stream's form.
const (
	flagDirect     = "direct"
	flagCompress   = "compress"
	flagRollup     = "rollup"
	flagDenyDelete = "deny-delete"
	flagDenyPurge  = "deny-purge"
)

// listed are the words of a field, which commas and blanks part.
func listed(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// config is what a form makes of a configuration: what it does not ask for
// stays. What cannot be read counts as left empty; the field says so.
func config(base nats.StreamConfig, v widget.Values) nats.StreamConfig {
	c := base
	if name, ok := v[fieldName]; ok {
		c.Name = strings.TrimSpace(name)
	}
	if subjects, ok := v[fieldSubjects]; ok {
		c.Subjects = listed(subjects)
	}
	c.Description = strings.TrimSpace(v[fieldText])
	c.Storage, c.Retention, c.Discard = v[fieldStorage], v[fieldRetention], v[fieldDiscard]
	c.MaxAge, _ = age(v[fieldMaxAge])
	c.MaxMsgs, _ = count(v[fieldMaxMsgs])
	c.MaxBytes, _ = size(v[fieldMaxBytes])
	c.MaxMsgsPerSubject, _ = count(v[fieldPerSubject])
	c.Replicas, _ = strconv.Atoi(v[fieldReplicas])
	c.Duplicates, _ = age(v[fieldDuplicates])
	flags := strings.Fields(v[fieldFlags])
	has := func(flag string) bool { return slices.Contains(flags, flag) }
	c.NoDirect, c.Compress, c.AllowRollup = !has(flagDirect), has(flagCompress), has(flagRollup)
	c.DenyDelete, c.DenyPurge = has(flagDenyDelete), has(flagDenyPurge)
	return c
}

func flags(c nats.StreamConfig) string {
	var out []string
	for _, f := range []struct {
		on   bool
		name string
	}{
		{!c.NoDirect, flagDirect}, {c.Compress, flagCompress}, {c.AllowRollup, flagRollup},
		{c.DenyDelete, flagDenyDelete}, {c.DenyPurge, flagDenyPurge},
	} {
		if f.on {
			out = append(out, f.name)
		}
	}
	return strings.Join(out, " ")
}

// edited says what an edit changed, in the words of the form.
func edited(old, now nats.StreamConfig) string {
	told := func(c nats.StreamConfig) [][2]string {
		return [][2]string{
			{fieldSubjects, strings.Join(c.Subjects, " ")}, {fieldRetention, c.Retention},
			{fieldMaxAge, ageText(c.MaxAge)}, {fieldMaxMsgs, countText(c.MaxMsgs)}, {fieldMaxBytes, sizeText(c.MaxBytes)},
			{fieldPerSubject, countText(c.MaxMsgsPerSubject)}, {fieldDiscard, c.Discard}, {fieldReplicas, strconv.Itoa(c.Replicas)},
			{fieldDuplicates, ageText(c.Duplicates)}, {fieldFlags, flags(c)}, {fieldText, c.Description},
		}
	}
	before := told(old)
	var out []string
	for i, field := range told(now) {
		if field != before[i] {
			out = append(out, field[0]+" "+cmp.Or(field[1], "none"))
		}
	}
	return cmp.Or(strings.Join(out, ", "), "nothing")
}

// count reads a number; empty is none.
func count(s string) (int64, error) {
	s = strings.NewReplacer(",", "", "_", "", " ", "").Replace(s)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, errors.New("a number, as 1000; empty: no limit")
	}
	return n, nil
}

// size reads a size in units of 1024, as the nats command does; empty is none.
func size(s string) (int64, error) {
	wrong := errors.New("a size, as 512 MB or 10GB; empty: no limit")
	s = strings.ToUpper(strings.NewReplacer(",", "", "_", "", " ", "").Replace(s))
	if s == "" {
		return 0, nil
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "B"), "I")
	unit := int64(1)
	if i := strings.IndexAny("KMGT", s[max(len(s)-1, 0):]); s != "" && i >= 0 {
		unit, s = 1<<(10*(i+1)), s[:len(s)-1]
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n <= math.MaxInt64/unit {
		return n * unit, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0) || n*float64(unit) >= math.MaxInt64 {
		return 0, wrong
	}
	return int64(n * float64(unit)), nil
}

// sizeText writes a size that [size] reads without loss.
func sizeText(n int64) string {
	if n <= 0 {
		return ""
	}
	for i, unit := range []string{"TB", "GB", "MB", "KB"} {
		if one := int64(1) << (10 * (4 - i)); n%one == 0 {
			return fmt.Sprintf("%d%s", n/one, unit)
		}
	}
	return strconv.FormatInt(n, 10)
}

const day = 24 * time.Hour

// age reads a time, also in days, weeks and years, as the nats command does;
// empty is none.
func age(s string) (time.Duration, error) {
	wrong := errors.New("a time, as 30d, 12h or 1h30m")
	s = strings.ReplaceAll(s, " ", "")
	if s == "" {
		return 0, nil
	}
	for unit, one := range map[string]time.Duration{"d": day, "w": 7 * day, "y": 365 * day} {
		if n, err := strconv.ParseInt(strings.TrimSuffix(s, unit), 10, 64); strings.HasSuffix(s, unit) && err == nil {
			if n < 0 || n > int64(math.MaxInt64/one) {
				return 0, wrong
			}
			return time.Duration(n) * one, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, wrong
	}
	return d, nil
}

// ageText writes a time that [age] reads without loss.
func ageText(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func countText(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// checks turns a reader of a value into the check of a field.
func checks[T any](read func(string) (T, error)) func(string) error {
	return func(s string) error {
		_, err := read(s)
		return err
	}
}
