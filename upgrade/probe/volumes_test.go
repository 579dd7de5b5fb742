package probe

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

func on(ops string, fault string) func(string) string {
	return func(op string) string {
		for _, o := range strings.Split(ops, ",") {
			if o == op {
				return fault
			}
		}
		return ""
	}
}

func TestVolumeOperations(t *testing.T) {
	const all = 11
	volumeFD := failed("TypeError: upload_volume() got an unexpected keyword argument 'volume_fd'", "/x/cinder/volume/drivers/rbd.py: volume_utils.upload_volume(")
	type want map[string]string
	tests := []struct {
		name  string
		fault func(string) string
		log   string // of cinder-volume when the fault happens
		want  want   // checks that are not pass
		class []upgrade.Class
		of    string // the check that has the classes
	}{
		{"well", nil, "", want{}, nil, ""},
		{"create", on("create", "error"), said("No valid backend was found. No weighed backends available"), want{"create a volume": "unknown", "create a snapshot": "unknown", "create a volume from a snapshot": "unknown", "clone a volume": "unknown",
			"extend a volume": "unknown", "attach and detach a volume": "unknown", "upload a volume to an image": "unknown", "delete volumes": "unknown", "delete a snapshot": "unknown", "delete a volume that had a snapshot": "unknown"},
			[]upgrade.Class{upgrade.Unready}, "create a volume"},
		{"snapshot", on("snapshot", "error"), "", want{"create a snapshot": "fail", "create a volume from a snapshot": "unknown", "delete a snapshot": "unknown", "delete a volume that had a snapshot": "unknown"}, []upgrade.Class{upgrade.Unclassified}, "create a snapshot"},
		{"from snapshot", on("create from snapshot_id", "error"), "", want{"create a volume from a snapshot": "fail"}, nil, ""},
		{"clone", on("create from source_volid", "error"), "", want{"clone a volume": "fail", "extend a volume": "unknown", "attach and detach a volume": "unknown"}, nil, ""},
		{"extend", on("extend", "error"), "", want{"extend a volume": "fail", "attach and detach a volume": "unknown"}, nil, ""},
		{"attach", on("attach", "refuse"), "", want{"attach and detach a volume": "fail"}, nil, ""},
		{"no attachments", on("attach", "none"), "", want{"attach and detach a volume": "n/a"}, nil, ""},
		{"from image", on("create from imageRef", "error"), failed("TypeError: fetch_to_raw() got an unexpected keyword argument 'disable_sparse'", "/x/cinder/volume/drivers/rbd.py: image_utils.fetch_to_raw("),
			want{"create a volume from an image": "fail"}, []upgrade.Class{upgrade.MissingAPI}, "create a volume from an image"},
		{"to image", on("upload", "error"), volumeFD, want{"upload a volume to an image": "fail"}, []upgrade.Class{upgrade.MissingAPI}, "upload a volume to an image"},
		{"other content", on("upload", "corrupt"), "", want{"upload a volume to an image": "fail"}, []upgrade.Class{upgrade.Unclassified}, "upload a volume to an image"},
		{"less content", on("upload", "short"), "", want{"upload a volume to an image": "fail"}, nil, ""},
		{"a slow operation", on("extend", "stuck"), "", want{"extend a volume": "fail", "attach and detach a volume": "unknown"}, []upgrade.Class{upgrade.Unreachable}, "extend a volume"},
		{"the backend is down", on("create,create from imageRef", "error"), said("rados.TimedOut: [errno 110] RADOS timed out (error connecting to the cluster)"), want{"create a volume": "fail", "create a snapshot": "unknown", "create a volume from a snapshot": "unknown",
			"clone a volume": "unknown", "extend a volume": "unknown", "attach and detach a volume": "unknown", "create a volume from an image": "fail", "upload a volume to an image": "unknown", "delete volumes": "unknown", "delete a snapshot": "unknown", "delete a volume that had a snapshot": "unknown"},
			[]upgrade.Class{upgrade.Unreachable}, "create a volume"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, a := newCloud(t)
			volume := &fakeProcess{log: said("an error from before: ModuleNotFoundError: No module named 'distro'")}
			c.fault = tt.fault
			if tt.log != "" {
				c.fault = func(op string) string {
					f := tt.fault(op)
					if f != "" {
						volume.say(tt.log)
					}
					return f
				}
			}
			v := VolumeOperations{API: a, Content: 1 << 10, Step: time.Second}
			if tt.log != "" {
				v.Runner = &runner{services: map[string]*fakeProcess{"cinder-volume": volume}}
			}
			got, err := v.Verify(t.Context(), subject(false))
			require.NoError(t, err)
			seen := verdicts(got)
			for name, verdict := range seen {
				want, ok := tt.want[name]
				if name != "clean up" {
					assert.Equal(t, orElse(want, "pass"), verdict, "%s: %s", name, check(t, got, name).Detail)
				} else {
					assert.False(t, ok)
				}
				delete(tt.want, name)
			}
			assert.Empty(t, tt.want)
			assert.GreaterOrEqual(t, len(got.Checks), all)
			if tt.of != "" {
				assert.Equal(t, tt.class, classes(check(t, got, tt.of)), "%+v", check(t, got, tt.of).Evidence)
			}
			c.empty(t)
		})
	}
}

