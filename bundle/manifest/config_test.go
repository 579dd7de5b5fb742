package manifest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig([]byte(`{
  "$excludeNewer": "2026-11-22",
  "$overrides": ["numpy==1.0", "six>=1.16; python_version < '3.8'"],
  "$indexes": ["https://index.example/simple/"],
  "$wheels": ["wheels", "../more wheels"],
  "requests[Socks, use_chardet]": {"expectedVersions": {"windows": "latest"}},
  "Lxml": {"expectedVersions": {"windows": "4.9.2", "darwin": ">4.6,<5", "darwinbigsur": "latest", "linux": " ==4.9.* "}}
}`))
	require.NoError(t, err)
	assert.Equal(t, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), c.ExcludeNewer)
	assert.Equal(t, []string{"https://index.example/simple/"}, c.Indexes)
	assert.Equal(t, []string{"wheels", "../more wheels"}, c.Wheels)
	require.Len(t, c.Overrides, 2)
	assert.Equal(t, pep508.Name("six"), c.Overrides[1].Name)

	require.Len(t, c.Libraries, 2)
	lxml, requests := c.Libraries[0], c.Libraries[1]
	assert.Equal(t, pep508.Name("lxml"), lxml.Name)
	assert.Equal(t, 7, lxml.Line)
	assert.Equal(t, "==4.9.2", lxml.Expected["windows"].Specifiers.String())
	assert.Equal(t, "<5,>4.6", lxml.Expected["darwin"].Specifiers.String())
	assert.Equal(t, "==4.9.*", lxml.Expected["linux"].Specifiers.String())
	assert.Equal(t, Expectation{Text: "latest", Latest: true}, lxml.Expected["darwinbigsur"])
	assert.Equal(t, pep508.Name("requests"), requests.Name)
	assert.Equal(t, []pep508.Name{"socks", "use-chardet"}, requests.Extras)
}

func TestParseConfigBareVersion(t *testing.T) {
	for text, want := range map[string]string{
		"1.9.6":    "==1.9.6",
		"1.9.6-1":  "==1.9.6.post1",
		"v1.0":     "==1.0",
		"2024.01":  "==2024.1",
		"1!2.0rc1": "==1!2.0rc1",
		"~=1.4":    "~=1.4",
		"===1.0":   "===1.0",
		"!=1.5":    "!=1.5",
	} {
		c, err := ParseConfig([]byte(`{"a":{"expectedVersions":{"p":"` + text + `"}}}`))
		require.NoError(t, err, text)
		e := c.Libraries[0].Expected["p"]
		assert.Equal(t, want, e.Specifiers.String())
		assert.Equal(t, text, e.Text)
		assert.False(t, e.Latest)
	}
	c, err := ParseConfig([]byte(`{"a":{"expectedVersions":{"p":"1.9.6"}}}`))
	require.NoError(t, err)
	s := c.Libraries[0].Expected["p"].Specifiers
	assert.True(t, s.Contains(pep440.MustParse("1.9.6")))
	assert.False(t, s.Contains(pep440.MustParse("1.9.6.post1")))
}

func TestExcludeNewer(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2024-02-29":                time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC),
		"2024-02-29T12:00:00Z":      time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC),
		"2024-02-29T12:00:00+08:00": time.Date(2024, 2, 29, 4, 0, 0, 0, time.UTC),
	} {
		c, err := ParseConfig([]byte(`{"$excludeNewer":"` + text + `","a":{"expectedVersions":{"p":"latest"}}}`))
		require.NoError(t, err, text)
		assert.Equal(t, want, c.ExcludeNewer, text)
	}
}

// problems of a text, one a line.
func problems(t *testing.T, err error) []string {
	t.Helper()
	var e *SyntaxError
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Problems)
	return strings.Split(e.Error(), "\n")
}

