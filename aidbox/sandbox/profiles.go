package sandbox

import (
	"context"
	"fmt"
	"path"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/aidbox/sandbox/engine"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

const structureDefinition = "StructureDefinition"

// profile is one of the StructureDefinitions that Aidbox's NATS module brings.
// Its elements are not published; the rules are in package subscription.
type profile struct {
	ResourceType   string `json:"resourceType"`
	URL            string `json:"url"`
	Name           string `json:"name"`
	Title          string `json:"title"`
	Status         string `json:"status"`
	Description    string `json:"description"`
	Kind           string `json:"kind"`
	Abstract       bool   `json:"abstract"`
	Type           string `json:"type"`
	BaseDefinition string `json:"baseDefinition"`
	Derivation     string `json:"derivation"`
}

// oldest and newest are versions of the two families of profile URL.
const (
	oldest = 2602
	newest = 2604
)

// keepProfiles has the store hold the profiles of the version's family, and none
// of the other.
func keepProfiles(ctx context.Context, e *engine.Engine, version int) error {
	return e.Update(ctx, "", func(tx *engine.Tx) error {
		for _, kind := range []string{aidbox.KindCoreBestEffort, aidbox.KindJetStreamAtLeastOnce} {
			for _, family := range []int{oldest, newest} {
				url := aidbox.ProfileURL(kind, family)
				if err := keepProfile(tx, kind, url, url == aidbox.ProfileURL(kind, version)); err != nil {
					return fmt.Errorf("keep the profile %s: %w", url, err)
				}
			}
		}
		return nil
	})
}

// keepProfile writes or deletes a profile where that changes anything.
func keepProfile(tx *engine.Tx, kind, url string, wanted bool) error {
	id := path.Base(url)
	found, ok, err := tx.Get(structureDefinition, id)
	if err != nil || wanted == (ok && !found.Deleted()) {
		return err
	}
	write := engine.Write{Type: structureDefinition, ID: id, Method: store.Put}
	if ok {
		write.Previous = &found
	}
	text := found.Body
	if !wanted {
		write.Method = store.Delete
	} else if text, err = document.Marshal(newProfile(kind, url)); err != nil {
		return err
	}
	if write.Resource, err = document.Parse(text); err != nil {
		return err
	}
	_, err = tx.Write(write)
	return err
}

func newProfile(kind, url string) profile {
	return profile{
		ResourceType:   structureDefinition,
		URL:            url,
		Name:           strings.ReplaceAll(path.Base(url), "-", "_"),
		Title:          "Destination of kind " + kind,
		Status:         "active",
		Description:    "Stand-in of the sandbox for the profile of Aidbox's NATS module; it has no elements.",
		Kind:           "resource",
		Type:           subscription.DestinationType,
		BaseDefinition: "http://hl7.org/fhir/StructureDefinition/DomainResource",
		Derivation:     "constraint",
	}
}
