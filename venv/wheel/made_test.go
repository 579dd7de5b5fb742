package wheel

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLayoutWith: launchers stand in RECORD and take the place of scripts that the wheel has for the same names, and of nothing else.
func TestLayoutWith(t *testing.T) {
	w := open(t, files("demo/__init__.py", "demo/run.exe", "demo_lib-1.2.data/scripts/run", "demo_lib-1.2.data/scripts/run-script.py", "demo_lib-1.2.data/scripts/run.exe",
		"demo_lib-1.2.data/scripts/other", "demo_lib-1.2.data/data/bin/data"))
	for _, tt := range []struct {
		made []Made
		want []string // of bin
	}{
		{nil, []string{"bin/data", "bin/other", "bin/run", "bin/run-script.py", "bin/run.exe"}},
		{[]Made{{"bin/run", []byte("#!"), true}}, []string{"bin/data", "bin/other", "bin/run"}},
		{[]Made{{"bin/run.exe", []byte("MZ"), true}, {"bin/new.exe", nil, false}}, []string{"bin/data", "bin/new.exe", "bin/other", "bin/run.exe"}},
	} {
		tree, err := w.LayoutWith(FlatScheme(), "chandlery", tt.made)
		require.NoError(t, err)
		checkTree(t, tree)
		var scripts []string
		for _, name := range tree.Files() {
			if name[:4] == "bin/" {
				scripts = append(scripts, name)
			}
		}
		assert.Equal(t, tt.want, scripts)
		for _, m := range tt.made {
			body, err := tree.ReadFile(m.Name)
			require.NoError(t, err)
			assert.Equal(t, string(m.Body), string(body))
			st, err := tree.Stat(m.Name)
			require.NoError(t, err)
			assert.Equal(t, m.Executable, st.Mode()&0o111 != 0)
		}
		assert.Contains(t, tree.Files(), "demo/run.exe")
	}
	_, err := w.LayoutWith(FlatScheme(), "chandlery", []Made{{"bin/data", nil, true}})
	require.ErrorContains(t, err, "bin/data", "it is no script of the wheel")
	_, err = w.LayoutWith(FlatScheme(), "chandlery", []Made{{"bin/CON", nil, true}})
	require.ErrorContains(t, err, "CON")
}
