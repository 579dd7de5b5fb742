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

const readyWord = "Driver post RPC initialization completed successfully"

func TestProcess(t *testing.T) {
	ready := "2026-11-22 17:12:14.410 3469 INFO cinder.volume.manager [-] " + readyWord + ".\n"
	missing := failed("ModuleNotFoundError: No module named 'distro'", "/x/cinder/volume/drivers/pure.py: import distro")
	down := said("[1-2] AMQP server on 127.0.0.1:5672 is unreachable: [Errno 111] ECONNREFUSED")
	tests := []struct {
		name   string
		volume *fakeProcess // cinder-volume
		want   upgrade.Verdict
		detail string
		class  []upgrade.Class
	}{
		{"well", &fakeProcess{log: ready}, upgrade.Pass, "runs", nil},
		{"does not run, its log is not known", nil, upgrade.Fail, "does not run; its log is not known", nil},
		{"does not run, its log says why", &fakeProcess{dead: true, log: missing}, upgrade.Fail, "does not run", []upgrade.Class{upgrade.MissingDependency}},
		{"ends", &fakeProcess{lives: 10 * time.Millisecond, log: missing}, upgrade.Fail, "ended while it was watched", []upgrade.Class{upgrade.MissingDependency}},
		{"ends late", &fakeProcess{lives: 100 * time.Millisecond}, upgrade.Fail, "ended before it was ready", nil},
		{"an error", &fakeProcess{log: missing + ready}, upgrade.Fail, "its log says why", []upgrade.Class{upgrade.MissingDependency}},
		{"an error of no class", &fakeProcess{log: said("volume 1 is odd") + ready}, upgrade.PassWithFindings, "1 kinds of errors", []upgrade.Class{upgrade.Unclassified}},
		{"unreachable for a while", &fakeProcess{log: down + ready}, upgrade.PassWithFindings, "runs", []upgrade.Class{upgrade.Unreachable}},
		{"unreachable", &fakeProcess{log: down}, upgrade.Fail, "its log says why", []upgrade.Class{upgrade.Unreachable}},
		{"never ready", &fakeProcess{}, upgrade.Fail, "never said that its driver is ready", nil},
		{"not initialised", &fakeProcess{log: said("Cannot complete RPC initialization because driver isn't initialized properly.: cinder.exception.DriverNotInitialized")}, upgrade.Fail, "its log says why", []upgrade.Class{upgrade.Unclassified}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &runner{services: map[string]*fakeProcess{"cinder-scheduler": {}, "cinder-api": {}, "cinder-volume": tt.volume}}
			v := Process{Runner: r, Watch: 50 * time.Millisecond, Limit: time.Second / 2, Ready: readyWord}
			got, err := v.Verify(t.Context(), subject(false))
			require.NoError(t, err)
			require.Len(t, got.Checks, 3)
			assert.Equal(t, tt.want, got.Verdict)
			c := check(t, got, "cinder-volume")
			assert.Equal(t, tt.want, c.Verdict, c.Detail)
			assert.Contains(t, c.Detail, tt.detail)
			assert.Equal(t, tt.class, classes(c))
			for _, e := range c.Evidence {
				assert.Regexp(t, `^cinder-volume log, line \d+$`, e.Source)
			}
			assert.NotContains(t, c.Detail, "\n")
		})
	}
}

func TestProcess_scope(t *testing.T) {
	all := map[string]*fakeProcess{"cinder-volume": {}}
	got, err := Process{Runner: &runner{services: all}, Watch: time.Millisecond}.Verify(t.Context(), subject(true))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"cinder-volume": "pass"}, verdicts(got), "in a trial only what loads the driver runs")

	got, err = Process{Runner: &runner{services: all}, Watch: time.Millisecond, Services: []string{"cinder-backup"}}.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.NotApplicable, got.Verdict)
}

func TestProcess_cannotJudge(t *testing.T) {
	_, err := Process{}.Verify(t.Context(), subject(false))
	assert.ErrorContains(t, err, "Runner is missing")

	broken := errors.New("no such socket")
	for _, p := range []*fakeProcess{{attachErr: broken}, {logErr: broken}} {
		_, err = Process{Runner: &runner{services: map[string]*fakeProcess{"cinder-volume": p}}, Watch: time.Millisecond}.Verify(t.Context(), subject(true))
		assert.ErrorIs(t, err, broken)
		assert.ErrorContains(t, err, "cinder-volume")
	}

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err = Process{Runner: &runner{services: map[string]*fakeProcess{"cinder-volume": {}}}}.Verify(ctx, subject(true))
	assert.ErrorIs(t, err, context.Canceled)
}

func TestScanned(t *testing.T) {
	for _, chunk := range []int{1, 2, 3, 7, 100} {
		s := &scanned{ctx: t.Context(), r: strings.NewReader("xxneedlexx"), word: "needle"}
		for b := make([]byte, chunk); ; {
			if _, err := s.Read(b); err != nil {
				break
			}
		}
		assert.True(t, s.found, chunk)
	}
}
