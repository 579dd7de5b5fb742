package bundle_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// TestPublishRollout: a share is raised step by step, and the clients that have the release stay the first.
func TestPublishRollout(t *testing.T) {
	s := newShop(t, library("a", "1.0"))
	p, _ := publisher(t, s)
	cfg := config(t, `{"a": {"expectedVersions": {"linux": "latest"}}}`)
	for _, step := range []struct {
		rollout, want *manifest.Rollout
		sequence      uint64
		released      bool
		add           string
	}{
		{nil, nil, 1, true, ""},
		{&manifest.Rollout{Percent: 25}, &manifest.Rollout{Percent: 25, Salt: "2"}, 2, true, "2.0"},
		{&manifest.Rollout{Percent: 25}, &manifest.Rollout{Percent: 25, Salt: "2"}, 2, false, ""},
		{&manifest.Rollout{Percent: 50}, &manifest.Rollout{Percent: 50, Salt: "2"}, 3, true, ""},
		{&manifest.Rollout{Percent: 60, Salt: "mine"}, &manifest.Rollout{Percent: 60, Salt: "mine"}, 4, true, ""},
		{&manifest.Rollout{Percent: 0}, &manifest.Rollout{Percent: 0, Salt: "mine"}, 5, true, ""},
		{nil, nil, 6, true, ""},
		{&manifest.Rollout{Percent: 10}, &manifest.Rollout{Percent: 10, Salt: "7"}, 7, true, ""},
		{&manifest.Rollout{Percent: 20}, &manifest.Rollout{Percent: 20, Salt: "8"}, 8, true, "3.0"},
	} {
		if step.add != "" {
			s.add(library("a", step.add), nil)
		}
		p.Rollout = step.rollout
		report, err := p.Publish(context.Background(), cfg)
		require.NoError(t, err)
		assert.Equal(t, step.released, report.Released)
		assert.Equal(t, step.sequence, report.Manifest.Meta.Sequence)
		assert.Equal(t, step.want, report.Manifest.Meta.Rollout)
		live, err := p.Sink.(bundle.Source).Latest(context.Background())
		require.NoError(t, err)
		assert.Equal(t, step.want, live.Meta.Rollout, "it is what clients read")
	}
	for _, bad := range []manifest.Rollout{{Percent: -1}, {Percent: 101}, {Percent: 1, Salt: "a b"}, {Percent: 1, Salt: "../x"}} {
		p.Rollout = &bad
		_, err := p.Plan(context.Background(), cfg)
		assert.Equal(t, bundle.KindUsage, bundle.KindOf(err), "%+v: %v", bad, err)
	}
}
