package wheel

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxRecord bounds a RECORD file, in bytes.
const MaxRecord = 32 << 20

// RecordEntry is one line of RECORD (PyPA "Recording installed projects").
type RecordEntry struct {
	Path string // slash-separated, as written
	Hash string // "sha256=…" in urlsafe base64 without padding; "" where none
	Size int64  // -1 where none
}

// RecordError says where a RECORD cannot be read.
type RecordError struct {
	Line int // from 1; 0 where the whole is meant
	Err  error
}

func (e *RecordError) Error() string {
	if e.Line == 0 {
		return "RECORD: " + e.Err.Error()
	}
	return fmt.Sprintf("RECORD, line %d: %v", e.Line, e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }

// ParseRecord reads a RECORD of at most MaxRecord bytes: CSV with three fields on each line. Empty lines are nothing. It does not judge
// paths and hashes, nor a path that stands twice. The error is a *RecordError.
func ParseRecord(b []byte) ([]RecordEntry, error) {
	if len(b) > MaxRecord {
		return nil, &RecordError{Err: fmt.Errorf("%d bytes, at most %d", len(b), MaxRecord)}
	}
	if !utf8.Valid(b) {
		return nil, &RecordError{Err: errors.New("not UTF-8")}
	}
	if entries, ok := plainRecord(string(b)); ok {
		return entries, nil
	}
	return quotedRecord(b)
}

// plainRecord reads a RECORD without quotes or anything else that needs a second look, as nearly all are; ok is false where it has such.
func plainRecord(text string) (entries []RecordEntry, ok bool) {
	entries = make([]RecordEntry, 0, strings.Count(text, "\n")+1)
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			continue
		}
		if !plain(line) {
			return nil, false
		}
		name, rest, _ := strings.Cut(line, ",")
		hash, size, three := strings.Cut(rest, ",")
		if !three || name == "" || strings.IndexByte(size, ',') >= 0 {
			return nil, false
		}
		e := RecordEntry{name, hash, -1}
		if size != "" {
			n, err := strconv.ParseUint(size, 10, 63)
			if err != nil {
				return nil, false
			}
			e.Size = int64(n)
		}
		entries = append(entries, e)
	}
	return entries, true
}

// plain knows what needs no look at Unicode and no CSV reader.
func plain(line string) bool {
	for i := range len(line) {
		if c := line[i]; c < ' ' || c >= 0x7f || c == '"' {
			return false
		}
	}
	return true
}

// quotedRecord reads any RECORD, and says what is wrong with it.
func quotedRecord(b []byte) ([]RecordEntry, error) {
	r := csv.NewReader(bytes.NewReader(b))
	r.ReuseRecord = true
	r.FieldsPerRecord = -1
	entries := make([]RecordEntry, 0, bytes.Count(b, []byte("\n")))
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return entries, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		e, err := recordEntry(fields)
		if err != nil {
			line, _ := r.FieldPos(0)
			return nil, &RecordError{line, err}
		}
		entries = append(entries, e)
	}
}

func csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return &RecordError{parse.Line, parse.Err}
	}
	return &RecordError{Err: err}
}

func recordEntry(fields []string) (RecordEntry, error) {
	if len(fields) != 3 {
		return RecordEntry{}, fmt.Errorf("%d fields, want path, hash and size", len(fields))
	}
	e := RecordEntry{fields[0], fields[1], -1}
	if e.Path == "" || strings.ContainsFunc(e.Path+e.Hash, unicode.IsControl) {
		return e, fmt.Errorf("path %q is empty or has control characters", e.Path)
	}
	if fields[2] != "" {
		size, err := strconv.ParseUint(fields[2], 10, 63)
		if err != nil {
			return e, fmt.Errorf("size %q is no number of bytes", fields[2])
		}
		e.Size = int64(size)
	}
	return e, nil
}

// FormatRecord writes entries sorted by path, with CSV quoting where needed and \n line ends.
func FormatRecord(entries []RecordEntry) []byte {
	entries = slices.SortedStableFunc(slices.Values(entries), func(a, b RecordEntry) int { return strings.Compare(a.Path, b.Path) })
	b := make([]byte, 0, 100*len(entries))
	for _, e := range entries {
		b = append(appendField(b, e.Path), ',')
		b = append(appendField(b, e.Hash), ',')
		if e.Size >= 0 {
			b = strconv.AppendInt(b, e.Size, 10)
		}
		b = append(b, '\n')
	}
	return b
}

func appendField(b []byte, s string) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}

// record is a wheel's RECORD: each path's line, and what is wrong with the lines themselves.
type record struct {
	lines  map[string]RecordEntry // by path, without a leading "./"
	faults faults
}

func newRecord(text []byte) record {
	var r record
	entries, err := ParseRecord(text)
	if err != nil {
		r.faults.add("RECORD", "", "%v", err)
	}
	r.lines = make(map[string]RecordEntry, len(entries))
	for _, e := range entries {
		name := strings.TrimPrefix(e.Path, "./")
		if _, twice := r.lines[name]; twice {
			r.faults.add("RECORD", name, "listed twice")
		}
		r.lines[name] = e
	}
	return r
}
