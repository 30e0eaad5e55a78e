package term

import (
	"os"
	"sync"
)

// Synchronised output, DEC private mode 2026: the terminal shows nothing of a
// frame until all of it has come. Terminals that do not know it ignore it.
// https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036
const (
	beginFrame = "\x1b[?2026h"
	endFrame   = "\x1b[?2026l"
)

// Output is a terminal that frames are written to. It stays the file it was,
// so that Bubble Tea finds its size and mode; Bubble Tea writes a frame with
// one Write, which Output marks as one.
type Output struct {
	*os.File

	mu  sync.Mutex
	buf []byte
}

// NewOutput returns an Output on f, which stays the caller's to close.
func NewOutput(f *os.File) *Output { return &Output{File: f} }

// Write writes p as one frame, with one write to the file.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf = append(o.buf[:0], beginFrame...)
	o.buf = append(o.buf, p...)
	o.buf = append(o.buf, endFrame...)
	n, err := o.File.Write(o.buf)
	return max(0, min(len(p), n-len(beginFrame))), err
}

// WriteString writes s as it is, between frames: control sequences that are
// no part of one.
func (o *Output) WriteString(s string) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.File.WriteString(s)
}
