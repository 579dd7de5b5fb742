package offline_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/offline"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

const day = 24 * time.Hour

var (
	ctx     = context.Background()
	start   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	expires = start.Add(30 * day)
)

// site is a publisher with a store and a delegated channel, and an application of its first root.
type site struct {
	*trusttest.Repo
	root []byte
	now  time.Time
	next uint64

	staged *manifest.Rollout
}

func newSite(t *testing.T) *site {
	s := &site{Repo: trusttest.New(expires), now: start}
	s.root = s.File("1.root.json")
	s.Delegate("targets", metadata.Delegation{Name: "stable", Paths: []string{"stable/*"}, Terminating: true})
	old := s.Signers["root"]
	s.SetKeys("root", 1, trusttest.NewKey())
	s.PublishRoot(old...)
	s.SetKeys("timestamp", 1, trusttest.NewKey())
	s.PublishRoot()
	s.release(t, "1.0")
	return s
}

// release publishes a version of the library demo, another bundle for each platform.
func (s *site) release(t *testing.T, version string) {
	s.next++
	m := &manifest.Manifest{Meta: manifest.Meta{Schema: 1, Channel: "stable", Sequence: s.next, Issued: start, Rollout: s.staged, Platforms: map[string]manifest.Platform{}},
		Libraries: map[pep508.Name]map[string]manifest.Leaf{"demo": {}}}
	for _, platform := range []string{"linux", "windows"} {
		m.Meta.Platforms[platform] = manifest.Platform{Python: "3.9.18", Tags: []string{"any"}}
		m.Libraries["demo"][platform] = manifest.Leaf{Version: version, Bundle: s.bundle(t, version, platform)}
	}
	b, err := m.Encode()
	require.NoError(t, err)
	custom, err := json.Marshal(trust.Custom{Schema: trust.CustomSchema, Channel: "stable", Sequence: s.next})
	require.NoError(t, err)
	s.Add("stable", "stable/update.json", b, custom)
	s.Publish()
}

func (s *site) bundle(t *testing.T, version, platform string) manifest.Bundle {
	spec := wheelmake.Spec{Name: "demo", Version: version, Files: map[string]string{"demo.py": version + " for " + platform}}
	blob := wheelmake.Make(spec)
	w, err := wheel.Open(bytes.NewReader(blob), int64(len(blob)), spec.Filename())
	require.NoError(t, err)
	tree, err := w.Layout(wheel.FlatScheme(), bundle.Installer)
	require.NoError(t, err)
	var packed bytes.Buffer
	require.NoError(t, bundle.Zip{}.Pack(ctx, &packed, tree))
	sum, record := sha256.Sum256(packed.Bytes()), sha256.Sum256(tree.Record())
	digits := hex.EncodeToString(sum[:])
	path := "sha256/" + digits[:2] + "/" + digits + ".zip"
	s.Serve(path, packed.Bytes())
	return manifest.Bundle{URL: "../" + path, Format: "zip", SHA256: digits, Size: int64(packed.Len()), UnpackedSize: tree.Size(), Files: len(tree.Files()),
		RecordSHA256: hex.EncodeToString(record[:]), Tag: "py3-none-any"}
}

// client is one of the site's, with a folder of its own.
func (s *site) client(dir string) *trust.Client {
	return &trust.Client{Root: s.root, Dir: dir, Channel: "stable", Clock: func() time.Time { return s.now }, RoundTripper: trusttest.Network{"store.example": s.Repo},
		Mirrors: []trust.Mirror{{Metadata: "https://store.example/metadata", Targets: "https://store.example"}}}
}

// export is the zip of the newest release.
func (s *site) export(t *testing.T, platforms ...string) []byte {
	t.Helper()
	f := &index.Fetcher{RoundTripper: trusttest.Network{"store.example": s.Repo}}
	defer f.Close()
	var w bytes.Buffer
	contents, err := offline.Export(ctx, &w, s.client(t.TempDir()), f, platforms...)
	require.NoError(t, err)
	assert.Equal(t, "stable", contents.Channel)
	assert.Equal(t, s.next, contents.Sequence)
	assert.Equal(t, expires, contents.Expires)
	return w.Bytes()
}

// machine is one without network.
type machine struct {
	*site
	python, trust string
	staleness     time.Duration
	clientRoot    []byte
}

func (s *site) machine(t *testing.T) *machine {
	return &machine{site: s, python: t.TempDir(), trust: t.TempDir(), clientRoot: s.root}
}

// update installs from a zip.
func (m *machine) update(b []byte) error {
	a, err := offline.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	c := m.client(m.trust)
	c.Root, c.Mirrors, c.RoundTripper, c.MaxStaleness = m.clientRoot, []trust.Mirror{a.Mirror()}, a, m.staleness
	_, err = (&bundle.Updater{Source: c, Fetcher: a, Platform: "linux", PythonDir: m.python}).Update(ctx)
	return err
}

