package driver

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// lay writes files below a new folder and gives the folder.
func lay(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

func tarOf(t testing.TB, files map[string]string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(files[name])), Mode: 0o644}))
		_, err := io.WriteString(w, files[name])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

func zipOf(t testing.TB, files map[string]string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		require.NoError(t, err)
		_, err = io.WriteString(f, files[name])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func names(tree *Tree) (all []string) {
	for _, f := range tree.Files {
		name := f.Name
		if f.Package {
			name += "/"
		}
		all = append(all, name)
	}
	return all
}

// withDrivers is an index of one release that has these modules below cinder.volume.drivers, each with a class.
func withDrivers(modules map[string]string) *api.Index {
	r := release("20.0.0")
	for name, class := range modules {
		r.Modules["cinder.volume.drivers."+name] = &api.Module{Names: map[string]*api.Symbol{class: {Kind: api.Class}}}
	}
	return indexOf(r)
}

func withLibrary() *api.Index {
	ix := indexOf(release("20.0.0"))
	ix.Libraries = map[pep508.Name][]*api.Release{"os-brick": {library("6.1")}}
	return ix
}

const acme = "from cinder.volume import driver\nclass AcmeDriver(driver.VolumeDriver):\n    pass\n"

func TestOpen(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		path   string // below the files
		class  string
		index  *api.Index
		want   []string
		placed string
	}{
		"a file": {map[string]string{"acme.py": acme}, "acme.py", "", nil, []string{"cinder.volume.drivers.acme"}, "by guess"},
		"a file that a release has": {
			map[string]string{"powermax.py": acme}, "powermax.py", "", withDrivers(map[string]string{"dell.powermax": "X", "other": "AcmeDriver"}), []string{"cinder.volume.drivers.dell.powermax"}, "as the releases name",
		},
		"a file of which releases have several: the classes tell": {
			map[string]string{"iscsi.py": acme}, "iscsi.py", "", withDrivers(map[string]string{"a.iscsi": "X", "b.iscsi": "AcmeDriver"}), []string{"cinder.volume.drivers.b.iscsi"}, "as the releases name",
		},
		"a file of which releases have several": {
			map[string]string{"iscsi.py": acme}, "iscsi.py", "", withDrivers(map[string]string{"a.iscsi": "X", "b.iscsi": "Y"}), []string{"cinder.volume.drivers.iscsi"}, "by guess",
		},
		"a file in a tree": {
			map[string]string{"v/cinder/volume/drivers/a/b.py": acme}, "v/cinder/volume/drivers/a/b.py", "", nil, []string{"cinder.volume.drivers.a.b"}, "as its folders lie",
		},
		"a tree with the packages of the host": {
			map[string]string{"v/cinder/__init__.py": "", "v/cinder/volume/__init__.py": "", "v/cinder/volume/drivers/__init__.py": "", "v/cinder/volume/drivers/a/__init__.py": "", "v/cinder/volume/drivers/a/b.py": acme},
			"v", "", nil, []string{"cinder.volume.drivers.a/", "cinder.volume.drivers.a.b"}, "as its folders lie",
		},
		"a file with its class":       {map[string]string{"acme.py": acme}, "acme.py", "cinder.volume.drivers.x.acme.AcmeDriver", nil, []string{"cinder.volume.drivers.x.acme"}, "as the class's name"},
		"a file under another name":   {map[string]string{"acme-2.0.py": acme}, "acme-2.0.py", "cinder.volume.drivers.acme.AcmeDriver", nil, []string{"cinder.volume.drivers.acme"}, "as the class's name"},
		"a file that has an odd name": {map[string]string{"2-acme v.3.py": acme}, "2-acme v.3.py", "", nil, []string{"cinder.volume.drivers._2_acme_v_3"}, "by guess"},
		"a file of several": {
			map[string]string{"acme/driver.py": "from cinder.volume.drivers.v.acme import common\nfrom cinder.volume.drivers.v.acme import old\nfrom cinder import utils\n", "acme/common.py": "from . import rest\n", "acme/rest.py": "", "acme/utils.py": "", "acme/old.py": ""},
			"acme/driver.py", "", withDrivers(map[string]string{"v.acme.old": ""}), []string{"cinder.volume.drivers.v.acme.common", "cinder.volume.drivers.v.acme.driver", "cinder.volume.drivers.v.acme.rest"}, "as the driver imports",
		},
		"a file in a folder that a release has": {
			map[string]string{"b/iscsi.py": ""}, "b/iscsi.py", "", withDrivers(map[string]string{"a.iscsi": "X", "b.iscsi": "Y"}), []string{"cinder.volume.drivers.b.iscsi"}, "as the releases name",
		},
		"a backup driver": {map[string]string{"acme.py": "from cinder.backup import driver\n"}, "acme.py", "", nil, []string{"cinder.backup.drivers.acme"}, "by guess"},
		"a package by its own imports": {
			map[string]string{"acme/__init__.py": "", "acme/driver.py": "from cinder.volume.drivers.vendor.acme import (  # ours\n    common,\n    utils)\nfrom cinder import utils\n", "acme/common.py": "", "acme/utils.py": ""},
			"acme", "", nil, []string{"cinder.volume.drivers.vendor.acme/", "cinder.volume.drivers.vendor.acme.common", "cinder.volume.drivers.vendor.acme.driver", "cinder.volume.drivers.vendor.acme.utils"}, "as the driver imports",
		},
		"a package that a release has": {
			map[string]string{"powermax/__init__.py": "", "powermax/iscsi.py": "from cinder import utils\n", "powermax/utils.py": ""},
			"powermax", "", withDrivers(map[string]string{"dell.powermax": "", "dell.powermax.iscsi": "", "dell.powermax.utils": "", "z.iscsi": ""}),
			[]string{"cinder.volume.drivers.dell.powermax/", "cinder.volume.drivers.dell.powermax.iscsi", "cinder.volume.drivers.dell.powermax.utils"}, "as the releases name",
		},
		"a package that nobody knows": {map[string]string{"acme/__init__.py": "", "acme/driver.py": acme}, "acme", "", nil, []string{"cinder.volume.drivers.acme/", "cinder.volume.drivers.acme.driver"}, "by guess"},
		"loose files":                 {map[string]string{"acme/a.py": acme, "acme/b.py": "from . import a\n"}, "acme", "", nil, []string{"cinder.volume.drivers.acme.a", "cinder.volume.drivers.acme.b"}, "by guess"},
		"a tree": {
			map[string]string{
				"r/setup.py": "x", "r/cinder/volume/drivers/acme/__init__.py": "", "r/cinder/volume/drivers/acme/d.py": acme, "r/cinder/tests/unit/volume/drivers/test_acme.py": "x",
				"r/cinder/volume/drivers/acme/tests/x.py": "", "r/os_brick/initiator/connectors/acme.py": "", "r/docs/conf.py": "", "r/.git/cinder/volume/drivers/x.py": "", "r/cinder/opts.py": "",
			},
			"r", "", nil, []string{"cinder.volume.drivers.acme/", "cinder.volume.drivers.acme.d"}, "as its folders lie",
		},
		"a tree that patches a library": {
			map[string]string{"r/cinder/volume/drivers/acme.py": acme, "r/os_brick/initiator/connectors/acme.py": "", "r/other/x.py": ""},
			"r", "", withLibrary(), []string{"cinder.volume.drivers.acme", "os_brick.initiator.connectors.acme"}, "as its folders lie",
		},
		"a tree above": {map[string]string{"r/cinder/volume/drivers/acme.py": acme}, "r/cinder/volume", "", nil, []string{"cinder.volume.drivers.acme"}, "as its folders lie"},
		"a project of the vendor's": {
			map[string]string{"p/setup.py": "", "p/acme_cinder/__init__.py": "", "p/acme_cinder/driver.py": acme, "p/tools/x.py": ""}, "p", "", nil, []string{"acme_cinder/", "acme_cinder.driver"}, "as the vendor's own package",
		},
		"a project in src": {
			map[string]string{"p/pyproject.toml": "", "p/src/acme_cinder/__init__.py": "", "p/src/acme_cinder/driver.py": acme}, "p", "", nil, []string{"acme_cinder/", "acme_cinder.driver"}, "as the vendor's own package",
		},
		"a class among several": {
			map[string]string{"acme/__init__.py": "", "acme/fc.py": "from . import common\n", "acme/iscsi.py": "", "acme/common.py": "importutils.import_module('cinder.volume.drivers.acme.rest')\n", "acme/rest.py": "", "acme/nfs.py": ""},
			"acme", "cinder.volume.drivers.acme.fc.FC", nil, []string{"cinder.volume.drivers.acme/", "cinder.volume.drivers.acme.common", "cinder.volume.drivers.acme.fc", "cinder.volume.drivers.acme.rest"}, "as the class's name",
		},
		"a class of a whole component": {
			map[string]string{"c/requirements.txt": "pbr\n", "c/cinder/volume/manager.py": "", "c/cinder/utils.py": "", "c/cinder/volume/drivers/__init__.py": "", "c/cinder/volume/drivers/a/d.py": "from cinder import utils\nfrom cinder.volume.drivers.a import e\nfrom cinder.volume.drivers import b\n",
				"c/cinder/volume/drivers/a/e.py": "", "c/cinder/volume/drivers/b.py": ""},
			"c", "cinder.volume.drivers.a.d.D", nil, []string{"cinder.volume.drivers.a.d", "cinder.volume.drivers.a.e"}, "as its folders lie",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := lay(t, c.files)
			tree, err := Open(t.Context(), Source{Path: filepath.Join(dir, c.path), Class: c.class, Index: c.index})
			require.NoError(t, err)
			assert.Equal(t, c.want, names(tree))
			assert.True(t, strings.HasPrefix(tree.Placed, c.placed), tree.Placed)
			assert.Empty(t, tree.Requires)
			for _, f := range tree.Files {
				assert.NotContains(t, f.Path, dir, "a path within the source")
			}
		})
	}
}

