package messages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/widget"
)

// fileName is proposed: nothing of it comes from the message but its place.
func fileName(r row) string {
	end := map[delivery.Kind]string{delivery.Notification: ".json", delivery.JSON: ".json", delivery.Text: ".txt"}[r.summary.Kind]
	if end == "" {
		end = ".bin"
	}
	clean := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			return c
		}
		return '_'
	}, r.Stream)
	return fmt.Sprintf("%s-%d%s", clean, r.Seq, end)
}

// pathOf is what a person typed, with ~ read as a shell does.
func pathOf(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", errors.New("to which file?")
	}
	if rest, ok := strings.CutPrefix(s, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("~ is not known here: %w", err)
		}
		s = filepath.Join(home, rest)
	}
	return s, nil
}

// saveDialog asks where the message goes.
func (m *Model) saveDialog() widget.Dialog {
	r, _ := m.selected()
	body := message.Body(m.mask, r.Data)
	help := "The body, " + widget.Bytes(int64(len(body))) + ", to a new file that only you may read."
	if m.mask.On {
		help = "The body with personal data masked, as it is seen, to a new file that only you may read."
	}
	f := widget.NewForm("Save message "+count(r.Seq)+" of "+m.stream,
		widget.Field{Name: "path", Label: "file", Value: fileName(r), Help: help,
			Validate: func(s string) error { _, err := pathOf(s); return err }})
	f.Submit = "save"
	return widget.Fill(f, func(_ context.Context, v widget.Values) widget.Outcome {
		path, err := pathOf(v["path"])
		if err != nil {
			return widget.Outcome{Err: err}
		}
		if err := writeNew(path, body); err != nil {
			return widget.Outcome{Err: err}
		}
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		return widget.Outcome{Said: fmt.Sprintf("Message %s saved, %s: %s", count(r.Seq), widget.Bytes(int64(len(body))), path)}
	})
}

// writeNew writes a file that is not there yet, and that only its owner may
// read. What cannot be written whole is taken away.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and stays as it is: choose another name", path)
	}
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("save: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}