// holds is the content of the library; "" where it isn't installed.
func (m *machine) holds(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(m.python, "demo.py"))
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(t, err)
	}
	return string(b)
}

func TestExport(t *testing.T) {
	leaktest.Check(t)
	s := newSite(t)
	b := s.export(t)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	var names []string
	for _, f := range z.File {
		require.Equal(t, zip.Store, f.Method)
		names = append(names, f.Name)
		r, err := f.Open()
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		assert.Equal(t, s.Files()[f.Name], got, "%s is at the same place in the store", f.Name)
	}
	require.Len(t, names, 3+4+1+2, "%v", names)
	assert.Equal(t, []string{"metadata/1.root.json", "metadata/1.stable.json", "metadata/2.root.json", "metadata/2.snapshot.json", "metadata/2.targets.json",
		"metadata/3.root.json", "metadata/timestamp.json"}, names[:7])
	assert.Equal(t, b, s.export(t), "the same release gives the same bytes")
	assert.Equal(t, b, s.export(t, "windows", "linux", "windows"))
	assert.Less(t, len(s.export(t, "linux")), len(b))

	_, err = offline.Export(ctx, io.Discard, s.client(t.TempDir()), nil, "amiga")
	assert.Equal(t, bundle.KindUsage, bundle.KindOf(err))
	assert.ErrorContains(t, err, "use one of linux, windows")
}

// TestExportNotConsistent: a repository of another tool, whose files have no version in their names.
func TestExportNotConsistent(t *testing.T) {
	s := newSite(t)
	s.Root.ConsistentSnapshot = false
	s.PublishRoot()
	s.release(t, "2.0")
	b := s.export(t)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	_, err = z.Open("stable/update.json")
	require.NoError(t, err)
	m := s.machine(t)
	require.NoError(t, m.update(b))
	require.Equal(t, "2.0 for linux", m.holds(t))
}

// TestExportOfALaterApplication: its own root is not the first, but the zip is for those whose is, too.
func TestExportOfALaterApplication(t *testing.T) {
	s := newSite(t)
	first, all := s.root, s.export(t, "linux")
	s.root = s.File("3.root.json")
	assert.Equal(t, all, s.export(t, "linux"))
	export := func() error {
		_, err := offline.Export(ctx, io.Discard, s.client(t.TempDir()), dist.FetcherFunc(nil))
		return err
	}
	good := s.File("2.root.json")
	s.Serve("metadata/2.root.json", nil)
	require.ErrorContains(t, export(), "a repository keeps every root")
	s.Serve("metadata/2.root.json", first)
	require.ErrorIs(t, export(), trust.ErrVerify)
	other := trusttest.New(expires)
	other.PublishRoot()
	s.Serve("metadata/2.root.json", other.File("2.root.json"))
	require.ErrorIs(t, export(), trust.ErrVerify, "a root that does not lead to ours")
	s.Serve("metadata/2.root.json", good)
}

func TestExportBroken(t *testing.T) {
	s := newSite(t)
	for name, f := range map[string]dist.FetcherFunc{
		"no bundle": func(context.Context, dist.Artifact) (dist.Blob, error) { return nil, dist.ErrNotFound },
		"canceled":  func(context.Context, dist.Artifact) (dist.Blob, error) { return nil, context.Canceled },
	} {
		var w bytes.Buffer
		_, err := offline.Export(ctx, &w, s.client(t.TempDir()), f)
		require.Error(t, err, name)
		_, err = offline.Read(bytes.NewReader(w.Bytes()), int64(w.Len()))
		require.Error(t, err, "%s: a part of an archive is none", name)
	}
	s.Serve("metadata/timestamp.json", []byte("{}"))
	_, err := offline.Export(ctx, io.Discard, s.client(t.TempDir()), nil)
	require.Equal(t, bundle.KindTrust, bundle.KindOf(err))
	s.now = expires
	s.Publish()
	_, err = offline.Export(ctx, io.Discard, s.client(t.TempDir()), nil)
	require.ErrorIs(t, err, trust.ErrFrozen, "what nobody would take")
}

