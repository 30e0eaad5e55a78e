package term

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"unicode/utf16"

	"github.com/aymanbagabas/go-osc52/v2"
)

// MaxOSC52 bounds the encoded bytes of a copy through the terminal; xterm and
// hterm drop a longer one without a word.
const MaxOSC52 = 74_994

// ErrTooLong is the error of a text that does not fit through the terminal and
// for which no local tool was found.
var ErrTooLong = errors.New("too long to copy through the terminal")

// Clipboard copies with a local tool, or through the terminal itself with OSC
// 52 over SSH and where no tool works.
type Clipboard struct {
	// Env looks up a variable of the environment. Nil: os.Getenv.
	Env func(string) string
	// Out is where the terminal is written to, an [Output] while frames are
	// written. Required for OSC 52.
	Out io.Writer
}

type tool struct {
	name string
	args []string
	utf  bool // wants UTF-16
}

// Copy puts text on the clipboard and says how: the tool's name, or "OSC 52"
// and what it went through. That OSC 52 was sent does not say that the
// terminal allows it.
func (c Clipboard) Copy(ctx context.Context, text string) (how string, err error) {
	var tried []error
	for _, t := range c.tools() {
		path, err := exec.LookPath(t.name)
		if err != nil {
			continue
		}
		if err = t.run(ctx, path, text); err == nil {
			return t.name, nil
		}
		tried = append(tried, fmt.Errorf("%s: %w", t.name, err))
	}
	how, err = c.terminal(text)
	if err != nil {
		return "", errors.Join(append(tried, err)...)
	}
	return how, nil
}

// tools are those that reach the person's own clipboard. Over SSH none does.
func (c Clipboard) tools() []tool {
	if c.env("SSH_TTY") != "" || c.env("SSH_CONNECTION") != "" {
		return nil
	}
	var out []tool
	switch {
	case runtime.GOOS == "darwin":
		return []tool{{name: "pbcopy"}}
	case runtime.GOOS == "windows":
		return []tool{{name: "clip.exe", utf: true}}
	case c.env("WSL_DISTRO_NAME") != "":
		out = append(out, tool{name: "clip.exe", utf: true})
	}
	if c.env("WAYLAND_DISPLAY") != "" {
		out = append(out, tool{name: "wl-copy"})
	}
	if c.env("DISPLAY") != "" {
		out = append(out,
			tool{name: "xclip", args: []string{"-selection", "clipboard"}},
			tool{name: "xsel", args: []string{"--clipboard", "--input"}})
	}
	return out
}

// run leaves the tool's output alone: those of X11 and Wayland stay behind to
// serve the selection, and would keep a pipe open.
func (t tool) run(ctx context.Context, path, text string) error {
	cmd := exec.CommandContext(ctx, path, t.args...)
	if t.utf {
		text = utf16Text(text)
	}
	cmd.Stdin = strings.NewReader(text)
	return cmd.Run()
}

// utf16Text is text as clip.exe reads it: UTF-16, little endian, with a mark.
func utf16Text(text string) string {
	units := utf16.Encode([]rune(text))
	b := make([]byte, 0, 2+2*len(units))
	b = append(b, 0xff, 0xfe)
	for _, u := range units {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// terminal sends OSC 52. Inside tmux it is sent twice: tmux obeys the plain
// form with "set-clipboard on" and hands the wrapped one through with
// "allow-passthrough on".
func (c Clipboard) terminal(text string) (string, error) {
	if c.Out == nil {
		return "", errors.New("no clipboard tool was found, and there is no terminal to copy through")
	}
	if n := base64.StdEncoding.EncodedLen(len(text)); n > MaxOSC52 {
		return "", fmt.Errorf("%w: %d bytes encoded, %d fit", ErrTooLong, n, MaxOSC52)
	}
	seq, how := osc52.New(text), "OSC 52"
	out := seq.String()
	switch {
	case c.env("TMUX") != "":
		out, how = out+seq.Tmux().String(), "OSC 52 through tmux"
	case c.env("STY") != "":
		out, how = seq.Screen().String(), "OSC 52 through screen"
	}
	if _, err := io.WriteString(c.Out, out); err != nil {
		return "", fmt.Errorf("copy through the terminal: %w", err)
	}
	return how, nil
}

func (c Clipboard) env(name string) string {
	if c.Env == nil {
		return os.Getenv(name)
	}
	return c.Env(name)
}
