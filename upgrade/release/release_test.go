package release

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
)

// data is a platform of six series in the form of the releases repository.
func data() fstest.MapFS {
	files := fstest.MapFS{"data/series_status.yaml": file(`
- {name: forge, release-id: 2026.2, status: development, initial-release: TBD}
- {name: elm, release-id: 2026.1, status: maintained, slurp: yes, initial-release: 2026-04-01, next-phase: {status: unmaintained, date: 2027-10-27}}
- {name: dune, release-id: 2025.2, status: maintained, initial-release: 2025-10-01}
- {name: cliff, release-id: 2025.1, status: maintained, slurp: yes}
- {name: brook, release-id: 2024.10, status: unmaintained}
- {name: ash, status: end of life}
`)}
	for series, versions := range map[string][]string{
		"forge": {}, "elm": {"6.0.0.0rc1", "6.0.0", "6.1.0"}, "dune": {"5.0.0"}, "cliff": {"4.0.0", "4.10.0", "4.9.0", "2025.1-eom"}, "brook": {"3.0.0"}, "ash": {"2.0.0", "ash-eol"},
	} {
		text := "releases:\n"
		for _, v := range versions {
			text += "  - version: " + v + "\n    projects: [{repo: openstack/cinder, hash: abc}]\n"
		}
		files["deliverables/"+series+"/cinder.yaml"] = file(text)
	}
	for _, id := range []string{"2026.1", "2025.2", "2025.1", "2024.10", "ash"} {
		files["upper-constraints/"+id+".txt"] = file("# tested\nSQLAlchemy===2.0." + id[:1] + "\noslo.db===1.0;python_version>='3.10'\n")
	}
	return files
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func query(current string, onIndex ...string) upgrade.Query {
	q := upgrade.Query{
		Component: upgrade.Component{Name: "cinder", Distribution: "cinder", Deliverable: "cinder"},
		Current:   pep440.MustParse(current),
		Python:    pep440.MustParse("3.11.2"),
		Now:       time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
	}
	for _, v := range onIndex {
		q.Versions = append(q.Versions, pep440.MustParse(v))
	}
	return q
}

var everything = []string{"2.0.0", "3.0.0", "4.0.0", "4.9.0", "4.10.0", "5.0.0", "6.0.0", "6.1.0"}

func TestPickTarget(t *testing.T) {
	tests := []struct {
		name   string
		picker Picker
		q      upgrade.Query
		edit   func(fstest.MapFS)
		want   string
		series string
	}{
		{"newest maintained", Picker{}, query("2.0.0", everything...), nil, "6.1.0", "2026.1"},
		{"newest point release by PEP 440, not by text", Picker{Want: "cliff"}, query("2.0.0", everything...), nil, "4.10.0", "2025.1"},
		{"newest SLURP", Picker{Policy: NewestSLURP}, query("2.0.0", "4.0.0", "4.10.0", "5.0.0"), nil, "4.10.0", "2025.1"},
		{"lowest in the window", Picker{Policy: LowestInWindow, Window: 3}, query("2.0.0", everything...), nil, "4.10.0", "2025.1"},
		{"a window takes unmaintained series in", Picker{Policy: LowestInWindow, Window: 4}, query("2.0.0", everything...), nil, "3.0.0", "2024.10"},
		{"a named version", Picker{Want: "4.9"}, query("2.0.0", everything...), nil, "4.9.0", "2025.1"},
		{"a named series of any status", Picker{Want: "2024.10"}, query("2.0.0", everything...), nil, "3.0.0", "2024.10"},
		{"not on the index for this Python", Picker{}, query("2.0.0", "5.0.0", "4.10.0"), nil, "5.0.0", "2025.2"},
		{"a status in the data changes the target", Picker{}, query("2.0.0", everything...), func(d fstest.MapFS) {
			d["data/series_status.yaml"] = file("- {name: elm, release-id: 2026.1, status: unmaintained}\n- {name: dune, release-id: 2025.2, status: maintained}\n")
		}, "5.0.0", "2025.2"},
		{"a deliverable changes the target", Picker{}, query("2.0.0", append(everything, "6.2.0")...), func(d fstest.MapFS) {
			d["deliverables/elm/cinder.yaml"] = file("releases: [{version: 6.2.0}]")
		}, "6.2.0", "2026.1"},
		{"a date version never wins", Picker{}, query("2.0.0", append(everything, "2012.2")...), nil, "6.1.0", "2026.1"},
		{"a distribution's own version", Picker{Want: "2025.1"}, query("4.9.0+deb1", everything...), nil, "4.10.0", "2025.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := data()
			if tt.edit != nil {
				tt.edit(d)
			}
			tt.picker.Source = FS{d}
			got, err := tt.picker.PickTarget(t.Context(), tt.q)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got.Version.String())
			assert.Equal(t, tt.series, got.Series)
			require.Len(t, got.Constraints, 2)
			assert.Equal(t, pep508.Name("sqlalchemy"), got.Constraints[0].Name)
		})
	}
}

func TestPickTarget_limits(t *testing.T) {
	q := query("2.0.0", everything...)
	q.Requires = []pep508.Requirement{pep508.MustParse("cinder>=4.9,<6")}
	q.Refused = []upgrade.Refusal{{Version: pep440.MustParse("5.0.0"), Reason: "create-from-image failed"}}
	got, err := (&Picker{Source: FS{data()}}).PickTarget(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, "4.10.0", got.Version.String())
	reasons := map[string]string{}
	for _, r := range got.Refused {
		reasons[r.Version.String()] = r.Reason
	}
	assert.Equal(t, map[string]string{
		"6.1.0": "not within <6,>=4.9", "5.0.0": "create-from-image failed", "4.0.0": "not within <6,>=4.9", "3.0.0": "not within <6,>=4.9",
	}, reasons)
}