func TestOpen_archive(t *testing.T) {
	meta := "Metadata-Version: 2.1\nName: acme-cinder\nVersion: 2.0\nRequires-Dist: acme-sdk>=1\nRequires-Dist: cinder>=20\nRequires-Dist: pytest; extra == 'test'\n"
	for file, c := range map[string]struct {
		body []byte
		want []string
		sdk  []pep508.Name
	}{
		"acme_cinder-2.0-py3-none-any.whl": {
			zipOf(t, map[string]string{"acme_cinder/__init__.py": "", "acme_cinder/driver.py": acme, "acme_cinder-2.0.dist-info/METADATA": meta}), []string{"acme_cinder/", "acme_cinder.driver"}, []pep508.Name{"acme-sdk"},
		},
		"acme_y-2.0-py3-none-any.whl": {
			zipOf(t, map[string]string{"acme_y/__init__.py": "", "acme_y/driver.py": acme, "acme_y_top.py": "", "cinder/acme/privsep.py": ""}), []string{"acme_y/", "acme_y.driver", "acme_y_top", "cinder.acme.privsep"}, nil,
		},
		"acme-y-2.0.tar.gz": {
			tarOf(t, map[string]string{"acme-y-2.0/setup.py": "", "acme-y-2.0/acme_y/__init__.py": "", "acme-y-2.0/acme_y/driver.py": acme, "acme-y-2.0/cinder/acme/privsep.py": ""}), []string{"acme_y/", "acme_y.driver", "cinder.acme.privsep"}, nil,
		},
		"acme_x-2.0-py3-none-any.whl": {zipOf(t, map[string]string{"acme_x-2.0.data/purelib/cinder/volume/drivers/acme.py": acme}), []string{"cinder.volume.drivers.acme"}, nil},
		"acme-cinder-2.0.tar.gz": {
			tarOf(t, map[string]string{"acme-cinder-2.0/PKG-INFO": meta, "acme-cinder-2.0/setup.py": "", "acme-cinder-2.0/acme_cinder/__init__.py": "", "acme-cinder-2.0/acme_cinder/driver.py": acme}),
			[]string{"acme_cinder/", "acme_cinder.driver"}, []pep508.Name{"acme-sdk"},
		},
		"acme-1.tgz": {
			tarOf(t, map[string]string{"./acme-1/acme.egg-info/requires.txt": "acme-sdk\n\n[test]\npytest\n", "./acme-1/cinder/volume/drivers/acme/driver.py": acme}), []string{"cinder.volume.drivers.acme.driver"}, []pep508.Name{"acme-sdk"},
		},
		"acme-driver.zip": {zipOf(t, map[string]string{"acme/__init__.py": "", "acme/driver.py": acme}), []string{"cinder.volume.drivers.acme/", "cinder.volume.drivers.acme.driver"}, nil},
		"loose.zip":       {zipOf(t, map[string]string{"a.py": acme, "b.py": ""}), []string{"cinder.volume.drivers.loose.a", "cinder.volume.drivers.loose.b"}, nil},
	} {
		t.Run(file, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), file)
			require.NoError(t, os.WriteFile(path, c.body, 0o644))
			tree, err := Open(t.Context(), Source{Path: path})
			require.NoError(t, err)
			assert.Equal(t, c.want, names(tree))
			assert.Equal(t, c.sdk, tree.SDK())
		})
	}
}

