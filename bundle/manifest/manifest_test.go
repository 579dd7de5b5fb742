package manifest

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

func bundle(hex string) Bundle {
	sum := strings.Repeat(hex, 64)
	return Bundle{URL: "../sha256/" + sum[:2] + "/" + sum + ".zip", Format: "zip", SHA256: sum, Size: 10, UnpackedSize: 20, Files: 3,
		RecordSHA256: strings.Repeat("e", 64), Tag: "py3-none-any", Source: &Origin{Wheel: "a-1-py3-none-any.whl", SHA256: strings.Repeat("d", 64)}}
}

func serving(b Bundle, tags ...string) Bundle {
	b.Serves = tags
	return b
}

func sample() *Manifest {
	return &Manifest{
		Meta: Meta{Schema: 1, Channel: "stable", Sequence: 42, Issued: time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC), MinClient: "1.2.0",
			Platforms: map[string]Platform{
				"windows": {Python: "3.7.4", Tags: []string{"win32", "win_amd64"}},
				"darwin":  {Python: "3.7.4", Tags: []string{"macosx_10_13_x86_64"}},
			}},
		Libraries: map[pep508.Name]map[string]Leaf{
			"numpy": {
				"windows": {Version: "1.19.2", Variants: []Bundle{serving(bundle("1"), "win32"), serving(bundle("2"), "win_amd64")}},
				"darwin":  {Version: "1.19.2", Bundle: bundle("3")},
			},
			"pandas": {"darwin": {Version: "1.3.5", Bundle: bundle("4"), Requires: []string{"numpy"}}},
			"six":    {"windows": {Version: "1.16.0", Bundle: bundle("5")}},
		},
	}
}

const want = `{
  "$meta": {
    "channel": "stable",
    "issued": "2026-11-22T01:02:03Z",
    "min_client": "1.2.0",
    "platforms": {
      "darwin": {
        "python": "3.7.4",
        "tags": [
          "macosx_10_13_x86_64"
        ]
      },
      "windows": {
        "python": "3.7.4",
        "tags": [
          "win32",
          "win_amd64"
        ]
      }
    },
    "schema": 1,
    "sequence": 42
  },
  "six": {
    "windows": {
      "files": 3,
      "format": "zip",
      "record_sha256": "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
      "sha256": "5555555555555555555555555555555555555555555555555555555555555555",
      "size": 10,
      "source": {
        "sha256": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
        "wheel": "a-1-py3-none-any.whl"
      },
      "tag": "py3-none-any",
      "unpacked_size": 20,
      "url": "../sha256/55/5555555555555555555555555555555555555555555555555555555555555555.zip",
      "version": "1.16.0"
    }
  }
}
`

func TestEncode(t *testing.T) {
	m := sample()
	delete(m.Libraries, "numpy")
	delete(m.Libraries, "pandas")
	b, err := m.Encode()
	require.NoError(t, err)
	assert.Equal(t, want, string(b))
}

func TestEncodeRoundTrip(t *testing.T) {
	first, err := sample().Encode()
	require.NoError(t, err)
	m, err := Parse(first)
	require.NoError(t, err)
	assert.Equal(t, sample(), m)
	for range 20 {
		b, err := m.Encode()
		require.NoError(t, err)
		require.Equal(t, string(first), string(b))
	}
	m.Meta.Issued = m.Meta.Issued.In(time.FixedZone("", 3600)).Add(time.Millisecond)
	b, err := m.Encode()
	require.NoError(t, err)
	assert.Equal(t, string(first), string(b), "time zone and fraction are not the content's")
}

func TestEncodeRefuses(t *testing.T) {
	m := sample()
	m.Meta.Sequence = 0
	_, err := m.Encode()
	assert.ErrorContains(t, err, "$meta.sequence: must be from 1")
	m = sample()
	m.Libraries["pandas"]["darwin"] = Leaf{Version: "1", Bundle: bundle("4"), Requires: []string{"gone"}}
	_, err = m.Encode()
	assert.ErrorContains(t, err, "requires gone, which the platform does not have")
}

func TestEncodePlain(t *testing.T) {
	b, err := sample().EncodePlain()
	require.NoError(t, err)
	m, err := Parse(b)
	require.NoError(t, err)
	assert.Zero(t, m.Meta)
	assert.Equal(t, []string{"darwin", "windows-win32", "windows-win_amd64"}, slices.Sorted(maps.Keys(m.Libraries["numpy"])))
	assert.Equal(t, bundle("2"), m.Libraries["numpy"]["windows-win_amd64"].Bundle)
	assert.Equal(t, bundle("5"), m.Libraries["six"]["windows-win32"].Bundle, "a platform is split for every library or for none")
	assert.Equal(t, bundle("5"), m.Libraries["six"]["windows-win_amd64"].Bundle)
	assert.NotContains(t, string(b), "variants")
	assert.NotContains(t, string(b), "serves")

	m = sample()
	m.Libraries["six"]["windows-win32"] = m.Libraries["six"]["windows"]
	_, err = m.EncodePlain()
	assert.ErrorContains(t, err, "two platforms windows-win32")
}

