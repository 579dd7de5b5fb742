package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

// makeOffers is offers FILE DIR: it writes an index of cinder's releases, each read from a folder of DIR that bears its version. A requires.txt there has its requirements.
func makeOffers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: offers FILE DIR")
	}
	interpreter, err := exec.LookPath("python3")
	ts.Check(err)
	dir := ts.MkAbs(args[1])
	folders, err := os.ReadDir(dir)
	ts.Check(err)
	index := &api.Index{Component: "cinder"}
	for _, f := range folders {
		r := &api.Release{Distribution: "cinder", Version: pep440.MustParse(f.Name()), Modules: map[string]*api.Module{}}
		sources, requires := readRelease(ts, filepath.Join(dir, f.Name()))
		surfaces, err := (&pyast.Reader{Python: interpreter}).Surface(context.Background(), sources)
		ts.Check(err)
		for i, s := range surfaces {
			ts.Check(s.Err)
			r.Modules[sources[i].Name] = s.Module
		}
		r.Requires = requires
		index.Releases = append(index.Releases, r)
	}
	slices.SortFunc(index.Releases, func(a, b *api.Release) int { return a.Version.Compare(b.Version) })
	var b bytes.Buffer
	ts.Check(api.Write(&b, index))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// readRelease reads a release's folder.
func readRelease(ts *testscript.TestScript, dir string) (sources []pyast.Source, requires []string) {
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		if rel == "requires.txt" {
			requires = strings.Split(strings.TrimSpace(string(text)), "\n")
			return err
		}
		name, isPython := strings.CutSuffix(filepath.ToSlash(rel), ".py")
		if !isPython {
			return err
		}
		name, isPackage := strings.CutSuffix(name, "/__init__")
		sources = append(sources, pyast.Source{Name: strings.ReplaceAll(name, "/", "."), Package: isPackage, Text: text})
		return err
	}))
	return sources, requires
}
