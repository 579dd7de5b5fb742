package environment

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
)

func vendored(version string) wheelmake.Spec {
	s := cinder
	s.Version, s.Files, s.EntryPoints = version, map[string]string{"cinder/__init__.py": "vendor = True\n"}, ""
	return s
}

func query(current string) upgrade.Query {
	return upgrade.Query{Component: upgrade.Component{Name: "cinder", Distribution: "cinder"}, Current: pep440.MustParse(current)}
}

func TestVendorPicker(t *testing.T) {
	dir := t.TempDir()
	wheel, err := wheelmake.Write(dir, vendored("26.3.0+vendor1"))
	require.NoError(t, err)
	other, err := wheelmake.Write(dir, wheelmake.Spec{Name: "nova", Version: "99"})
	require.NoError(t, err)
	lying, err := wheelmake.Write(dir, vendored("30"))
	require.NoError(t, err)
	require.NoError(t, os.Rename(lying, filepath.Join(dir, "cinder-31-py3-none-any.whl")))
	notes := write(t, filepath.Join(dir, "notes.txt"), "")
	refused := query("21.3.1")
	refused.Refused = []upgrade.Refusal{{Version: pep440.MustParse("26.3.0+vendor1"), Reason: "it did not pass"}}
	limited := query("21.3.1")
	limited.Requires = []pep508.Requirement{pep508.MustParse("cinder>=27")}
	tests := []struct {
		name, path string
		q          upgrade.Query
		want       string
		says       string
		noTarget   bool
	}{
		{"greater", wheel, query("21.3.1"), "26.3.0+vendor1", "", false},
		{"a local version is greater than its public one", wheel, query("26.3.0"), "26.3.0+vendor1", "", false},
		{"the same", wheel, query("26.3.0+vendor1"), "", "not greater than 26.3.0+vendor1", true},
		{"less", wheel, query("27"), "", "not greater than 27", true},
		{"refused", wheel, refused, "", "it did not pass", true},
		{"not what is required", wheel, limited, "", "not within >=27", true},
		{"another distribution", other, query("1"), "", "it is nova, not cinder", false},
		{"metadata of another version", filepath.Join(dir, "cinder-31-py3-none-any.whl"), query("1"), "", "31", false},
		{"no distribution", notes, query("1"), "", "notes.txt", false},
		{"absent", filepath.Join(dir, "none.whl"), query("1"), "", "none.whl", false},
		{"nothing", "", query("1"), "", "VendorPicker.Path", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := (&VendorPicker{Path: tt.path, Constraints: []pep508.Requirement{pep508.MustParse("x===1")}}).PickTarget(t.Context(), tt.q)
			if tt.want == "" {
				require.ErrorContains(t, err, tt.says)
				if tt.noTarget {
					assert.ErrorIs(t, err, upgrade.ErrNoTarget)
				} else {
					assert.NotErrorIs(t, err, upgrade.ErrNoTarget)
				}
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, got.Version.String())
			assert.Equal(t, ">=3.7", got.Source.RequiresPython.String())
			assert.Len(t, got.Constraints, 1)
			assert.NotEmpty(t, got.Why)
		})
	}
}

// The series is asked for as if nothing were installed.
func TestVendorPicker_series(t *testing.T) {
	wheel, err := wheelmake.Write(t.TempDir(), vendored("26.3.0+vendor1"))
	require.NoError(t, err)
	base := upgrade.TargetPickerFunc(func(_ context.Context, q upgrade.Query) (upgrade.Target, error) {
		assert.Equal(t, "0", q.Current.String())
		assert.Nil(t, q.Versions)
		return upgrade.Target{Version: pep440.MustParse("26.3.0"), Series: "2025.1", Constraints: []pep508.Requirement{pep508.MustParse("x===1")}}, nil
	})
	got, err := (&VendorPicker{Path: wheel, Series: base}).PickTarget(t.Context(), query("26.3.0"))
	require.NoError(t, err)
	assert.Equal(t, "2025.1", got.Series)
	assert.Len(t, got.Constraints, 1)
	none := upgrade.FirstOf()
	_, err = (&VendorPicker{Path: wheel, Series: none}).PickTarget(t.Context(), query("26.3.0"))
	assert.ErrorIs(t, err, upgrade.ErrNoTarget)
}

// backend is a build backend within a source tree: it makes a wheel of the version that PKG-INFO says.
const backend = `
import base64, hashlib, os, zipfile
from email.parser import HeaderParser

def build_wheel(folder, config_settings=None, metadata_directory=None):
    with open("PKG-INFO") as f:
        info = HeaderParser().parse(f)
    stem = "%s-%s" % (info["Name"], info["Version"])
    files = {
        "cinder/__init__.py": "tree = True\n",
        stem + ".dist-info/METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\nRequires-Dist: oslo.config\n" % (info["Name"], info["Version"]),
        stem + ".dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for path, body in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).rstrip(b"=").decode()
        lines.append("%s,sha256=%s,%d" % (path, digest, len(body)))
    files[stem + ".dist-info/RECORD"] = "\n".join(lines + [stem + ".dist-info/RECORD,,"]) + "\n"
    with zipfile.ZipFile(os.path.join(folder, stem + "-py3-none-any.whl"), "w") as z:
        for path, body in files.items():
            z.writestr(zipfile.ZipInfo(path), body)
    return stem + "-py3-none-any.whl"
`

