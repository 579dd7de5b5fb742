package probe

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// lockedOut is what cinder logs where another transaction has SQLite.
var lockedOut = said("sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked")

// monRefuses is the end of what cinder logs where Ceph's monitor turns a command away.
var monRefuses = said(`Exception during message handling: oslo_concurrency.processutils.ProcessExecutionError: Stderr: 'Error EPERM: problem getting command descriptions from mon.\n'`)

// always is more often than anything is tried.
const always = 10 * MaxTries

// busyTimes lets an operation fail so many times for what is busy, which cinder-volume's log says.
func busyTimes(op, log string, times int, volume *fakeProcess) func(string) string {
	return func(got string) string {
		if got != op || times == 0 {
			return ""
		}
		times--
		volume.say(log)
		return "error"
	}
}

// TestVolumeOperations_contention: a busy database or backend is asked again, and said to be; one that stays busy is no verdict over the driver.
func TestVolumeOperations_contention(t *testing.T) {
	const operation = "create a snapshot"
	tests := []struct {
		name   string
		log    string
		times  int
		want   upgrade.Verdict
		detail string
	}{
		{"once", lockedOut, 1, upgrade.PassWithFindings, "at try 2: the database was busy"},
		{"always", lockedOut, always, upgrade.Unknown, "is error"},
		{"Ceph's monitor, twice", monRefuses, 2, upgrade.PassWithFindings, "at try 3: ceph was busy"},
		{"Ceph's monitor, always", monRefuses, always, upgrade.Unknown, "is error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, a := newCloud(t)
			volume := &fakeProcess{}
			c.fault = busyTimes("snapshot", tt.log, tt.times, volume)
			r := &runner{services: map[string]*fakeProcess{"cinder-volume": volume}}
			got, err := VolumeOperations{API: a, Runner: r, Content: 1 << 10}.Verify(t.Context(), subject(false))
			require.NoError(t, err)
			snapshot := check(t, got, operation)
			assert.Equal(t, tt.want, snapshot.Verdict)
			assert.Contains(t, snapshot.Detail, tt.detail)
			assert.Equal(t, []upgrade.Class{upgrade.Contention}, classes(snapshot)[:1])
			assert.Equal(t, tt.want, got.Verdict)
			c.empty(t)
		})
	}
}

// TestVolumeOperations_contentionLeft: what a try that was turned away left is taken back before the next, which cinder would refuse else.
func TestVolumeOperations_contentionLeft(t *testing.T) {
	for op, operation := range map[string]string{
		"attach": "attach and detach a volume", "attach refuse": "attach and detach a volume", "detach refuse": "attach and detach a volume", "extend": "extend a volume", "snapshot": "create a snapshot",
		"upload": "upload a volume to an image", "create": "create a volume", "create from source_volid": "clone a volume", "delete volume": "delete volumes", "delete snapshot": "delete a snapshot",
	} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			c, a := newCloud(t)
			volume := &fakeProcess{}
			at, late := strings.CutSuffix(op, " refuse")
			once := busyTimes(at, lockedOut, 1, volume)
			c.fault = func(got string) string {
				f := once(got)
				if f != "" && late {
					return "refuse"
				}
				return f
			}
			got, err := VolumeOperations{API: a, Runner: &runner{services: map[string]*fakeProcess{"cinder-volume": volume}}, Content: 1 << 10}.Verify(t.Context(), subject(false))
			require.NoError(t, err)
			for _, c := range got.Checks {
				want := upgrade.Pass
				if c.Name == operation {
					want = upgrade.PassWithFindings
				}
				assert.Equal(t, want, c.Verdict, "%s: %s", c.Name, c.Detail)
			}
			c.empty(t)
		})
	}
}

// TestVolumeOperations_notContention: what a busy database does not explain is not tried again.
func TestVolumeOperations_notContention(t *testing.T) {
	c, a := newCloud(t)
	volume, tries := &fakeProcess{}, 0
	c.fault = func(op string) string {
		if op != "snapshot" {
			return ""
		}
		tries++
		volume.say(lockedOut + failed("TypeError: create_snapshot() got an unexpected keyword argument 'x'", "/x/cinder/volume/drivers/acme.py: create_snapshot("))
		return "error"
	}
	got, err := VolumeOperations{API: a, Runner: &runner{services: map[string]*fakeProcess{"cinder-volume": volume}}, Content: 1 << 10}.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.Fail, check(t, got, "create a snapshot").Verdict)
	assert.Equal(t, 1, tries)
}

// TestData_contention: what is to be read after the upgrade is written although the database was busy, and an old generation that is busy is not taken for one that cannot.
func TestData_contention(t *testing.T) {
	for times, want := range map[int]string{1: "", always: errBusy.Error()} {
		t.Run(strconv.Itoa(times), func(t *testing.T) {
			t.Parallel()
			c, a := newCloud(t)
			volume := &fakeProcess{}
			c.fault = busyTimes("create from imageRef", lockedOut, times, volume)
			d := &Data{API: a, Content: 1 << 10, Runner: &runner{services: map[string]*fakeProcess{"cinder-volume": volume}}}
			err := d.Prepare(t.Context(), subject(false))
			if want != "" {
				assert.ErrorContains(t, err, want)
				c.empty(t)
				return
			}
			require.NoError(t, err)
			assert.NotEmpty(t, d.kept.Volume)
		})
	}
}
