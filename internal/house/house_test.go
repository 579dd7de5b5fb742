package house

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	module = "github.com/chandlery-go/chandlery"
)

// listed is what the tests need of `go list -json`.
type listed struct {
	ImportPath   string
	Dir          string
	Name         string
	Standard     bool
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Module       *struct{ Path string }
}

// room is the package's path below the module, "." for the root.
func (p listed) room() string {
	if p.ImportPath == module {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

// goList asks for the root module alone, as an importer sees it.
func goList(t *testing.T, goos string, args ...string) []listed {
	t.Helper()
	return goListIn(t, root, goos, args...)
}

// goListIn asks for the module in a folder.
func goListIn(t *testing.T, folder, goos string, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json"}, args...)...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOOS="+goos, "GOARCH=amd64")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}

// files lists the repository's files below the root, slash-separated, without what .gitignore names.
func files(t *testing.T) []string {
	t.Helper()
	ignored := ignoredFolders(t)
	var all []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && ignored[rel]:
			return fs.SkipDir
		case d.Type().IsRegular():
			all = append(all, rel)
		}
		return nil
	})
	require.NoError(t, err)
	require.Contains(t, all, "go.mod")
	return all
}

func ignoredFolders(t *testing.T) map[string]bool {
	b, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	require.NoError(t, err)
	ignored := map[string]bool{".git": true}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "/"); ok {
			ignored[strings.TrimSuffix(name, "/")] = true
		}
	}
	return ignored
}

// source is one parsed Go file of the repository, examples included.
type source struct {
	path string
	text []byte
	fset *token.FileSet
	file *ast.File
}

func (s source) test() bool    { return strings.HasSuffix(s.path, "_test.go") }
func (s source) example() bool { return strings.HasPrefix(s.path, "examples/") }
func (s source) line(p token.Pos) int {
	return s.fset.Position(p).Line
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, path := range files(t) {
		if !strings.HasSuffix(path, ".go") || strings.Contains(path, "testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		require.NoError(t, err)
		all = append(all, source{path, text, fset, f})
	}
	require.NotEmpty(t, all)
	return all
}
