package broker

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"aidbox-nats/nats/watch"
)

const (
	defaultLogLines = 1000
	// maxLineBytes bounds one line: clients decide what stands in it (subjects, names).
	maxLineBytes = 4096
)

// Level is the weight of a log line, in nats-server's own terms.
type Level int

// The levels of nats-server's log.
const (
	Trace Level = iota
	Debug
	Info
	Warn
	Error
	Fatal
)

// String is the mark that nats-server prints: TRC, DBG, INF, WRN, ERR, FTL.
func (l Level) String() string {
	switch l {
	case Trace:
		return "TRC"
	case Debug:
		return "DBG"
	case Info:
		return "INF"
	case Warn:
		return "WRN"
	case Error:
		return "ERR"
	case Fatal:
		return "FTL"
	}
	return fmt.Sprintf("Level(%d)", int(l))
}

// Line is one line of the server's log. Text is at most 4 KiB and comes from outside in part: clean it of
// control sequences before it is drawn.
type Line struct {
	Seq   uint64 // 1, 2, 3, ... over all restarts
	Time  time.Time
	Level Level
	Text  string
}

// Lines returns the kept log lines with a greater sequence than after, oldest first.
func (b *Broker) Lines(after uint64) []Line { return b.log.kept.After(after) }

// Changed returns a channel that is closed when the next log line arrives. Take it, then look at Lines,
// then wait.
func (b *Broker) Changed() <-chan struct{} { return b.log.kept.Changed() }

// lines is the server's logger.
type lines struct {
	kept *watch.Log[Line]

	mu    sync.Mutex
	fatal chan string // of this run
}

func newLines(n int) *lines {
	if n <= 0 {
		n = defaultLogLines
	}
	return &lines{kept: watch.NewLog[Line](n)}
}

// beginRun returns the channel on which the first fatal message of the run arrives.
func (l *lines) beginRun() <-chan string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatal = make(chan string, 1)
	return l.fatal
}

func (l *lines) add(level Level, format string, v []any) {
	text := fmt.Sprintf(format, v...)
	if len(text) > maxLineBytes {
		text = strings.ToValidUTF8(text[:maxLineBytes], "")
	}
	l.kept.Add(func(seq uint64) Line { return Line{Seq: seq, Time: time.Now(), Level: level, Text: text} })
	if level != Fatal {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == nil {
		return
	}
	select {
	case l.fatal <- text:
	default:
	}
}

// The methods of server.Logger.

func (l *lines) Noticef(format string, v ...any) { l.add(Info, format, v) }
func (l *lines) Warnf(format string, v ...any)   { l.add(Warn, format, v) }
func (l *lines) Errorf(format string, v ...any)  { l.add(Error, format, v) }
func (l *lines) Fatalf(format string, v ...any)  { l.add(Fatal, format, v) }
func (l *lines) Debugf(format string, v ...any)  { l.add(Debug, format, v) }
func (l *lines) Tracef(format string, v ...any)  { l.add(Trace, format, v) }