func TestParseConfigProblems(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"empty":              {``, `line 1, column 1: the text ends where a value is due`},
		"no object":          {`[]`, `line 1, column 1: must be an object, not a list`},
		"no library":         {`{}`, `line 1, column 1: names no library: add one like "numpy": {"expectedVersions": {"windows": "latest"}}`},
		"byte order mark":    {"\xef\xbb\xbf{}", `line 1, column 1: a byte order mark: save the file as UTF-8 without one`},
		"broken":             {"{\n  \"a\": {]\n}", `line 2, column 9: a key in double quotes is due here`},
		"unclosed":           {"{\"a\": {", `line 1, column 8: a key in double quotes is due here`},
		"comma at the end":   {"{\"a\": [1,]}", `line 1, column 9: a comma before ] is not allowed`},
		"no comma":           {"{\"a\": 1 \"b\": 2}", `line 1, column 9: a comma or } is due here`},
		"after the end":      {"{}\n x", `line 2, column 2: text after the end of the JSON value`},
		"columns are runes":  {`{"é": tru}`, `line 1, column 7: a JSON value is due here`},
		"control character":  {"{\"a\nb\": 1}", `line 1, column 4: a control character in a string: write it as an escape`},
		"not UTF-8":          {"{\"a\xff\": 1}", `line 1, column 2: a string that is not UTF-8`},
		"half a surrogate":   {`{"\ud800": 1}`, `line 1, column 3: half of a surrogate pair`},
		"two high halves":    {`{"\ud800\ud800": 1}`, `line 1, column 3: half of a surrogate pair`},
		"escape":             {`{"\x41": 1}`, `line 1, column 3: an unknown escape in a string`},
		"hexadecimal":        {`{"\u00g0": 1}`, `line 1, column 3: \u needs four hexadecimal digits`},
		"leading zero":       {`{"a": 01}`, `line 1, column 7: a number that begins with 0`},
		"unclosed string":    {`{"a`, `line 1, column 2: a string that is not closed`},
		"deep":               {strings.Repeat("[", 100_000), `line 1, column 17: nested too deeply`},
		"duplicate key":      {"{\"a\":{\"expectedVersions\":{\"p\":\"1\",\n\"p\":\"2\"}}}", `line 2, column 1: a.expectedVersions: duplicate key "p": it stands on line 1 already`},
		"case":               {`{"a":{"expectedVersions":{"p":"1","P":"2"}}}`, `line 1, column 35: a.expectedVersions: key "P" differs only in case from "p" on line 1`},
		"same library":       {"{\"a.b\":{\"expectedVersions\":{\"p\":\"1\"}},\n\"a_b\":{\"expectedVersions\":{\"p\":\"1\"}}}", `line 2, column 1: "a_b" is the library a-b of line 1 once more: keep one, with the extras of both`},
		"same with extras":   {"{\"a\":{\"expectedVersions\":{\"p\":\"1\"}},\n\"a[x]\":{\"expectedVersions\":{\"p\":\"1\"}}}", `line 2, column 1: "a[x]" is the library a of line 1 once more: keep one, with the extras of both`},
		"unknown field":      {`{"a":{"expectedVersions":{"p":"1"},"x":1}}`, `line 1, column 36: a: unknown field "x": known are expectedVersions`},
		"field's case":       {`{"a":{"ExpectedVersions":{"p":"1"}}}`, `line 1, column 7: a: unknown field "ExpectedVersions": write "expectedVersions"`},
		"missing field":      {`{"a":{}}`, `line 1, column 6: a: field "expectedVersions" is missing`},
		"no platform":        {`{"a":{"expectedVersions":{}}}`, `line 1, column 26: a.expectedVersions: names no platform`},
		"platform's name":    {`{"a":{"expectedVersions":{"../x":"1"}}}`, `line 1, column 27: a.expectedVersions: "../x" is no name of a platform: letters, digits, dots, dashes and underscores only`},
		"number":             {`{"a":{"expectedVersions":{"p":1.9}}}`, `line 1, column 31: a.expectedVersions.p: must be a string, not a number with a fraction or an exponent: write "1.9"`},
		"empty version":      {`{"a":{"expectedVersions":{"p":""}}}`, `line 1, column 31: a.expectedVersions.p: must not be empty: write "latest" for the newest version`},
		"Latest":             {`{"a":{"expectedVersions":{"p":"Latest"}}}`, `line 1, column 31: a.expectedVersions.p: "Latest": write "latest"`},
		"wildcard":           {`{"a":{"expectedVersions":{"p":"1.9.*"}}}`, `line 1, column 31: a.expectedVersions.p: "1.9.*" is no version: write "==1.9.*"`},
		"no version":         {`{"a":{"expectedVersions":{"p":"newest"}}}`, `line 1, column 31: a.expectedVersions.p: "newest" is no version: write a version like "1.9.6", a specifier like ">=1.9,<2", or "latest"`},
		"version in the key": {`{"a>=1":{"expectedVersions":{"p":"1"}}}`, `line 1, column 2: "a>=1" is no library: write the name, with extras where wanted, and the version under expectedVersions`},
		"unknown setting":    {`{"$x":1,"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 2: unknown setting "$x": known are $excludeNewer, $overrides, $indexes, $wheels, $launchers`},
		"setting's case":     {`{"$excludenewer":"2020-01-01","a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 2: unknown setting "$excludenewer": write "$excludeNewer"`},
		"no date":            {`{"$excludeNewer":"22.11.2026","a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 18: $excludeNewer: "22.11.2026" is no date: write 2026-11-22, or a time with its zone like 2026-11-22T15:04:05Z`},
		"no list":            {`{"$wheels":"w","a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 12: $wheels: must be a list, not a string`},
		"override by url":    {`{"$overrides":["a @ https://index.example/a.whl"],"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 16: $overrides[0]: must not be a url: put the wheel into a folder of $wheels and name its version`},
		"index":              {`{"$indexes":["index.example"],"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 14: $indexes[0]: must be an http: or https: url; local folders of wheels belong in $wheels`},
		"index's password":   {`{"$indexes":["https://u:p@index.example/"],"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 14: $indexes[0]: must not hold credentials: a configuration is shared; give them to the program that publishes`},
		"no launchers":       {`{"$launchers":{},"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 15: $launchers: field "python" is missing: name the interpreter of each platform, like {"windows": "../python.exe"}`},
		"launchers' list":    {`{"$launchers":[],"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 15: $launchers: must be an object, not a list`},
		"launchers' path":    {`{"$launchers":{"python":{"p":1}},"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 30: $launchers.python.p: must be a string, not an integer: write "1"`},
		"stubs' hash":        {`{"$launchers":{"python":{"p":"x"},"stubs":{"wheel":"a-1-py3-none-any.whl","sha256":"0"}},"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 84: $launchers.stubs.sha256: must be 64 lower-case hexadecimal digits`},
		"stubs' file":        {`{"$launchers":{"python":{"p":"x"},"stubs":{"wheel":"a-1.tar.gz","sha256":"0000000000000000000000000000000000000000000000000000000000000000"}},"a":{"expectedVersions":{"p":"1"}}}`, `line 1, column 52: $launchers.stubs.wheel: must be a wheel's file name`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseConfig([]byte(tt.text))
			assert.Equal(t, []string{tt.want}, problems(t, err))
		})
	}
}

