package wheelhouse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/childtest"
	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// memory is a Fetcher of files that the test made, with a hook before each.
type memory struct {
	content map[string][]byte
	before  func(dist.Artifact) error
	fetched atomic.Int32
	read    func() // before each read of a Blob
}

func (m *memory) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	m.fetched.Add(1)
	if m.before != nil {
		if err := m.before(a); err != nil {
			return nil, err
		}
	}
	return memoryBlob{bytes.NewReader(m.content[a.URL]), m.read}, ctx.Err()
}

type memoryBlob struct {
	*bytes.Reader
	read func()
}

func (b memoryBlob) ReadAt(p []byte, off int64) (int, error) {
	if b.read != nil {
		b.read()
	}
	return b.Reader.ReadAt(p, off)
}

func (memoryBlob) Close() error { return nil }

// file makes a file of some size and puts it into the memory.
func (m *memory) file(t testing.TB, name string, size int) dist.File {
	t.Helper()
	parsed, err := dist.ParseFilename(name)
	require.NoError(t, err)
	content := bytes.Repeat([]byte(name+"\n"), size/len(name)+1)
	v := dist.NewVerifier(dist.Artifact{})
	v.Write(content)
	a := dist.Artifact{File: name, URL: "https://files.example/" + name, Size: v.Size(), Hashes: map[string]string{"sha256": v.SHA256()}}
	if m.content == nil {
		m.content = map[string][]byte{}
	}
	m.content[a.URL] = content
	return dist.File{Filename: parsed, Artifact: a}
}

func set(platform string, files ...dist.File) *resolve.Resolution {
	r := &resolve.Resolution{Platform: resolve.Platform{Name: platform}}
	for _, f := range files {
		r.Pins = append(r.Pins, resolve.Pin{Name: f.Name, Version: f.Version, Files: []dist.File{f, {}}})
	}
	return r
}

// contents are the files of a folder, hidden ones too.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		all[filepath.Base(p)] = string(b)
		return err
	}))
	return all
}

func states(p *Plan) string {
	var all []string
	for _, f := range p.Files {
		all = append(all, fmt.Sprintf("%s %s %d", f.Artifact.File, strings.Join(f.Platforms, "+"), f.State))
	}
	return strings.Join(all, "\n")
}

func TestWheelhouse(t *testing.T) {
	leaktest.Check(t)
	m := &memory{}
	pure, linux, windows := m.file(t, "a-1.0-py3-none-any.whl", 100), m.file(t, "b-1.0-cp39-cp39-manylinux_2_17_x86_64.whl", 300_000), m.file(t, "b-1.0-cp39-cp39-win32.whl", 10)
	sdist := m.file(t, "c-1.0.tar.gz", 10)
	sets := []*resolve.Resolution{set("linux", pure, linux, sdist), set("windows", pure, windows)}
	dir := filepath.Join(t.TempDir(), "deep", "wheels")
	var events []string
	w := &Wheelhouse{Dir: dir, Fetcher: m, Concurrent: 1, Observer: func(e Event) {
		events = append(events, fmt.Sprintf("%d/%d %d %s", e.Done, e.Total, e.Bytes, e.File.Artifact.File))
	}}
	want := map[string]string{}
	for url, b := range m.content {
		want[filepath.Base(url)] = string(b)
	}

	first, err := w.Plan(t.Context(), sets...)
	require.NoError(t, err)
	assert.Equal(t, "a-1.0-py3-none-any.whl linux+windows 0\nb-1.0-cp39-cp39-manylinux_2_17_x86_64.whl linux 0\nb-1.0-cp39-cp39-win32.whl windows 0\nc-1.0.tar.gz linux 0", states(first))
	assert.NoDirExists(t, dir, "a plan changes nothing")
	require.NoError(t, w.Fill(t.Context(), first))
	assert.Equal(t, want, contents(t, dir))
	assert.EqualValues(t, 4, m.fetched.Load(), "what several ask for comes once")
	require.Len(t, events, 4)
	assert.Equal(t, fmt.Sprintf("1/4 %d a-1.0-py3-none-any.whl", pure.Size), events[0])

	second, err := w.Plan(t.Context(), sets...)
	require.NoError(t, err)
	assert.Empty(t, second.Missing())
	require.NoError(t, w.Fill(t.Context(), second))
	assert.EqualValues(t, 4, m.fetched.Load())

	// What is not the file is replaced, whatever it is.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a-1.0-py3-none-any.whl"), bytes.ToUpper([]byte(want["a-1.0-py3-none-any.whl"])), 0o600))
	require.NoError(t, os.Truncate(filepath.Join(dir, "b-1.0-cp39-cp39-win32.whl"), 3))
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, []byte(want["c-1.0.tar.gz"]), 0o600))
	require.NoError(t, os.Remove(filepath.Join(dir, "c-1.0.tar.gz")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "c-1.0.tar.gz")))
	third, err := w.Plan(t.Context(), sets...)
	require.NoError(t, err)
	assert.Equal(t, "a-1.0-py3-none-any.whl linux+windows 2\nb-1.0-cp39-cp39-manylinux_2_17_x86_64.whl linux 1\nb-1.0-cp39-cp39-win32.whl windows 2\nc-1.0.tar.gz linux 2", states(third))
	require.NoError(t, w.Fill(t.Context(), third))
	assert.EqualValues(t, 7, m.fetched.Load())
	assert.Equal(t, want, contents(t, dir))
}

