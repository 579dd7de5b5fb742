package durable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
)

var (
	// ErrDamaged says that a record's bytes are not those that were written.
	ErrDamaged = errors.New("damaged")
	// ErrNewer says that a record was written by a newer program.
	ErrNewer = errors.New("written by a newer program: use that or a newer one")
)

// record is the form of a small JSON file that tells its own damage.
type record struct {
	Schema int             `json:"schema"`
	CRC32C string          `json:"crc32c"` // of the schema in decimal, then the bytes of body as they stand
	Body   json.RawMessage `json:"body"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (r record) sum() string {
	return fmt.Sprintf("%08x", crc32.Update(crc32.Checksum(strconv.AppendInt(nil, int64(r.Schema), 10), castagnoli), castagnoli, r.Body))
}

// MarshalRecord is v as JSON within a frame that names its schema and holds a CRC-32C.
func MarshalRecord(schema int, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	r := record{Schema: schema, Body: body}
	r.CRC32C = r.sum()
	b, err := json.Marshal(r)
	return append(b, '\n'), err
}

// UnmarshalRecord reads what MarshalRecord wrote. A schema above the given one wraps ErrNewer; bytes that are missing, added or changed wrap ErrDamaged.
func UnmarshalRecord(b []byte, schema int, v any) error {
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	frame, err := json.Marshal(r)
	if err != nil || r.Schema < 1 || r.sum() != r.CRC32C {
		return fmt.Errorf("%w: its checksum differs", ErrDamaged)
	}
	if r.Schema > schema {
		return fmt.Errorf("schema %d: %w", r.Schema, ErrNewer)
	}
	if !bytes.Equal(append(frame, '\n'), b) {
		return fmt.Errorf("%w: it is not as it was written", ErrDamaged)
	}
	if err := json.Unmarshal(r.Body, v); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