func TestUpdateOffline(t *testing.T) {
	leaktest.Check(t)
	s := newSite(t)
	m := s.machine(t)
	one := s.export(t, "linux")
	file := filepath.Join(t.TempDir(), "update.zip")
	require.NoError(t, os.WriteFile(file, one, 0o644))
	a, err := offline.Open(file)
	require.NoError(t, err)
	c := m.client(m.trust)
	c.Mirrors, c.RoundTripper = []trust.Mirror{a.Mirror()}, a
	_, err = (&bundle.Updater{Source: c, Fetcher: a, Platform: "linux", PythonDir: m.python}).Update(ctx)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	require.Equal(t, "1.0 for linux", m.holds(t))

	s.release(t, "2.0")
	two := s.export(t)
	require.NoError(t, m.update(two))
	require.Equal(t, "2.0 for linux", m.holds(t))
	require.NoError(t, m.update(two), "once more")

	err = m.update(one)
	require.ErrorIs(t, err, trust.ErrRollback)
	require.Equal(t, bundle.KindTrust, bundle.KindOf(err))
	require.Equal(t, "2.0 for linux", m.holds(t))

	other := s.machine(t)
	err = other.update(s.export(t, "windows"))
	require.ErrorIs(t, err, dist.ErrNotFound)
	require.ErrorContains(t, err, "export the release for this platform")
	require.Empty(t, other.holds(t))
	other.clientRoot = newSite(t).root
	require.ErrorIs(t, other.update(two), trust.ErrVerify, "an application of another publisher")

	online := m.client(m.trust) // the same folder serves both
	got, err := online.Latest(ctx)
	require.NoError(t, err)
	require.Equal(t, uint64(2), got.Meta.Sequence)
}

func TestUpdateOfflineExpired(t *testing.T) {
	s := newSite(t)
	b := s.export(t)
	m := s.machine(t)
	s.now = expires.Add(9 * day)
	require.ErrorIs(t, m.update(b), trust.ErrFrozen)
	m.staleness = 9 * day
	require.ErrorIs(t, m.update(b), trust.ErrFrozen)
	require.Empty(t, m.holds(t))
	m.staleness = 10 * day
	require.NoError(t, m.update(b))
	require.Equal(t, "1.0 for linux", m.holds(t))
}