func TestOpen_installed(t *testing.T) {
	site := lay(t, map[string]string{
		"cinder/__init__.py": "", "cinder/volume/manager.py": "", "cinder/volume/drivers/__init__.py": "", "cinder/volume/drivers/nfs.py": "", "cinder/volume/drivers/acme.py": "from cinder.volume.drivers import acme_rest, nfs\n",
		"cinder/volume/drivers/acme_rest.py": "", "vendor/__init__.py": "", "vendor/d.py": "import vendor.sub.e\n", "vendor/sub/e.py": "", "vendor/sub/f.py": "",
	})
	ix := withDrivers(map[string]string{"nfs": "N"})
	for class, want := range map[string][]string{
		"cinder.volume.drivers.acme.AcmeDriver": {"cinder.volume.drivers.acme", "cinder.volume.drivers.acme_rest"},
		"vendor.d.D":                            {"vendor/", "vendor.d", "vendor.sub.e"},
	} {
		tree, err := Open(t.Context(), Source{Class: class, Sites: []string{filepath.Join(site, "none"), site}, Index: ix})
		require.NoError(t, err)
		assert.Equal(t, want, names(tree))
	}
	var unknown *ClassError
	for _, class := range []string{"cinder.volume.drivers.none.D", "Class", "../../etc.passwd", "a..b", ".x.Y"} {
		_, err := Open(t.Context(), Source{Class: class, Sites: []string{site}})
		assert.ErrorAs(t, err, &unknown, class)
	}
}

