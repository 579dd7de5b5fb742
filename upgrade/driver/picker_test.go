package driver

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/data"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/upgrade/upgradetest"
)

// reader answers for a driver whose needs stand in its first line: "# asks f(x) new".
type reader struct {
	read, installed int
	plain           bool // there is no class of a driver
}

// Surface finds in each module f with x, whatever its text.
func (r *reader) Surface(_ context.Context, sources []pyast.Source) (all []pyast.Surface, err error) {
	r.installed++
	for range sources {
		all = append(all, pyast.Surface{Module: release("1", "f(x)").Modules["cinder.u"]})
	}
	return all, nil
}

func (r *reader) Needs(_ context.Context, tree pyast.Tree) (*api.Driver, error) {
	r.read++
	line, _, _ := strings.Cut(string(tree.Files[0].Text), "\n")
	d := asks(strings.Fields(strings.TrimPrefix(line, "# asks"))...)
	if !r.plain {
		d.Classes = []string{"cinder.volume.drivers.x.X"}
	}
	for i, n := range d.Needs {
		if module, ok := strings.CutPrefix(n.Symbol, "cinder.u.import:"); ok {
			d.Needs[i].Kind, d.Needs[i].Symbol = api.NeedDistribution, strings.TrimSuffix(module, "?")
			d.Needs[i].Guarded = strings.HasSuffix(module, "?")
		}
	}
	return d, nil
}

// newest is a policy: the newest version that is neither refused nor out of the limits.
func newest(versions ...string) upgrade.TargetPickerFunc {
	return func(ctx context.Context, q upgrade.Query) (upgrade.Target, error) {
		t := upgrade.Target{Why: []string{"it is the newest"}}
		for _, text := range versions {
			v := pep440.MustParse(text)
			out := slices.ContainsFunc(q.Refused, func(r upgrade.Refusal) bool { return r.Version.Equal(v) }) || slices.ContainsFunc(q.Requires, func(r pep508.Requirement) bool { return !r.Specifiers.Contains(v) })
			if v.Compare(q.Current) > 0 && v.Compare(t.Version) > 0 && !out {
				t.Version = v
			}
		}
		t.Refused = slices.Clone(q.Refused)
		if t.Version.IsZero() {
			return t, upgrade.ErrNoTarget
		}
		return t, ctx.Err()
	}
}

var everything = []string{"12.0.0", "13.0.0", "13.0.1", "14.0.0", "14.0.1", "15.0.0"}

// history has f with x since 13.0.1, but for 14.0.0.
func history() *api.Index {
	return indexOf(release("12.0.0", "old", "f"), release("13.0.0", "f"), release("13.0.1", "f(x)"), release("14.0.0", "f"), release("14.0.1", "f(x)", "g"), release("15.0.0", "f(x)", "g(y)"))
}

func pickerFor(t *testing.T, needs string) (*Picker, *reader) {
	t.Helper()
	r := &reader{}
	path := filepath.Join(t.TempDir(), "x.py")
	require.NoError(t, os.WriteFile(path, []byte("# asks "+needs+"\nfrom cinder.volume import driver\n"), 0o600))
	return &Picker{Source: Source{Path: path, Class: "cinder.volume.drivers.x.X"}, Reader: r, Index: history(), Policy: newest(everything...)}, r
}

func queryAt(current string) upgrade.Query {
	return upgrade.Query{Component: upgrade.Component{Name: "cinder", Distribution: "cinder", Deliverable: "cinder"}, Current: pep440.MustParse(current)}
}

func TestPicker(t *testing.T) {
	p, r := pickerFor(t, "f(x)")
	got, err := p.PickTarget(t.Context(), queryAt("12.0.0"))
	require.NoError(t, err)
	assert.Equal(t, "15.0.0", got.Version.String())
	assert.Equal(t, upgrade.Tied, got.Confidence)
	text := strings.Join(got.Why, "\n")
	for _, words := range []string{"above 12.0.0 all of them are in 13.0.1; 14.0.1 to 15.0.0, the newest", "needs >= 13.0.1 (s13), not 14.0.0: cinder.u.f(x=), x.py:1", "12.0.0, which runs, would not start with it", "one of 3 releases", "it is the newest"} {
		assert.Contains(t, text, words)
	}
	var refused []string
	for _, r := range got.Refused {
		refused = append(refused, r.Version.String()+" "+r.Reason)
		assert.Empty(t, r.Evidence, "an older point release may have it")
	}
	assert.Equal(t, []string{"13.0.0 lacks cinder.u.f(x=), x.py:1", "14.0.0 lacks cinder.u.f(x=), x.py:1"}, refused)
	assert.Equal(t, 1, r.read)

	_, err = p.PickTarget(t.Context(), queryAt("13.0.1"))
	require.NoError(t, err)
	assert.Equal(t, 1, r.read, "it was read before")
	require.NoError(t, os.WriteFile(p.Source.Path, []byte("# asks g\n"), 0o600))
	_, err = p.PickTarget(t.Context(), queryAt("13.0.1"))
	require.NoError(t, err)
	assert.Equal(t, 2, r.read, "its file has changed")
}