func TestClean(t *testing.T) {
	m := &memory{}
	asked := m.file(t, "a-1.0-py3-none-any.whl", 10)
	dir := t.TempDir()
	w := &Wheelhouse{Dir: dir, Fetcher: m}
	for _, name := range []string{"a-0.9-py3-none-any.whl", "Z-1.0-py3-none-any.whl", "b-1.0.tar.gz", "README", "not a wheel.whl", "requirements.txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder-1.0-py3-none-any.whl"), 0o700))
	p, err := w.Plan(t.Context(), set("linux", asked))
	require.NoError(t, err)
	assert.Equal(t, []string{"Z-1.0-py3-none-any.whl", "a-0.9-py3-none-any.whl"}, p.Unasked)
	require.NoError(t, w.Fill(t.Context(), p))
	assert.FileExists(t, filepath.Join(dir, "a-0.9-py3-none-any.whl"), "Fill removes nothing")
	require.NoError(t, w.Clean(t.Context(), p))
	require.NoError(t, w.Clean(t.Context(), p))
	var left []string
	for name := range contents(t, dir) {
		left = append(left, name)
	}
	assert.ElementsMatch(t, []string{"a-1.0-py3-none-any.whl", "b-1.0.tar.gz", "README", "not a wheel.whl", "requirements.txt"}, left)
	assert.DirExists(t, filepath.Join(dir, "folder-1.0-py3-none-any.whl"))
}

func TestPlanErrors(t *testing.T) {
	m := &memory{}
	a := m.file(t, "a-1.0-py3-none-any.whl", 10)
	other, spelled, unhashed, evil, bad := a, a, a, a, a
	other.Hashes = map[string]string{"sha256": strings.Repeat("0", 64)}
	spelled.Artifact.File = "A-1.0-py3-none-any.whl"
	unhashed.Hashes, unhashed.URL = nil, "https://elsewhere.example/a-1.0-py3-none-any.whl"
	evil.Artifact.File = "../a-1.0-py3-none-any.whl"
	bad.Artifact.File = "a.whl"
	w := &Wheelhouse{Dir: t.TempDir()}
	for _, f := range []dist.File{other, spelled, unhashed} {
		_, err := w.Plan(t.Context(), set("linux", a), set("windows", a), set("darwin", f))
		var conflict *ConflictError
		require.ErrorAs(t, err, &conflict)
		assert.Equal(t, []string{"linux", "windows", "darwin"}, conflict.Platforms)
		assert.EqualError(t, err, conflict.File+" is one file for linux, windows and another for darwin: fill a folder for each")
	}
	for _, f := range []dist.File{evil, bad} {
		_, err := w.Plan(t.Context(), set("linux", f))
		assert.ErrorContains(t, err, f.Artifact.File)
	}
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := (&Wheelhouse{Dir: file}).Plan(t.Context(), set("linux", a))
	assert.Error(t, err)
	p, err := w.Plan(t.Context(), set("linux", a))
	require.NoError(t, err)
	assert.EqualError(t, w.Fill(t.Context(), p), "Wheelhouse.Fetcher is required")
}

