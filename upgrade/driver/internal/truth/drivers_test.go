//go:build live

package truth

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

// inTree is one driver as a release has it: a file, or a folder with all that is in it.
type inTree struct {
	name  string // cinder.volume.drivers.rbd
	from  []pep440.Version
	files []pyast.Source
	read  *api.Driver
}

func (d *inTree) String() string { return fmt.Sprintf("%s of %s", d.name, d.from[0]) }

// inTrees are the drivers of a release, by name.
func inTrees(t *testing.T, v pep440.Version) []*inTree {
	t.Helper()
	z, err := zip.OpenReader(wheel(t, v))
	require.NoError(t, err)
	defer z.Close()
	by := map[string]*inTree{}
	for _, f := range z.File {
		name, ok := driverOf(f.Name)
		if !ok {
			continue
		}
		r, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		if by[name] == nil {
			by[name] = &inTree{name: name, from: []pep440.Version{v}}
		}
		module, isPackage := strings.CutSuffix(strings.TrimSuffix(f.Name, ".py"), "/__init__")
		by[name].files = append(by[name].files, pyast.Source{Name: strings.ReplaceAll(module, "/", "."), Package: isPackage, Text: text, File: f.Name})
	}
	var all []*inTree
	for _, d := range by {
		slices.SortFunc(d.files, func(a, b pyast.Source) int { return strings.Compare(a.Name, b.Name) })
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *inTree) int { return strings.Compare(a.name, b.name) })
	require.Greater(t, len(all), 40, "%s has too few drivers", v)
	return all
}

// driverOf is the driver that a file of a wheel belongs to.
func driverOf(file string) (string, bool) {
	if !strings.HasSuffix(file, ".py") {
		return "", false
	}
	for _, root := range driver.Roots("cinder") {
		below, ok := strings.CutPrefix(file, strings.ReplaceAll(root.Package, ".", "/")+"/")
		if first, _, _ := strings.Cut(below, "/"); ok && first != "__init__.py" {
			return root.Package + "." + strings.TrimSuffix(first, ".py"), true
		}
	}
	return "", false
}

// content is equal for drivers with the same files.
func (d *inTree) content() string {
	h := sha256.New()
	for _, f := range d.files {
		fmt.Fprintf(h, "%s %d\n", f.Name, len(f.Text))
		h.Write(f.Text)
	}
	return string(h.Sum(nil))
}

// sampled is how many drivers the sample has.
const sampled = 24

// read reads what the drivers of releases ask for, each text once: those of several releases that are the same are one. Without -truth.full it is a sample of them.
func read(t *testing.T, releases []pep440.Version) []*inTree {
	t.Helper()
	by := map[string]*inTree{}
	var all []*inTree
	for _, v := range releases {
		for _, d := range inTrees(t, v) {
			if same := by[d.content()]; same != nil {
				same.from = append(same.from, v)
				continue
			}
			by[d.content()] = d
			all = append(all, d)
		}
	}
	if !*full {
		drawn(t).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:sampled]
	}
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, d := range all {
		group.Go(func() (err error) {
			d.read, err = needs(ctx, d)
			return err
		})
	}
	require.NoError(t, group.Wait())
	return all
}

// needs reads a driver, unless the folder has what the same scripts said of the same text.
func needs(ctx context.Context, d *inTree) (*api.Driver, error) {
	kept := filepath.Join(suite.dir, "needs", hex.EncodeToString([]byte(d.content()))+"-"+pyast.Revision())
	if b, err := os.ReadFile(kept); err == nil {
		known := &api.Driver{}
		return known, json.Unmarshal(b, known)
	}
	read, err := suite.reader.Needs(ctx, pyast.Tree{Component: "cinder", Files: d.files})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d, err)
	}
	b, err := json.Marshal(read)
	if err != nil {
		return nil, err
	}
	return read, errors.Join(os.MkdirAll(filepath.Dir(kept), 0o755), os.WriteFile(kept, b, 0o644))
}
