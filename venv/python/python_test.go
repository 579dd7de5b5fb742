package python

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// onPath is the interpreter that tests use: the first python3 on PATH.
func onPath(t testing.TB) string {
	t.Helper()
	name, err := exec.LookPath("python3")
	require.NoError(t, err, "this test needs a python3 on PATH")
	return name
}

func TestProbe(t *testing.T) {
	i, err := Probe(t.Context(), onPath(t))
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), onPath(t), "-c", "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.prefix)").Output()
	require.NoError(t, err)
	said := strings.Split(strings.TrimSpace(string(out)), "\n")
	assert.Equal(t, said[0], i.Markers["python_version"])
	assert.Equal(t, strings.TrimSpace(said[1]), i.Prefix)
	assert.Equal(t, onPath(t), i.Path)
	assert.FileExists(t, i.BaseExecutable)
	assert.FileExists(t, filepath.Join(i.Stdlib(), "os.py"))
	require.NotEmpty(t, i.Tags)
	assert.True(t, strings.HasSuffix(i.Tags[0], i.PlatformTag) || strings.Contains(i.Tags[0], "linux"), i.Tags[0])

	p, err := i.Platform("here")
	require.NoError(t, err)
	require.Len(t, p.Variants, 1)
	assert.NotEmpty(t, p.Variants[0].Environments[0]["platform_release"])
	assert.Equal(t, i.Tags[0], p.Variants[0].Tags.Tags()[0].String())
}

// fake is a command that stands in for an interpreter.
func fake(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Fatal("fakes are shell scripts")
	}
	file := filepath.Join(t.TempDir(), "python3.9")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+script), 0o755))
	return file
}

func TestProbeHostile(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"fails":        {"echo broken >&2; exit 3", `exit status 3: it says "broken"`},
		"says nothing": {"exit 0", "it does not answer"},
		"says more":    {"head -c 3000000 /dev/zero", "prints more than"},
		"no JSON":      {`for a; do w=$a; done; printf '\n%s{' "$w"`, "cannot be read"},
		"empty":        {`for a; do w=$a; done; printf '\n%s{}\n' "$w"`, "cannot be right"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Probe(t.Context(), fake(t, c.script))
			var failed *ProbeError
			require.ErrorAs(t, err, &failed)
			assert.ErrorContains(t, err, c.want)
		})
	}
	_, err := Probe(t.Context(), filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Probe(ctx, fake(t, "sleep 20"))
	require.ErrorIs(t, err, context.Canceled)
}

// example is what an interpreter answers, changed by edit.
func example(edit func(map[string]any)) []byte {
	a := map[string]any{
		"implementation": "cpython", "version": "3.9.18", "executable": "/p/bin/python3", "base_executable": "/p/bin/python3", "prefix": "/p", "base_prefix": "/p",
		"platform": "linux-x86_64", "bits": 64, "glibc": "glibc 2.36", "paths": map[string]string{"purelib": "/p/lib", "stdlib": "/p/lib/python3.9"},
		"site": []string{"/p/lib"}, "markers": map[string]string{"os_name": "posix", "platform_machine": "x86_64"},
	}
	edit(a)
	b, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return append(append([]byte("noise\nWORD"), b...), '\n')
}

// answered is an Interpreter of what was printed.
func answered(printed []byte, word string) (*Interpreter, error) {
	line, err := answerLine(printed, word)
	if err != nil {
		return nil, err
	}
	a, err := readAnswer(line)
	if err != nil {
		return nil, err
	}
	return a.interpreter()
}

func TestReadAnswer(t *testing.T) {
	i, err := answered(example(func(map[string]any) {}), "WORD")
	require.NoError(t, err)
	assert.Equal(t, "manylinux_2_36_x86_64", i.PlatformTag)
	assert.Equal(t, "lib/python3.9/site-packages", i.VenvPaths["purelib"])
	for name, edit := range map[string]func(map[string]any){
		"relative path":    func(a map[string]any) { a["prefix"] = "p" },
		"control":          func(a map[string]any) { a["executable"] = "/p\n/x" },
		"long":             func(a map[string]any) { a["implementation"] = strings.Repeat("x", maxText+1) },
		"version":          func(a map[string]any) { a["version"] = "three" },
		"bits":             func(a map[string]any) { a["bits"] = 16 },
		"no purelib":       func(a map[string]any) { a["paths"] = map[string]string{"stdlib": "/p"} },
		"type":             func(a map[string]any) { a["site"] = "/p" },
		"outside the venv": func(a map[string]any) { a["venv"] = map[string]string{"purelib": "../lib"} },
	} {
		_, err := answered(example(edit), "WORD")
		assert.Error(t, err, name)
	}
	_, err = answered([]byte("\nWORD"+`{"prefix": "/caf\udce9"}`+"\n"), "WORD")
	assert.ErrorContains(t, err, "not UTF-8")
	_, err = answered(example(func(map[string]any) {}), "OTHER")
	assert.ErrorContains(t, err, "does not answer")
}

