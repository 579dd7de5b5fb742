package pylock

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const head = "lock-version = '1.0'\ncreated-by = 'x'\n"

// one is a lock of one package with these lines.
func one(lines ...string) string {
	return head + "[[packages]]\nname = 'a-b'\n" + strings.Join(lines, "\n") + "\n"
}

var (
	sha       = "hashes = {sha256 = '" + strings.Repeat("0", 64) + "'}"
	aWheel    = "wheels = [{url = 'https://files.example/a_b-1.0-py3-none-any.whl', " + sha + "}]"
	aSdist    = "sdist = {path = '../x/a_b-1.0.tar.gz', " + sha + "}"
	anArchive = "archive = {url = 'https://files.example/src.zip', subdirectory = 'sub', " + sha + "}"
	vcs       = "vcs = {type = 'git', url = 'https://git.example/a.git', requested-revision = 'main', commit-id = '0123', subdirectory = 'sub'}"
	aFolder   = "directory = {path = 'src', editable = true, subdirectory = 'sub'}"
)

// accepted are files that break no rule.
var accepted = map[string]string{
	"locked":             locked,
	"no packages":        head + "packages = []",
	"wheel":              one(aWheel),
	"wheel, version":     one("version = '1'", aWheel, "index = 'https://index.example/simple/'"),
	"sdist":              one("version = '1.0'", aSdist),
	"both":               one(aSdist, aWheel),
	"archive":            one(anArchive),
	"vcs":                one(vcs),
	"vcs path":           one("vcs = {type = 'hg', path = 'repo', commit-id = 'x'}"),
	"directory":          one(aFolder),
	"groups":             head + "extras = ['x']\ndependency-groups = ['dev']\ndefault-groups = ['default']\npackages = []\n",
	"empty lists":        head + "extras = []\ndependency-groups = []\npackages = []\n",
	"tool":               one(aWheel, "tool = {x = {y = [1, 2.5, 1979-05-27, 07:32:00, nan]}}", "[tool.z]", "a.b = true"),
	"markers":            one(aWheel, `marker = "'x' in extras or 'dev' in dependency_groups"`, "requires-python = '>=3.8'"),
	"attestation":        one(aWheel, "attestation-identities = [{kind = 'GitHub', repository = 'a/b'}]"),
	"dependencies":       one(aWheel, "dependencies = [{name = 'c', vcs = {url = 'x'}}]"),
	"name before url":    one("wheels = [{name = 'a_b-1.0-py3-none-any.whl', url = 'https://files.example/download', " + sha + "}]"),
	"escaped url":        one("wheels = [{url = 'https://files.example/a_b-1.0%2Blocal-py3-none-any.whl', " + sha + "}]"),
	"windows path":       one(`wheels = [{path = '..\x\a_b-1.0-py3-none-any.whl', ` + sha + "}]"),
	"upload time":        one("wheels = [{url = 'https://files.example/a_b-1.0-py3-none-any.whl', upload-time = 2025-01-25T11:30:10.164985+00:00, size = 3, " + sha + "}]"),
	"local upload time":  one("wheels = [{url = 'https://files.example/a_b-1.0-py3-none-any.whl', upload-time = 2025-01-25T11:30:10, " + sha + "}]"),
	"other algorithm":    one("wheels = [{url = 'https://files.example/a_b-1.0-py3-none-any.whl', hashes = {blake2b = 'zz'}}]"),
	"environments":       head + "environments = [\"sys_platform == 'win32'\"]\nrequires-python = '>=3.8'\npackages = []",
	"later minor":        "lock-version = '1.1'\ncreated-by = 'x'\nnew = 1\npackages = []",
	"attestation tables": one(aWheel, "[[packages.attestation-identities]]", "kind = 'GitLab'", "[packages.tool.x]", "y = 1"),
}

