//go:build live

package truth

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// TestCheckerCanFail spoils right answers, each in one way: the checker must find each, and of that kind.
func TestCheckerCanFail(t *testing.T) {
	m := newSpoiler(t)
	for _, c := range []struct {
		name         string
		requirements []string
		spoil        func(q *question)
		want         string // the kind of fault; "newer": something could be
	}{
		{"nothing spoiled", []string{"flask", "click"}, func(*question) {}, ""},
		{"a pin is dropped", []string{"flask"}, func(q *question) { m.drop(q, "werkzeug") }, "missing"},
		{"what is asked for is dropped", []string{"flask", "idna"}, func(q *question) { m.drop(q, "idna") }, "missing"},
		{"below a bound", []string{"flask"}, func(q *question) { m.exchange(q, "werkzeug", older, last) }, "unsatisfied"},
		{"a superfluous pin", []string{"flask"}, func(q *question) { m.add(q, "idna") }, "superfluous"},
		{"a project twice", []string{"idna"}, func(q *question) { m.add(q, "idna") }, "duplicate"},
		{"one step older", []string{"idna"}, func(q *question) { m.exchange(q, "idna", older, first) }, "newer"},
		{"an indirect one is one step older", []string{"flask"}, func(q *question) { m.exchange(q, "itsdangerous", older, first) }, "newer"},
		{"a wheel of another platform", []string{"markupsafe"}, func(q *question) { m.file(q, "markupsafe", foreign) }, "tags"},
		{"a worse wheel of the version", []string{"charset-normalizer"}, func(q *question) { m.file(q, "charset-normalizer", pure) }, "file"},
		{"a file that is not on the page", []string{"idna"}, func(q *question) { q.Pins[0].File = "idna-" + q.Pins[0].Version + "-py2-none-any.whl" }, "no-file"},
		{"a version that is not on the page", []string{"idna"}, func(q *question) { q.Pins[0] = pin{Name: "idna", Version: "1!0"} }, "no-file"},
		{"another hash", []string{"idna"}, func(q *question) { q.Pins[0].SHA256 = strings.Repeat("0", 64) }, "hash"},
		{"for a newer Python", []string{"click"}, func(q *question) { m.exchange(q, "click", refusedByPython, first) }, "python"},
		{"uploaded too late", []string{"idna"}, func(q *question) { q.Before = "2015-01-01T00:00:00Z" }, "too-new"},
		{"a yanked version", []string{"attrs"}, func(q *question) { m.exchange(q, "attrs", yanked, first) }, "yanked"},
		{"a pre-release", []string{"pip"}, func(q *question) { m.exchange(q, "pip", prerelease, first) }, "prerelease"},
		{"an extra is not told", []string{"requests[socks]"}, func(q *question) { q.Pins[m.at(q, "requests")].Extras = []string{} }, "extras"},
		{"an extra too many", []string{"requests"}, func(q *question) { q.Pins[m.at(q, "requests")].Extras = []string{"socks"} }, "extras"},
		{"what an extra asks for is dropped", []string{"requests[socks]"}, func(q *question) { m.drop(q, "pysocks") }, "missing"},
		{"what only the other machine asks for is dropped", []string{`idna; platform_machine == "AMD64"`, `six; platform_machine == "x86"`}, func(q *question) { m.drop(q, "six") }, "missing"},
		{"what a marker leaves out is in", []string{"idna", `six; sys_platform == "plan9"`}, func(q *question) { m.add(q, "six") }, "superfluous"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m.t = t
			q := m.answered(c.requirements)
			c.spoil(&q)
			v, err := m.judge(q)
			require.NoError(t, err)
			var kinds []string
			for _, f := range v.Faults {
				kinds = append(kinds, f[0])
			}
			if len(v.Newer) > 0 {
				kinds = append(kinds, "newer")
			}
			if c.want == "" {
				assert.Empty(t, kinds, "%v", v)
			} else {
				assert.Contains(t, kinds, c.want, "%v", v)
			}
		})
	}
}

// spoiler makes answers of ours wrong.
type spoiler struct {
	*stand
	t        *testing.T // that runs
	client   *index.Client
	target   target
	platform resolve.Platform
}