func TestSameContent(t *testing.T) {
	a, b := sample(), sample()
	b.Meta.Sequence++
	b.Meta.Issued = b.Meta.Issued.Add(time.Hour)
	assert.True(t, a.SameContent(b))
	b.Meta.MinClient = "2.0.0"
	assert.False(t, a.SameContent(b))
	b = sample()
	b.Libraries["six"]["darwin"] = b.Libraries["six"]["windows"]
	assert.False(t, a.SameContent(b))
	b = sample()
	b.Libraries["six"]["windows"] = Leaf{Version: "1.16.0", Bundle: serving(bundle("6"))}
	assert.False(t, a.SameContent(b))
}

func TestResolve(t *testing.T) {
	for base, want := range map[string]string{
		"https://store.example/a/stable/update.json":     "https://store.example/a/sha256/55/",
		"https://store.example/a/stable/update.json?x=1": "https://store.example/a/sha256/55/",
		"file:///srv/a%20b/stable/update.json":           "file:///srv/a%20b/sha256/55/",
		"file:///C:/site/stable/update.json":             "file:///C:/site/sha256/55/",
	} {
		u, err := url.Parse(base)
		require.NoError(t, err)
		m, err := sample().Resolve(u)
		require.NoError(t, err)
		assert.Equal(t, want+strings.Repeat("5", 64)+".zip", m.Libraries["six"]["windows"].URL)
		assert.Contains(t, m.Libraries["numpy"]["windows"].Variants[1].URL, "/sha256/22/")
		assert.True(t, m.SameContent(sample()), "urls as written count")
		assert.Equal(t, sample(), m.AsWritten())
		again, err := m.Resolve(u)
		require.NoError(t, err)
		assert.Equal(t, m, again)
	}
	m := sample()
	leaf := m.Libraries["six"]["windows"]
	leaf.URL = "https://cdn.example/x.zip?sig=1"
	m.Libraries["six"]["windows"] = leaf
	u, _ := url.Parse("https://store.example/stable/update.json")
	r, err := m.Resolve(u)
	require.NoError(t, err)
	assert.Equal(t, leaf.URL, r.Libraries["six"]["windows"].URL)
}

func TestLeafFor(t *testing.T) {
	leaf := sample().Libraries["numpy"]["windows"]
	b, ok := leaf.For("win_amd64")
	assert.True(t, ok)
	assert.Equal(t, strings.Repeat("2", 64), b.SHA256)
	_, ok = leaf.For("win_arm64")
	assert.False(t, ok)
	assert.Len(t, leaf.Bundles(), 2)
	b, ok = sample().Libraries["six"]["windows"].For("anything")
	assert.True(t, ok)
	assert.Equal(t, strings.Repeat("5", 64), b.SHA256)
}

// edited is the sample as text with one replacement.
func edited(t *testing.T, old, new string) []byte {
	t.Helper()
	b, err := sample().Encode()
	require.NoError(t, err)
	require.Contains(t, string(b), old)
	return []byte(strings.Replace(string(b), old, new, 1))
}