func TestParseConfigLaunchers(t *testing.T) {
	hash := strings.Repeat("0a", 32)
	c, err := ParseConfig([]byte(`{"$launchers": {"python": {"p": "../python.exe", "q": "x"}, "stubs": {"wheel": "a-1.0-py3-none-any.whl", "sha256": "` + hash + `"}}, "a": {"expectedVersions": {"p": "1"}}}`))
	require.NoError(t, err)
	assert.Equal(t, &Launchers{map[string]string{"p": "../python.exe", "q": "x"}, &Origin{"a-1.0-py3-none-any.whl", hash}}, c.Launchers)
	c, err = ParseConfig([]byte(`{"$launchers": {"python": {"p": "x"}}, "a": {"expectedVersions": {"p": "1"}}}`))
	require.NoError(t, err)
	assert.Equal(t, &Launchers{map[string]string{"p": "x"}, nil}, c.Launchers)
}

func TestParseConfigAllProblemsAtOnce(t *testing.T) {
	_, err := ParseConfig([]byte("{\n \"$x\": 1,\n \"a\": {\"expectedVersions\": {\"p\": \"nope\"}},\n \"b\": {\"y\": 1}\n}"))
	got := problems(t, err)
	require.Len(t, got, 4)
	assert.Contains(t, got[0], `line 2, column 2: unknown setting "$x"`)
	assert.Contains(t, got[1], `line 3, column 34: a.expectedVersions.p: "nope" is no version`)
	assert.Contains(t, got[2], `line 4, column 7: b: field "expectedVersions" is missing`)
	assert.Contains(t, got[3], `line 4, column 8: b: unknown field "y"`)
}