func TestPicker_suite(t *testing.T) {
	p, _ := pickerFor(t, "f(x)")
	limited := queryAt("12.0.0")
	limited.Requires = []pep508.Requirement{pep508.MustParse("cinder<15")}
	refused := queryAt("12.0.0")
	refused.Refused = []upgrade.Refusal{{Version: pep440.MustParse("15.0.0"), Reason: "tried"}}
	upgradetest.Picker(t, p, queryAt("12.0.0"), limited, refused, queryAt("14.0.1"), queryAt("15.0.0"))

	p.Policy = upgrade.FirstOf(p.Policy)
	upgradetest.Picker(t, p, queryAt("12.0.0"))
}

func TestPicker_errors(t *testing.T) {
	var unsatisfiable *UnsatisfiableError
	var below *BelowError
	var sdk *MissingSDKError
	var missing *MissingFieldError
	tests := []struct {
		name    string
		needs   string
		current string
		edit    func(*Picker, *reader)
		as      any
		is      error
		other   bool // another picker is asked
		want    string
	}{
		{"all that has it is refused by the policy", "f(x)", "12.0.0", func(p *Picker, _ *reader) { p.Policy = newest("13.0.0", "14.0.0") }, nil, upgrade.ErrNoneFits, false, "the policy takes none of those that have all that it asks for (13.0.1; 14.0.1 to 15.0.0, the newest)"},
		{"what runs has it, nothing newer has", "f(x)", "15.0.0", nil, nil, upgrade.ErrNoneFits, false, "15.0.0, which runs, has all"},
		{"for older releases", "old", "13.0.0", nil, &below, nil, false, "the driver is for 12.0.0 of cinder, and 13.0.0 runs: no release above it has all that the driver asks for: from 13.0.0 on there is no cinder.u.old, x.py:1"},
		{"no release has it", "none", "12.0.0", nil, &unsatisfiable, nil, false, "cinder.u.none"},
		{"a mixed driver", "old g", "12.0.0", nil, &unsatisfiable, nil, false, "a mixed driver"},
		{"what nothing installs", "f import:vendorsdk", "12.0.0", nil, &sdk, nil, false, "vendorsdk"},
		{"no driver", "f", "12.0.0", func(_ *Picker, r *reader) { r.plain = true }, nil, upgrade.ErrNoTarget, true, "not a driver of cinder"},
		{"a policy that fails", "f", "12.0.0", func(p *Picker, _ *reader) {
			p.Policy = upgrade.TargetPickerFunc(func(context.Context, upgrade.Query) (upgrade.Target, error) { return upgrade.Target{}, os.ErrClosed })
		}, nil, os.ErrClosed, false, ""},
		{"a policy that takes what was refused", "f(x)", "12.0.0", func(p *Picker, _ *reader) {
			p.Policy = upgrade.TargetPickerFunc(func(context.Context, upgrade.Query) (upgrade.Target, error) {
				return upgrade.Target{Version: pep440.MustParse("14.0.0")}, nil
			})
		}, nil, upgrade.ErrNoneFits, false, "14.0.0, which was refused"},
		{"no policy", "f", "12.0.0", func(p *Picker, _ *reader) { p.Policy = nil }, &missing, nil, false, "driver.Picker.Policy is missing"},
		{"no reader", "f", "12.0.0", func(p *Picker, _ *reader) { p.Reader = nil }, &missing, nil, false, "driver.Picker.Reader is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, r := pickerFor(t, tt.needs)
			if tt.edit != nil {
				tt.edit(p, r)
			}
			_, err := p.PickTarget(t.Context(), queryAt(tt.current))
			require.Error(t, err)
			assert.ErrorContains(t, err, tt.want)
			if tt.as != nil {
				assert.ErrorAs(t, err, tt.as)
				assert.NotErrorIs(t, err, upgrade.ErrNoTarget, "nobody else knows better")
			}
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
			next, nextErr := upgrade.FirstOf(p, newest(everything...)).PickTarget(t.Context(), queryAt(tt.current))
			assert.Equal(t, tt.other, nextErr == nil, "%v", nextErr)
			assert.Equal(t, tt.other, !next.Version.IsZero())
		})
	}
}