func TestPlatformTag(t *testing.T) {
	machine := func(name string) map[string]string { return map[string]string{"platform_machine": name} }
	for _, c := range []struct {
		a    answer
		want string
	}{
		{answer{Platform: "linux-x86_64", Bits: 64, Glibc: "glibc 2.36"}, "manylinux_2_36_x86_64"},
		{answer{Platform: "linux-x86_64", Bits: 32, Glibc: "glibc 2.36"}, "manylinux_2_36_i686"},
		{answer{Platform: "linux-aarch64", Bits: 32, Glibc: "glibc 2.31.1"}, "manylinux_2_31_armv8l"},
		{answer{Platform: "linux-x86_64", Bits: 64}, "linux_x86_64"},
		{answer{Platform: "linux-x86_64", Bits: 64, Glibc: "glibc x"}, "linux_x86_64"},
		{answer{Platform: "linux-sparc64", Bits: 64, Glibc: "glibc 2.36"}, "linux_sparc64"},
		{answer{Platform: "macosx-10.9-universal2", Bits: 64, MacOS: "14.5", Markers: machine("arm64")}, "macosx_14_0_arm64"},
		{answer{Platform: "macosx-10.9-x86_64", Bits: 64, MacOS: "10.15.7", Markers: machine("x86_64")}, "macosx_10_15_x86_64"},
		{answer{Platform: "macosx-10.6-intel", Bits: 32, MacOS: "10.13.6", Markers: machine("x86_64")}, "macosx_10_13_i386"},
		{answer{Platform: "win32", Bits: 32}, "win32"},
		{answer{Platform: "win-amd64", Bits: 64}, "win_amd64"},
	} {
		assert.Equal(t, c.want, c.a.platformTag())
	}
}

func TestSupported(t *testing.T) {
	for _, c := range []struct {
		implementation, version, want string
	}{
		{"cpython", "3.6.15", ""}, {"cpython", "3.14.0", ""},
		{"cpython", "2.7.18", "the oldest that is supported is 3.6"}, {"cpython", "3.5.9", "oldest"}, {"pypy", "3.10.14", "only CPython"},
	} {
		i := &Interpreter{Path: "/p/python", Implementation: c.implementation, Version: pep440.MustParse(c.version), PlatformTag: "win_amd64"}
		_, err := i.Platform("x")
		if c.want == "" {
			assert.NoError(t, err)
			continue
		}
		var unsupported *UnsupportedError
		require.ErrorAs(t, err, &unsupported)
		assert.ErrorContains(t, err, c.want)
	}
}

func TestFind(t *testing.T) {
	ctx, real := t.Context(), onPath(t)
	i, err := Find(ctx, real, nil)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Symlink(i.Executable, filepath.Join(dir, "python3.88"))) // a lying name: what it says counts
	require.NoError(t, os.WriteFile(filepath.Join(dir, "python3.3"), []byte("#!/bin/sh\nexit 1\n"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "python3.2"), nil, 0o644)) // nothing to run

	for _, request := range []string{"3", i.Markers["python_version"], i.Version.String()} {
		found, err := Find(ctx, request, []string{filepath.Join(dir, "absent"), dir})
		require.NoError(t, err, request)
		assert.True(t, i.Version.Equal(found.Version))
		assert.Equal(t, filepath.Join(dir, "python3.88"), found.Path)
	}
	found, err := Find(ctx, "python3.88", []string{dir})
	require.NoError(t, err)
	assert.True(t, i.Version.Equal(found.Version))

	_, err = Find(ctx, "3.3", []string{dir})
	var none *NotFoundError
	require.ErrorAs(t, err, &none)
	require.Len(t, none.Found, 1)
	require.Len(t, none.Failed, 1)
	assert.ErrorContains(t, err, "no Python 3.3 was found; found: "+i.Version.String())
	_, err = Find(ctx, "python9", []string{dir})
	require.ErrorAs(t, err, &none)
}

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig(strings.NewReader("home = /usr/bin\nVersion=3.9.1\nno line\n a = b = c \nhome = /opt\n"))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"home": "/opt", "version": "3.9.1", "a": "b = c"}, c)
	_, err = ParseConfig(strings.NewReader("home = \xff"))
	assert.Error(t, err)
	_, err = ParseConfig(strings.NewReader(strings.Repeat("x", MaxConfig+1)))
	assert.Error(t, err)
}

// TestBaseExecutable follows environments that were made from environments.
func TestBaseExecutable(t *testing.T) {
	dir := t.TempDir()
	bin := func(env string) string { return filepath.Join(dir, env, "bin") }
	for env, home := range map[string]string{"a": bin("b"), "b": bin("base"), "base": "", "loop": bin("loop")} {
		require.NoError(t, os.MkdirAll(bin(env), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(bin(env), "python"), nil, 0o755))
		if home != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, env, ConfigName), []byte("home = "+home+"\n"), 0o644))
		}
	}
	for env, want := range map[string]string{"a": "base", "b": "base", "base": "base", "loop": "loop"} {
		i := &Interpreter{BaseExecutable: filepath.Join(bin(env), "python")}
		assert.Equal(t, filepath.Join(bin(want), "python"), i.baseExecutable())
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(example(func(map[string]any) {}))
	f.Add(example(func(a map[string]any) { a["venv"] = map[string]string{"purelib": "x/y"} }))
	f.Add([]byte("\nWORD" + `{"prefix": "\ud800"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := answered(b, "WORD")
		if err != nil {
			return
		}
		for _, p := range append([]string{i.Prefix, i.BaseExecutable}, i.SiteDirs...) {
			if !filepath.IsAbs(p) || strings.ContainsAny(p, "\n\x00") {
				t.Fatalf("path %q", p)
			}
		}
		for _, p := range i.VenvPaths {
			if !filepath.IsLocal(p) {
				t.Fatalf("place %q", p)
			}
		}
	})
}

func FuzzParseConfig(f *testing.F) {
	f.Add("home = /usr/bin\n")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseConfig(strings.NewReader(s))
		if err == nil && len(c) > len(s) {
			t.Fatal("more keys than bytes")
		}
	})
}

func BenchmarkProbe(b *testing.B) {
	name := onPath(b)
	i, err := Probe(b.Context(), name)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Probe(b.Context(), i.Executable); err != nil {
			b.Fatal(err)
		}
	}
}
