package trust_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// packed is a bundle of some files, all of which the RECORD of the distribution in distInfo vouches for.
func packed(t *testing.T, distInfo string, files map[string]string) ([]byte, manifest.Bundle) {
	record, tree, size := "", fstest.MapFS{}, 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256([]byte(files[name]))
		record += fmt.Sprintf("%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(files[name]))
		tree[name] = &fstest.MapFile{Data: []byte(files[name])}
		size += len(files[name])
	}
	record += distInfo + "/RECORD,,\n"
	tree[distInfo+"/RECORD"] = &fstest.MapFile{Data: []byte(record)}
	var b bytes.Buffer
	require.NoError(t, bundle.Zip{}.Pack(ctx, &b, tree))
	sum, recordSum := sha256.Sum256(b.Bytes()), sha256.Sum256([]byte(record))
	return b.Bytes(), manifest.Bundle{Format: "zip", URL: "https://store.example/bundle.zip", SHA256: hex.EncodeToString(sum[:]), Size: int64(b.Len()), UnpackedSize: int64(size + len(record)),
		Files: len(tree), RecordSHA256: hex.EncodeToString(recordSum[:]), Tag: "py3-none-any"}
}

// distribution is the files of a project.
func distribution(name, version string) map[string]string {
	info := fmt.Sprintf("%s-%s.dist-info/", name, version)
	return map[string]string{name + ".py": "", info + "INSTALLER": bundle.Installer + "\n", info + "METADATA": fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version)}
}

// content is a bundle's bytes.
type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

// update updates a folder to what is signed on the site, and gives the files that it holds then.
func (s *site) update(t *testing.T, bytesOf []byte) (files []string, err error) {
	dir := t.TempDir()
	u := &bundle.Updater{Source: s.client(), Platform: "linux", PythonDir: dir,
		Fetcher: dist.FetcherFunc(func(context.Context, dist.Artifact) (dist.Blob, error) { return content{bytes.NewReader(bytesOf)}, nil })}
	_, err = u.Update(ctx)
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if name == bundle.StateFolder {
			return fs.SkipDir
		}
		if !d.IsDir() {
			files = append(files, filepath.ToSlash(name))
		}
		return err
	}))
	return files, err
}

// TestT10ExtraneousDependencies: only what the update configuration lists is installed, though the rest be in bundles that it pins, and signed. With it the second half of T9,
// the wrong software: a bundle of another project or version than its leaf says, with every promised hash.
func TestT10ExtraneousDependencies(t *testing.T) {
	both := distribution("demo", "1.0")
	maps.Copy(both, distribution("extra", "2.0"))
	for name, test := range map[string]struct {
		distInfo string
		files    map[string]string
		requires string
		want     string // "": it is installed
	}{
		"honest":                           {"demo-1.0.dist-info", distribution("demo", "1.0"), "", ""},
		"T10: a project besides":           {"demo-1.0.dist-info", both, "", "it holds 2 distributions"},
		"T10: a dependency that is absent": {"demo-1.0.dist-info", distribution("demo", "1.0"), "extra", "requires extra, which the platform does not have"},
		"T9: another project":              {"extra-1.0.dist-info", distribution("extra", "1.0"), "", "it holds extra 1.0, not demo 1.0"},
		"T9: another version":              {"demo-0.9.dist-info", distribution("demo", "0.9"), "", "it holds demo 0.9, not demo 1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			zip, pin := packed(t, test.distInfo, test.files)
			m := bundletest.Configuration("stable", 1, "1.0")
			m.Libraries["demo"]["linux"] = manifest.Leaf{Version: "1.0", Bundle: pin}
			b, err := m.Encode()
			require.NoError(t, err)
			if test.requires != "" {
				b = []byte(strings.Replace(string(b), `"version"`, fmt.Sprintf(`"requires": [%q], "version"`, test.requires), 1))
			}
			s := newSite(t)
			s.Add("targets", "stable/update.json", b, nil)
			s.Publish()
			files, err := s.update(t, zip)
			if test.want == "" {
				require.NoError(t, err)
				assert.Len(t, files, 4)
				return
			}
			require.ErrorContains(t, err, test.want)
			assert.Empty(t, files)
		})
	}
}
