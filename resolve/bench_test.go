package resolve_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// big is an index of 1000 projects of 100 versions. Each release requires up to four later projects, most from some version on; a share of conflict of
// the requirements admits a narrow band of versions only, around the release's own age.
func big(b *testing.B, seed uint64, conflict float64) (*resolvetest.Index, *resolve.Request) {
	b.Helper()
	const projects, releases = 1000, 100
	rng := rand.New(rand.NewPCG(seed, 1))
	platform, err := resolve.NewPlatform("linux", pep440.MustParse("3.9.18"), "manylinux_2_17_x86_64")
	if err != nil {
		b.Fatal(err)
	}
	index := &resolvetest.Index{}
	for i := range projects {
		name := pep508.Name(fmt.Sprintf("p%d", i))
		for v := range releases {
			version := fmt.Sprintf("%d.%d", v/10, v%10)
			md := &dist.Metadata{Version: "2.1", Name: name, ProjectVersion: pep440.MustParse(version)}
			for range rng.IntN(5) {
				if i == projects-1 {
					break
				}
				lo := max(0, v-20)
				spec := fmt.Sprintf("p%d>=%d.%d", i+1+rng.IntN(min(20, projects-1-i)), lo/10, lo%10)
				if rng.Float64() < conflict {
					hi := lo + 5 + rng.IntN(40)
					spec += fmt.Sprintf(",<=%d.%d", hi/10, hi%10)
				}
				md.RequiresDist = append(md.RequiresDist, pep508.MustParse(spec))
			}
			file := fmt.Sprintf("%s-%s-py3-none-any.whl", name, version)
			parsed, err := dist.ParseFilename(file)
			if err != nil {
				b.Fatal(err)
			}
			index.Add(dist.File{Filename: parsed, Artifact: dist.Artifact{File: file}}, md)
		}
	}
	req := &resolve.Request{Platform: platform}
	for i := range projects {
		req.Requirements = append(req.Requirements, pep508.Requirement{Name: pep508.Name(fmt.Sprintf("p%d", i))})
	}
	return index, req
}

// BenchmarkResolve1000x100 is a whole resolution: reading the pages, markers, tags, the survey and the search.
func BenchmarkResolve1000x100(b *testing.B) {
	for _, conflict := range []float64{0, 0.05, 0.2} {
		b.Run(fmt.Sprintf("seed=1,conflict=%.2f", conflict), func(b *testing.B) {
			index, req := big(b, 1, conflict)
			s := &resolve.Solver{Index: index}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Resolve(context.Background(), req); err != nil {
					b.Fatal(err)
				}
				index.Asked()
			}
		})
	}
}

func BenchmarkCandidates(b *testing.B) {
	index, req := big(b, 1, 0)
	p, err := index.Project(context.Background(), "p0")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		resolve.Candidates(p, req.Platform, resolve.Policy{})
	}
}
