package venv_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

// An environment, what is wanted in it, and the change that brings it there: kept by Commit, taken back by Rollback.
func Example() {
	server := &resolvetest.Server{}
	server.AddWheel(resolvetest.Wheel{Name: "app", Version: "1.0", RequiresDist: []string{"lib"}})
	server.AddWheel(resolvetest.Wheel{Name: "lib", Version: "2.0"})
	listening := httptest.NewServer(server)
	defer listening.Close()
	dir, err := os.MkdirTemp("", "venv-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	// The library reads no environment: which folders are searched is the program's word.
	interpreter, err := python.Find(ctx, "python3", filepath.SplitList(os.Getenv("PATH")))
	if err != nil {
		panic(err)
	}
	env, err := (&venv.Builder{}).Create(ctx, venv.Spec{Root: filepath.Join(dir, "env"), Python: interpreter})
	if err != nil {
		panic(err)
	}
	platform, err := interpreter.Platform("this machine")
	if err != nil {
		panic(err)
	}
	solver := &resolve.Solver{Index: &index.Client{URLs: []string{listening.URL + "/simple/"}}}
	wanted, err := solver.Resolve(ctx, &resolve.Request{Requirements: []pep508.Requirement{pep508.MustParse("app")}, Platform: platform})
	if err != nil {
		panic(err)
	}
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	for range 2 {
		installed, err := env.Installed(ctx)
		if err != nil {
			panic(err)
		}
		plan, err := venv.NewPlan(installed, wanted, false)
		if err != nil {
			panic(err)
		}
		fmt.Println("to install:", len(plan.Install), "to keep:", len(plan.Keep))
		change, err := (&venv.WheelInstaller{Fetcher: fetcher}).Apply(ctx, env, plan)
		if err != nil {
			panic(err)
		}
		if err := change.Commit(ctx); err != nil {
			panic(err)
		}
	}
	// Output:
	// to install: 2 to keep: 0
	// to install: 0 to keep: 2
}
