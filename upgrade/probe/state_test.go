package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

func apiTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

func TestServiceState(t *testing.T) {
	start := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	row := func(binary, host, status, state, backend string, updated time.Time) string {
		return fmt.Sprintf(`{"binary": %q, "host": %q, "status": %q, "state": %q, "backend_state": %q, "updated_at": %q}`, binary, host, status, state, backend, apiTime(updated))
	}
	after := start.Add(time.Second)
	scheduler := row("cinder-scheduler", "testbed", "enabled", "up", "", after)
	tests := []struct {
		name, rows string
		want       upgrade.Verdict
		detail     string
		classes    []upgrade.Class
	}{
		{"well", row("cinder-volume", "testbed@ceph", "enabled", "up", "up", after), upgrade.Pass, "is up", nil},
		{"down", row("cinder-volume", "testbed@ceph", "enabled", "down", "up", after), upgrade.Fail, "is down", nil},
		{"up from before", row("cinder-volume", "testbed@ceph", "enabled", "up", "up", start), upgrade.Fail, "before the start", nil},
		{"never heard of", `{"binary": "cinder-volume", "host": "testbed@ceph", "status": "enabled", "state": "up", "updated_at": null}`, upgrade.Fail, "before the start", nil},
		{"the backend is down", row("cinder-volume", "testbed@ceph", "enabled", "up", "down", after), upgrade.Fail, "its backend is down", []upgrade.Class{upgrade.Unreachable}},
		{"disabled", row("cinder-volume", "testbed@ceph", "disabled", "up", "up", after), upgrade.PassWithFindings, "is up, but disabled", nil},
		{"of another host", row("cinder-volume", "other@ceph", "enabled", "up", "up", after), upgrade.Fail, "knows no such service on host testbed", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, a := newCloud(t)
			c.services = `{"services": [` + scheduler + "," + tt.rows + `]}`
			got, err := ServiceState{API: a, Since: start, Limit: time.Millisecond}.Verify(t.Context(), subject(false))
			require.NoError(t, err)
			require.Len(t, got.Checks, 2, "the API has no row")
			assert.Equal(t, tt.want, got.Verdict)
			assert.Contains(t, got.Checks[1].Detail, tt.detail)
			assert.Equal(t, tt.classes, classes(got.Checks[1]))
			assert.Equal(t, map[string]bool{"admin:" + project: true}, c.tokens)
		})
	}
}

const serviceList = `Warning: this option is deprecated.
Binary           Host                                 Zone             Status     State Updated At           RPC Version  Object Version  Cluster
cinder-scheduler testbed                              nova             enabled    :-)   2026-11-22 20:03:47.883266 3.12         1.39
cinder-volume    testbed@ceph                         nova             enabled    :-)   2026-11-22 20:03:47 3.18         1.39
cinder-volume    old@ceph                             nova             enabled    XXX   2026-11-20 10:00:00 3.16         1.38            c1
`

func TestServiceState_list(t *testing.T) {
	start := time.Date(2026, 11, 22, 20, 3, 40, 0, time.UTC)
	r := &runner{output: serviceList}
	list := &upgrade.Command{Name: "service list"}

	got, err := ServiceState{Runner: r, List: list, Since: start, API: API{Volume: "http://unused.example"}}.Verify(t.Context(), subject(true))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"cinder-volume testbed@ceph": "pass"}, verdicts(got), "a trial is judged by its own database")

	c, a := newCloud(t)
	c.services = fmt.Sprintf(`{"services": [{"binary": "cinder-scheduler", "host": "testbed", "status": "enabled", "state": "up", "updated_at": %[1]q},
		{"binary": "cinder-volume", "host": "testbed@ceph", "status": "enabled", "state": "up", "updated_at": %[1]q}]}`, apiTime(start.Add(time.Second)))
	got, err = ServiceState{API: a, Runner: r, List: list, Since: start, RPC: map[string]string{"cinder-scheduler": "3.12", "cinder-volume": "3.20"}}.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.PassWithFindings, got.Verdict)
	assert.Equal(t, upgrade.Pass, check(t, got, "RPC version of cinder-scheduler testbed").Verdict)
	assert.Contains(t, check(t, got, "RPC version of cinder-volume testbed@ceph").Detail, "3.18 instead of 3.20")

	_, err = ServiceState{Runner: &runner{output: "no table"}, List: list}.Verify(t.Context(), subject(true))
	assert.ErrorContains(t, err, "no table of services")
}

