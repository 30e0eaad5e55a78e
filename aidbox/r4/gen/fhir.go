package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The parts of HL7's StructureDefinition, ValueSet and CodeSystem that the table is made from.
type (
	bundle struct {
		Entry []struct{ Resource json.RawMessage }
	}
	structureDefinition struct {
		ResourceType, Name, Type, Kind, Derivation, BaseDefinition string
		Abstract                                                   bool
		Snapshot                                                   struct{ Element []elementDefinition }
	}
	elementDefinition struct {
		Path, Max, ContentReference string
		Min                         int
		IsSummary                   bool
		Type                        []elementType
		Base                        struct{ Path string }
		Binding                     struct{ Strength, ValueSet string }
	}
	elementType struct {
		Code          string
		TargetProfile []string
		Extension     []struct{ URL, ValueURL, ValueString string }
	}
	concept struct {
		Code     string
		Abstract bool
		Concept  []concept
	}
	valueSet struct {
		URL     string
		Compose struct {
			Include []struct {
				System   string
				Concept  []concept
				Filter   []json.RawMessage
				ValueSet []string
			}
			Exclude []json.RawMessage
		}
	}
	codeSystem struct {
		URL, Content string
		Concept      []concept
	}
)

const (
	structureURL = "http://hl7.org/fhir/StructureDefinition/"
	fhirTypeURL  = structureURL + "structuredefinition-fhir-type"
	regexURL     = structureURL + "regex"
	systemURL    = "http://hl7.org/fhirpath/System."
)

// fhirType is the FHIR type of a type of an element. HL7 writes ids and urls as types of FHIRPath and names the FHIR type in an extension.
func (t elementType) fhirType() (string, error) {
	if !strings.HasPrefix(t.Code, systemURL) {
		return t.Code, nil
	}
	for _, e := range t.Extension {
		if e.URL == fhirTypeURL {
			return e.ValueURL, nil
		}
	}
	return "", fmt.Errorf("type %s names no FHIR type", t.Code)
}

// specifications are HL7's bundles, decoded.
type specifications struct {
	structures []structureDefinition
	valueSets  map[string]valueSet
	systems    map[string]codeSystem
}

func read(dir string) (*specifications, error) {
	s := &specifications{valueSets: map[string]valueSet{}, systems: map[string]codeSystem{}}
	for _, name := range []string{"profiles-types.json", "profiles-resources.json", "valuesets.json", "v3-codesystems.json"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("read HL7's definitions: %w", err)
		}
		var b bundle
		if err := json.Unmarshal(data, &b); err != nil {
			return nil, fmt.Errorf("decode %s: %w", name, err)
		}
		for _, e := range b.Entry {
			if err := s.add(e.Resource); err != nil {
				return nil, fmt.Errorf("decode %s: %w", name, err)
			}
		}
	}
	return s, nil
}

func (s *specifications) add(resource json.RawMessage) error {
	var head struct{ ResourceType string }
	if err := json.Unmarshal(resource, &head); err != nil {
		return err
	}
	switch head.ResourceType {
	case "StructureDefinition":
		var d structureDefinition
		if err := json.Unmarshal(resource, &d); err != nil {
			return err
		}
		s.structures = append(s.structures, d)
	case "ValueSet":
		var v valueSet
		if err := json.Unmarshal(resource, &v); err != nil {
			return err
		}
		s.valueSets[v.URL] = v
	case "CodeSystem":
		var c codeSystem
		if err := json.Unmarshal(resource, &c); err != nil {
			return err
		}
		s.systems[c.URL] = c
	}
	return nil
}

// codes lists what a value set admits, in HL7's order, or nothing when the bundles do not enumerate it (mime types, languages).
func (s *specifications) codes(canonical string) []string {
	url, _, _ := strings.Cut(canonical, "|")
	v, ok := s.valueSets[url]
	if !ok || len(v.Compose.Exclude) > 0 {
		return nil
	}
	var codes []string
	for _, include := range v.Compose.Include {
		concepts := include.Concept
		if len(concepts) == 0 {
			system := s.systems[include.System]
			if len(include.Filter) > 0 || len(include.ValueSet) > 0 || system.Content != "complete" {
				return nil
			}
			concepts = system.Concept
		}
		codes = appendCodes(codes, concepts)
	}
	return codes
}

func appendCodes(codes []string, concepts []concept) []string {
	for _, c := range concepts {
		codes = append(codes, c.Code)
		codes = appendCodes(codes, c.Concept)
	}
	return codes
}
