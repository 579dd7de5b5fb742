//go:build oracle

package driver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade/driver/data"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

// Drivers that can't be satisfied, that are of Python 2, that lack their SDK, that are no drivers: each its own error, by every interpreter, over the index that comes along.
func TestErrors_oracle(t *testing.T) {
	pythons := strings.Fields(os.Getenv("CHANDLERY_PYTHONS"))
	require.NotEmpty(t, pythons, "set CHANDLERY_PYTHONS to interpreters")
	ix, err := data.Open("cinder")
	require.NoError(t, err)
	newest := ix.Releases[len(ix.Releases)-1].Version
	const head = "from cinder import interface\nfrom cinder.volume import driver\n"
	const class = "\n@interface.volumedriver\nclass AcmeDriver(driver.VolumeDriver):\n    def create_volume(self, volume):\n        "
	cases := map[string]struct {
		text string
		want func(t *testing.T, in *Inference, err error)
	}{
		"satisfied": {head + class + "pass\n", func(t *testing.T, in *Inference, err error) {
			require.NoError(t, err)
			assert.NoError(t, in.Err())
			assert.NoError(t, in.MissingSDK(newest))
			assert.True(t, in.Feasible[len(in.Feasible)-1].Newest)
		}},
		"mixed": {head + "from cinder.volume import utils\nfrom cinder.common import constants\n" + class + "return utils.get_all_volume_groups, constants.FC\n", func(t *testing.T, in *Inference, err error) {
			require.NoError(t, err)
			var unsatisfiable *UnsatisfiableError
			require.ErrorAs(t, in.Err(), &unsatisfiable)
			words := strings.Join(strs(unsatisfiable.Conflict), "\n")
			assert.Contains(t, words, "needs >= 21.0.0 (zed): cinder.common.constants.FC, acme.py")
			assert.Contains(t, words, "needs < 15.0.0 (train): cinder.volume.utils, acme.py")
			assert.ErrorContains(t, in.Err(), "a mixed driver: none of")
		}},
		"never": {head + "from cinder.volume import volume_utils\nMOON = volume_utils.fly_to_the_moon()\n" + class + "pass\n", func(t *testing.T, in *Inference, err error) {
			require.NoError(t, err)
			assert.ErrorContains(t, in.Err(), "no release has cinder.volume.volume_utils.fly_to_the_moon")
			assert.NotEmpty(t, in.Otherwise)
		}},
		"never, late": {head + class + "from cinder.volume import volume_utils\n        return volume_utils.fly_to_the_moon()\n", func(t *testing.T, in *Inference, err error) {
			require.NoError(t, err)
			assert.NoError(t, in.Err())
			assert.Equal(t, []string{"cinder.volume.volume_utils.fly_to_the_moon, acme.py:8, late"}, strs(in.Flaws))
		}},
		"Python 2": {head + class + "print 'x'\n", func(t *testing.T, _ *Inference, err error) {
			var old *Python2Error
			require.ErrorAs(t, err, &old)
			assert.Equal(t, []any{"acme.py", 7}, []any{old.File, old.Line})
			assert.Equal(t, "15", strings.SplitN(old.Last.String(), ".", 2)[0], "train was the last")
		}},
		"without its SDK": {head + "import acme_sdk\n" + class + "pass\n", func(t *testing.T, in *Inference, err error) {
			require.NoError(t, err)
			assert.NoError(t, in.Err())
			var sdk *MissingSDKError
			require.ErrorAs(t, in.MissingSDK(newest), &sdk)
			assert.Equal(t, "acme_sdk", sdk.Missing[0].Module)
		}},
		"a script": {"import sys\nprint(sys.path)\n", func(t *testing.T, _ *Inference, err error) {
			var none *NotDriverError
			assert.ErrorAs(t, err, &none)
		}},
		"a module of a driver": {"from cinder import exception\nclass AcmeClient(object):\n    error = exception.VolumeDriverException\n", func(t *testing.T, _ *Inference, err error) {
			var none *NotDriverError
			assert.ErrorAs(t, err, &none)
		}},
		"no Python": {"class :\n", func(t *testing.T, _ *Inference, err error) {
			var syntax *pyast.SyntaxError
			require.ErrorAs(t, err, &syntax)
			assert.False(t, syntax.Python2)
		}},
	}
	for _, python := range pythons {
		for name, c := range cases {
			t.Run(filepath.Base(filepath.Dir(filepath.Dir(python)))+"/"+name, func(t *testing.T) {
				path := filepath.Join(lay(t, map[string]string{"acme.py": c.text}), "acme.py")
				tree, err := Open(t.Context(), Source{Path: path, Index: ix})
				require.NoError(t, err)
				var in *Inference
				d, err := Read(t.Context(), tree, &pyast.Reader{Python: python}, ix)
				if err == nil {
					in, err = Infer(t.Context(), Question{Driver: d, Index: ix})
				}
				c.want(t, in, err)
			})
		}
	}
	t.Logf("%d interpreters, %d drivers each, %d releases up to %s", len(pythons), len(cases), len(ix.Releases), newest)
}