// TestFillFails: whatever goes wrong, no name is given to what is not the file.
func TestFillFails(t *testing.T) {
	leaktest.Check(t)
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		fail func(m *memory, cancel func())
		want error
	}{
		{"the fetcher", func(m *memory, _ func()) { m.before = func(dist.Artifact) error { return broken } }, broken},
		{"other bytes", func(m *memory, _ func()) {
			for url, b := range m.content {
				m.content[url] = bytes.ToUpper(b)
			}
		}, &dist.HashError{}},
		{"fewer bytes", func(m *memory, _ func()) {
			for url, b := range m.content {
				m.content[url] = b[1:]
			}
		}, &dist.HashError{}},
		{"the caller, in the middle", func(m *memory, cancel func()) { m.read = cancel }, context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &memory{}
			var files []dist.File
			for i := range 5 {
				files = append(files, m.file(t, fmt.Sprintf("a-%d.0-py3-none-any.whl", i), 200_000))
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := &Wheelhouse{Dir: t.TempDir(), Fetcher: m}
			p, err := w.Plan(ctx, set("linux", files...))
			require.NoError(t, err)
			c.fail(m, cancel)
			err = w.Fill(ctx, p)
			if hash, ok := c.want.(*dist.HashError); ok {
				require.ErrorAs(t, err, &hash)
			} else {
				require.ErrorIs(t, err, c.want)
			}
			assert.Empty(t, contents(t, w.Dir))
		})
	}
}

// TestFillTwice: two processes may fill one folder.
func TestFillTwice(t *testing.T) {
	m := &memory{}
	var files []dist.File
	for i := range 20 {
		files = append(files, m.file(t, fmt.Sprintf("a-%d.0-py3-none-any.whl", i), 50_000))
	}
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			w := &Wheelhouse{Dir: dir, Fetcher: m}
			p, err := w.Plan(t.Context(), set("linux", files...))
			if assert.NoError(t, err) {
				assert.NoError(t, w.Fill(t.Context(), p))
			}
		})
	}
	wg.Wait()
	assert.Len(t, contents(t, dir), 20)
	p, err := (&Wheelhouse{Dir: dir}).Plan(t.Context(), set("linux", files...))
	require.NoError(t, err)
	assert.Empty(t, p.Missing())
}

func TestMain(m *testing.M) { childtest.Main(m, killMe) }

// killMe fills a folder and dies at its nth sign of life. Its arguments are n and the folder.
func killMe(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	at, hook := sync.Mutex{}, childtest.KillAt(n)
	kill := func(step string) error {
		at.Lock()
		defer at.Unlock()
		return hook(step)
	}
	m, sets := killed(nil)
	m.before = func(dist.Artifact) error { return kill("fetch") }
	m.read = func() { _ = kill("read") }
	w := &Wheelhouse{Dir: args[1], Fetcher: m, Concurrent: 2, Observer: func(Event) { _ = kill("came") }}
	p, err := w.Plan(context.Background(), sets)
	if err != nil {
		return err
	}
	return w.Fill(context.Background(), p)
}

// killed is what killMe fills a folder with.
func killed(t testing.TB) (*memory, *resolve.Resolution) {
	m := &memory{}
	var files []dist.File
	for i := range 3 {
		name := fmt.Sprintf("a-%d.0-py3-none-any.whl", i)
		content := bytes.Repeat([]byte(name), 5000) // several reads
		v := dist.NewVerifier(dist.Artifact{})
		v.Write(content)
		f := dist.File{Artifact: dist.Artifact{File: name, URL: name, Size: v.Size(), Hashes: map[string]string{"sha256": v.SHA256()}}}
		f.Filename = dist.Filename{Kind: dist.Wheel, Name: pep508.Name("a")}
		if m.content == nil {
			m.content = map[string][]byte{}
		}
		m.content[name] = content
		files = append(files, f)
	}
	return m, set("linux", files...)
}

// TestFillKilled: wherever the process dies, every wheel that bears its name is whole, and the next Fill ends the work and leaves nothing else.
func TestFillKilled(t *testing.T) {
	m, want := killed(t)
	kills, kept := 0, 0
	for n := 1; ; n++ {
		dir := t.TempDir()
		out, err := childtest.Command(strconv.Itoa(n), dir).CombinedOutput()
		if err == nil {
			break // it had nothing left to die at
		}
		require.Less(t, n, 100, "%s", out)
		require.Empty(t, out, "it was killed, and said nothing")
		kills++
		for name, got := range contents(t, dir) {
			if strings.HasSuffix(name, ".whl") {
				if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
					assert.Equal(t, string(m.content[name]), got, "%s at the top of the folder, killed at %d", name, n)
					kept++
				}
			}
		}
		w := &Wheelhouse{Dir: dir, Fetcher: m}
		p, err := w.Plan(t.Context(), want)
		require.NoError(t, err)
		require.NoError(t, w.Fill(t.Context(), p))
		if len(p.Missing()) > 0 {
			assert.Len(t, contents(t, dir), 3, "killed at %d", n)
		}
	}
	require.Greater(t, kills, 10)
	assert.Positive(t, kept)
	t.Logf("killed %d times; %d wheels were whole by then, none was half", kills, kept)
}