// rewritten is the zip with one entry changed, and every checksum of the zip true again.
func rewritten(t *testing.T, b []byte, name string, change func([]byte) []byte) []byte {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		body, err := io.ReadAll(r)
		require.NoError(t, err)
		if f.Name == name {
			body = change(body)
		}
		if body == nil {
			continue
		}
		e, err := w.CreateRaw(&zip.FileHeader{Name: f.Name, CRC32: crc(body), CompressedSize64: uint64(len(body)), UncompressedSize64: uint64(len(body))})
		require.NoError(t, err)
		_, err = e.Write(body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// TestTampered: whichever entry somebody changes, nothing of it is installed, with the zip's own checksums mended or not.
func TestTampered(t *testing.T) {
	s := newSite(t)
	good := s.export(t, "linux")
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	require.NoError(t, err)
	require.NoError(t, s.machine(t).update(rewritten(t, good, "", nil)))
	for _, f := range z.File {
		at, err := f.DataOffset()
		require.NoError(t, err)
		size := int(f.UncompressedSize64)
		for _, offset := range []int{0, size / 3, size / 2, size - 1} {
			raw := bytes.Clone(good)
			raw[int(at)+offset] ^= 1
			m := s.machine(t)
			err := m.update(raw)
			require.Error(t, err, "%s, byte %d", f.Name, offset)
			require.Contains(t, []bundle.Kind{bundle.KindHostile, bundle.KindHash}, bundle.KindOf(err), "%v", err)
			require.Empty(t, m.holds(t))

			err = m.update(rewritten(t, good, f.Name, func(b []byte) []byte { b[offset] ^= 1; return b }))
			if f.Name == "metadata/1.root.json" {
				require.NoError(t, err, "the application has its own and reads no other")
				continue
			}
			require.Error(t, err, "%s, byte %d", f.Name, offset)
			require.Contains(t, []bundle.Kind{bundle.KindTrust, bundle.KindHash}, bundle.KindOf(err), "%s: %v", f.Name, err)
			require.Empty(t, m.holds(t))
		}
		m := s.machine(t)
		err = m.update(rewritten(t, good, f.Name, func([]byte) []byte { return nil }))
		if f.Name != "metadata/1.root.json" {
			require.Error(t, err, "without %s", f.Name)
			require.Empty(t, m.holds(t))
		}
	}
}

// TestOtherSigner: a zip that is whole and was signed by somebody else.
func TestOtherSigner(t *testing.T) {
	s := newSite(t)
	m := s.machine(t)
	require.NoError(t, m.update(s.export(t)))
	s.Signers["timestamp"] = []crypto.Signer{trusttest.NewKey()}
	s.SetKeys("root", 1, trusttest.NewKey())
	s.SetKeys("timestamp", 1, s.Signers["timestamp"]...)
	s.Root.Version = 0
	s.PublishRoot()
	for _, n := range []string{"2", "3"} {
		s.Serve("metadata/"+n+".root.json", nil)
	}
	s.root = s.File("1.root.json")
	s.release(t, "6.6")
	err := m.update(s.export(t))
	require.ErrorIs(t, err, trust.ErrVerify)
	require.Equal(t, "1.0 for linux", m.holds(t))
}

func TestReadHostile(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	make := func(files ...string) []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for i := 0; i < len(files); i += 2 {
			e, err := w.CreateRaw(&zip.FileHeader{Name: files[i], CRC32: crc([]byte(files[i+1])), CompressedSize64: uint64(len(files[i+1])), UncompressedSize64: uint64(len(files[i+1]))})
			require.NoError(t, err)
			_, err = e.Write([]byte(files[i+1]))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return out.Bytes()
	}
	deflated := func(name string) []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		e, err := w.Create(name)
		require.NoError(t, err)
		_, err = e.Write(bytes.Repeat([]byte("x"), 9000))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return out.Bytes()
	}
	var many []string
	for i := range offline.MaxFiles + 1 {
		many = append(many, fmt.Sprint("a", i), "")
	}
	large := strings.Repeat("x", 1<<20)
	var heavy []string
	for i := range offline.MaxMetadata>>20 + 1 {
		heavy = append(heavy, fmt.Sprint("metadata/", i, ".json"), large)
	}
	for name, tt := range map[string]struct {
		zip  []byte
		rule archive.Rule
	}{
		"nothing":              {nil, archive.Z9},
		"no zip":               {[]byte("{}"), archive.Z9},
		"out of it":            {make("../x", ""), archive.Z1},
		"a name twice":         {make("metadata/1.root.json", "a", "metadata/1.root.json", "b"), archive.Z3},
		"a name twice, folded": {make("metadata/1.root.json", "a", "metadata/1.ROOT.json", "b"), archive.Z2},
		"a bundle's folder":    {make("sha256/cd/"+sum+".zip", ""), archive.Z1},
		"a bundle's name":      {make("sha256/ab/"+sum[1:]+".zip", ""), archive.Z1},
		"a bundle twice":       {make("sha256/ab/"+sum+".zip", "", "sha256/ab/"+sum+".tar", ""), archive.Z3},
		"a bundle, deflated":   {deflated("sha256/ab/" + sum + ".zip"), archive.Z13},
		"too many":             {make(many...), archive.Z10},
		"too much metadata":    {make(heavy...), archive.Z10},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := offline.Read(bytes.NewReader(tt.zip), int64(len(tt.zip)))
			require.Equal(t, bundle.KindHostile, bundle.KindOf(err))
			var format *archive.FormatError
			require.ErrorAs(t, err, &format)
			rules := []archive.Rule{}
			for _, v := range format.Violations {
				rules = append(rules, v.Rule)
			}
			require.Contains(t, rules, tt.rule, "%v", err)
		})
	}
	_, err := offline.Open(filepath.Join(t.TempDir(), "absent.zip"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestRoundTrip(t *testing.T) {
	s := newSite(t)
	b := s.export(t)
	a, err := offline.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	for address, want := range map[string]int{
		"http://" + offline.Host + "/metadata/timestamp.json":     200,
		"http://" + offline.Host + "/metadata/4.root.json":        404,
		"http://" + offline.Host + "/metadata/../metadata":        404,
		"http://store.example/metadata/timestamp.json":            404,
		"http://" + offline.Host + "/sha256/ab/whatever.zip":      404,
		"http://" + offline.Host + "/metadata%2ftimestamp.json":   404,
		"http://" + offline.Host + "/metadata/timestamp.json?a=b": 200,
	} {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		require.NoError(t, err)
		resp, err := a.RoundTrip(req)
		require.NoError(t, err)
		assert.Equal(t, want, resp.StatusCode, address)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	req, err := http.NewRequestWithContext(done, http.MethodGet, a.Mirror().Metadata, nil)
	require.NoError(t, err)
	_, err = a.RoundTrip(req)
	require.ErrorIs(t, err, context.Canceled)
	m, err := s.client(t.TempDir()).Latest(ctx)
	require.NoError(t, err)
	linux := m.Libraries["demo"]["linux"]
	want := dist.Artifact{File: "x", Size: linux.Size, Hashes: map[string]string{"sha256": linux.SHA256}}
	_, err = a.Fetch(done, want)
	require.ErrorIs(t, err, context.Canceled)
	want.Size++
	_, err = a.Fetch(ctx, want)
	var hash *dist.HashError
	require.ErrorAs(t, err, &hash)
	want.Size, want.Hashes["sha512"] = -1, strings.Repeat("0", 128)
	_, err = a.Fetch(ctx, want)
	require.ErrorAs(t, err, &hash)
	_, err = a.Fetch(ctx, dist.Artifact{File: "x"})
	require.ErrorIs(t, err, dist.ErrNotFound)
}
