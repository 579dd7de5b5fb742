package venv

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// TestLinkMode installs one wheel into two environments out of one store: a hard link is one file for both, a copy is each one's own.
func TestLinkMode(t *testing.T) {
	for _, tt := range []struct {
		name   string
		mode   LinkMode
		shared bool
	}{
		{"hard", LinkHard, true},
		{"copy", LinkCopy, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wheels := &testWheels{dir: t.TempDir()}
			w := &WheelInstaller{Fetcher: wheels, Store: t.TempDir(), Link: tt.mode}
			in := wheels.install(t, wheelmake.Spec{Name: "a", Version: "1", Files: map[string]string{"a.py": "a = 1\n", "b.py": "b = 1\n"}})
			var all [][]fs.FileInfo
			for range 2 {
				env := testEnv(t)
				c, err := w.Apply(t.Context(), env, &Plan{Install: []Install{in}})
				require.NoError(t, err)
				require.NoError(t, c.Commit(t.Context()))
				var files []fs.FileInfo
				for _, name := range []string{"a.py", "b.py"} {
					st, err := os.Stat(filepath.Join(env.Root, env.Scheme.Purelib, name))
					require.NoError(t, err)
					files = append(files, st)
				}
				all = append(all, files)
			}
			for i, one := range all[0] {
				assert.Equal(t, tt.shared, os.SameFile(one, all[1][i]), one.Name())
			}
			assert.Equal(t, 1, int(wheels.fetch.Load()), "both came from the store")
		})
	}
}