// TestVolumeOperations_symbol: what a redo needs is there.
func TestVolumeOperations_symbol(t *testing.T) {
	c, a := newCloud(t)
	volume := &fakeProcess{}
	c.fault = func(op string) string {
		if op == "upload" {
			volume.say(failed("TypeError: upload_volume() got an unexpected keyword argument 'volume_fd'", "/x/cinder/volume/drivers/rbd.py: volume_utils.upload_volume("))
			return "error"
		}
		return ""
	}
	r := &runner{services: map[string]*fakeProcess{"cinder-volume": volume}}
	for range 2 { // said once more, it is news once more
		got, err := VolumeOperations{API: a, Runner: r, Content: 1 << 10}.Verify(t.Context(), subject(false))
		require.NoError(t, err)
		require.Len(t, check(t, got, "upload a volume to an image").Evidence, 1)
		assert.Equal(t, "upload_volume(volume_fd=)", check(t, got, "upload a volume to an image").Evidence[0].Symbol)
	}
}

func TestVolumeOperations_overheard(t *testing.T) {
	c, a := newCloud(t)
	volume := &fakeProcess{}
	c.hook = func(op string) {
		if op == "extend" {
			volume.say(said("something is odd"))
		}
	}
	got, err := VolumeOperations{API: a, Runner: &runner{services: map[string]*fakeProcess{"cinder-volume": volume}}, Content: 1 << 10}.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.PassWithFindings, got.Verdict)
	assert.Equal(t, []upgrade.Class{upgrade.Unclassified}, classes(check(t, got, "logs")))
}

// TestVolumeOperations_leftBehind: what cannot be deleted is named.
func TestVolumeOperations_leftBehind(t *testing.T) {
	c, a := newCloud(t)
	c.fault = on("delete volume", "error")
	got, err := VolumeOperations{API: a, Content: 1 << 10}.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.Fail, check(t, got, "delete volumes").Verdict)
	left := check(t, got, "clean up")
	assert.Equal(t, upgrade.PassWithFindings, left.Verdict)
	require.NotEmpty(t, c.volumes)
	for id := range c.volumes {
		assert.Contains(t, left.Detail, id)
	}
	assert.Empty(t, c.images)
}

func TestVolumeOperations_cannotJudge(t *testing.T) {
	t.Run("quota", func(t *testing.T) {
		c, a := newCloud(t)
		c.fault = on("create", "quota")
		got, err := VolumeOperations{API: a, Content: 1 << 10}.Verify(t.Context(), subject(false))
		assert.ErrorContains(t, err, "VolumeLimitExceeded")
		assert.Equal(t, upgrade.Unknown, got.Verdict)
		c.empty(t)
	})
	t.Run("another host's backend", func(t *testing.T) {
		c, a := newCloud(t)
		c.host = "other@ceph#ceph"
		_, err := VolumeOperations{API: a, Content: 1 << 10}.Verify(t.Context(), subject(false))
		assert.ErrorContains(t, err, "not on host testbed")
		c.empty(t)
	})
	t.Run("no Image API", func(t *testing.T) {
		_, a := newCloud(t)
		a.Image = ""
		got, err := VolumeOperations{API: a}.Verify(t.Context(), subject(false))
		require.NoError(t, err)
		assert.Equal(t, "n/a", verdicts(got)["create a volume from an image"])
		assert.Equal(t, "n/a", verdicts(got)["upload a volume to an image"])
		assert.Equal(t, upgrade.Pass, got.Verdict)
	})
	t.Run("glance does not answer", func(t *testing.T) {
		_, a := newCloud(t)
		a.Image = "http://127.0.0.1:1"
		got, err := VolumeOperations{API: a, Content: 1 << 10}.Verify(t.Context(), subject(false))
		require.NoError(t, err)
		c := check(t, got, "create a volume from an image")
		assert.Equal(t, upgrade.Unknown, c.Verdict)
		assert.Equal(t, []upgrade.Class{upgrade.Neighbour}, classes(c))
		assert.Equal(t, upgrade.Unknown, got.Verdict)
	})
	t.Run("glance refuses", func(t *testing.T) {
		c, a := newCloud(t)
		c.fault = on("glance", "refuse")
		got, err := VolumeOperations{API: a, Content: 1 << 10}.Verify(t.Context(), subject(false))
		require.NoError(t, err)
		assert.Equal(t, "unknown", verdicts(got)["create a volume from an image"])
		assert.Contains(t, check(t, got, "create a volume from an image").Detail, "503 Service Unavailable: no store")
		require.Len(t, c.images, 1)
		for id := range c.images {
			assert.Contains(t, check(t, got, "clean up").Detail, id, "the upload's image cannot be deleted")
		}
	})
	t.Run("content that does not fit", func(t *testing.T) {
		_, a := newCloud(t)
		_, err := VolumeOperations{API: a, Content: 2 * gib}.Verify(t.Context(), subject(false))
		assert.Error(t, err)
	})
	t.Run("ends with ctx, and cleans up", func(t *testing.T) {
		c, a := newCloud(t)
		ctx, cancel := context.WithCancel(t.Context())
		c.hook = func(op string) {
			if op == "extend" {
				cancel()
			}
		}
		_, err := VolumeOperations{API: a, Content: 1 << 10}.Verify(ctx, subject(false))
		assert.ErrorIs(t, err, context.Canceled)
		c.empty(t)
	})
}