// TestPicker_unindexed: what the policy knows and the index does not is passed over.
func TestPicker_unindexed(t *testing.T) {
	p, _ := pickerFor(t, "f(x)")
	p.Policy = newest(append(everything, "16.0.0")...)
	got, err := p.PickTarget(t.Context(), queryAt("12.0.0"))
	require.NoError(t, err)
	assert.Equal(t, "15.0.0", got.Version.String())
	at := slices.IndexFunc(got.Refused, func(r upgrade.Refusal) bool { return r.Version.String() == "16.0.0" })
	require.GreaterOrEqual(t, at, 0)
	assert.Contains(t, got.Refused[at].Reason, "not known")
}

// TestPicker_learn: what a log shows to be missing refuses every release that lacks it, and no other.
func TestPicker_learn(t *testing.T) {
	p, _ := pickerFor(t, "f")
	q := queryAt("12.0.0")
	refuse := func(class upgrade.Class, symbol string) {
		q.Refused = []upgrade.Refusal{{Version: pep440.MustParse("13.0.0"), Reason: "tried", Evidence: []upgrade.Evidence{{Class: class, Symbol: symbol, Text: symbol}}}}
	}
	refuse(upgrade.MissingAPI, "cinder.u.g")
	got, err := p.PickTarget(t.Context(), q)
	require.NoError(t, err)
	reasons := map[string]string{}
	for _, r := range got.Refused {
		reasons[r.Version.String()] = r.Reason
	}
	assert.Equal(t, map[string]string{"13.0.0": "tried", "13.0.1": "lacks cinder.u.g, as a log showed", "14.0.0": "lacks cinder.u.g, as a log showed"}, reasons)
	assert.Equal(t, upgrade.Tied, got.Confidence)
	assert.Contains(t, strings.Join(got.Why, "\n"), "a log of 13.0.0: needs cinder >= 14.0.1")

	for _, class := range []upgrade.Class{upgrade.Misconfigured, upgrade.Neighbour, upgrade.MissingDependency, upgrade.OldHelper, upgrade.Unclassified} {
		refuse(class, "cinder.u.g")
		got, err = p.PickTarget(t.Context(), q)
		require.NoError(t, err)
		assert.Len(t, got.Refused, 1, "%s moves no bound", class)
	}
}

func TestPicker_try(t *testing.T) {
	lacks := upgrade.Report{Verdict: upgrade.Fail, Checks: []upgrade.Check{{Level: "L0", Name: "log", Verdict: upgrade.Fail, Evidence: []upgrade.Evidence{{Class: upgrade.MissingAPI, Symbol: "cinder.u.g", Text: "no g"}}}}}
	tests := []struct {
		name       string
		try        func(v string) (upgrade.Report, error)
		tried      []string
		want       string
		confidence upgrade.Confidence
		why        string
		err        error
	}{
		{"it works", func(string) (upgrade.Report, error) { return upgrade.Report{Verdict: upgrade.PassWithFindings}, nil }, []string{"14.0.0"}, "14.0.0", upgrade.Proved, "proved by trial: 14.0.0 works", nil},
		{"what it shows is looked up", func(v string) (upgrade.Report, error) {
			if v == "14.0.0" {
				return lacks, nil
			}
			return upgrade.Report{Verdict: upgrade.Pass}, nil
		}, []string{"14.0.0", "14.0.1"}, "14.0.1", upgrade.Proved, "a log of 14.0.0: needs cinder >= 14.0.1", nil},
		{"none is possible", func(string) (upgrade.Report, error) { return upgrade.Report{}, upgrade.ErrNoTrial }, []string{"14.0.0"}, "14.0.0", upgrade.Tied, "was not tried", nil},
		{"it cannot be judged", func(string) (upgrade.Report, error) { return upgrade.Report{}, nil }, []string{"14.0.0"}, "14.0.0", upgrade.Tied, "could not be judged", nil},
		{"none works", func(string) (upgrade.Report, error) { return upgrade.Report{Verdict: upgrade.Fail}, nil }, []string{"14.0.0", "13.0.1", "14.0.1"}, "", "", "", upgrade.ErrNoneFits},
		{"it is interrupted", func(string) (upgrade.Report, error) { return upgrade.Report{}, context.Canceled }, []string{"14.0.0"}, "", "", "", context.Canceled},
	}
	// The policy takes 14.0.0 first, then 13.0.1, then 14.0.1.
	order := []string{"14.0.0", "13.0.1", "14.0.1"}
	policy := upgrade.TargetPickerFunc(func(_ context.Context, q upgrade.Query) (upgrade.Target, error) {
		for _, text := range order {
			v := pep440.MustParse(text)
			if !slices.ContainsFunc(q.Refused, func(r upgrade.Refusal) bool { return r.Version.Equal(v) }) {
				return upgrade.Target{Version: v}, nil
			}
		}
		return upgrade.Target{}, upgrade.ErrNoTarget
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := pickerFor(t, "f")
			p.Policy = policy
			q, tried := queryAt("12.0.0"), []string(nil)
			q.Try = func(_ context.Context, target upgrade.Target) (upgrade.Report, error) {
				tried = append(tried, target.Version.String())
				return tt.try(target.Version.String())
			}
			got, err := p.PickTarget(t.Context(), q)
			assert.Equal(t, tt.tried, tried)
			if tt.err != nil {
				require.ErrorIs(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, got.Version.String())
			assert.Equal(t, tt.confidence, got.Confidence)
			assert.Contains(t, strings.Join(got.Why, "\n"), tt.why)
			assert.Empty(t, q.Refused, "the query is the caller's")
		})
	}
}

