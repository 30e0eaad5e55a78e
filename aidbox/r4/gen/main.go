// Command gen writes the table of package r4 from HL7's own definitions of FHIR 4.0.1.
//
// The definitions are the bundles profiles-types.json, profiles-resources.json, valuesets.json and v3-codesystems.json as HL7 published
// them (CC0). They are taken from folder specs/r4 of one exact version of a Go module, because the module proxy keeps it and checks its sum;
// the module is downloaded to be read and is no dependency of the program.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// source is the module that holds HL7's bundles.
const source = "github.com/gofhir/validator@v1.0.1"

func main() {
	out := flag.String("o", "r4.tsv.gz", "file to write")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	dir, err := download()
	if err != nil {
		return err
	}
	table, err := Build(filepath.Join(dir, "specs", "r4"))
	if err != nil {
		return err
	}
	packed, err := pack(table)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, packed, 0o644); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	fmt.Printf("%s: %d bytes, %d before compression\n", out, len(packed), len(table))
	return nil
}

// download returns the folder of the module's files, which it fetches when they are not there. It honours GOPROXY.
func download() (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", source)
	cmd.Stderr = os.Stderr
	answer, runErr := cmd.Output()
	var m struct{ Dir, Error string }
	if err := json.Unmarshal(answer, &m); err != nil {
		return "", fmt.Errorf("download %s: %w", source, errors.Join(runErr, err))
	}
	if m.Error != "" || runErr != nil {
		return "", fmt.Errorf("download %s: %s: %w", source, m.Error, runErr)
	}
	return m.Dir, nil
}

// pack compresses a table; the same table gives the same bytes.
func pack(table []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(table); err != nil {
		return nil, fmt.Errorf("compress the table: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress the table: %w", err)
	}
	return b.Bytes(), nil
}
