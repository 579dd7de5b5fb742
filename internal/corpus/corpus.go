//go:build oracle

package corpus

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed wheels.txt
var list string

// Wheels gives the paths of all wheels, sorted.
func Wheels(t *testing.T) []string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("chandlery-corpus-%x", sha256.Sum256([]byte(list)))[:40])
	if _, err := os.Stat(dir); err != nil {
		download(t, dir)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no wheels in %s (%v): delete the folder to have them downloaded again", dir, err)
	}
	return paths
}

// download fills dir, which comes into being complete. Another process may be faster: then its folder is as good.
func download(t *testing.T, dir string) {
	t.Helper()
	part, err := os.MkdirTemp(os.TempDir(), "chandlery-corpus-part-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(part)
	for line := range strings.Lines(list) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		args := []string{"-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--dest", part}
		Run(t, "python3", append(args, strings.Fields(line)...)...)
	}
	if err := os.Rename(part, dir); err != nil {
		if _, missing := os.Stat(dir); missing != nil {
			t.Fatal(err)
		}
	}
}

// Run runs a command and gives its output; one that fails ends the test.
func Run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	var problems strings.Builder
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, problems.String())
	}
	return out
}
