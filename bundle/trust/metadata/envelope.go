package metadata

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Envelope is a metadata file: what is signed, and its signatures. Make one with Open or New.
type Envelope struct {
	Type       string    // of what is signed: RootRole, TimestampRole, SnapshotRole or TargetsRole
	Version    int64     // from 1
	Expires    time.Time // UTC, whole seconds
	Signatures []Signature

	signed tree
}

// Signature is what one key signed. A signature that can't be read is kept with an empty Sig, and never counts.
type Signature struct {
	KeyID string
	Sig   []byte
}

// Part is what is signed: *Root, *Timestamp, *Snapshot or *Targets.
type Part interface{ tree() tree }

// Open reads a file strictly, by the rules of the package doc. Nothing is verified. The error is ErrFormat.
func Open(b []byte) (*Envelope, error) {
	if len(b) > MaxTargets {
		return nil, malformed("", "longer than %d bytes", MaxTargets)
	}
	v, err := decode(b)
	if err != nil {
		return nil, err
	}
	f := object(v, "file", &err, "signed", "signatures")
	e := &Envelope{Signatures: signatures(f)}
	e.signed = get[tree](f, "signed", "an object")
	e.header(&err)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// New makes an Envelope without signatures. What Open would not read back is an ErrFormat.
func New(p Part) (*Envelope, error) {
	b, err := write(tree{"signatures": []any{}, "signed": p.tree()})
	if err != nil {
		return nil, err
	}
	e, err := Open(b)
	if err != nil {
		return nil, err
	}
	switch p.(type) {
	case *Root:
		_, err = e.Root()
	case *Timestamp:
		_, err = e.Timestamp()
	case *Snapshot:
		_, err = e.Snapshot()
	default:
		_, err = e.Targets()
	}
	return e, err
}

// Encode writes the file. Signatures are sorted by key id.
func (e *Envelope) Encode() ([]byte, error) {
	sigs := []any{}
	for _, s := range slices.SortedFunc(slices.Values(e.Signatures), func(a, b Signature) int { return strings.Compare(a.KeyID, b.KeyID) }) {
		sigs = append(sigs, tree{"keyid": s.KeyID, "sig": hex.EncodeToString(s.Sig)})
	}
	return write(tree{"signatures": sigs, "signed": e.signed})
}

// Canonical is the canonical JSON of what is signed: what signatures are of, and what two files with other signatures have in common.
func (e *Envelope) Canonical() []byte { return canonical(e.signed) }

func write(t tree) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(t)
	return b.Bytes(), err
}

func signatures(f fields) []Signature {
	list := get[[]any](f, "signatures", "a list")
	if len(list) > MaxSignatures {
		f.fail("signatures", "has more than %d entries", MaxSignatures)
		return nil
	}
	all, seen := make([]Signature, 0, len(list)), map[string]bool{}
	for _, v := range list {
		s := object(v, "file.signatures", f.err, "keyid", "sig")
		id, text := s.short("keyid", maxKeyID), s.str("sig")
		if seen[id] { // specification, "File formats: general principles": the key ids are unique
			f.fail("signatures", "the key id %q stands there twice", id)
		}
		seen[id] = true
		sig, err := hex.DecodeString(text)
		if err != nil {
			sig = nil
		}
		all = append(all, Signature{KeyID: id, Sig: sig})
	}
	return all
}

// header reads what the four types have in common.
func (e *Envelope) header(err *error) {
	if *err != nil {
		return
	}
	f := object(e.signed, "signed", err, "_type", "spec_version", "version", "expires")
	e.Type, e.Version, e.Expires = f.str("_type"), f.int("version", 1), f.time("expires")
	if version := f.str("spec_version"); *err == nil && !readable(version) {
		f.fail("spec_version", "%.20q is not one that this program reads, which is %s: use a newer program", version, SpecVersion)
	}
	if !slices.Contains([]string{RootRole, TimestampRole, SnapshotRole, TargetsRole}, e.Type) {
		f.fail("_type", "%.80q is no type of metadata", e.Type)
	}
}

// readable reports whether a spec_version is of the major version that is read here ("1.0.34", of old "1.0").
func readable(version string) bool {
	parts := strings.Split(version, ".")
	for _, p := range parts {
		if p == "" || len(p) > 6 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return (len(parts) == 2 || len(parts) == 3) && parts[0] == "1"
}

// of begins reading what is signed as one type.
func (e *Envelope) of(role string, err *error, known ...string) fields {
	if e.Type != role {
		*err = malformed("signed._type", "is %s, not %s", e.Type, role)
		return fields{path: "signed", err: err}
	}
	return object(e.signed, "signed", err, append(known, "_type", "spec_version", "version", "expires")...)
}

// common is what the four types have in common.
func common(role string, version int64, expires time.Time) tree {
	return tree{"_type": role, "spec_version": SpecVersion, "version": version, "expires": expires.UTC().Truncate(time.Second).Format(timeForm)}
}
