package resolve_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// shop is a small index: resolvetest writes one as text. A program has an index.Client, or whatever else is an Index.
func shop() *resolvetest.Index {
	u, err := resolvetest.ParseUniverse(`
platform any 3.9.18 any
release shop 2.0
  requires words>=1
  requires colours; sys_platform == "win32"
release words 1.0
release words 1.1
  python >=3.10
release colours 0.4
  file py3-none-win32
  file py3-none-win_amd64
`)
	if err != nil {
		panic(err)
	}
	return u.Index
}

// The same request for several platforms, from one host. A platform is a full Python version and, for each kind of machine in it, a platform tag, which is a floor
// (package tag lists them). Windows here has two kinds, of which each has its own file of a pin.
func ExampleSolver_Resolve() {
	solver := &resolve.Solver{Index: shop()}
	for _, target := range []struct {
		name string
		tags []string
	}{
		{"linux", []string{"manylinux_2_17_x86_64"}},
		{"windows", []string{"win32", "win_amd64"}},
	} {
		platform, err := resolve.NewPlatform(target.name, pep440.MustParse("3.9.18"), target.tags...)
		if err != nil {
			panic(err)
		}
		resolution, err := solver.Resolve(context.Background(), &resolve.Request{
			Requirements: []pep508.Requirement{pep508.MustParse("shop")},
			Platform:     platform,
		})
		if err != nil {
			panic(err)
		}
		for _, pin := range resolution.Pins {
			for i, file := range pin.Files {
				// File.File is the name of the file, File.Filename what that says.
				fmt.Println(target.name, platform.Variants[i].Tag, pin.Name, pin.Version, file.File)
			}
		}
	}
	// Output:
	// linux manylinux_2_17_x86_64 shop 2.0 shop-2.0-py3-none-any.whl
	// linux manylinux_2_17_x86_64 words 1.0 words-1.0-py3-none-any.whl
	// windows win32 colours 0.4 colours-0.4-py3-none-win32.whl
	// windows win_amd64 colours 0.4 colours-0.4-py3-none-win_amd64.whl
	// windows win32 shop 2.0 shop-2.0-py3-none-any.whl
	// windows win_amd64 shop 2.0 shop-2.0-py3-none-any.whl
	// windows win32 words 1.0 words-1.0-py3-none-any.whl
	// windows win_amd64 words 1.0 words-1.0-py3-none-any.whl
}

// Where there is no solution, the error tells why, step by step, and names the projects that the index does not know.
func ExampleNoSolutionError() {
	platform, err := resolve.NewPlatform("linux", pep440.MustParse("3.9.18"), "manylinux_2_17_x86_64")
	if err != nil {
		panic(err)
	}
	_, err = (&resolve.Solver{Index: shop()}).Resolve(context.Background(), &resolve.Request{
		Requirements: []pep508.Requirement{pep508.MustParse("shop"), pep508.MustParse("words>=1.1")},
		Platform:     platform,
	})
	var none *resolve.NoSolutionError
	if errors.As(err, &none) {
		for _, sentence := range none.Report {
			fmt.Println(sentence)
		}
	}
	// Output:
	// The request asks for words>=1.1 (1.1 requires Python >=3.10, not 3.9.18; the nearest usable version is 1.0).
}

// Why leads from the request to a pin.
func ExampleResolution_Why() {
	platform, err := resolve.NewPlatform("linux", pep440.MustParse("3.9.18"), "manylinux_2_17_x86_64")
	if err != nil {
		panic(err)
	}
	resolution, err := (&resolve.Solver{Index: shop()}).Resolve(context.Background(), &resolve.Request{
		Requirements: []pep508.Requirement{pep508.MustParse("shop>=2")},
		Platform:     platform,
	})
	if err != nil {
		panic(err)
	}
	for _, chain := range resolution.Why("words") {
		for _, reason := range chain {
			fmt.Printf("%q asks for %s\n", reason.By, reason.Requirement)
		}
	}
	// Output:
	// "" asks for shop>=2
	// "shop" asks for words>=1
}

// A Resolver of one's own that changes the request: the conformance suite, resolvetest.Run, judges such a one too.
func ExampleResolverFunc() {
	solver := &resolve.Solver{Index: shop()}
	lowest := resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
		mine := *req // the caller's stays as it is
		mine.Policy.Select = resolve.Lowest
		return solver.Resolve(ctx, &mine)
	})
	platform, err := resolve.NewPlatform("linux", pep440.MustParse("3.12.4"), "manylinux_2_17_x86_64")
	if err != nil {
		panic(err)
	}
	for _, resolver := range []resolve.Resolver{solver, lowest} {
		resolution, err := resolver.Resolve(context.Background(), &resolve.Request{Requirements: []pep508.Requirement{pep508.MustParse("words")}, Platform: platform})
		if err != nil {
			panic(err)
		}
		fmt.Println(resolution.Pin("words").Version)
	}
	// Output:
	// 1.1
	// 1.0
}

// Candidates are what a Resolver may choose from; refusals say why not.
func ExampleCandidates() {
	platform, err := resolve.NewPlatform("linux", pep440.MustParse("3.9.18"), "manylinux_2_17_x86_64")
	if err != nil {
		panic(err)
	}
	project, err := shop().Project(context.Background(), "words")
	if err != nil {
		panic(err)
	}
	candidates, refusals := resolve.Candidates(project, platform, resolve.Policy{})
	for _, c := range candidates {
		fmt.Println(c.Version, c.Files[0].File)
	}
	for _, r := range refusals {
		fmt.Println(r.Version, r.Why == resolve.RequiresOtherPython, r.Python)
	}
	// Output:
	// 1.0 words-1.0-py3-none-any.whl
	// 1.1 true >=3.10
}