func newSpoiler(t *testing.T) *spoiler {
	s := newStand(t)
	x := readTargets(t)[0]
	platform, err := x.platform()
	require.NoError(t, err)
	return &spoiler{s, t, &index.Client{URLs: []string{s.index}, Cache: s.cache}, x, platform}
}

// answered is an answer of ours.
func (m *spoiler) answered(requirements []string) question {
	a := m.ours(m.t.Context(), m.client, m.target, requirements)
	require.Equal(m.t, solved, a.Outcome, a.Problem)
	return question{m.target, Before, requirements, a.Pins}
}

func (m *spoiler) at(q *question, name string) int {
	i := slices.IndexFunc(q.Pins, func(p pin) bool { return p.Name == name })
	require.NotEqual(m.t, -1, i, "%s is not in the answer", name)
	return i
}

func (m *spoiler) drop(q *question, name string) {
	i := m.at(q, name)
	q.Pins = slices.Delete(q.Pins, i, i+1)
}

// add adds the newest version.
func (m *spoiler) add(q *question, name string) {
	candidates, _ := m.candidates(name)
	q.Pins = append(q.Pins, pin{Name: name, Version: candidates[0].Version.String()})
}

func (m *spoiler) candidates(name string) ([]resolve.Candidate, []resolve.Refusal) {
	p, err := m.client.Project(m.t.Context(), pep508.Name(name))
	require.NoError(m.t, err)
	return resolve.Candidates(p, m.platform, resolve.Policy{ExcludeNewer: m.before})
}

// choice lists versions of a project, newest first, that are wrong in one way for a pin.
type choice func(candidates []resolve.Candidate, refusals []resolve.Refusal, now string) []string

func older(candidates []resolve.Candidate, _ []resolve.Refusal, now string) (list []string) {
	at := slices.IndexFunc(candidates, func(c resolve.Candidate) bool { return c.Version.String() == now })
	for _, c := range candidates[at+1:] {
		if !c.Yanked && !c.Version.IsPrerelease() {
			list = append(list, c.Version.String())
		}
	}
	return list
}

func yanked(candidates []resolve.Candidate, _ []resolve.Refusal, _ string) (list []string) {
	for _, c := range candidates {
		if c.Yanked {
			list = append(list, c.Version.String())
		}
	}
	return list
}

func prerelease(candidates []resolve.Candidate, _ []resolve.Refusal, _ string) (list []string) {
	for _, c := range candidates {
		if c.Version.IsPrerelease() && !c.Yanked {
			list = append(list, c.Version.String())
		}
	}
	return list
}

func refusedByPython(_ []resolve.Candidate, refusals []resolve.Refusal, _ string) (list []string) {
	for _, r := range refusals {
		if r.Why == resolve.RequiresOtherPython {
			list = append(list, r.Version.String())
		}
	}
	return list
}

func first(list []string) string { return list[0] }
func last(list []string) string  { return list[len(list)-1] }

// exchange puts another version in a pin's place.
func (m *spoiler) exchange(q *question, name string, which choice, take func([]string) string) {
	p := &q.Pins[m.at(q, name)]
	candidates, refusals := m.candidates(name)
	list := which(candidates, refusals, p.Version)
	require.NotEmpty(m.t, list, "nothing to exchange %s with", name)
	*p = pin{Name: name, Version: take(list)}
}

func foreign(f dist.File) bool { return strings.Contains(f.File, "manylinux") }
func pure(f dist.File) bool    { return strings.HasSuffix(f.File, "-py3-none-any.whl") }

// file puts another file of the same version in a pin's place.
func (m *spoiler) file(q *question, name string, which func(dist.File) bool) {
	p := &q.Pins[m.at(q, name)]
	project, err := m.client.Project(m.t.Context(), pep508.Name(name))
	require.NoError(m.t, err)
	for _, f := range project.Files {
		if f.Kind == dist.Wheel && f.Version.String() == p.Version && f.File != p.File && which(f) {
			p.File, p.SHA256 = f.File, f.Hashes["sha256"]
			return
		}
	}
	require.Fail(m.t, "no other file", name)
}
