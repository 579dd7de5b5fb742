package dist

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sample = "Metadata-Version: 2.1\r\nNAME: Foo.Bar\r\nVersion: 1.0\r\nAuthor: J\xf6rg\r\nRequires-Dist: baz (>=1.0,\r\n <2) ;\r\n\tpython_version < \"3.8\"\r\n" +
	"requires-dist: qux[b,a]\r\nRequires-Python: >=3.7, !=3.9.0\r\nProvides-Extra: Test_X\r\nProvides-Extra: not/a name\r\nDynamic: Requires-Dist\r\n" +
	"X-Unknown: y\r\nDescription: a\r\n  Version: 9.9\r\n\r\nName: other\r\nRequires-Dist: evil\r\n"

func TestParseMetadata(t *testing.T) {
	m, err := ParseMetadata([]byte(sample))
	require.NoError(t, err)
	assert.Equal(t, "2.1", m.Version)
	assert.Equal(t, "foo-bar", string(m.Name))
	assert.Equal(t, "1.0", m.ProjectVersion.String())
	assert.True(t, m.RequiresPython.Contains(pep440.MustParse("3.9.1")))
	assert.False(t, m.RequiresPython.Contains(pep440.MustParse("3.9.0")))
	require.Len(t, m.RequiresDist, 2)
	assert.Equal(t, "baz", string(m.RequiresDist[0].Name))
	assert.False(t, m.RequiresDist[0].Specifiers.Contains(pep440.MustParse("2.0")))
	assert.False(t, m.RequiresDist[0].Marker.IsZero())
	assert.Len(t, m.RequiresDist[1].Extras, 2)
	require.Len(t, m.ProvidesExtra, 1)
	assert.Equal(t, "test-x", string(m.ProvidesExtra[0]))
	assert.Equal(t, []string{"requires-dist"}, m.Dynamic)
}

func TestParseMetadataEdges(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		dist int
	}{
		"no final newline":                  {"Name: a\nVersion: 1\nRequires-Dist: b", 1},
		"no Metadata-Version":               {"Name: a\nVersion: 1\n", 0},
		"lone carriage returns":             {"Name: a\rVersion: 1\rRequires-Dist: b\r\rRequires-Dist: c\r", 1},
		"a line that is no field ends them": {"Name: a\nVersion: 1\nthis is text\nRequires-Dist: b\n", 0},
		"a field without name is passed":    {"Name: a\n: x\n more\nVersion: 1\nRequires-Dist: b\n", 1},
		"continuation before any field":     {" x\nName: a\nVersion: 1\n", 0},
		"mbox separator":                    {"From me\nName: a\nVersion: 1\n", 0},
		"same value twice":                  {"Name: a\nName: a\nVersion: 1\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseMetadata([]byte(c.text))
			require.NoError(t, err)
			assert.Equal(t, "a", string(m.Name))
			assert.Len(t, m.RequiresDist, c.dist)
		})
	}
}

func TestParseMetadataInvalid(t *testing.T) {
	for name, c := range map[string]struct {
		text, field string
		line        int
	}{
		"no name":                   {"Version: 1\n", "Name", 0},
		"no version":                {"Name: a\n", "Version", 0},
		"empty":                     {"", "Name", 0},
		"byte order mark":           {"\ufeffName: a\nVersion: 1\n", "Name", 0},
		"invalid name":              {"Name: -a\nVersion: 1\n", "Name", 1},
		"invalid version":           {"Name: a\nVersion: one\n", "Version", 2},
		"two names":                 {"Name: a\nVersion: 1\nName: b\n", "Name", 3},
		"invalid Requires-Dist":     {"Name: a\nVersion: 1\nSummary: x\n y\nRequires-Dist: b >=\n", "Requires-Dist", 5},
		"Latin-1 in Requires-Dist":  {"Name: a\nVersion: 1\nRequires-Dist: b\xf6\n", "Requires-Dist", 3},
		"major version 3":           {"Metadata-Version: 3.0\nName: a\nVersion: 1\n", "Metadata-Version", 1},
		"metadata version in words": {"Metadata-Version: two\nName: a\nVersion: 1\n", "Metadata-Version", 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseMetadata([]byte(c.text))
			var me *MetadataError
			require.ErrorAs(t, err, &me)
			assert.Equal(t, c.field, me.Field)
			assert.Equal(t, c.line, me.Line)
			assert.ErrorContains(t, err, c.field)
		})
	}
	_, err := ParseMetadata(bytes.Repeat([]byte("X: y\n"), MaxMetadata/5+1))
	assert.ErrorContains(t, err, "longer than")
}