func TestParseAccepted(t *testing.T) {
	for name, text := range accepted {
		t.Run(name, func(t *testing.T) {
			l, err := Parse([]byte(text))
			require.NoError(t, err)
			b, err := l.Marshal()
			require.NoError(t, err)
			again, err := Parse(b)
			require.NoError(t, err, "%s", b)
			b2, err := again.Marshal()
			require.NoError(t, err)
			assert.Equal(t, string(b), string(b2))
			assert.Equal(t, name == "later minor", len(l.Unknown) == 1)
		})
	}
}

// refused are files and what their error says.
var refused = map[string][2]string{
	"nothing":              {"", "lock file: lock-version: it is missing"},
	"no TOML":              {"lock-version = '1.0'\n= 2", "lock file, line 2: no valid TOML"},
	"twice":                {"lock-version = '1.0'\nlock-version = '1.0'\n", "lock file, line 2: no valid TOML"},
	"version 2":            {"lock-version = '2.0'\nx = 1", "of another major version"},
	"version 0.9":          {"lock-version = '0.9'", "of another major version"},
	"version type":         {"lock-version = 1.0", "lock-version: it is no text"},
	"version none":         {"lock-version = 'x'", "lock-version: "},
	"no created-by":        {"lock-version = '1.0'\npackages = []", "created-by: it is missing"},
	"no packages":          {head, "packages: it is missing"},
	"packages type":        {head + "packages = {}", "packages: it is no array"},
	"packages element":     {head + "packages = [1]", "packages[0]: it is no table"},
	"unknown key":          {head + "packages = []\nevil = 1", "evil: a key that lock files of version 1.0 do not have"},
	"unknown package key":  {one(aWheel, "evil = 1"), "packages[0] (a-b).evil: a key"},
	"unknown file key":     {one("sdist = {evil = 1, path = 'a_b-1.0.tar.gz', " + sha + "}"), "packages[0] (a-b).sdist.evil: a key"},
	"name":                 {head + "[[packages]]\nname = 'A_b'\n" + aWheel, "A_b is no normalised name"},
	"no name":              {head + "[[packages]]\n" + aWheel, "packages[0].name: it is missing"},
	"version":              {one("version = 'x'", aWheel), "packages[0] (a-b).version: "},
	"marker":               {one("marker = 'x'", aWheel), "packages[0] (a-b).marker: "},
	"requires-python":      {one("requires-python = 'x'", aWheel), "packages[0] (a-b).requires-python: "},
	"environment":          {head + "environments = ['x']\npackages = []", "environments[0]: "},
	"group":                {head + "dependency-groups = ['']\npackages = []", "dependency-groups[0]: "},
	"no source":            {one(), "packages[0] (a-b): it has no source"},
	"empty wheels":         {one("wheels = []"), "packages[0] (a-b): it has no source"},
	"sources":              {one(aWheel, vcs), "it has several sources: vcs, sdist or wheels"},
	"direct sources":       {one(aFolder, anArchive), "it has several sources: directory, archive"},
	"no url":               {one("sdist = {name = 'a_b-1.0.tar.gz', " + sha + "}"), "packages[0] (a-b).sdist: it has neither url nor path"},
	"archive, no url":      {one("archive = {" + sha + "}"), "packages[0] (a-b).archive: it has neither"},
	"vcs, no url":          {one("vcs = {type = 'git', commit-id = 'x'}"), "packages[0] (a-b).vcs: it has neither"},
	"vcs, no type":         {one("vcs = {url = 'x', commit-id = 'x'}"), "packages[0] (a-b).vcs.type: it is missing"},
	"vcs, no commit":       {one("vcs = {url = 'x', type = 'git'}"), "packages[0] (a-b).vcs.commit-id: it is missing"},
	"directory, no path":   {one("directory = {}"), "packages[0] (a-b).directory.path: it is missing"},
	"no hashes":            {one("sdist = {path = 'a_b-1.0.tar.gz'}"), "sdist: hashes is missing or empty"},
	"empty hashes":         {one("sdist = {path = 'a_b-1.0.tar.gz', hashes = {}}"), "sdist: hashes is missing or empty"},
	"hash type":            {one("sdist = {path = 'a_b-1.0.tar.gz', hashes = {sha256 = 1}}"), "sdist.hashes.sha256: it is no text"},
	"short hash":           {one("sdist = {path = 'a_b-1.0.tar.gz', hashes = {sha256 = '00'}}"), "hashes.sha256 is not 64 hexadecimal digits"},
	"no wheel":             {one("wheels = [{url = 'https://files.example/a_b-1.0.tar.gz', " + sha + "}]"), "wheels[0]: a_b-1.0.tar.gz is of another kind"},
	"no URL":               {one("wheels = [{name = 'a_b-1.0-py3-none-any.whl', url = 'https://files.example/%', " + sha + "}]"), "wheels[0]: its url is none"},
	"not of the package":   {one("wheels = [{url = 'https://files.example/c-1.0-py3-none-any.whl', " + sha + "}]"), "wheels[0]: "},
	"not of the version":   {one("version = '2'", aWheel), "is not of version 2"},
	"size":                 {one("sdist = {size = -1, path = 'a_b-1.0.tar.gz', " + sha + "}"), "size: it is negative"},
	"size type":            {one("sdist = {size = 1.5, path = 'a_b-1.0.tar.gz', " + sha + "}"), "size: it is no integer"},
	"upload-time":          {one("sdist = {upload-time = '2025', path = 'a_b-1.0.tar.gz', " + sha + "}"), "upload-time: it is no date and time"},
	"upload-time, not UTC": {one("sdist = {upload-time = 2025-01-01T00:00:00+02:00, path = 'a_b-1.0.tar.gz', " + sha + "}"), "upload-time: it is not in UTC"},
	"control characters":   {one(`index = "a\u001Bb"`, aWheel), "index: it has control characters"},
	"escaped in the error": {one(aWheel, `"\u001B[2J" = 1`), `\x1b[2J: a key`},
	"attestation":          {one(aWheel, "attestation-identities = [{}]"), "attestation-identities[0].kind: it is missing"},
}