// sourceTree is a checkout that builds without an index.
func sourceTree(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pyproject.toml"), "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\"own\"]\n")
	write(t, filepath.Join(dir, "own", "backend.py"), backend)
	write(t, filepath.Join(dir, "cinder", "__init__.py"), "")
	write(t, filepath.Join(dir, ".git", "config"), "url = https://user:SECRET@git.example/cinder")
	require.NoError(t, os.Symlink("__init__.py", filepath.Join(dir, "cinder", "link.py")))
	return dir
}

// TestProvision_source: wheel, sdist and source tree of the vendor's are resolved, built, installed and locked, with the local version.
func TestProvision_source(t *testing.T) {
	wheel, err := wheelmake.Write(t.TempDir(), vendored("26.3.0+vendor1"))
	require.NoError(t, err)
	tree := sourceTree(t)
	tests := []struct {
		name   string
		picker VendorPicker
	}{
		{"wheel", VendorPicker{Path: wheel}},
		{"source tree", VendorPicker{Path: tree, Version: "26.3.0+vendor1", Cache: t.TempDir()}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shop := newWorkshop(t)
			target, err := tt.picker.PickTarget(t.Context(), query("26.3.0"))
			require.NoError(t, err)
			again, err := tt.picker.PickTarget(t.Context(), query("26.3.0"))
			require.NoError(t, err)
			assert.Equal(t, target.Source, again.Source, "the same bytes for the same source")
			w := shop.wanted()
			w.Target = target
			env := provisioned(t, shop.provisioner(t), w)
			installed, err := env.Installed(t.Context())
			require.NoError(t, err)
			require.Len(t, installed, 2)
			assert.Equal(t, "26.3.0+vendor1", installed[0].Version.String())
			direct, err := os.ReadFile(site(env, installed[0].DistInfo+"/direct_url.json"))
			require.NoError(t, err)
			assert.Contains(t, string(direct), target.Source.Hashes["sha256"])
			lock, err := os.ReadFile(LockPath(w.Root))
			require.NoError(t, err)
			assert.Contains(t, string(lock), target.Source.File)
			assert.Contains(t, string(lock), target.Source.Hashes["sha256"])
			shop.notes = nil
			provisioned(t, shop.provisioner(t), w)
			assert.Empty(t, shop.notes, "kept")
		})
	}
}

func TestVendorPicker_tree(t *testing.T) {
	tree := sourceTree(t)
	var source *SourceError
	var missing *MissingFieldError
	_, err := (&VendorPicker{Path: tree, Version: "27"}).PickTarget(t.Context(), query("1"))
	assert.ErrorAs(t, err, &missing)
	_, err = (&VendorPicker{Path: tree, Cache: t.TempDir()}).PickTarget(t.Context(), query("1"))
	require.ErrorAs(t, err, &source)
	assert.ErrorContains(t, err, "no PKG-INFO")

	cache := t.TempDir()
	got, err := (&VendorPicker{Path: tree, Version: "27", Cache: cache}).PickTarget(t.Context(), query("1"))
	require.NoError(t, err)
	packed, err := filepath.Glob(filepath.Join(cache, "sources", "*", "cinder-27.tar.gz"))
	require.NoError(t, err)
	require.Len(t, packed, 1)
	assert.Equal(t, dist.Sdist, got.Source.Kind)

	write(t, filepath.Join(tree, "PKG-INFO"), "Metadata-Version: 2.2\nName: cinder\nVersion: 28\nRequires-Python: >=3.99\n")
	got, err = (&VendorPicker{Path: tree, Version: "27", Cache: cache}).PickTarget(t.Context(), query("1"))
	require.NoError(t, err)
	assert.Equal(t, "28", got.Version.String(), "the tree's own word")
	shop := newWorkshop(t)
	w := shop.wanted()
	w.Target = got
	var none *NoInterpreterError
	_, err = shop.provisioner(t).Resolve(t.Context(), w)
	require.ErrorAs(t, err, &none, "PKG-INFO is final, so that it is known before a build")
	assert.Equal(t, ">=3.99", none.Wants.String())

	write(t, filepath.Join(tree, "PKG-INFO"), "Metadata-Version: 2.2\nName: nova\nVersion: 28\n")
	_, err = (&VendorPicker{Path: tree, Cache: cache}).PickTarget(t.Context(), query("1"))
	assert.ErrorContains(t, err, "it is nova")
}
