package wheelmake

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
)

// Make gives the wheel's bytes.
func Make(s Spec) []byte {
	members := s.members()
	if s.Edit != nil {
		members = s.Edit(members)
	}
	return Zip(members, s.Deflate)
}

// Write puts the wheel into a folder that exists and returns its path.
func Write(dir string, s Spec) (string, error) {
	path := filepath.Join(dir, s.Filename())
	return path, os.WriteFile(path, Make(s), 0o644)
}

// Folder writes several wheels into a folder that exists.
func Folder(dir string, specs ...Spec) error {
	for _, s := range specs {
		if _, err := Write(dir, s); err != nil {
			return err
		}
	}
	return nil
}

// Record is the RECORD of members, which ends with the line of itself.
func Record(members []Member, self string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	for _, m := range members {
		if !strings.HasSuffix(m.Name, "/") {
			w.Write([]string{m.Name, Hash(m.Body), fmt.Sprint(len(m.Body))}) // a strings.Builder does not fail
		}
	}
	w.Write([]string{self, "", ""})
	w.Flush()
	return b.String()
}

// Hash is a file's hash as RECORD writes it.
func Hash(body string) string {
	sum := sha256.Sum256([]byte(body))
	return "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// Replace is an Edit that gives the member whose path ends with suffix another body, RECORD unchanged.
func Replace(suffix, body string) func([]Member) []Member {
	return func(members []Member) []Member {
		for i := range members {
			if strings.HasSuffix(members[i].Name, suffix) {
				members[i].Body = body
			}
		}
		return members
	}
}

// Drop is an Edit that leaves out the members whose path ends with suffix, RECORD unchanged.
func Drop(suffix string) func([]Member) []Member {
	return func(members []Member) []Member {
		var kept []Member
		for _, m := range members {
			if !strings.HasSuffix(m.Name, suffix) {
				kept = append(kept, m)
			}
		}
		return kept
	}
}

// Add is an Edit that puts members before RECORD, which does not list them.
func Add(more ...Member) func([]Member) []Member {
	return func(members []Member) []Member {
		last := len(members) - 1
		return append(append(append([]Member{}, members[:last]...), more...), members[last])
	}
}

// Zip writes members with known sizes, no extra fields and the date 1980-01-01.
func Zip(members []Member, deflate bool) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		body := []byte(m.Body)
		h := &zip.FileHeader{
			Name:               m.Name,
			CreatorVersion:     3<<8 | 20,
			ReaderVersion:      20,
			ExternalAttrs:      m.Mode << 16,
			CRC32:              crc32.ChecksumIEEE(body),
			UncompressedSize64: uint64(len(body)),
		}
		//lint:ignore SA1019 CreateRaw writes this field as it stands and does not look at Modified
		h.ModifiedDate = 1<<5 | 1
		if !isASCII(m.Name) {
			h.Flags = 0x800
		}
		if deflate && len(body) > 0 {
			h.Method, body = zip.Deflate, deflated(body)
		}
		h.CompressedSize64 = uint64(len(body))
		part, err := w.CreateRaw(h)
		if err != nil {
			panic(err) // the name is longer than a zip can hold: the Spec is wrong
		}
		part.Write(body) // a bytes.Buffer does not fail
	}
	w.Close()
	return b.Bytes()
}

func deflated(body []byte) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 6) // fails on a level that does not exist
	w.Write(body)
	w.Close()
	return b.Bytes()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
