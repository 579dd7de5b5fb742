package python

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// environment makes one without pip, whose interpreter is a program of its own path.
func environment(t testing.TB) (root, python string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "env")
	out, err := exec.CommandContext(t.Context(), onPath(t), "-m", "venv", "--without-pip", root).CombinedOutput()
	require.NoError(t, err, string(out))
	past := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(root, ConfigName), past, past))
	return root, filepath.Join(root, "bin", "python")
}

// asked says whether the prober ran the interpreter: it writes what it hears, which a mark in the place of what was kept shows.
func asked(t *testing.T, p *Prober, path string) bool {
	t.Helper()
	file := p.file(path)
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	old := time.Unix(1, 0)
	require.NoError(t, os.Chtimes(file, old, old))
	i, err := p.Probe(t.Context(), path)
	require.NoError(t, err)
	fresh, err := Probe(t.Context(), path)
	require.NoError(t, err)
	require.Equal(t, fresh, i)
	st, err := os.Stat(file)
	require.NoError(t, err)
	if !st.ModTime().Equal(old) {
		return true
	}
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, before, after)
	return false
}

func TestProber(t *testing.T) {
	if system() == "" {
		_, err := (&Prober{Folder: t.TempDir()}).Probe(t.Context(), onPath(t))
		require.NoError(t, err)
		return // nothing is kept on this system
	}
	root, path := environment(t)
	p := &Prober{Folder: filepath.Join(t.TempDir(), "new", "answers")}
	first, err := p.Probe(t.Context(), path)
	require.NoError(t, err)
	assert.Equal(t, root, first.Prefix)
	require.False(t, asked(t, p, path), "it is kept")

	config := filepath.Join(root, ConfigName)
	text, err := os.ReadFile(config)
	require.NoError(t, err)
	past := time.Now().Add(-time.Minute)
	require.NoError(t, os.WriteFile(config, []byte(strings.Replace(string(text), "false", "true", 1)), 0o644))
	require.NoError(t, os.Chtimes(config, past, past))
	require.True(t, asked(t, p, path), "pyvenv.cfg is another")
	require.False(t, asked(t, p, path))

	for name, damage := range map[string]func([]byte) []byte{
		"cut":    func(b []byte) []byte { return b[:len(b)/2] },
		"empty":  func([]byte) []byte { return nil },
		"edited": func(b []byte) []byte { return []byte(strings.Replace(string(b), "cpython", "cpythen", 1)) },
	} {
		kept, err := os.ReadFile(p.file(path))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(p.file(path), damage(kept), 0o644))
		i, err := p.Probe(t.Context(), path)
		require.NoError(t, err, name)
		assert.Equal(t, "cpython", i.Implementation, name)
		require.False(t, asked(t, p, path), name)
	}

	require.NoError(t, os.Rename(root, root+"-old"))
	out, err := exec.CommandContext(t.Context(), onPath(t), "-m", "venv", "--without-pip", root).CombinedOutput()
	require.NoError(t, err, string(out))
	text, err = os.ReadFile(filepath.Join(root+"-old", ConfigName))
	require.NoError(t, err)
	require.True(t, asked(t, p, path), "an environment of another pyvenv.cfg is in its place")
	require.NoError(t, os.WriteFile(config, text, 0o644))
	require.NoError(t, os.Chtimes(config, past, past))
	require.True(t, asked(t, p, path))
	require.NoError(t, os.RemoveAll(root))
	require.NoError(t, os.Rename(root+"-old", root))
	require.False(t, asked(t, p, path), "one of the same pyvenv.cfg is the same")

	other := filepath.Join(root, "bin", "other")
	require.NoError(t, os.Rename(path, other))
	_, err = p.Probe(t.Context(), path)
	require.ErrorIs(t, err, os.ErrNotExist, "what was kept does not stand in for what is gone")
}

// TestProberNotKept: what stands in for an interpreter elsewhere may lead to another one next time.
func TestProberNotKept(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Fatal("fakes are shell scripts")
	}
	_, path := environment(t)
	p := &Prober{Folder: t.TempDir()}
	i, err := p.Probe(t.Context(), fake(t, "exec "+path+` "$@"`))
	require.NoError(t, err)
	assert.Equal(t, path, i.Executable)
	list, err := os.ReadDir(p.Folder)
	require.NoError(t, err)
	assert.Empty(t, list)
	_, err = (&Prober{Folder: filepath.Join(path, "no folder")}).Probe(t.Context(), path)
	require.NoError(t, err, "what cannot be kept is no error")
}

func FuzzKept(f *testing.F) {
	f.Add([]byte(`{"schema":1,"crc32c":"00000000","body":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &Prober{Folder: t.TempDir()}
		require.NoError(t, os.WriteFile(p.file("/x/python"), b, 0o644))
		if i := p.recall(t.Context(), "/x/python"); i != nil && i.Path != "/x/python" {
			t.Fatal(i.Path)
		}
	})
}

func BenchmarkProber(b *testing.B) {
	_, path := environment(b)
	for name, p := range map[string]*Prober{"asked": {}, "kept": {Folder: b.TempDir()}} {
		b.Run(name, func(b *testing.B) {
			_, err := p.Probe(b.Context(), path)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				_, err := p.Probe(b.Context(), path)
				require.NoError(b, err)
			}
		})
	}
}
