package store

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Method is the verb that made a version, as history shows it.
type Method byte

// The verbs of history. A patch is stored as a PUT.
const (
	Post   Method = 1
	Put    Method = 2
	Delete Method = 3
)

// String returns the verb of HTTP.
func (m Method) String() string {
	switch m {
	case Post:
		return "POST"
	case Put:
		return "PUT"
	case Delete:
		return "DELETE"
	}
	return fmt.Sprintf("Method(%d)", byte(m))
}

// Stamp is what the server says about a version.
type Stamp struct {
	Version uint64
	Created time.Time // of the first version, or the first after a deletion
	Updated time.Time // UTC, microseconds; never before that of an earlier version
}

// Record is one version of one resource.
type Record struct {
	Type   string
	ID     string
	Method Method
	Stamp
	Body []byte // the whole resource as JSON, its stamp in meta; a deletion has it too
}

// Deleted says whether this version is a deletion.
func (r Record) Deleted() bool {
	return r.Method == Delete
}

// recordHeader is method, version, created, updated.
const recordHeader = 1 + 8 + 8 + 8

func (r Record) encode() []byte {
	b := make([]byte, 0, recordHeader+len(r.Body))
	b = append(b, byte(r.Method))
	b = binary.BigEndian.AppendUint64(b, r.Version)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Created.UnixMicro()))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Updated.UnixMicro()))
	return append(b, r.Body...)
}

func decodeRecord(resourceType, id string, b []byte) (Record, error) {
	if len(b) < recordHeader || Method(b[0]) < Post || Method(b[0]) > Delete {
		return Record{}, &CorruptError{What: fmt.Sprintf("a version of %s/%s", resourceType, id)}
	}
	micro := func(at int) time.Time {
		return time.UnixMicro(int64(binary.BigEndian.Uint64(b[at:]))).UTC()
	}
	return Record{
		Type: resourceType, ID: id,
		Method: Method(b[0]),
		Stamp: Stamp{
			Version: binary.BigEndian.Uint64(b[1:]),
			Created: micro(9),
			Updated: micro(17),
		},
		// bbolt's bytes are gone with the transaction.
		Body: append([]byte(nil), b[recordHeader:]...),
	}, nil
}