func TestOpen_errors(t *testing.T) {
	dir := lay(t, map[string]string{
		"two/queens/cinder/volume/drivers/a.py": "", "two/rocky/cinder/volume/drivers/a.py": "", "whole/cinder/volume/manager.py": "", "whole/cinder/volume/drivers/a.py": "",
		"only/tests/test_a.py": "", "x.txt": "", "bad.whl": "no zip", "bad.tar.gz": "no gzip", "pkg/__init__.py": "", "pkg/a.py": "",
	})
	open := func(path, class string) error {
		_, err := Open(t.Context(), Source{Path: filepath.Join(dir, path), Class: class})
		var wrapped *OpenError
		require.ErrorAs(t, err, &wrapped, path)
		assert.Contains(t, err.Error(), path)
		return err
	}
	var ambiguous *AmbiguousError
	require.ErrorAs(t, open("two", ""), &ambiguous)
	assert.Len(t, ambiguous.Places, 2)
	assert.ErrorIs(t, open("whole", ""), ErrWholeComponent)
	var class *ClassError
	assert.ErrorAs(t, open("whole", "cinder.volume.drivers.b.B"), &class)
	assert.ErrorAs(t, open("pkg", "cinder.volume.drivers.pkg.none.B"), &class)
	assert.ErrorContains(t, open("only", ""), "no Python file")
	assert.ErrorContains(t, open("x.txt", ""), "neither a .py file")
	assert.ErrorIs(t, open("none.py", ""), os.ErrNotExist)
	open("bad.whl", "")
	open("bad.tar.gz", "")
	_, err := Open(t.Context(), Source{})
	assert.ErrorIs(t, err, ErrNoSource)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Open(ctx, Source{Path: dir})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestOpen_limits(t *testing.T) {
	var limit *LimitError
	write := func(name string, body []byte) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, body, 0o644))
		return path
	}
	_, err := Open(t.Context(), Source{Path: write("large.py", make([]byte, MaxFile+1))})
	assert.ErrorAs(t, err, &limit)

	// Half a MiB that unpacks to more than MaxUnpacked, of which nothing is wanted: gzip members may follow each other (RFC 1952, 2.2).
	member := func(body []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write(body)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		return b.Bytes()
	}
	var header bytes.Buffer
	require.NoError(t, tar.NewWriter(&header).WriteHeader(&tar.Header{Name: "acme/blob.bin", Size: MaxUnpacked + 1<<20, Mode: 0o644}))
	bomb := append(member(header.Bytes()), bytes.Repeat(member(make([]byte, 1<<20)), MaxUnpacked>>20+1)...)
	_, err = Open(t.Context(), Source{Path: write("bomb.tar.gz", bomb)})
	assert.ErrorAs(t, err, &limit)

	_, err = Open(t.Context(), Source{Path: write("bomb.zip", zipOf(t, map[string]string{"a.py": strings.Repeat("\n", 100<<20)}))})
	assert.Error(t, err, "internal/archive, Z10")

	many := map[string]string{}
	for i := range MaxFiles + 1 {
		many[fmt.Sprintf("acme/m%d.py", i)] = ""
	}
	_, err = Open(t.Context(), Source{Path: write("many.tar.gz", tarOf(t, many))})
	assert.ErrorAs(t, err, &limit)

	_, err = Open(t.Context(), Source{Path: write("out.tar.gz", tarOf(t, map[string]string{"../../evil.py": ""}))})
	assert.ErrorContains(t, err, "leads out")
}