func TestTrimMetadata(t *testing.T) {
	assert.Equal(t, "Metadata-Version: 2.2\nName: a\nVersion: 1\nName: a\nDynamic: Version\nRequires-Dist: b>=1, <2\nProvides-Extra: c\nRequires-Python: \n",
		string(TrimMetadata([]byte("METADATA-version:2.2\nName: a \r\nVersion:\t1\rName: a\nSummary: x\n y\nDynamic: Version\nrequires-dist: b>=1,\n  <2\nDescription: long\nProvides-Extra: c\nRequires-Python:\n\nName: b\n"))))
	assert.Empty(t, TrimMetadata(nil))
}

func TestMetadataIsDynamic(t *testing.T) {
	for _, c := range []struct {
		version string
		want    bool
	}{{"", true}, {"1.2", true}, {"2.1", true}, {"2.2", false}, {"2.10", false}} {
		m := &Metadata{Version: c.version, Dynamic: []string{"version"}}
		assert.Equal(t, c.want, m.IsDynamic("Requires-Dist"), c.version)
		assert.True(t, m.IsDynamic("Version"))
	}
}

func TestMetadataMatches(t *testing.T) {
	m, err := ParseMetadata([]byte("Name: Foo_Bar\nVersion: 1.0.0\n"))
	require.NoError(t, err)
	for file, want := range map[string]string{
		"foo_bar-1.0-py3-none-any.whl": "",
		"foo-1.0-py3-none-any.whl":     "Name",
		"foo_bar-1.1-py3-none-any.whl": "Version",
	} {
		f, err := ParseFilename(file)
		require.NoError(t, err)
		if err = m.Matches(f); want == "" {
			assert.NoError(t, err)
			continue
		}
		var me *MetadataError
		require.ErrorAs(t, err, &me)
		assert.Equal(t, want, me.Field)
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("Name: a\n x\n\ty\nVersion: 1\nRequires-Python: >=3\nProvides-Extra: x\n\nbody"))
	f.Add([]byte(": \n:\nFrom x\n\r\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMetadata(b)
		trimmed := TrimMetadata(b)
		again, wrong := ParseMetadata(trimmed)
		require.Equal(t, m, again)
		require.Equal(t, err == nil, wrong == nil)
		require.Equal(t, trimmed, TrimMetadata(trimmed))
		if err != nil {
			var me *MetadataError
			require.ErrorAs(t, err, &me)
			require.LessOrEqual(t, me.Line, 1+bytes.Count(b, []byte("\n"))+bytes.Count(b, []byte("\r")))
			return
		}
		require.NotEmpty(t, m.Name)
		require.False(t, m.ProjectVersion.IsZero())
		require.LessOrEqual(t, len(m.RequiresDist), strings.Count(strings.ToLower(string(b)), "requires-dist"))
	})
}

func BenchmarkParseMetadata(b *testing.B) {
	text := []byte(sample + strings.Repeat("long text\n", 2000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseMetadata(text); err != nil {
			b.Fatal(err)
		}
	}
}

// An invalid Requires-Python says nothing, in metadata as on index pages (packaging.md trap 28).
func TestParseMetadata_invalidRequiresPython(t *testing.T) {
	m, err := ParseMetadata([]byte("Name: a\nVersion: 1\nRequires-Python: >=3.6.*\nRequires-Dist: b\n"))
	require.NoError(t, err)
	assert.True(t, m.RequiresPython.IsEmpty())
	assert.Len(t, m.RequiresDist, 1)
}

func TestMetadataError_credentials(t *testing.T) {
	_, err := ParseMetadata([]byte("Name: a\nVersion: 1\nRequires-Dist: b @ https://user:secret@index.example/b.whl ; nonsense\n"))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret")
}