func TestPools(t *testing.T) {
	start := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	pool := func(name, free, backend string, at time.Time) string {
		return fmt.Sprintf(`{"name": %q, "capabilities": {"free_capacity_gb": %s, "backend_state": %q, "driver_version": "1.3.0", "timestamp": %q}}`, name, free, backend, apiTime(at))
	}
	after := start.Add(time.Second)
	tests := []struct {
		name, pools string
		v           Pools
		want        upgrade.Verdict
		detail      string
		class       []upgrade.Class
	}{
		{"ready", pool("testbed@ceph#ceph", "3.8", "up", after), Pools{}, upgrade.Pass, "ready, 3.8 GiB free, driver 1.3.0", nil},
		{"an old report: up, but not ready", pool("testbed@ceph#ceph", "3.8", "up", start), Pools{}, upgrade.Fail, "before the start", []upgrade.Class{upgrade.Unready}},
		{"none", "", Pools{}, upgrade.Fail, "no pool of host testbed", []upgrade.Class{upgrade.Unready}},
		{"another host's", pool("other@ceph#ceph", "3.8", "up", after), Pools{}, upgrade.Fail, "no pool of host testbed", []upgrade.Class{upgrade.Unready}},
		{"one of two backends", pool("testbed@ceph#ceph", "3.8", "up", after), Pools{Backends: []string{"ceph", "pure"}}, upgrade.Fail, "knows no pool of it", []upgrade.Class{upgrade.Unready}},
		{"the backend does not answer", pool("testbed@ceph#ceph", `"unknown"`, "up", after), Pools{}, upgrade.Fail, "its free capacity unknown", []upgrade.Class{upgrade.Unreachable}},
		{"the backend is down", pool("testbed@ceph#ceph", "3.8", "down", after), Pools{}, upgrade.Fail, "the backend is down", []upgrade.Class{upgrade.Unreachable}},
		{"no capacity", pool("testbed@ceph#ceph", "null", "", after), Pools{}, upgrade.Fail, "the backend is unknown", []upgrade.Class{upgrade.Unreachable}},
		{"infinite", pool("testbed@ceph#ceph", `"infinite"`, "up", after), Pools{}, upgrade.PassWithFindings, "infinite", nil},
		{"the stock driver answers", pool("testbed@ceph#ceph", "3.8", "up", after), Pools{DriverVersion: "2.0"}, upgrade.Fail, "calls itself 1.3.0, not 2.0", []upgrade.Class{upgrade.Misconfigured}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, a := newCloud(t)
			c.pools = `{"pools": [` + tt.pools + `]}`
			tt.v.API, tt.v.Since, tt.v.Limit = a, start, time.Millisecond
			got, err := tt.v.Verify(t.Context(), subject(false))
			require.NoError(t, err)
			assert.Equal(t, tt.want, got.Verdict)
			last := got.Checks[len(got.Checks)-1]
			assert.Contains(t, last.Detail, tt.detail)
			assert.Equal(t, tt.class, classes(last))
		})
	}
}

// TestPools_waits: ready comes later, and the start is what the Runner's processes say.
func TestPools_waits(t *testing.T) {
	start := time.Now().Add(-time.Minute)
	c, a := newCloud(t)
	pools := func(at time.Time) string {
		return fmt.Sprintf(`{"pools": [{"name": "testbed@ceph#ceph", "capabilities": {"free_capacity_gb": 1, "timestamp": %q}}]}`, apiTime(at))
	}
	c.pools = pools(start.Add(-time.Second))
	time.AfterFunc(500*time.Millisecond, func() { c.mu.Lock(); c.pools = pools(start.Add(time.Second)); c.mu.Unlock() })
	r := &runner{services: map[string]*fakeProcess{"cinder-scheduler": {start: start.Add(-time.Hour)}, "cinder-volume": {start: start}}}
	got, err := Pools{API: a, Runner: r}.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.Pass, got.Verdict)
	assert.Greater(t, got.Checks[0].Took, 400*time.Millisecond)
}

