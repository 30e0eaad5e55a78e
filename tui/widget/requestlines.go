package widget

import (
	"bytes"
	"encoding/json"
	"strings"
)

// RequestLines shows an HTTP request as a person could have typed it: the
// request line, then the body, indented where it is JSON.
func RequestLines(method, path string, body []byte) []string {
	lines := []string{method + " " + path}
	if len(body) == 0 {
		return lines
	}
	var indented bytes.Buffer
	if json.Indent(&indented, body, "", "  ") == nil {
		body = indented.Bytes()
	}
	return append(lines, strings.Split(string(body), "\n")...)
}
