package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	deps "deps.dev/util/resolve"
	"deps.dev/util/resolve/dep"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/stretchr/testify/require"
)

// registry is projects and their releases, for any resolver.
type registry struct {
	projects []string
	releases []distribution
}

type distribution struct {
	project, version string
	requires         []requirement
}

type requirement struct{ project, specifiers string }

// big is 1000 projects of 100 versions. Each release requires up to four later projects, most from some version on; a share of the requirements, the
// narrow ones, admits a band of versions only, around the release's own age.
func big(narrow float64) *registry {
	const projects, versions = 1000, 100
	rng := rand.New(rand.NewPCG(1, 1))
	r := &registry{}
	for i := range projects {
		r.projects = append(r.projects, fmt.Sprintf("p%d", i))
		for v := range versions {
			m := distribution{project: r.projects[i], version: fmt.Sprintf("%d.%d", v/10, v%10)}
			for range rng.IntN(5) {
				if i == projects-1 {
					break
				}
				lo := max(0, v-20)
				q := requirement{fmt.Sprintf("p%d", i+1+rng.IntN(min(20, projects-1-i))), fmt.Sprintf(">=%d.%d", lo/10, lo%10)}
				if rng.Float64() < narrow {
					hi := lo + 5 + rng.IntN(40)
					q.specifiers += fmt.Sprintf(",<=%d.%d", hi/10, hi%10)
				}
				m.requires = append(m.requires, q)
			}
			r.releases = append(r.releases, m)
		}
	}
	return r
}

// memory is the registry as an index: every release is one wheel for any machine.
type memory struct {
	projects map[pep508.Name]*dist.Project
	metadata map[string]*dist.Metadata
}

func (m *memory) Project(_ context.Context, name pep508.Name) (*dist.Project, error) {
	if p := m.projects[name]; p != nil {
		return p, nil
	}
	return nil, dist.ErrNotFound
}

func (m *memory) Metadata(_ context.Context, f dist.File) (*dist.Metadata, error) {
	return m.metadata[f.File], nil
}

func (r *registry) index(t testing.TB) *memory {
	m := &memory{map[pep508.Name]*dist.Project{}, map[string]*dist.Metadata{}}
	for _, rel := range r.releases {
		name := pep508.Name(rel.project)
		file := fmt.Sprintf("%s-%s-py3-none-any.whl", name, rel.version)
		parsed, err := dist.ParseFilename(file)
		require.NoError(t, err)
		md := &dist.Metadata{Version: "2.1", Name: name, ProjectVersion: parsed.Version}
		for _, q := range rel.requires {
			md.RequiresDist = append(md.RequiresDist, pep508.MustParse(q.project+q.specifiers))
		}
		if m.projects[name] == nil {
			m.projects[name] = &dist.Project{Name: name}
		}
		p := m.projects[name]
		p.Files = append(p.Files, dist.File{Filename: parsed, Artifact: dist.Artifact{File: file}})
		m.metadata[file] = md
	}
	return m
}

// request asks for every project.
func (r *registry) request(t testing.TB) *resolve.Request {
	platform, err := resolve.NewPlatform("linux", pep440.MustParse("3.9.18"), "manylinux_2_17_x86_64")
	require.NoError(t, err)
	req := &resolve.Request{Platform: platform}
	for _, name := range r.projects {
		req.Requirements = append(req.Requirements, pep508.Requirement{Name: pep508.Name(name)})
	}
	return req
}

// theirs is the registry for deps.dev's resolver, and a root that requires every project.
func (r *registry) theirs() (*deps.LocalClient, deps.VersionKey) {
	c := deps.NewLocalClient()
	for _, rel := range r.releases {
		c.AddVersion(deps.Version{VersionKey: key(rel.project, deps.Concrete, rel.version)}, theirRequirements(rel.requires))
	}
	var all []requirement
	for _, name := range r.projects {
		all = append(all, requirement{name, ""})
	}
	root := key("root", deps.Concrete, "1.0")
	c.AddVersion(deps.Version{VersionKey: root}, theirRequirements(all))
	return c, root
}

func theirRequirements(all []requirement) []deps.RequirementVersion {
	var out []deps.RequirementVersion
	for _, q := range all {
		out = append(out, deps.RequirementVersion{VersionKey: key(q.project, deps.Requirement, q.specifiers), Type: dep.Type{}})
	}
	return out
}

func key(project string, kind deps.VersionType, version string) deps.VersionKey {
	return deps.VersionKey{PackageKey: deps.PackageKey{System: deps.PyPI, Name: project}, VersionType: kind, Version: version}
}
