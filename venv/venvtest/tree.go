package venvtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, name, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

// snapshot is a tree as text: every slash path with its kind, mode, and content or target, but for what lies at ignored paths.
func snapshot(t *testing.T, root string, ignored []string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if slices.ContainsFunc(ignored, func(s string) bool { return rel == s || strings.HasPrefix(rel, s+"/") }) {
			return nil
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		text := fi.Mode().String()
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			text += " to " + target
		case d.Type().IsRegular():
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" %q", b)
		}
		all[rel] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// difference lists what two trees do not share, a line each.
func difference(want, got map[string]string) (lines []string) {
	for name, text := range want {
		switch other, ok := got[name]; {
		case !ok:
			lines = append(lines, "missing: "+name)
		case other != text:
			lines = append(lines, "changed: "+name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			lines = append(lines, "left: "+name)
		}
	}
	slices.Sort(lines)
	return lines
}

func same(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	if lines := difference(want, got); len(lines) > 0 {
		t.Errorf("%s: %s", what, strings.Join(lines, "; "))
	}
}