func TestPickTarget_lacking(t *testing.T) {
	q := query("2.0.0", everything...)
	q.Refused = []upgrade.Refusal{{Version: pep440.MustParse("4.10.0"), Reason: "tried: it lacks f(x=)", Evidence: []upgrade.Evidence{{Class: upgrade.MissingAPI, Symbol: "f(x=)"}}}}
	p := &Picker{Source: FS{data()}, Policy: LowestInWindow, Window: 3}
	got, err := p.PickTarget(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, "5.0.0", got.Version.String(), "not an older point release of the series that lacks it")
	q.Refused[0].Evidence[0].Class = upgrade.Regression
	got, err = p.PickTarget(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, "4.9.0", got.Version.String(), "an older one may be free of a regression")
}

func TestPickTarget_none(t *testing.T) {
	p := &Picker{Source: FS{data()}}
	_, err := p.PickTarget(t.Context(), query("6.1.0", everything...))
	assert.ErrorIs(t, err, upgrade.ErrNoTarget)
	assert.ErrorContains(t, err, "know no cinder above 6.1.0")

	p.Want = "5.0.0"
	_, err = p.PickTarget(t.Context(), query("2.0.0", "6.1.0"))
	assert.ErrorIs(t, err, upgrade.ErrNoTarget)
	assert.ErrorContains(t, err, "5.0.0: the index has no file of it for Python 3.11.2")
	assert.ErrorContains(t, err, "6.1.0: not what was asked for: 5.0.0")
}

func TestPickTarget_remarks(t *testing.T) {
	q := query("3.0.0", append(everything, "7.0.0")...)
	q.Now = time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	got, err := (&Picker{Source: FS{data()}}).PickTarget(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"6.1.0 is the newest release of series 2026.1 (maintained) that fits; policy: the newest maintained series",
		"the index has 7.0.0, which the releases data do not know: refresh the data to consider it",
		"by the data series 2026.1 became unmaintained on 2027-10-27: refresh the data",
		"upgrades are tested from 2024.10 by way of 2025.1, 2026.1",
	}, got.Why)
}

func TestReadSeries(t *testing.T) {
	for text, want := range map[string]string{
		"[":                                     "releases data, data/series_status.yaml: yaml",
		"[]":                                    "no series in it",
		"- {name: ../x, status: maintained}":    `"../x" is no series name`,
		"- {name: a, release-id: a/../../b}":    `"a" is no series name`,
		"- {name: a, status: [1]}":              "cannot unmarshal",
		"{name: a}":                             "cannot unmarshal",
		"- {name: x, release-id: {a: 1}, s: 1}": "",
	} {
		_, err := ReadSeries(t.Context(), FS{fstest.MapFS{statusFile: file(text)}})
		if want == "" {
			assert.NoError(t, err, text)
			continue
		}
		assert.ErrorContains(t, err, want, text)
	}
	_, err := ReadSeries(t.Context(), FS{fstest.MapFS{}})
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

func TestPath(t *testing.T) {
	series, err := ReadSeries(t.Context(), FS{data()})
	require.NoError(t, err)
	at := func(id string) Series {
		for _, s := range series {
			if s.Is(id) {
				return s
			}
		}
		t.Fatal(id)
		return Series{}
	}
	for _, tt := range []struct {
		from, to string
		want     []string
	}{
		{"2025.1", "2026.1", []string{"2026.1"}},
		{"2025.1", "2025.2", []string{"2025.2"}},
		{"ash", "2026.1", []string{"2024.10", "2025.1", "2026.1"}},
		{"2026.1", "2025.1", nil},
	} {
		var got []string
		for _, s := range Path(series, at(tt.from), at(tt.to)) {
			got = append(got, s.ID)
		}
		assert.Equal(t, tt.want, got, tt.from)
	}
}

// TestEmbedded holds what openstack.md's readers count on: the chain of releases of the embedded snapshot.
func TestEmbedded(t *testing.T) {
	series, err := ReadSeries(t.Context(), Embedded())
	require.NoError(t, err)
	for _, s := range series {
		if s.Status == Future {
			continue
		}
		releases, err := ReadReleases(t.Context(), Embedded(), s, "cinder")
		require.NoError(t, err)
		for _, r := range releases {
			assert.Less(t, r.Version.Release(0), 100, "a date version")
		}
		if s.Status == Maintained {
			constraints, err := ReadConstraints(t.Context(), Embedded(), s)
			require.NoError(t, err)
			assert.Greater(t, len(constraints), 500)
			assert.NotEmpty(t, releases)
		}
	}
	got, err := (&Picker{}).PickTarget(context.Background(), query("21.3.1"))
	require.NoError(t, err)
	assert.Equal(t, "2026.1", got.Series)
}

func TestParseConstraints(t *testing.T) {
	_, err := ParseConstraints([]byte("a===1\nb\n"))
	assert.EqualError(t, err, "line 2: b: want NAME===VERSION")
	_, err = ParseConstraints([]byte("a===1\n===2"))
	assert.ErrorContains(t, err, "line 2: ")
}

func FuzzParseConstraints(f *testing.F) {
	f.Add("SQLAlchemy===2.0.46\noslo.db===1.0;python_version>='3.10' # x\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ParseConstraints([]byte(text))
		if err != nil {
			return
		}
		for _, r := range all {
			if r.Specifiers.IsEmpty() {
				t.Fatalf("%q has no version", r.Name)
			}
		}
	})
}
