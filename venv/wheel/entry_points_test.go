package wheel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Trap 40.
func TestParseEntryPoints(t *testing.T) {
	const text = "# comment\n; too\n[console_scripts]\r\n  pip3.11 = pip._internal.cli.main:main\nFlask=flask.cli:main [ dotenv , async ]\n" +
		"nested = a.b : C.d.e\n\n[gui_scripts]\nidle-ish = x:y\n[ pytest11 ]\nname with spaces = some.module\nextra = mod [x]\néntry = módulo:é\n"
	got, err := ParseEntryPoints([]byte(text))
	require.NoError(t, err)
	assert.Equal(t, []EntryPoint{
		{"console_scripts", "pip3.11", "pip._internal.cli.main", "main", nil},
		{"console_scripts", "Flask", "flask.cli", "main", []string{"dotenv", "async"}},
		{"console_scripts", "nested", "a.b", "C.d.e", nil},
		{"gui_scripts", "idle-ish", "x", "y", nil},
		{"pytest11", "name with spaces", "some.module", "", nil},
		{"pytest11", "extra", "mod", "", []string{"x"}},
		{"pytest11", "éntry", "módulo", "é", nil},
	}, got)
	assert.True(t, got[3].IsScript())
	assert.False(t, got[4].IsScript())
}

func TestParseEntryPointsErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a = b:c\n":                                "in a [group]",
		"[g]\na\n":                                 "line 2: want name",
		"[g]\na =\n":                               "is no module:attribute",
		"[g]\n= b:c\n":                             "no name",
		"[g]\na = b:\n":                            "is no module:attribute",
		"[g]\na = 1b:c\n":                          "is no module:attribute",
		"[g]\na = b:c; import os\n":                "is no module:attribute",
		"[g]\na = b:c [x] [y]\n":                   "is no module:attribute",
		"[g]\na = b:c\na = b:d\n":                  "there already",
		"[console_scripts]\na = b\n":               "names no function",
		"[console_scripts]\n../../evil = b:c\n":    "cannot be a file's name",
		"[gui_scripts]\nnul = b:c\n":               "cannot be a file's name",
		"[console_scripts]\nC:evil = b:c\n":        "cannot be a file's name",
		"\xff":                                     "not UTF-8",
		strings.Repeat("#", MaxEntryPoints) + "\n": "longer",
	} {
		_, err := ParseEntryPoints([]byte(text))
		var parse *EntryPointsError
		require.ErrorAs(t, err, &parse, "%.40q", text)
		assert.ErrorContains(t, err, want)
	}
}