func TestPicker_supply(t *testing.T) {
	tests := []struct {
		name  string
		needs string
		edit  func(*Picker)
		want  []string
		why   string
	}{
		{"the release's extras", "f import:vendorsdk", func(p *Picker) { p.Index.Releases[5].Requires = []string{`vendorsdk>=2 ; extra == "vendor"`} }, []string{"vendorsdk>=2"}, "the release names it among its extras"},
		{"an older release's extras do not count", "f import:vendorsdk?", func(p *Picker) { p.Index.Releases[4].Requires = []string{`vendorsdk>=2 ; extra == "vendor"`} }, nil, "nothing says what installs vendorsdk"},
		{"the deployment's name", "f import:vendorsdk", func(p *Picker) { p.Modules = map[string]pep508.Name{"vendorsdk": "python-vendor"} }, []string{"python-vendor"}, "the deployment names it"},
		{"a binding of the host", "f import:rbd", func(p *Picker) { p.Have = []string{"rbd"} }, nil, ""},
		{"the upper-constraints", "f import:vendorsdk", func(p *Picker) {
			p.Policy = upgrade.TargetPickerFunc(func(context.Context, upgrade.Query) (upgrade.Target, error) {
				return upgrade.Target{Version: pep440.MustParse("15.0.0"), Constraints: []pep508.Requirement{pep508.MustParse("vendorsdk===3.1")}}, nil
			})
		}, []string{"vendorsdk"}, "upper-constraints"},
		{"the release requires it", "f import:vendorsdk", func(p *Picker) { p.Index.Releases[5].Requires = []string{"vendorsdk>=2"} }, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := pickerFor(t, tt.needs)
			tt.edit(p)
			got, err := p.PickTarget(t.Context(), queryAt("12.0.0"))
			require.NoError(t, err)
			var extra []string
			for _, r := range got.Extra {
				extra = append(extra, r.String())
			}
			assert.Equal(t, tt.want, extra)
			assert.Contains(t, strings.Join(got.Why, "\n"), tt.why)
		})
	}
}

// TestPicker_installed: what is installed counts by its files, and is read once.
func TestPicker_installed(t *testing.T) {
	p, r := pickerFor(t, "f(x)")
	site := t.TempDir()
	for name, text := range map[string]string{"cinder-13.0.0.egg-info/PKG-INFO": "Metadata-Version: 1.1\nName: cinder\nVersion: 13.0.0\n", "cinder/__init__.py": "", "cinder/u.py": ""} {
		path := filepath.Join(site, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	p.Current = []string{site}
	p.Index.Libraries = map[pep508.Name][]*api.Release{"os-brick": nil} // it is not there
	for range 2 {
		got, err := p.PickTarget(t.Context(), queryAt("13.0.0"))
		require.NoError(t, err)
		assert.Contains(t, got.Why, "13.0.0, which runs, has them all too", "the release of the index has not")
		require.NoError(t, os.WriteFile(p.Source.Path, []byte("# asks f(x) f\n"), 0o600))
	}
	assert.Equal(t, 2, r.read)
	assert.Equal(t, 1, r.installed)

	p, _ = pickerFor(t, "f(x)")
	p.Current = []string{t.TempDir()}
	_, err := p.PickTarget(t.Context(), queryAt("13.0.0"))
	assert.ErrorIs(t, err, ErrNotInstalled)
}

// TestPicker_embedded: without an Index the one that comes along counts.
func TestPicker_embedded(t *testing.T) {
	p, _ := pickerFor(t, "f")
	p.Index = nil
	in, err := p.Infer(t.Context(), "cinder")
	require.NoError(t, err)
	assert.Greater(t, len(in.Judged), 50)
	lessons, err := p.Learn(t.Context(), "cinder", pep440.MustParse("21.3.1"), []upgrade.Evidence{{Class: upgrade.MissingAPI, Symbol: "cinder.volume.volume_utils.is_image_cache_entry"}})
	require.NoError(t, err)
	require.Len(t, lessons, 1)
	assert.Equal(t, "28.0.0", lessons[0].At.String())
	_, err = p.Infer(t.Context(), "heat")
	assert.ErrorIs(t, err, data.ErrNone)
}
