package resolvetest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
)

// Wheel describes a small pure wheel for tests. The same description gives the same bytes.
type Wheel struct {
	Name           string // as it stands in METADATA
	Version        string
	Tag            string // "" is py3-none-any
	RequiresDist   []string
	RequiresPython string
	ProvidesExtra  []string
	Text           string            // the description below the headers
	Files          map[string]string // further files
	Modules        int               // further small modules, for a large directory
	Padding        int               // bytes that do not compress, behind METADATA
}

// Filename is the wheel's name.
func (w Wheel) Filename() string {
	tag := w.Tag
	if tag == "" {
		tag = "py3-none-any"
	}
	return fmt.Sprintf("%s-%s-%s.whl", w.escaped(), w.Version, tag)
}

// File is the wheel as a ServerFile, with its METADATA for PEP 658.
func (w Wheel) File() ServerFile {
	return ServerFile{Name: w.Filename(), Content: w.Bytes(), Metadata: []byte(w.Metadata()), RequiresPython: w.RequiresPython}
}

// Metadata is the wheel's METADATA.
func (w Wheel) Metadata() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Metadata-Version: 2.1\nName: %s\nVersion: %s\n", w.Name, w.Version)
	if w.RequiresPython != "" {
		fmt.Fprintf(&b, "Requires-Python: %s\n", w.RequiresPython)
	}
	for _, r := range w.RequiresDist {
		fmt.Fprintf(&b, "Requires-Dist: %s\n", r)
	}
	for _, e := range w.ProvidesExtra {
		fmt.Fprintf(&b, "Provides-Extra: %s\n", e)
	}
	return b.String() + "\n" + w.Text
}

// Bytes is the wheel itself.
func (w Wheel) Bytes() []byte {
	info := w.escaped() + "-" + w.Version + ".dist-info/"
	z := &wheelWriter{}
	z.zip = zip.NewWriter(&z.buf)
	z.add(w.escaped()+"/__init__.py", []byte("version = "+fmt.Sprintf("%q", w.Version)+"\n"))
	z.add(info+"METADATA", []byte(w.Metadata()))
	z.add(info+"WHEEL", []byte("Wheel-Version: 1.0\nGenerator: resolvetest\nRoot-Is-Purelib: true\nTag: "+strings.Join(strings.Split(strings.TrimSuffix(w.Filename(), ".whl"), "-")[2:], "-")+"\n"))
	for i := range w.Modules {
		z.add(fmt.Sprintf("%s/module_%05d.py", w.escaped(), i), []byte("x = 1\n"))
	}
	for _, name := range sortedKeys(w.Files) {
		z.add(name, []byte(w.Files[name]))
	}
	if w.Padding > 0 {
		z.add(w.escaped()+"/padding.bin", noise(w.Padding))
	}
	z.record.WriteString(info + "RECORD,,\n")
	z.add(info+"RECORD", z.record.Bytes())
	if err := z.zip.Close(); err != nil {
		panic(err) // memory does not fail
	}
	return z.buf.Bytes()
}

func (w Wheel) escaped() string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(w.Name))
}

type wheelWriter struct {
	buf    bytes.Buffer
	zip    *zip.Writer
	record bytes.Buffer
}

func (z *wheelWriter) add(name string, content []byte) {
	f, err := z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err == nil {
		_, err = f.Write(content)
	}
	if err != nil {
		panic(err) // memory does not fail
	}
	sum := sha256.Sum256(content)
	fmt.Fprintf(&z.record, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(content))
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