func TestStartOf(t *testing.T) {
	now := time.Now()
	early, late := now.Add(-time.Hour), now.Add(-time.Minute)
	tests := []struct {
		name     string
		services map[string]*fakeProcess
		want     time.Time
	}{
		{"the latest", map[string]*fakeProcess{"cinder-scheduler": {start: late}, "cinder-volume": {start: early}}, late},
		{"one does not say", map[string]*fakeProcess{"cinder-scheduler": {start: late}, "cinder-volume": {}}, now},
		{"none runs", nil, now},
		{"cannot be asked", map[string]*fakeProcess{"cinder-volume": {attachErr: context.Canceled}}, now},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, startOf(t.Context(), &runner{services: tt.services}, subject(false), now), tt.name)
	}
	assert.Equal(t, now, startOf(t.Context(), nil, subject(false), now))
}

// verifiersOfAPI are all that ask one.
func verifiersOfAPI(a API) map[string]upgrade.Verifier {
	return map[string]upgrade.Verifier{
		"L1": ServiceState{API: a, Limit: time.Millisecond}, "L2": Pools{API: a, Limit: time.Millisecond}, "L3": VolumeOperations{API: a, Step: time.Second / 4},
		"L4": &Data{API: a, kept: &written{Volume: "v", Content: mark{Bytes: 1}}, Step: time.Second / 4},
	}
}

// TestAPI_trial: nothing asks production's services about a trial, nor a trial's about production.
func TestAPI_trial(t *testing.T) {
	for _, trial := range []bool{true, false} {
		c, a := newCloud(t)
		a.Trial = !trial
		for level, v := range verifiersOfAPI(a) {
			got, err := v.Verify(t.Context(), subject(trial))
			require.NoError(t, err)
			require.Len(t, got.Checks, 1)
			assert.Equal(t, upgrade.NotApplicable, got.Verdict, level)
			assert.Equal(t, level, got.Checks[0].Level)
		}
		require.NoError(t, (&Data{API: a}).Prepare(t.Context(), subject(trial)))
		assert.Empty(t, c.requests)
	}
}

// TestAPI_cannotJudge: no answer, no credentials and no JSON are errors, never verdicts; none holds a token.
func TestAPI_cannotJudge(t *testing.T) {
	refuse := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); fmt.Fprint(w, body) }
	}
	tests := []struct {
		name        string
		handler     http.HandlerFunc // nil: nobody listens
		unreachable bool
		text        string
	}{
		{"nobody listens", nil, true, "does not answer"},
		{"breaks off", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, true, "does not answer"},
		{"refuses the token", refuse(401, `{"error": {"message": "The request you have made requires authentication: X-Auth-Token: s3cr3t"}}`), false, "check the credentials"},
		{"another server", refuse(200, "<html>hello</html>"), true, "not as the API has it"},
		{"a redirect, which would take the token along", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://other.example/", http.StatusFound)
		}, false, "302 Found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			handler := tt.handler
			if handler == nil {
				handler = func(http.ResponseWriter, *http.Request) {}
			}
			srv := httptest.NewServer(handler)
			defer srv.Close()
			if tt.handler == nil {
				srv.Close()
			}
			a := API{Volume: srv.URL + "/v3/" + project, Image: srv.URL, Auth: func(context.Context, string) (string, error) { return "s3cr3t", nil }}
			for level, v := range verifiersOfAPI(a) {
				_, err := v.Verify(t.Context(), subject(false))
				require.Error(t, err, level)
				assert.Equal(t, tt.unreachable, isUnreachable(err), level)
				if tt.unreachable {
					assert.ErrorIs(t, err, ErrUnreachable)
				}
				assert.ErrorContains(t, err, tt.text)
				assert.NotContains(t, err.Error(), "s3cr3t")
			}
		})
	}
}

func FuzzParseServices(f *testing.F) {
	f.Add(serviceList)
	f.Add("a b c enabled")
	f.Fuzz(func(t *testing.T, output string) {
		for _, r := range parseServices(output) {
			if r.Binary == "" || r.Host == "" || r.Status != "enabled" && r.Status != "disabled" {
				t.Fatalf("%+v", r)
			}
		}
	})
}
