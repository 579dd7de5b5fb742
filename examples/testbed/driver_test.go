//go:build testbed

package testbed

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/upgrade"
)

const (
	vendors     = "28.0.0" // the cinder whose rbd.py plays a vendor's driver
	driversPath = "cinder/volume/drivers/rbd.py"
	floor       = "24.2.0" // the first release that has all that it asks
)

// TestDriver: an operator has the vendor's driver and nothing else. What the current release lacks is named before anything starts; that release starts clean with the driver all the same, and fails in two operations. The
// upgrade goes at once to a release where all of them pass, and back.
func TestDriver(t *testing.T) {
	b := startBed(t)
	b.writeData()
	before := b.hashes()
	driver := b.vendorsDriver()
	b.deploy(b.cinder().set("target", "driver", driver).set("target", "policy", "lowest-in-window").set("target", "window", windowOfFirst))

	b.inferred(driver)
	p := one[upgrade.Plan](b.chandlery(nil, "plan"))
	b.planned(p)
	b.reasoned(p.Target)
	b.text([]string{"plan"}, "upload_volume(volume_fd=)", floor, string(p.Target.Confidence))

	b.mismatched()
	w := b.upgraded(before, p.Target.Version.String())
	assert.Equal(t, upgrade.Proved, w.record.Target.Confidence)
	assert.Equal(t, 1, w.record.Round, "nothing had to be tried that would not do")
	theirs, ours := b.read(driver), b.read(filepath.Join(w.record.To.Root, "lib", "python3.11", "site-packages", filepath.FromSlash(driversPath)))
	assert.Equal(t, theirs, ours, "the vendor's driver in the environment")
	b.wentBack(before)
}

// vendorsDriver takes the driver out of the wheel that the index has.
func (b *bed) vendorsDriver() string {
	b.t.Helper()
	project, err := (&index.Client{URLs: []string{suite.index}}).Project(b.t.Context(), "cinder")
	require.NoError(b.t, err)
	i := slices.IndexFunc(project.Files, func(f dist.File) bool { return f.Kind == dist.Wheel && f.Version.String() == vendors })
	require.GreaterOrEqual(b.t, i, 0, "the index has no wheel of cinder %s", vendors)
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	blob, err := fetcher.Fetch(b.t.Context(), project.Files[i].Artifact)
	require.NoError(b.t, err)
	defer blob.Close()
	z, err := archive.Open(blob, blob.Size(), archive.Limits{})
	require.NoError(b.t, err)
	f, err := z.Open(driversPath)
	require.NoError(b.t, err)
	defer f.Close()
	text, err := io.ReadAll(f)
	require.NoError(b.t, err)
	driver := filepath.Join(b.home, "rbd.py")
	require.NoError(b.t, os.WriteFile(driver, text, 0o644))
	return driver
}

// inferred demands that the floor and its witness are named from files alone.
func (b *bed) inferred(driver string) {
	b.t.Helper()
	out, err := exec.Command(suite.program, "upgrade", "infer", "--component", "cinder", "--driver", driver, "--site", debianSite).CombinedOutput()
	require.NoError(b.t, err, "%s", out)
	b.t.Logf("%s", out)
	for _, words := range []string{floor, "upload_volume(volume_fd=)", "disable_sparse", "rbd.py:"} {
		assert.Contains(b.t, string(out), words)
	}
}

// reasoned demands that a target is one that the driver does with, and that those refused for it name what they lack.
func (b *bed) reasoned(target upgrade.Target) {
	b.t.Helper()
	for _, why := range target.Why {
		b.t.Log(why)
	}
	assert.Equal(b.t, secondTarget, target.Version.String(), "the newest of the lowest series of the window that has all that is asked")
	assert.Contains(b.t, []upgrade.Confidence{upgrade.Inferred, upgrade.Tied}, target.Confidence)
	i := slices.IndexFunc(target.Refused, func(r upgrade.Refusal) bool { return r.Version.String() == firstTarget })
	require.GreaterOrEqual(b.t, i, 0, "%s is refused", firstTarget)
	b.t.Logf("refused %s: %s", firstTarget, target.Refused[i].Reason)
	assert.Contains(b.t, target.Refused[i].Reason, "upload_volume(volume_fd=)")
}

// mismatched runs the driver on the current release, as an operator might who trusts a clean start, and goes back to the stock one.
func (b *bed) mismatched() {
	b.t.Helper()
	assert.Contains(b.t, b.do("vendor-driver", "rbd", "--replace"), "initialised")
	b.do("wait")
	out, err := b.try("smoke")
	b.t.Logf("%s", out)
	require.Error(b.t, err, "the driver does not do with %s", current)
	assert.Contains(b.t, string(out), "FAIL image_to_volume")
	for _, step := range []string{"create", "snapshot", "clone", "extend"} {
		assert.Regexp(b.t, `(?m)^ok +`+step+` `, string(out), "errors of operations are all that tells")
	}
	b.do("vendor-driver", "--remove")
	b.do("wait")
	b.load()
	require.NotContains(b.t, strings.Join(b.served("cinder-volume").Argv, " "), "vendor")
}