func TestParseRefused(t *testing.T) {
	for name, c := range refused {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c[0]))
			var e *LockError
			require.ErrorAs(t, err, &e)
			assert.Contains(t, err.Error(), c[1])
		})
	}
	_, err := Parse([]byte("lock-version = '2.0'"))
	assert.ErrorIs(t, err, ErrVersion)
}

// TestParseBounded: each of these takes the reader of TOML minutes, or is just too large.
func TestParseBounded(t *testing.T) {
	var keys, tables, arrays, inline, dotted strings.Builder
	for i := range 2 * MaxKeys {
		fmt.Fprintf(&keys, "k%d = 1\n", i)
		fmt.Fprintf(&tables, "[k%d]\n", i)
		fmt.Fprintf(&arrays, "[[tool.k%d]]\n", i)
		fmt.Fprintf(&inline, "k%d = 1, ", i)
		fmt.Fprintf(&dotted, "a.b.k%d = 1\n", i)
	}
	for name, text := range map[string]string{
		"keys": keys.String(), "tables": tables.String(), "arrays of tables": arrays.String(), "inline": "x = [{" + inline.String() + "z = 1}]", "dotted": dotted.String(),
		"long key": strings.Repeat("a.", 100_000) + "a = 1", "long table": "[" + strings.Repeat("a.", 100_000) + "a]",
		"nested": "x = " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested tables": "x = " + strings.Repeat("{a = ", 5000) + "1" + strings.Repeat("}", 5000),
		"size": head + "#" + strings.Repeat(" ", MaxLock),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(text))
			assert.ErrorContains(t, err, "more than")
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range accepted {
		f.Add([]byte(text))
	}
	for _, c := range refused {
		f.Add([]byte(c[0]))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := Parse(b)
		if err != nil {
			require.True(t, l == nil)
			assert.NotContains(t, err.Error(), "\x1b")
			return
		}
		written, err := l.Marshal()
		require.NoError(t, err)
		again, err := Parse(written)
		require.NoError(t, err, "%s", written)
		second, err := again.Marshal()
		require.NoError(t, err)
		assert.Equal(t, string(written), string(second))
		_, _ = l.Resolution(linux, Selection{})
	})
}
