package metadata

import (
	"fmt"
	"strings"
	"time"
)

// Timestamp names the newest snapshot.
type Timestamp struct {
	Version  int64
	Expires  time.Time // UTC, whole seconds
	Snapshot MetaFile
}

// Snapshot names the version of every targets role: what belongs together.
type Snapshot struct {
	Version int64
	Expires time.Time           // UTC, whole seconds
	Meta    map[string]MetaFile // by the role's name, without ".json"
}

// MetaFile is what one file says of another.
type MetaFile struct {
	Version int64
	Length  int64             // bytes; 0: not told
	Hashes  map[string]string // hash name -> hex; may be empty
}

// snapshotFile is the one name in a timestamp's meta.
const snapshotFile = SnapshotRole + ".json"

// Timestamp is what is signed, where its type is timestamp. The error is ErrFormat.
func (e *Envelope) Timestamp() (t *Timestamp, err error) {
	f := e.of(TimestampRole, &err, "meta")
	meta := object(f.o["meta"], f.at("meta"), &err)
	if len(meta.o) > 1 { // specification, "File formats: timestamp.json": only a description of the snapshot
		meta.fail("", "names more than %s", snapshotFile)
	}
	t = &Timestamp{Version: e.Version, Expires: e.Expires, Snapshot: readMetaFile(meta.o[snapshotFile], meta.at(snapshotFile), &err)}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Snapshot is what is signed, where its type is snapshot. The error is ErrFormat.
func (e *Envelope) Snapshot() (s *Snapshot, err error) {
	f := e.of(SnapshotRole, &err, "meta")
	if err != nil {
		return nil, err
	}
	s = &Snapshot{Version: e.Version, Expires: e.Expires, Meta: map[string]MetaFile{}}
	f.each("meta", MaxValues, func(key string, v any, path string) {
		role, ok := strings.CutSuffix(key, ".json")
		if !ok || role == "" {
			f.fail("meta", "%.80q is no name of a metadata file", key)
		}
		s.Meta[role] = readMetaFile(v, path, &err)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func readMetaFile(v any, path string, err *error) (m MetaFile) {
	f := object(v, path, err, "version", "length", "hashes")
	m.Version = f.int("version", 1)
	if f.has("length") {
		m.Length = f.int("length", 1)
	}
	if f.has("hashes") {
		m.Hashes = readHashes(f)
	}
	return m
}

func (t *Timestamp) tree() tree {
	out := common(TimestampRole, t.Version, t.Expires)
	out["meta"] = tree{snapshotFile: t.Snapshot.tree()}
	return out
}

func (s *Snapshot) tree() tree {
	out, meta := common(SnapshotRole, s.Version, s.Expires), tree{}
	for role, m := range s.Meta {
		meta[role+".json"] = m.tree()
	}
	out["meta"] = meta
	return out
}

func (m MetaFile) tree() tree {
	t := tree{"version": m.Version}
	if m.Length > 0 {
		t["length"] = m.Length
	}
	if len(m.Hashes) > 0 {
		t["hashes"] = hashesTree(m.Hashes)
	}
	return t
}

// Check reports whether b is the file that m speaks of, by length and hashes; both are optional there. The error is ErrVerify.
func (m MetaFile) Check(b []byte) error {
	if m.Length > 0 && int64(len(b)) != m.Length {
		return fmt.Errorf("%w: it has %d bytes, not %d", ErrVerify, len(b), m.Length)
	}
	if len(m.Hashes) == 0 {
		return nil
	}
	return checkHashes(b, m.Hashes)
}
