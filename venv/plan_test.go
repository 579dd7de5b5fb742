package venv

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func pin(t *testing.T, file string, by ...string) resolve.Pin {
	t.Helper()
	name, err := dist.ParseFilename(file)
	require.NoError(t, err)
	p := resolve.Pin{Name: name.Name, Version: name.Version, Files: []dist.File{{Filename: name, Artifact: dist.Artifact{File: file}}}}
	for _, b := range by {
		p.RequiredBy = append(p.RequiredBy, resolve.Reason{By: pep508.Name(b)})
	}
	return p
}

func held(name, version string) wheel.Installed {
	return wheel.Installed{Name: pep508.Name(name), Version: pep440.MustParse(version), DistInfo: name + "-" + version + ".dist-info"}
}

func TestNewPlan(t *testing.T) {
	installed := []wheel.Installed{held("same", "1.0"), held("old", "1"), held("twice", "1"), held("twice", "2"), held("other", "3")}
	absent := resolve.Pin{Name: "elsewhere", Files: []dist.File{{}}}
	want := &resolve.Resolution{Pins: []resolve.Pin{
		absent, pin(t, "new-1-py3-none-any.whl", ""), pin(t, "old-2-py3-none-any.whl", "new"), pin(t, "same-1-py3-none-any.whl"), pin(t, "twice-2-py3-none-any.whl"),
	}}
	names := func(all []wheel.Installed) (out []string) {
		for _, in := range all {
			out = append(out, in.DistInfo)
		}
		return out
	}
	for exact, c := range map[bool]struct{ keep, remove []string }{
		false: {[]string{"other-3.dist-info", "same-1.0.dist-info"}, []string{"old-1.dist-info", "twice-1.dist-info", "twice-2.dist-info"}},
		true:  {[]string{"same-1.0.dist-info"}, []string{"old-1.dist-info", "other-3.dist-info", "twice-1.dist-info", "twice-2.dist-info"}},
	} {
		p, err := NewPlan(installed, want, exact)
		require.NoError(t, err)
		assert.Equal(t, c.keep, names(p.Keep))
		assert.Equal(t, c.remove, names(p.Remove))
		require.Len(t, p.Install, 3)
		assert.Equal(t, "new", string(p.Install[0].Name))
		assert.True(t, p.Install[0].Requested)
		assert.False(t, p.Install[1].Requested)
		assert.False(t, p.Empty())
	}
	_, err := NewPlan(nil, &resolve.Resolution{Pins: []resolve.Pin{pin(t, "a-1.tar.gz")}}, false)
	assert.ErrorContains(t, err, "build one first")
	_, err = NewPlan(nil, &resolve.Resolution{Pins: []resolve.Pin{{Name: "a", Files: make([]dist.File, 2)}}}, false)
	assert.ErrorContains(t, err, "variants")
}

func TestNewPlanOfNothing(t *testing.T) {
	_, err := NewPlan(nil, nil, true)
	require.ErrorContains(t, err, "there is no resolution")
}
