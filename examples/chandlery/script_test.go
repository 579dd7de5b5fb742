package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"chandlery": mainAt})
}

// mainAt is main, at the time that the script says with TIME, if any.
func mainAt() {
	p := program{os.Stdin, os.Stdout, os.Stderr, time.Now}
	if text := os.Getenv("TIME"); text != "" {
		now, err := time.Parse(time.RFC3339, text)
		if err != nil {
			panic(err)
		}
		p.now = func() time.Time { return now }
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// TestScripts runs the program as a user would; the scripts say what is typed and seen.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("PIP_CONFIG_FILE", os.DevNull)
			program, err := exec.LookPath("chandlery") // testscript.Main put it on the PATH
			env.Setenv("PROGRAM", filepath.Dir(program))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"wheel":   makeWheel,
			"stubs":   makeStubs,
			"corrupt": corrupt,
			"tree":    tree,
			"fileenv": fileEnv,
			"clients": clients,
			"copy":    copyFolder,
			"offers":  makeOffers,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits CODE PROGRAM ARG... runs a program that must end with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
}

// wheel DIR NAME VERSION [KEY=VALUE...] writes a wheel; keys are tag, requires (several), python, script (NAME = MODULE:FUNCTION) and a file's path, whose value is its content.
func makeWheel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: wheel DIR NAME VERSION [KEY=VALUE...]")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	spec := wheelmake.Spec{Name: args[1], Version: args[2]}
	for _, arg := range args[3:] {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "tag":
			spec.Tag = value
		case "requires":
			spec.Requires = append(spec.Requires, value)
		case "python":
			spec.RequiresPython = value
		case "script":
			spec.EntryPoints = "[console_scripts]\n" + value + "\n"
		case "evil": // a file that RECORD does not list
			spec.Edit = wheelmake.Add(wheelmake.Member{Name: value, Body: "evil\n", Mode: 0o100644})
		default:
			if spec.Files == nil {
				spec.Files = map[string]string{}
			}
			spec.Files[key] = value + "\n"
		}
	}
	_, err := wheelmake.Write(dir, spec)
	ts.Check(err)
}

// stubs DIR FILE writes a wheel with what launchers for Windows begin with, and puts its name and sha256 in the place of STUBS in a file.
func makeStubs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stubs DIR FILE")
	}
	dir, file := ts.MkAbs(args[0]), ts.MkAbs(args[1])
	ts.Check(os.MkdirAll(dir, 0o755))
	_, err := wheelmake.Write(dir, wheelmake.Stubs())
	ts.Check(err)
	origin := fmt.Sprintf(`{"wheel": %q, "sha256": "%x"}`, wheelmake.Stubs().Filename(), sha256.Sum256(wheelmake.Make(wheelmake.Stubs())))
	ts.Check(os.WriteFile(file, []byte(strings.ReplaceAll(ts.ReadFile(file), "STUBS", origin)), 0o644))
}

// corrupt GLOB flips the last byte of each file.
func corrupt(ts *testscript.TestScript, neg bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if neg || len(files) == 0 {
		ts.Fatalf("no file matches %s", args[0])
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		ts.Check(err)
		b[len(b)-1] ^= 1
		ts.Check(os.WriteFile(file, b, 0o644))
	}
}

// tree DIR prints the files below a folder, without those whose path has a part that begins with a dot.
func tree(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		switch {
		case err != nil:
			return err
		case rel != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return filepath.SkipDir
			}
		case !d.IsDir():
			fmt.Fprintln(ts.Stdout(), filepath.ToSlash(rel))
		}
		return nil
	}))
}

// fileEnv NAME FILE sets a variable to a file's content.
func fileEnv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fileenv NAME FILE")
	}
	ts.Setenv(args[0], ts.ReadFile(args[1]))
}

// clients N OLD NEW PERCENT updates the folders client-1 to client-N, and checks that those whose own number is in the roll-out of the live release, and no others,
// then have lib in the version NEW.
func clients(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: clients N OLD NEW PERCENT")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	percent, err := strconv.Atoi(args[3])
	ts.Check(err)
	m, err := manifest.Parse([]byte(ts.ReadFile("site/stable/update.json")))
	ts.Check(err)
	if part := m.Meta.Rollout; part == nil && percent != 100 || part != nil && part.Percent != percent {
		ts.Fatalf("the release is not for %d percent: %v", percent, part)
	}
	for i := range n {
		dir := fmt.Sprint("client-", i+1)
		ts.Check(ts.Exec("chandlery", "update", "--source", "site", "--root", "site-keys/root.json", "--platform", "linux", "--python-dir", dir))
		var state struct {
			ClientID string `json:"client_id"`
		}
		ts.Check(durable.UnmarshalRecord([]byte(ts.ReadFile(filepath.Join(dir, bundle.StateFolder, "state.json"))), 1, &state))
		want := args[1]
		if m.Meta.Rollout.Includes(state.ClientID) {
			want = args[2]
		}
		_, err := os.Stat(ts.MkAbs(filepath.Join(dir, "lib-"+want+".dist-info")))
		if err != nil {
			ts.Fatalf("%s is not at %s: %v", dir, want, err)
		}
	}
}

// copyFolder FROM TO copies a folder.
func copyFolder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: copy FROM TO")
	}
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}