func TestData(t *testing.T) {
	c, a := newCloud(t)
	file := t.TempDir() + "/data"
	first := &Data{API: a, File: file, Content: 1 << 10}
	_, err := first.Verify(t.Context(), subject(false))
	assert.ErrorContains(t, err, "call Prepare", "nothing was written")
	require.NoError(t, first.Prepare(t.Context(), subject(false)))
	require.Len(t, c.volumes, 1)
	require.Empty(t, c.images)
	require.NoError(t, first.Prepare(t.Context(), subject(false)), "what is there already is kept")
	require.Len(t, c.volumes, 1)

	second := &Data{API: a, File: file} // after a crash, in another process
	for range 2 {
		got, err := second.Verify(t.Context(), subject(false))
		require.NoError(t, err)
		assert.Equal(t, upgrade.Pass, got.Verdict)
		assert.Equal(t, "L4", got.Checks[0].Level)
		assert.Empty(t, c.images)
	}

	for _, v := range c.volumes {
		v.content[77]++
	}
	got, err := second.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.Fail, got.Verdict)
	assert.Contains(t, got.Checks[0].Detail, "the content differs")

	require.NoError(t, second.Remove(t.Context()))
	c.empty(t)
	require.NoError(t, second.Remove(t.Context()))
	assert.NoFileExists(t, file)
}

func TestData_gone(t *testing.T) {
	c, a := newCloud(t)
	d := &Data{API: a, Content: 1 << 10}
	require.NoError(t, d.Prepare(t.Context(), subject(false)))
	clear(c.volumes)
	got, err := d.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.Fail, got.Verdict)
	assert.Contains(t, got.Checks[0].Detail, "is gone")
}

// TestData_oldGenerationCannot: the mismatch that an upgrade is to end does not end the upgrade.
func TestData_oldGenerationCannot(t *testing.T) {
	c, a := newCloud(t)
	c.fault = on("create from imageRef", "error")
	d := &Data{API: a, Content: 1 << 10, File: t.TempDir() + "/data"}
	require.NoError(t, d.Prepare(t.Context(), subject(false)))
	c.empty(t)
	got, err := d.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.NotApplicable, got.Verdict)
	assert.Contains(t, got.Checks[0].Detail, "makes no volume of an image")

	volume := &fakeProcess{}
	c.fault = func(op string) string {
		if op != "create from imageRef" {
			return ""
		}
		volume.say(said("No valid backend was found. No weighed backends available"))
		return "error"
	}
	err = (&Data{API: a, Content: 1 << 10, Runner: &runner{services: map[string]*fakeProcess{"cinder-volume": volume}}}).Prepare(t.Context(), subject(false))
	assert.ErrorContains(t, err, "is error, not available", "it was not ready: that says nothing")
	c.empty(t)

	c.fault = on("create from imageRef", "stuck")
	err = (&Data{API: a, Content: 1 << 10, Step: 200 * time.Millisecond}).Prepare(t.Context(), subject(false))
	assert.ErrorIs(t, err, ErrUnreachable, "a backend that does not answer")
	assert.ErrorContains(t, err, "still creating")

	c.fault = on("create from imageRef", "quota")
	err = (&Data{API: a, Content: 1 << 10}).Prepare(t.Context(), subject(false))
	assert.ErrorContains(t, err, "VolumeLimitExceeded")
	c.empty(t)

	a.Volume = "http://127.0.0.1:1"
	assert.True(t, errors.Is((&Data{API: a, kept: &written{Volume: "v"}}).Prepare(t.Context(), subject(false)), ErrUnreachable))
}
