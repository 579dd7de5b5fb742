package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// scripted is a shop with a library that has scripts, one that has none, and stubs.
func scripted(t testing.TB) *shop {
	return newShop(t, wheelmake.Stubs(), library("lib", "1.0"),
		wheelmake.Spec{Name: "tool", Version: "1.0", EntryPoints: "[console_scripts]\nrun = tool:main\n[gui_scripts]\nwindow = tool:main\n", Files: map[string]string{
			"tool.py": "def main(): print('started')\n", "tool-1.0.data/scripts/run-script.py": "#!python\nold\n", "tool-1.0.data/scripts/other": "#!python\nown\n",
		}})
}

// stubsJSON names the wheel of stubs.
func stubsJSON() string {
	return fmt.Sprintf(`"stubs": {"wheel": %q, "sha256": "%x"}`, wheelmake.Stubs().Filename(), sha256.Sum256(wheelmake.Make(wheelmake.Stubs())))
}

// everywhere asks for both libraries on all built-in platforms.
func everywhere(launchers string) string {
	expected := `{"expectedVersions": {"windows": "latest", "darwin": "latest", "darwinbigsur": "latest", "linux": "latest"}}`
	return `{` + launchers + `"lib": ` + expected + `, "tool": ` + expected + `}`
}

func TestPublishLaunchers(t *testing.T) {
	shop := scripted(t)
	p, dir := publisher(t, shop)
	asked := everywhere(`"$launchers": {"python": {"windows": "../python.exe", "darwin": "../../bin/python3", "darwinbigsur": "../../bin/python3"}, ` + stubsJSON() + `}, `)
	report, err := p.Publish(t.Context(), config(t, asked))
	require.NoError(t, err)
	assert.Equal(t, 6, report.Wheels, "each wheel for Windows, for macOS and without launchers")
	assert.Equal(t, 4, report.Stored)
	files := snapshot(t, dir)
	at := func(library, platform string) string {
		leaf := report.Manifest.Libraries[pep508.Name(library)][platform]
		require.Empty(t, leaf.Variants, "%s on %s", library, platform)
		return strings.TrimPrefix(leaf.URL, "../")
	}
	for _, platform := range []string{"windows", "darwin", "darwinbigsur"} {
		assert.Equal(t, at("lib", "linux"), at("lib", platform), "without scripts the bundle is the same")
	}
	assert.Equal(t, at("tool", "darwin"), at("tool", "darwinbigsur"))
	all := []string{"tool-1.0.dist-info/INSTALLER", "tool-1.0.dist-info/METADATA", "tool-1.0.dist-info/RECORD", "tool-1.0.dist-info/WHEEL", "tool-1.0.dist-info/entry_points.txt", "tool.py", "bin/other"}
	for platform, own := range map[string][]string{"windows": {"bin/run.exe", "bin/window.exe"}, "darwin": {"bin/run", "bin/window"}, "linux": {"bin/run-script.py"}} {
		packed := files[at("tool", platform)]
		z, err := zip.NewReader(strings.NewReader(packed), int64(len(packed)))
		require.NoError(t, err)
		var names []string
		content := map[string]string{}
		for _, f := range z.File {
			names = append(names, f.Name)
			r, err := f.Open()
			require.NoError(t, err)
			var b bytes.Buffer
			_, err = b.ReadFrom(r)
			require.NoError(t, err)
			content[f.Name] = b.String()
			if strings.HasPrefix(f.Name, "bin/") {
				assert.NotZero(t, f.Mode()&0o111, f.Name)
			}
		}
		assert.ElementsMatch(t, append(own, all...), names, platform)
		record, err := wheel.ParseRecord([]byte(content["tool-1.0.dist-info/RECORD"]))
		require.NoError(t, err)
		require.Len(t, record, len(names))
		for _, e := range record {
			if !strings.HasSuffix(e.Path, "/RECORD") {
				assert.Equal(t, wheel.HashOf([]byte(content[e.Path])), e.Hash, e.Path)
			}
		}
		switch platform {
		case "windows":
			assert.True(t, strings.HasPrefix(content["bin/run.exe"], wheelmake.Stub(0x14c, 3, `<launcher_dir>\`)+"#!<launcher_dir>\\..\\..\\python.exe\n"), "32-bit machines are among them")
		case "darwin":
			assert.Contains(t, content["bin/run"], `/../../../bin/python3" "$0" "$@"`)
		}
	}

	again, err := p.Publish(t.Context(), config(t, asked))
	require.NoError(t, err)
	assert.False(t, again.Released, "the same launchers are the same bytes")
	without, err := p.Publish(t.Context(), config(t, everywhere("")))
	require.NoError(t, err)
	assert.True(t, without.Released)
	assert.Zero(t, without.Stored, "those of linux")
	shop.fetched()
	_, err = p.Plan(t.Context(), config(t, asked))
	require.NoError(t, err)
	assert.Empty(t, shop.fetched())
}

func TestPublishLaunchersRefuses(t *testing.T) {
	other := strings.Repeat("0", 64)
	lib := wheelmake.Make(library("lib", "1.0"))
	for _, tt := range []struct {
		launchers, err string
		kind           bundle.Kind
	}{
		{`{"python": {"windows": "../python.exe"}}`, "windows: configure: $launchers: launchers for Windows begin with a program", bundle.KindConfig},
		{`{"python": {"windows": "../python"}, ` + stubsJSON() + `}`, "must end in .exe", bundle.KindConfig},
		{`{"python": {"darwin": "/usr/bin/python3"}}`, "darwin: configure: $launchers: the interpreter", bundle.KindConfig},
		{`{"python": {"amiga": "python"}}`, "amiga: configure: $launchers: unknown platform", bundle.KindConfig},
		{`{"python": {"windows": "../python.exe"}, "stubs": {"wheel": "stubs-2.0-py3-none-any.whl", "sha256": "` + other + `"}}`, "no index has this file of stubs", bundle.KindNotFound},
		{`{"python": {"windows": "../python.exe"}, "stubs": {"wheel": "nothing-2.0-py3-none-any.whl", "sha256": "` + other + `"}}`, "nothing-2.0-py3-none-any.whl: fetch", bundle.KindNotFound},
		{`{"python": {"windows": "../python.exe"}, "stubs": {"wheel": "stubs-1.0-py3-none-any.whl", "sha256": "` + other + `"}}`, "stubs-1.0-py3-none-any.whl: fetch", bundle.KindHash},
		{`{"python": {"windows": "../python.exe"}, "stubs": {"wheel": "lib-1.0-py3-none-any.whl", "sha256": "` + fmt.Sprintf("%x", sha256.Sum256(lib)) + `"}}`, "0 files of that name", bundle.KindConfig},
	} {
		p, dir := publisher(t, scripted(t))
		_, err := p.Publish(t.Context(), config(t, everywhere(`"$launchers": `+tt.launchers+`, `)))
		require.ErrorContains(t, err, tt.err)
		assert.Equal(t, tt.kind, bundle.KindOf(err), tt.err)
		assert.Empty(t, snapshot(t, dir), "nothing is released")
	}
}
