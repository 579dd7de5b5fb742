package wheelhouse_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/resolve/wheelhouse"
)

// One folder for two platforms, on a host that may be neither.
func Example() {
	server := &resolvetest.Server{}
	server.AddWheel(resolvetest.Wheel{Name: "app", Version: "1.0"})
	server.AddWheel(resolvetest.Wheel{Name: "fast", Version: "2.0", Tag: "py3-none-win_amd64"})
	server.AddWheel(resolvetest.Wheel{Name: "fast", Version: "2.0", Tag: "py3-none-manylinux_2_17_x86_64"})
	listening := httptest.NewServer(server)
	defer listening.Close()
	dir, err := os.MkdirTemp("", "house-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	solver := &resolve.Solver{Index: &index.Client{URLs: []string{listening.URL + "/simple/"}}}
	var sets []*resolve.Resolution
	for _, tag := range []string{"win_amd64", "manylinux_2_17_x86_64"} {
		platform, err := resolve.NewPlatform(tag, pep440.MustParse("3.11.9"), tag)
		if err != nil {
			panic(err)
		}
		set, err := solver.Resolve(ctx, &resolve.Request{Requirements: []pep508.Requirement{pep508.MustParse("app"), pep508.MustParse("fast")}, Platform: platform})
		if err != nil {
			panic(err)
		}
		sets = append(sets, set)
	}
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	house := &wheelhouse.Wheelhouse{Dir: filepath.Join(dir, "wheels"), Fetcher: fetcher}
	plan, err := house.Plan(ctx, sets...)
	if err != nil {
		panic(err)
	}
	for _, file := range plan.Missing() {
		fmt.Println(file.File.File, "for", file.Platforms)
	}
	if err := house.Fill(ctx, plan); err != nil {
		panic(err)
	}
	plan, err = house.Plan(ctx, sets...)
	fmt.Println(len(plan.Missing()), "missing", err)
	// Output:
	// app-1.0-py3-none-any.whl for [win_amd64 manylinux_2_17_x86_64]
	// fast-2.0-py3-none-manylinux_2_17_x86_64.whl for [manylinux_2_17_x86_64]
	// fast-2.0-py3-none-win_amd64.whl for [win_amd64]
	// 0 missing <nil>
}
