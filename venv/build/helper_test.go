package build

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/venv/python"
)

// interpreter is the first python3 on PATH.
func interpreter(t testing.TB) *python.Interpreter {
	t.Helper()
	i, err := probed()
	require.NoError(t, err)
	return i
}

var probed = sync.OnceValues(func() (*python.Interpreter, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return nil, err
	}
	return python.Probe(context.Background(), path)
})

// source is an sdist to be made. Its files stand below name-version.
type source struct {
	name, version string
	files         map[string]string
}

func (s source) file() string { return s.name + "-" + s.version + ".tar.gz" }

// tar gives the sdist's bytes.
func (s source) tar(t testing.TB) []byte {
	var members []tar.Header
	bodies := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		full := s.name + "-" + s.version + "/" + name
		members = append(members, tar.Header{Name: full, Mode: 0o644})
		bodies[full] = s.files[name]
	}
	return makeTar(t, members, bodies)
}

// makeTar writes headers as they are, with the bodies of their names; a header without type is a file's.
func makeTar(t testing.TB, members []tar.Header, bodies map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range members {
		body := bodies[h.Name]
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(body))
			h.ModTime = time.Unix(1_000_000_000, 0)
		}
		require.NoError(t, w.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write([]byte(body))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

// shop is an index and its files, in memory.
type shop struct {
	resolvetest.Index
	mu      sync.Mutex
	files   map[string][]byte // by sha256
	fetched map[string]int    // by file name
}

// add offers a file; metadata nil leaves it without.
func (s *shop) add(t testing.TB, name string, body []byte, metadata *dist.Metadata) dist.File {
	t.Helper()
	parsed, err := dist.ParseFilename(name)
	require.NoError(t, err)
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	f := dist.File{Filename: parsed, Artifact: dist.Artifact{
		File: name, URL: "https://files.example/" + name, Size: int64(len(body)), Hashes: map[string]string{"sha256": hash},
	}}
	if s.files == nil {
		s.files, s.fetched = map[string][]byte{}, map[string]int{}
	}
	s.files[hash] = body
	s.Add(f, metadata)
	return f
}

// sdist offers an sdist.
func (s *shop) sdist(t testing.TB, of source) dist.File {
	t.Helper()
	return s.add(t, of.file(), of.tar(t), nil)
}

// wheel offers a wheel with its metadata.
func (s *shop) wheel(t testing.TB, spec wheelmake.Spec) dist.File {
	t.Helper()
	m, err := dist.ParseMetadata([]byte(spec.Metadata()))
	require.NoError(t, err)
	return s.add(t, spec.Filename(), wheelmake.Make(spec), m)
}

func (s *shop) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, ok := s.files[a.Hashes["sha256"]]
	if !ok {
		return nil, fmt.Errorf("fetch %s: %w", a.File, dist.ErrNotFound)
	}
	s.fetched[a.File]++
	return blob{bytes.NewReader(body)}, nil
}

type blob struct{ *bytes.Reader }

func (blob) Close() error { return nil }

// builder is a Builder over a shop, whose folder of work is looked at when the test ends.
func (s *shop) builder(t testing.TB) *Builder {
	t.Helper()
	b := &Builder{Index: s, Fetcher: s, Python: interpreter(t), Cache: filepath.Join(t.TempDir(), "cache")}
	t.Cleanup(func() {
		if b.work == "" {
			return
		}
		left, err := filepath.Glob(filepath.Join(b.work, "build-*"))
		require.NoError(t, err)
		require.Empty(t, left, "folders of builds stay")
		require.NoError(t, b.Close())
		require.NoDirExists(t, b.work)
	})
	return b
}

// backend is a build backend in the sdist itself. CONFIG, which stands before it, says what it does, and where it notes each call.
const backend = `
import base64, hashlib, os, subprocess, sys, time, zipfile

def note(hook):
    with open(LOG, "a") as f:
        f.write(hook + "\n")

def metadata():
    return "Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s" % (NAME, VERSION, EXTRA)

def write_wheel(folder, name=None, version=None, tag="py3-none-any", record=None, requires=None):
    name, version = name or NAME, version or VERSION
    stem = "%s-%s" % (name, version)
    text = "Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s" % (name, version, EXTRA if requires is None else requires)
    files = {
        name + "/__init__.py": "answer = 42\n",
        stem + ".dist-info/METADATA": text,
        stem + ".dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: %s\n" % tag,
    }
    lines = []
    for path, body in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).rstrip(b"=").decode()
        lines.append("%s,sha256=%s,%d" % (path, digest, len(body.encode())))
    lines.append(stem + ".dist-info/RECORD,,")
    files[stem + ".dist-info/RECORD"] = record or "\n".join(lines) + "\n"
    file = "%s-%s.whl" % (stem, tag)
    with zipfile.ZipFile(os.path.join(folder, file), "w") as z:
        for path, body in files.items():
            z.writestr(zipfile.ZipInfo(path), body)
    return file

def build_wheel(folder, config_settings=None, metadata_directory=None):
    note("build_wheel")
    return build(folder)
`

const prepares = `
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    note("prepare")
    info = "%s-%s.dist-info" % (NAME, VERSION)
    os.mkdir(os.path.join(folder, info))
    with open(os.path.join(folder, info, "METADATA"), "w") as f:
        f.write(metadata())
    return info
`

const plainBuild = "def build(folder):\n    return write_wheel(folder)\n"

// project is an sdist with a backend of its own.
type project struct {
	name, version string
	requires      []string // of the build
	code          string   // after the backend; "" is plainBuild
	metadata      string   // lines of METADATA
	files         map[string]string
	log           string
}

func newProject(t testing.TB, name string) project {
	return project{name: name, version: "1.0", log: filepath.Join(t.TempDir(), "log")}
}

func (p project) source() source {
	code := p.code
	if code == "" {
		code = plainBuild
	}
	quoted := make([]string, len(p.requires))
	for i, r := range p.requires {
		quoted[i] = fmt.Sprintf("%q", r)
	}
	files := map[string]string{
		"pyproject.toml":        fmt.Sprintf("[build-system]\nrequires = [%s]\nbuild-backend = \"backend\"\nbackend-path = [\"_own\"]\n", strings.Join(quoted, ", ")),
		"_own/backend.py":       fmt.Sprintf("NAME, VERSION, EXTRA, LOG = %q, %q, %q, %q\n", p.name, p.version, p.metadata, p.log) + backend + code,
		p.name + "/__init__.py": "answer = 42\n",
	}
	maps.Copy(files, p.files)
	return source{p.name, p.version, files}
}

// calls lists the hooks that were run and noted.
func (p project) calls(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile(p.log)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	return strings.Fields(string(b))
}

// resolved solves a request over a builder, sdists included.
func resolved(t testing.TB, b *Builder, requirements ...string) *resolve.Resolution {
	t.Helper()
	r, err := solve(t, b, requirements...)
	require.NoError(t, err)
	return r
}

func solve(t testing.TB, b *Builder, requirements ...string) (*resolve.Resolution, error) {
	t.Helper()
	platform, err := interpreter(t).Platform("here")
	require.NoError(t, err)
	req := &resolve.Request{Platform: platform, Policy: resolve.Policy{Sdists: true}}
	for _, r := range requirements {
		req.Requirements = append(req.Requirements, pep508.MustParse(r))
	}
	return (&resolve.Solver{Index: b.For(platform)}).Resolve(context.Background(), req)
}