func TestParseConfigLimits(t *testing.T) {
	_, err := ParseConfig([]byte(`{"a":"` + strings.Repeat("x", MaxConfig) + `"}`))
	assert.ErrorContains(t, err, "longer than 4194304 bytes")
	_, err = ParseConfig([]byte("[" + strings.Repeat("0,", MaxValues) + "0]"))
	assert.ErrorContains(t, err, "too many values")
	_, err = ParseConfig([]byte("{" + strings.Repeat(`"$x":1,`, 1000) + `"$x":1}`))
	assert.Len(t, problems(t, err), MaxProblems)
}

func TestParsePlatforms(t *testing.T) {
	p, err := ParsePlatforms([]byte(`{"pi": {"python": "3.11.2", "tags": ["manylinux_2_36_aarch64"]}, "win": {"python": "3.9.0", "tags": ["win32", "win_amd64"]}}`))
	require.NoError(t, err)
	require.Len(t, p, 2)
	assert.Equal(t, "pi", p["pi"].Name)
	assert.Equal(t, "3.11.2", p["pi"].Python.String())
	require.Len(t, p["win"].Variants, 2)
	assert.Equal(t, "win32", p["win"].Variants[0].Tag)

	for name, tt := range map[string]struct{ text, want string }{
		"none":          {`{}`, `line 1, column 1: names no platform`},
		"short version": {`{"a":{"python":"3.9","tags":["win32"]}}`, `line 1, column 16: a.python: must be a full Python version like 3.9.18`},
		"no tags":       {`{"a":{"python":"3.9.0","tags":[]}}`, `line 1, column 31: a.tags: must not be empty`},
		"missing tags":  {`{"a":{"python":"3.9.0"}}`, `line 1, column 6: a: field "tags" is missing`},
		"twice":         {`{"a":{"python":"3.9.0","tags":["win32","win32"]}}`, `line 1, column 40: a.tags[1]: "win32" stands here twice`},
		"no tag":        {`{"a":{"python":"3.9.0","tags":["Win 32"]}}`, `line 1, column 32: a.tags[0]: "Win 32" is no platform tag like win_amd64`},
		"unknown field": {`{"a":{"python":"3.9.0","tags":["win32"],"arch":"x86"}}`, `line 1, column 41: a: unknown field "arch": known are python, tags`},
		"name":          {`{"..":{"python":"3.9.0","tags":["win32"]}}`, `line 1, column 2: ".." is no name of a platform: letters, digits, dots, dashes and underscores only`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePlatforms([]byte(tt.text))
			assert.Equal(t, []string{tt.want}, problems(t, err))
		})
	}
	_, err = ParsePlatforms([]byte(`{"a":{"python":"3.9.0","tags":["amiga_68000"]}}`))
	assert.ErrorContains(t, err, "line 1, column 2: a: ")
}

func TestBuiltinPlatforms(t *testing.T) {
	tags := map[string][]string{}
	for name, p := range BuiltinPlatforms() {
		assert.Equal(t, name, p.Name)
		for _, v := range p.Variants {
			tags[name+" "+p.Python.String()] = append(tags[name+" "+p.Python.String()], v.Tag)
		}
	}
	assert.Equal(t, map[string][]string{
		"windows 3.7.4":      {"win32", "win_amd64"},
		"darwin 3.7.4":       {"macosx_10_13_x86_64"},
		"darwinbigsur 3.9.0": {"macosx_11_0_arm64"},
		"linux 3.9.18":       {"manylinux_2_17_x86_64"},
	}, tags)
}