func TestParseProblems(t *testing.T) {
	for name, tt := range map[string]struct{ old, new, want string }{
		"newer schema":     {`"schema": 1`, `"schema": 2`, "schema 2 is not known here: this program reads schema 1, use a newer one"},
		"schema's case":    {`"schema": 1`, `"Schema": 1`, `unknown field "Schema": write "schema"`},
		"long s":           {`"schema": 1`, `"ſchema": 1`, `unknown field "ſchema": write "schema"`},
		"meta's case":      {`"$meta"`, `"$Meta"`, `unknown field "$Meta": write "$meta"`},
		"fraction":         {`"sequence": 42`, `"sequence": 42.0`, "must be an integer, not a number with a fraction or an exponent"},
		"exponent":         {`"sequence": 42`, `"sequence": 1e3`, "must be an integer, not a number with a fraction or an exponent"},
		"2^63":             {`"sequence": 42`, `"sequence": 9223372036854775808`, "$meta.sequence: must be from 1 to 9007199254740991"},
		"sequence 0":       {`"sequence": 42`, `"sequence": 0`, "$meta.sequence: must be from 1"},
		"negative":         {`"sequence": 42`, `"sequence": -1`, "$meta.sequence: must be from 1"},
		"string":           {`"sequence": 42`, `"sequence": "42"`, "must be an integer, not a string"},
		"time with zone":   {`"2026-11-22T01:02:03Z"`, `"2026-11-22T01:02:03+01:00"`, "must be a time like"},
		"fraction of time": {`"2026-11-22T01:02:03Z"`, `"2026-11-22T01:02:03.5Z"`, "must be a time like"},
		"min_client":       {`"1.2.0"`, `"1.2"`, `"1.2" is no semantic version`},
		"channel":          {`"stable"`, `"../stable"`, "is no name"},
		"duplicate":        {`"sequence": 42`, `"sequence": 42, "sequence": 43`, `duplicate key "sequence"`},
		"size 0":           {`"size": 10`, `"size": 0`, "numpy.darwin.size: must be from 1"},
		"size":             {`"size": 10`, `"size": 68719476737`, "numpy.darwin.size: must be from 1 to 68719476736"},
		"hash":             {`"sha256": "3333`, `"sha256": "333`, "must be 64 lower-case hexadecimal digits"},
		"upper hash":       {`"sha256": "dddd`, `"sha256": "DDDD`, "must be 64 lower-case hexadecimal digits"},
		"tag":              {`"py3-none-any"`, `"py3"`, "must be a compatibility tag"},
		"wheel's path":     {`"a-1-py3-none-any.whl"`, `"../a.whl"`, "must be a wheel's file name"},
		"version":          {`"1.19.2"`, `"one"`, `"one" is no version`},
		"null":             {`"1.19.2"`, `null`, "must be a string, not null"},
		"unknown platform": {`"numpy": {`, `"numpy": {"amiga": {},`, `platform "amiga" does not stand in $meta.platforms`},
		"foreign tag":      {`"serves": [` + "\n            \"win32\"", `"serves": ["macosx_10_13_x86_64"`, "macosx_10_13_x86_64 is no tag of the platform windows"},
		"served twice":     {`"serves": [` + "\n            \"win32\"", `"serves": ["win_amd64"`, "a second bundle for win_amd64"},
		"same library":     {`"numpy": {`, `"NumPy": {},"numpy": {`, `key "numpy" differs only in case from "NumPy"`},
		"no name":          {`"numpy": {`, `"-": {},"numpy": {`, `"-" is no name of a library`},
		"requires":         {`"requires": [` + "\n        \"numpy\"", `"requires": ["Numpy"`, `"Numpy" is no normalised name of a library`},
		"gone":             {`"requires": [` + "\n        \"numpy\"", `"requires": ["scipy"`, "requires scipy, which the platform does not have"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(edited(t, tt.old, tt.new))
			assert.Contains(t, strings.Join(problems(t, err), "\n"), tt.want)
		})
	}
}

func TestParseVariantsAlone(t *testing.T) {
	_, err := Parse(edited(t, `"variants": [`, `"url": "x.zip", "variants": [`))
	assert.ErrorContains(t, err, "a leaf with variants must not have a bundle of its own")
}

func TestParseIgnoresUnknownFields(t *testing.T) {
	m, err := Parse(edited(t, `"size": 10`, `"size": 10, "patches": [{"algo": 1.5}]`))
	require.NoError(t, err)
	assert.Equal(t, sample(), m)
	m, err = Parse(edited(t, `"sequence": 42`, `"sequence": 42, "mirrors": []`))
	require.NoError(t, err)
	assert.Equal(t, sample(), m)
}

func TestCheckURL(t *testing.T) {
	for _, good := range []string{
		"a.zip", "sha256/ab/x.zip", "../sha256/ab/x.zip", "https://store.example/a/x.zip", "http://store.example:8080/x.zip?sig=a%2Fb", "https://store.example/a%20b/x.zip",
	} {
		assert.NoError(t, checkURL(good), good)
	}
	for _, bad := range []string{
		"../../x.zip", "../a/../x.zip", "a/../x", "./x", "a//x", "/x.zip", "//host.example/x.zip", "../", "..", "../..", "%2e%2e/x", "..%2fx", "a%5cx", `a\x`, "C:/x.zip", "a:b", "file:///x",
		"ftp://store.example/x", "javascript:alert(1)", "https:x.zip", "https:///x.zip", "https://u:p@store.example/x.zip", "https://store.example/x.zip#f", "https://store.example/a/../x",
		"https://store.example/a/%2e%2e/x", "https://store.example/a%2f..%2fx", "https://store.example/a%5cx", "x y", "é.zip", "x.zip?y", "x\n", "", "data:,x", "https://store.example/a%00",
	} {
		assert.Error(t, checkURL(bad), bad)
	}
}
