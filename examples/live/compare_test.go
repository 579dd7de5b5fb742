//go:build live

package live

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// TestSameAsUVAndPip: for each of the five kinds of machine, what was published equals what uv and pip choose, version and file, but for what
// a rule here explains. Each rule asks another tool than the one that it excuses; any other difference fails.
func TestSameAsUVAndPip(t *testing.T) {
	requirements := listed(t)
	host := hostEnvironment(t)
	for _, x := range targets {
		t.Run(x.tag, func(t *testing.T) {
			ours, why, extras := askOurs(t, append([]string{"--platform", x.platform}, requirements...), x.tag)
			assertPublished(t, x, ours)

			uv := askUV(t, x, requirements...)
			same, explained := compareUV(t, x, ours, why, uv)
			t.Logf("%s: %d packages published; uv: %d chosen, %d the same, %d differences explained", x.tag, len(ours), len(uv), same, explained)

			pip, report := askPip(t, x, requirements...)
			same, explained = comparePip(t, ours, why, extras, pip, report, host)
			t.Logf("%s: %d packages published; pip: %d chosen, %d the same, %d differences explained", x.tag, len(ours), len(pip), same, explained)
		})
	}
}

// listed is the classroom's libraries; all are "latest" on every platform.
func listed(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(classroom)
	require.NoError(t, err)
	var libraries map[string]struct {
		ExpectedVersions map[string]string
	}
	require.NoError(t, json.Unmarshal(b, &libraries))
	for name, l := range libraries {
		assert.Equal(t, map[string]string{"windows": "latest", "darwin": "latest", "darwinbigsur": "latest", "linux": "latest"}, l.ExpectedVersions, name)
	}
	return slices.Sorted(maps.Keys(libraries))
}

// assertPublished: the update configuration holds what `resolve` answers.
func assertPublished(t *testing.T, x target, ours picks) {
	t.Helper()
	published := picks{}
	for name, platforms := range released(t, suite.site).Libraries {
		leaf, ok := platforms[x.platform]
		if !ok {
			continue
		}
		if len(leaf.Variants) == 0 {
			published[name] = pick{version: leaf.Version, file: leaf.Source.Wheel}
		}
		for _, v := range leaf.Variants {
			if slices.Contains(v.Serves, x.tag) {
				published[name] = pick{version: leaf.Version, file: v.Source.Wheel}
			}
		}
	}
	assert.Equal(t, ours, published)
}

// compareUV explains a difference by uv's fault 4 (it reads Requires-Python as a lower bound; pip, which reads all of it, refuses uv's version
// on this Python), by the one version for all kinds of machine of a platform (pip finds no wheel of uv's version for the other kind), or by
// a parent that differs itself.
func compareUV(t *testing.T, x target, ours picks, why map[pep508.Name][]reason, uv picks) (same, explained int) {
	t.Helper()
	differs := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		o, u := ours[name], uv[name]
		switch {
		case o.version == u.version && o.file == u.file:
			same++
		case u.version != "" && o.version != u.version && (refusedByPip(t, x, name, u.version) || refusedElsewhere(t, x, name, u.version)):
			differs[string(name)] = true
		}
	}
	onlyThrough := func(parents []string) bool {
		return len(parents) > 0 && !slices.ContainsFunc(parents, func(p string) bool { return !differs[p] })
	}
	for again := true; again; {
		again = false
		for name := range both(ours, uv) {
			_, we := ours[name]
			_, they := uv[name]
			if !differs[string(name)] && we != they && (they && onlyThrough(uv[name].parents) || we && onlyThrough(parentsOf(why[name]))) {
				differs[string(name)], again = true, true
			}
		}
	}
	for name := range both(ours, uv) {
		if ours[name].version != uv[name].version || ours[name].file != uv[name].file {
			assert.True(t, differs[string(name)], "%s on %s: ours %v, uv's %v, and no rule says why", name, x.tag, ours[name], uv[name])
		}
	}
	return same, len(differs)
}

func refusedByPip(t *testing.T, x target, name pep508.Name, version string) bool {
	_, problem := runPip(t, x, "--no-deps", string(name)+"=="+version)
	return strings.Contains(problem, "No matching distribution found")
}

// refusedElsewhere asks for the other kinds of machine of the same platform.
func refusedElsewhere(t *testing.T, x target, name pep508.Name, version string) bool {
	return slices.ContainsFunc(targets, func(other target) bool {
		return other.platform == x.platform && other.tag != x.tag && refusedByPip(t, other, name, version)
	})
}

// comparePip explains a difference by pip's fault 1: it evaluates markers on the machine that it runs on. A project that pip lacks must be
// asked for only by markers that are false on that machine, or by projects that pip lacks; one that only pip has must be asked for by a
// marker that is true there.
func comparePip(t *testing.T, ours picks, why map[pep508.Name][]reason, extras map[string][]pep508.Name, pip picks, r report, host pep508.Environment) (same, explained int) {
	t.Helper()
	for name := range both(ours, pip) {
		o, p := ours[name], pip[name]
		switch {
		case o.version == p.version && o.file == p.file:
			same++
		case p.version == "":
			for _, w := range why[name] {
				_, parentThere := pip[pep508.Name(w.By)]
				requirement, err := pep508.Parse(w.Requirement)
				require.NoError(t, err)
				assert.True(t, w.By != "" && (!parentThere || requirement.Marker.Evaluate(host, extras[w.By]...) == pep508.False),
					"pip lacks %s, which %s needs on its machine too: %s", name, w.By, w.Requirement)
			}
			explained++
		case o.version == "":
			assert.True(t, r.asksFor(t, name, host), "only pip has %s, and not by a marker of its machine", name)
			explained++
		default:
			assert.Fail(t, "pip chose another", "%s: ours %v, pip's %v", name, o, p)
		}
	}
	return same, explained
}

// asksFor reports whether a project in the report requires name by a marker that is true on the host.
func (r report) asksFor(t *testing.T, name pep508.Name, host pep508.Environment) bool {
	for _, i := range r.Install {
		for _, text := range i.Metadata.RequiresDist {
			requirement, err := pep508.Parse(text)
			require.NoError(t, err)
			if requirement.Name == name && !requirement.Marker.IsZero() && requirement.Marker.Evaluate(host) == pep508.True {
				return true
			}
		}
	}
	return false
}

func both(a, b picks) map[pep508.Name]bool {
	all := map[pep508.Name]bool{}
	for _, m := range []picks{a, b} {
		for name := range m {
			all[name] = true
		}
	}
	return all
}

func parentsOf(reasons []reason) []string {
	var all []string
	for _, r := range reasons {
		all = append(all, r.By)
	}
	return all
}
