package build

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParsePyproject(t *testing.T) {
	for _, c := range []struct {
		text, requires, backend, path string
	}{
		{"", "setuptools>=40.8.0", LegacyBackend, ""},
		{"[project]\nname = 'x'\n[tool.a.b]\nc = [1, {d = 2}]\n", "setuptools>=40.8.0", LegacyBackend, ""},
		{"[build-system]\nrequires = []\n", "", LegacyBackend, ""},
		{"[build-system]\nrequires = ['setuptools', \"Wheel >= 0.30 ; python_version<'4'\"]\n", `setuptools wheel>=0.30; python_version < "4"`, LegacyBackend, ""},
		{"[build-system]\nrequires = ['flit_core >=3']\nbuild-backend = 'flit_core.buildapi'", "flit-core>=3", "flit_core.buildapi", ""},
		{"[build-system]\nrequires = []\nbuild-backend = 'a.b:c.d'\nbackend-path = ['.', 'x/./y']", "", "a.b:c.d", ". x/y"},
		{"build-system = {requires = ['a'], build-backend = 'b'}", "a", "b", ""},
		{"[build-system]\nrequires = []\nRequires = [1]\nanything = 1", "", LegacyBackend, ""},
		{"[Build-System]\nrequires = 1", "setuptools>=40.8.0", LegacyBackend, ""},
	} {
		s, err := parsePyproject([]byte(c.text))
		require.NoError(t, err, c.text)
		var requires []string
		for _, r := range s.requires {
			requires = append(requires, r.String())
		}
		assert.Equal(t, c.requires, strings.Join(requires, " "), c.text)
		assert.Equal(t, c.backend, s.backend, c.text)
		assert.Equal(t, c.path, strings.Join(s.path, " "), c.text)
	}
}

func TestParsePyprojectRefuses(t *testing.T) {
	for text, why := range map[string]string{
		"[build-system":                     "line 1",
		"a = 1\na = 2":                      "already defined",
		"\xff":                              "pyproject.toml",
		"build-system = 1":                  "no table",
		"[[build-system]]\nrequires = []":   "no table",
		"[build-system]\n":                  "requires is missing",
		"[build-system]\nRequires = ['a']":  "requires is missing",
		"[build-system]\nrequires = 'a'":    "no list",
		"[build-system]\nrequires = [1]":    "element 1",
		"[build-system]\nrequires = ['-x']": "-x",
		"[build-system]\nrequires = []\nbackend-path = ['.']":                              "without build-backend",
		"[build-system]\nrequires = []\nbuild-backend = 1":                                 "no text",
		"[build-system]\nrequires = []\nbuild-backend = ''":                                "not module",
		"[build-system]\nrequires = []\nbuild-backend = 'a:'":                              "not module",
		"[build-system]\nrequires = []\nbuild-backend = '../a'":                            "not module",
		"[build-system]\nrequires = []\nbuild-backend = 'a'\nbackend-path = ['..']":        "leads out",
		"[build-system]\nrequires = []\nbuild-backend = 'a'\nbackend-path = ['/etc']":      "leads out",
		"[build-system]\nrequires = []\nbuild-backend = 'a'\nbackend-path = ['a/../../b']": "leads out",
		"[build-system]\nrequires = []\nbuild-backend = 'a'\nbackend-path = ['']":          "leads out",
		"[build-system]\nrequires = [" + strings.Repeat("'a',", MaxRequires+1) + "]":       "more than",
		"a = " + strings.Repeat("[", MaxPyproject/2):                                       "nested",
		strings.Repeat("#", MaxPyproject+1):                                                "more than",
	} {
		_, err := parsePyproject([]byte(text))
		require.Error(t, err, "%.100s", text)
		assert.Contains(t, err.Error(), why, "%.100s", text)
	}
}

func FuzzParsePyproject(f *testing.F) {
	f.Add([]byte("[build-system]\nrequires = ['a>=1']\nbuild-backend = 'a.b:c'\nbackend-path = ['x']\n"))
	f.Add([]byte("[project]\nname = \"x\"\n[build-system]\nrequires = []\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parsePyproject(b)
		if err != nil {
			return
		}
		require.NotEmpty(t, s.backend)
		for _, p := range s.path {
			require.NotContains(t, strings.Split(p, "/"), "..")
			require.False(t, strings.HasPrefix(p, "/"), p)
		}
	})
}
