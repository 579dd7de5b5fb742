package deploy

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/upgrade/environment"
	"github.com/chandlery-go/chandlery/upgrade/release"
	"github.com/chandlery-go/chandlery/venv/python"
)

// offers writes what chandlery upgrade index does, of one release.
func offers(t *testing.T, path string) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, api.Write(&b, &api.Index{Component: "cinder", Releases: []*api.Release{{
		Distribution: "cinder", Version: pep440.MustParse("26.3.0"), Modules: map[string]*api.Module{"cinder": {Package: true}, "cinder.volume.drivers.rbd": {}},
	}}}))
	write(t, path, b.String())
}

const rbd = "from cinder.volume import driver\n\n\nclass RBDDriver(driver.VolumeDriver):\n    pass\n"

func TestOpen_driver(t *testing.T) {
	dir := host(t, "[DEFAULT]\nhost = h\n")
	offers(t, filepath.Join(dir, "cinder.api"))
	write(t, filepath.Join(dir, "rbd.py"), rbd)
	write(t, filepath.Join(dir, "fc", "cinder", "volume", "drivers", "__init__.py"), "")
	write(t, filepath.Join(dir, "fc", "cinder", "volume", "drivers", "fc", "__init__.py"), "")
	write(t, filepath.Join(dir, "fc", "cinder", "volume", "drivers", "fc", "fc.py"), rbd)
	o := Options{Index: &index.Dir{}, Cache: filepath.Join(dir, "cache")}

	tests := []struct {
		name  string
		lines []string
		files []string // as far as the driver brings them
		own   int      // of the deployment
	}{
		{"a file", []string{"target: {driver: rbd.py, api: cinder.api}"}, []string{"cinder/volume/drivers/rbd.py"}, 0},
		{"a folder, without the release's own package", []string{"target: {driver: fc, api: cinder.api}"}, []string{"cinder/volume/drivers/fc/__init__.py", "cinder/volume/drivers/fc/fc.py"}, 0},
		{"the deployment's own file at its place", []string{"target: {driver: rbd.py, api: cinder.api}", "files: [{from: other.py, to: cinder/volume/drivers/rbd.py}]"}, nil, 1},
		{"the deployment's own place", []string{"target: {driver: rbd.py, api: cinder.api}", "files: [{from: rbd.py, to: cinder/volume/drivers/vendor_rbd.py}]"}, nil, 1},
		{"a name of its own", []string{"target: {driver: rbd.py, class: cinder.volume.drivers.acme.RBDDriver, api: cinder.api}"}, []string{"cinder/volume/drivers/acme.py"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := open(t, dir, o, tt.lines...)
			u := only(t, d, err)
			all := u.Provisioner.(*environment.Provisioner).Files
			require.Len(t, all, tt.own+len(tt.files))
			for i, f := range all[tt.own:] {
				assert.Equal(t, tt.files[i], f.To)
				text, err := os.ReadFile(f.From)
				require.NoError(t, err)
				assert.Contains(t, []string{rbd, ""}, string(text))
			}
			p := u.Picker.(*driver.Picker)
			assert.IsType(t, &release.Picker{}, p.Policy)
			assert.Equal(t, []string{filepath.Join(dir, "site")}, p.Current)
			assert.Equal(t, u.Component.Host.Bindings, p.Have)
		})
	}
}

func TestOpen_driverChoice(t *testing.T) {
	dir := host(t, "[DEFAULT]\nhost = h\n")
	offers(t, filepath.Join(dir, "cinder.api"))
	write(t, filepath.Join(dir, "rbd.py"), rbd)
	o := Options{Index: &index.Dir{}, Cache: filepath.Join(dir, "cache")}

	d, err := open(t, dir, o, "target: {driver: rbd.py, api: cinder.api, else: release}")
	u := only(t, d, err)
	assert.IsType(t, upgrade.FirstOf(), u.Picker, "the policy is asked where it is no driver")

	d, err = open(t, dir, Options{}, "target: {driver: absent.py, policy: lowest-in-window}", `requirements: ["vendor-sdk>=2"]`, "modules: {vendorsdk: vendor-sdk}")
	p := only(t, d, err).Picker.(*driver.Picker)
	assert.Equal(t, release.LowestInWindow, p.Policy.(*release.Picker).Policy, "what does not make environments does not read the driver")
	assert.Contains(t, p.Have, "vendor-sdk")
	assert.Len(t, p.Modules, 1)
	assert.Empty(t, p.Reader.(*pyast.Reader).Python, "no interpreter was named")

	write(t, filepath.Join(dir, "site", "cinder", "volume", "drivers", "acme.py"), rbd)
	d, err = open(t, dir, o, "target: {driver: cinder.volume.drivers.acme.RBDDriver, api: cinder.api}")
	u = only(t, d, err)
	assert.Equal(t, driver.Source{Class: "cinder.volume.drivers.acme.RBDDriver"}, u.Picker.(*driver.Picker).Source)
	require.Len(t, u.Provisioner.(*environment.Provisioner).Files, 1)
	assert.Equal(t, "cinder/volume/drivers/acme.py", u.Provisioner.(*environment.Provisioner).Files[0].To)

	_, err = open(t, dir, o, "target: {driver: absent.py, api: cinder.api}")
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "target.driver")
	_, err = open(t, dir, o, "target: {driver: rbd.py, api: rbd.py}")
	assert.ErrorContains(t, err, "target.api")
}

func TestReaderOf(t *testing.T) {
	old, good := &python.Interpreter{Path: "old", Version: pep440.MustParse("3.6.9")}, &python.Interpreter{Path: "good", Version: pep440.MustParse("3.11.2")}
	assert.Empty(t, readerOf(nil))
	assert.Equal(t, "good", readerOf([]*python.Interpreter{old, good}))
	assert.Empty(t, readerOf([]*python.Interpreter{old}))
}
