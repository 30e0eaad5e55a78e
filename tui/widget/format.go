package widget

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Bytes writes a size as the nats command does, in units of 1024: "15 B",
// "5.1 KB", "51 KB".
func Bytes(n int64) string {
	if n < 0 {
		return "-" + Bytes(-max(n, -1<<62))
	}
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v := float64(n)
	units := []string{"KB", "MB", "GB", "TB", "PB", "EB"}
	u := -1
	for u == -1 || v >= 1023.5 && u < len(units)-1 {
		v /= 1024
		u++
	}
	return digits(v) + " " + units[u]
}

// Number writes how many there are of something: "1 message", "1,234 messages".
func Number(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Clamp is a server's unsigned count as the formats take it.
func Clamp(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

// Count writes all digits of a number, in groups of three: "1,234".
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Short writes a number in little room: "999", "1.2 k", "15 k", "3.4 M".
func Short(n int64) string {
	if n > -1000 && n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	v, sign := float64(n), ""
	if v < 0 {
		v, sign = -v, "-"
	}
	units := []string{"k", "M", "G", "T", "P", "E"}
	u := -1
	for u == -1 || v >= 999.5 && u < len(units)-1 {
		v /= 1000
		u++
	}
	return sign + digits(v) + " " + units[u]
}

// digits writes one decimal below ten and none from there on.
func digits(v float64) string {
	if v < 9.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// Age writes how long ago something was, in its largest unit: "3 s", "4 min",
// "2 h", "5 d", "2 y". What lies ahead of the clock counts as now.
func Age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(max(d, 0)/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	case d < 2*365*24*time.Hour:
		return strconv.Itoa(int(d/(24*time.Hour))) + " d"
	}
	return strconv.Itoa(int(d/(365*24*time.Hour))) + " y"
}

// Duration writes how long something took: "0.2 ms", "4 ms", "120 ms", "1.5 s",
// "2 min 5 s".
func Duration(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case d < 0:
		return "-" + Duration(-max(d, -1<<62))
	case d == 0:
		return "0 ms"
	case ms < 0.05:
		return "<0.1 ms"
	case ms < 9.95:
		return trimZero(ms) + " ms"
	case ms < 999.5:
		return fmt.Sprintf("%.0f ms", ms)
	case d < 59950*time.Millisecond:
		return trimZero(ms/1000) + " s"
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}

func trimZero(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// Rate writes events a second: "0/s", "0.4/s", "12/s", "1.2 k/s".
func Rate(perSecond float64) string {
	switch {
	case perSecond <= 0:
		return "0/s"
	case perSecond < 0.05:
		return "<0.1/s"
	case perSecond < 9.95:
		return trimZero(perSecond) + "/s"
	}
	return Short(int64(perSecond+0.5)) + "/s"
}

// Clock writes the time of day where the console runs: "15:04:05.000".
func Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("15:04:05.000")
}