func TestImported(t *testing.T) {
	f := File{Name: "cinder.volume.drivers.a.b", Text: []byte("import os, cinder.x as y  # z\r\nfrom . import c, d as e\nfrom ..f.g import (h,  # i\n  j)\nfrom k import \\\n  l\n  try: pass\n    from m import *\nfrom ......n import o\nimporting = 1\n")}
	assert.Equal(t, []string{
		"os", "cinder.x", "cinder.volume.drivers.a", "cinder.volume.drivers.a.c", "cinder.volume.drivers.a.d", "cinder.volume.drivers.f.g", "cinder.volume.drivers.f.g.h", "cinder.volume.drivers.f.g.j", "k", "k.l", "m",
	}, imported(f))
	f.Package = true
	assert.Contains(t, imported(f), "cinder.volume.drivers.a.b.c")
}

// Whatever bytes an archive has, Open ends with a tree of importable names or an error.
func FuzzOpen(f *testing.F) {
	files := map[string]string{"acme-1/setup.py": "", "acme-1/acme/__init__.py": "from cinder.volume.drivers.acme import x\n", "acme-1/acme/x.py": "from . import y\nimport cinder.volume.drivers.acme.x"}
	f.Add(tarOf(f, files), false, "acme.x.X")
	f.Add(zipOf(f, files), true, "")
	f.Add([]byte{}, true, "a.b")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, body []byte, zipped bool, class string) {
		path := filepath.Join(dir, "acme.tar.gz")
		if zipped {
			path = filepath.Join(dir, "acme.zip")
		}
		require.NoError(t, os.WriteFile(path, body, 0o600))
		tree, err := Open(t.Context(), Source{Path: path, Class: class, Index: withDrivers(map[string]string{"acme": "A"})})
		if err != nil {
			return
		}
		require.NotEmpty(t, tree.Files)
		for _, file := range tree.Files {
			for _, part := range strings.Split(file.Name, ".") {
				require.Regexp(t, identifier.Get(), part)
			}
		}
	})
}

// Whatever a file says and is called, it gets a place.
func FuzzPlace(f *testing.F) {
	f.Add("acme/d.py", "from cinder.volume.drivers.acme import e\n", "acme/e.py", "class E: pass", "")
	f.Add("d.py", "from .. import (", "__init__.py", "import cinder.utils.d", "cinder.volume.drivers.d.D")
	f.Fuzz(func(t *testing.T, one, first, two, second, class string) {
		g := &gathered{texts: map[string][]byte{one: []byte(first), two: []byte(second)}}
		for _, k := range []kind{aFile, aFolder, anArchive} {
			p := newPlacing(Source{Path: "/x/acme", Class: class, Index: withDrivers(map[string]string{"acme.d": "D"})}, k, "/x/acme", g)
			files, _, err := p.place()
			if err != nil {
				continue
			}
			for _, file := range files {
				require.NotEmpty(t, file.Name)
			}
		}
	})
}
