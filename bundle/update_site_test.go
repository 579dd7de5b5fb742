package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// updateSite is a Source and a Fetcher in memory.
type updateSite struct {
	mu      sync.Mutex
	current *manifest.Manifest
	bundles map[string][]byte // by url
	fetched []string
}

func newUpdateSite(t testing.TB, specs ...wheelmake.Spec) *updateSite {
	t.Helper()
	s := &updateSite{bundles: map[string][]byte{}, current: &manifest.Manifest{Meta: manifest.Meta{Schema: 1, Channel: "stable",
		Platforms: map[string]manifest.Platform{"linux": {Python: "3.9.18", Tags: []string{"manylinux_2_17_x86_64"}}}}}}
	s.release(t, specs...)
	return s
}

// release makes the specs the newest release.
func (s *updateSite) release(t testing.TB, specs ...wheelmake.Spec) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	next := *s.current
	next.Meta.Sequence++
	next.Libraries = map[pep508.Name]map[string]manifest.Leaf{}
	for _, spec := range specs {
		name, err := pep508.ParseName(spec.Name)
		require.NoError(t, err)
		b := s.add(t, spec)
		next.Libraries[name] = map[string]manifest.Leaf{"linux": {Version: spec.Version, Bundle: b}}
	}
	s.current = &next
}

// add puts a wheel's bundle on the site.
func (s *updateSite) add(t testing.TB, spec wheelmake.Spec) manifest.Bundle {
	t.Helper()
	blob := wheelmake.Make(spec)
	w, err := wheel.Open(bytes.NewReader(blob), int64(len(blob)), spec.Filename())
	require.NoError(t, err)
	tree, err := w.Layout(wheel.FlatScheme(), Installer)
	require.NoError(t, err)
	var packed bytes.Buffer
	require.NoError(t, Zip{}.Pack(t.Context(), &packed, tree))
	record := sha256.Sum256(tree.Record())
	b := s.addBytes(packed.Bytes())
	b.UnpackedSize, b.Files, b.RecordSHA256 = tree.Size(), len(tree.Files()), hex.EncodeToString(record[:])
	return b
}

func (s *updateSite) addBytes(packed []byte) manifest.Bundle {
	sum := sha256.Sum256(packed)
	b := manifest.Bundle{Format: "zip", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(packed))}
	b.URL = "https://updates.example/sha256/" + b.SHA256 + ".zip"
	s.bundles[b.URL] = packed
	return b
}

// edit changes one leaf of the newest release.
func (s *updateSite) edit(name pep508.Name, change func(*manifest.Leaf)) {
	leaf := s.current.Libraries[name]["linux"]
	change(&leaf)
	s.current.Libraries[name]["linux"] = leaf
}

func (s *updateSite) Latest(ctx context.Context) (*manifest.Manifest, error) {
	return s.current, ctx.Err()
}

func (s *updateSite) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	packed, ok := s.bundles[a.URL]
	if !ok {
		return nil, fmt.Errorf("%s: %w", a.URL, dist.ErrNotFound)
	}
	s.fetched = append(s.fetched, a.URL)
	sum := sha256.Sum256(packed)
	if hex.EncodeToString(sum[:]) != a.Hashes["sha256"] || int64(len(packed)) != a.Size {
		return nil, &dist.HashError{File: a.File, Algorithm: "sha256", Want: a.Hashes["sha256"], Got: hex.EncodeToString(sum[:])}
	}
	return memoryBlob{bytes.NewReader(packed)}, nil
}

type memoryBlob struct{ *bytes.Reader }

func (memoryBlob) Close() error  { return nil }
func (b memoryBlob) Size() int64 { return b.Reader.Size() }

// updater is an Updater of the site that syncs nothing, as no test can lose power.
func (s *updateSite) updater(dir string) *Updater {
	return &Updater{Source: s, Fetcher: s, Platform: "linux", PythonDir: dir, seams: seams{noSync: true}}
}

// update updates and gives the folder's tree.
func (s *updateSite) update(t testing.TB, dir string) map[string]string {
	t.Helper()
	_, err := s.updater(dir).Update(t.Context())
	require.NoError(t, err)
	requireSound(t, dir)
	return liveTree(t, dir)
}

// library is a Spec of a name, a version and files: path, content, path, content …
func library(name, version string, files ...string) wheelmake.Spec {
	spec := wheelmake.Spec{Name: name, Version: version}
	for i := 0; i < len(files); i += 2 {
		if spec.Files == nil {
			spec.Files = map[string]string{}
		}
		spec.Files[files[i]] = files[i+1]
	}
	return spec
}

// liveTree is all of a folder but what updates keep there: files with content and mode, folders with "/", links.
func liveTree(t testing.TB, dir string) map[string]string {
	t.Helper()
	got := diskTree(t, dir)
	for name := range got {
		if name == StateFolder+"/" || strings.HasPrefix(name, StateFolder+"/") {
			delete(got, name)
		}
	}
	return got
}

func diskTree(t testing.TB, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(p, dir+string(filepath.Separator)))
		switch {
		case d.IsDir():
			got[name+"/"] = ""
		case d.Type().IsRegular():
			b, err := os.ReadFile(p)
			got[name] = string(b)
			return err
		default:
			got[name] = d.Type().String()
		}
		return nil
	})
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return got
}

// requireSound fails where a RECORD does not hold, a name has two distributions, or a transaction is left.
func requireSound(t testing.TB, dir string) {
	t.Helper()
	require.Empty(t, mixed(t, dir))
}

// mixed lists what is neither old nor new in a folder.
func mixed(t testing.TB, dir string) []string {
	t.Helper()
	found, faults := wheel.Scan(os.DirFS(dir))
	bad := texts(faults)
	seen := map[pep508.Name]bool{}
	for _, in := range found {
		if seen[in.Name] {
			bad = append(bad, "two distributions of "+string(in.Name))
		}
		seen[in.Name] = true
		bad = append(bad, texts(in.Check(t.Context(), os.DirFS(dir)))...)
	}
	if _, err := os.Lstat(filepath.Join(dir, StateFolder, "journal")); err == nil {
		bad = append(bad, "a journal is left")
	}
	return bad
}

func writeFiles(t testing.TB, dir string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		p := filepath.Join(dir, files[i])
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(t, os.WriteFile(p, []byte(files[i+1]), 0o644))
	}
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
