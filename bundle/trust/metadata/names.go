package metadata

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"strconv"
)

// FileName is a role's file in a repository, as it stands in an address: the version leads in consistent snapshots, and always for root ("2.root.json"); 0 is
// no version ("timestamp.json"). A role's name is escaped, so that it never becomes a path.
func FileName(role string, version int64) string {
	name := url.PathEscape(role) + ".json"
	if version > 0 {
		name = strconv.FormatInt(version, 10) + "." + name
	}
	return name
}

// HashedPath is where a target is in a consistent snapshot: the hash leads its name ("stable/<hex>.update.json").
func HashedPath(target, sum string) string {
	dir, name := path.Split(target)
	return dir + sum + "." + name
}

// NewMetaFile is what a timestamp or snapshot says of a file of these bytes: version, length and sha256.
func NewMetaFile(version int64, b []byte) MetaFile {
	return MetaFile{Version: version, Length: int64(len(b)), Hashes: sha256Of(b)}
}

// NewTargetFile is what a targets file says of a target of these bytes: length and sha256.
func NewTargetFile(b []byte) TargetFile {
	return TargetFile{Length: int64(len(b)), Hashes: sha256Of(b)}
}

func sha256Of(b []byte) map[string]string {
	sum := sha256.Sum256(b)
	return map[string]string{SHA256: hex.EncodeToString(sum[:])}
}
