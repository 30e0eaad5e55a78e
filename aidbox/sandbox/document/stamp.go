package document

import (
	"bytes"
	"encoding/json"
	"reflect"
	"time"
)

// CreatedAt is the extension of meta that holds the time of the first version,
// with the url that Aidbox's own development set-up configures
// (BOX_FHIR_CREATEDAT_URL).
const CreatedAt = "https://aidbox.app/ex/createdAt"

// instant is how Aidbox writes meta.lastUpdated: UTC with microseconds.
const instant = "2006-01-02T15:04:05.000000Z"

// Identity is what the server says about a resource.
type Identity struct {
	Type    string
	ID      string
	Version string
	Created time.Time
	Updated time.Time
}

// Stamped returns the resource's text with the server's id, resourceType and
// meta, which come last and in this order as in Aidbox's notifications. What the
// writer of the resource said of them is replaced; other elements of meta stay.
func Stamped(resource *Object, is Identity) []byte {
	out := Object{members: make([]member, 0, resource.Len()+3)}
	for _, m := range resource.members {
		switch m.name {
		case "id", "resourceType", "meta":
		default:
			out.members = append(out.members, m)
		}
	}
	out.SetText("id", is.ID)
	out.SetText("resourceType", is.Type)

	given, ok := resource.Object("meta")
	if !ok {
		given = new(Object)
	}
	extensions := withoutCreatedAt(given)
	created := new(Object)
	created.SetText("url", CreatedAt)
	created.SetText("valueInstant", is.Created.UTC().Format(instant))
	extensions = append(extensions, created.Bytes())

	var meta Object
	meta.SetText("lastUpdated", is.Updated.UTC().Format(instant))
	meta.SetText("versionId", is.Version)
	meta.Set("extension", array(extensions))
	for _, m := range given.members {
		switch m.name {
		case "lastUpdated", "versionId", "extension":
		default:
			meta.members = append(meta.members, m)
		}
	}
	out.Set("meta", meta.Bytes())
	return out.Bytes()
}

// SameContent says whether two texts of one resource differ only in what the
// server says of it, in the order of members, or in spaces.
func SameContent(a, b *Object) bool {
	return reflect.DeepEqual(content(a), content(b))
}

func content(resource *Object) map[string]any {
	values := make(map[string]any, resource.Len())
	for _, m := range resource.members {
		switch m.name {
		case "id", "resourceType":
		case "meta":
			meta, ok := resource.Object("meta")
			if !ok {
				values["meta"] = decode(m.value)
				continue
			}
			meta = &Object{members: append([]member(nil), meta.members...)}
			extensions := withoutCreatedAt(meta)
			meta.Delete("lastUpdated")
			meta.Delete("versionId")
			meta.Delete("extension")
			if len(extensions) > 0 {
				meta.Set("extension", array(extensions))
			}
			if meta.Len() > 0 {
				values["meta"] = decode(meta.Bytes())
			}
		default:
			values[m.name] = decode(m.value)
		}
	}
	return values
}

func withoutCreatedAt(meta *Object) []json.RawMessage {
	raw, _ := meta.Get("extension")
	var all, kept []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	for _, one := range all {
		extension, err := Parse(one)
		if err == nil {
			if url, _ := extension.Text("url"); url == CreatedAt {
				continue
			}
		}
		kept = append(kept, one)
	}
	return kept
}

func array(values []json.RawMessage) json.RawMessage {
	b := []byte{'['}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, v...)
	}
	return append(b, ']')
}

// decode keeps numbers as their text: 1.0 and 1.00 are different decimals.
func decode(raw json.RawMessage) any {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return nil
	}
	return v
}
