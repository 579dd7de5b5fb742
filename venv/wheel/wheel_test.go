package wheel

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

func open(t *testing.T, s wheelmake.Spec) *Wheel {
	t.Helper()
	w, err := openAs(s, s.Filename())
	require.NoError(t, err)
	return w
}

func openAs(s wheelmake.Spec, filename string) (*Wheel, error) {
	blob := wheelmake.Make(s)
	return Open(bytes.NewReader(blob), int64(len(blob)), filename)
}

// rules are the violations as "rule path", in their order.
func rules(t *testing.T, err error) []string {
	t.Helper()
	var format *FormatError
	require.True(t, errors.As(err, &format), "want a FormatError, got %v", err)
	return short(format.Violations)
}

func short(violations []Violation) (out []string) {
	for _, v := range violations {
		out = append(out, strings.TrimSpace(v.Rule+" "+v.Path))
	}
	return out
}

func spec() wheelmake.Spec {
	return wheelmake.Spec{
		Name: "Demo.Lib", Version: "1.2", Requires: []string{"other>=2"}, EntryPoints: "[console_scripts]\ndemo = demo:main [x]\n", Deflate: true,
		Files: map[string]string{"demo/__init__.py": "def main(): text\n", "demo/data,1.txt": "text"},
	}
}

func TestOpen(t *testing.T) {
	w := open(t, spec())
	assert.Equal(t, "demo_lib-1.2.dist-info", w.DistInfo())
	assert.Equal(t, "demo-lib", string(w.Filename().Name))
	assert.Equal(t, "demo-lib", string(w.Metadata().Name))
	assert.Equal(t, spec().Metadata(), string(w.MetadataBytes()))
	points, err := w.EntryPoints()
	require.NoError(t, err)
	assert.Equal(t, []EntryPoint{{"console_scripts", "demo", "demo", "main", []string{"x"}}}, points)
	require.NoError(t, w.Verify(context.Background()))
}

// edited is spec with its members changed.
func edited(edit func([]wheelmake.Member) []wheelmake.Member) wheelmake.Spec {
	s := spec()
	s.Edit = edit
	return s
}

func files(paths ...string) wheelmake.Spec {
	s := spec()
	s.Files = map[string]string{}
	for _, p := range paths {
		s.Files[p] = "x"
	}
	return s
}

func TestOpenStructure(t *testing.T) {
	const info = "demo_lib-1.2.dist-info"
	body := func(suffix, text string) wheelmake.Spec { return edited(wheelmake.Replace(suffix, text)) }
	wheelFile := func(lines ...string) wheelmake.Spec { return body("/WHEEL", strings.Join(lines, "\n")+"\n") }
	add := func(names ...string) wheelmake.Spec {
		var members []wheelmake.Member
		for _, name := range names {
			members = append(members, wheelmake.Member{Name: name, Body: "x"})
		}
		return edited(wheelmake.Add(members...))
	}
	tests := []struct {
		name     string
		spec     wheelmake.Spec
		filename string // "" is the true one
		want     []string
	}{
		{"file name: not a wheel", spec(), "demo_lib-1.2.tar.gz", []string{"filename"}},
		{"file name: too few parts", spec(), "demo_lib-1.2.whl", []string{"filename"}},
		{"file name: spelled otherwise", spec(), "Demo.lib-1.2.0-py3-none-any.whl", nil},
		{"file name: of another project", spec(), "demo_bib-1.2-py3-none-any.whl", []string{"METADATA", "dist-info " + info}},
		{"file name: of another version", spec(), "demo_lib-1.3-py3-none-any.whl", []string{"METADATA", "dist-info " + info}},
		{"trap 35: Wheel-Version 2", wheelFile("Wheel-Version: 2.0", "Root-Is-Purelib: true"), "", []string{"WHEEL"}},
		{"trap 35: Wheel-Version 1.9", wheelFile("Wheel-Version: 1.9", "Root-Is-Purelib: true"), "", nil},
		{"no Wheel-Version", wheelFile("Root-Is-Purelib: true"), "", []string{"WHEEL"}},
		{"Wheel-Version after the header", wheelFile("", "Wheel-Version: 1.0"), "", []string{"WHEEL"}},
		{"Root-Is-Purelib in capitals", wheelFile("wheel-version: 1.0\r", "ROOT-IS-PURELIB: True\r"), "", nil},
		{"Root-Is-Purelib unknown", wheelFile("Wheel-Version: 1.0", "Root-Is-Purelib: maybe"), "", []string{"WHEEL"}},
		{"no Root-Is-Purelib", wheelFile("Wheel-Version: 1.0"), "", nil},
		{"no WHEEL", edited(wheelmake.Drop("/WHEEL")), "", []string{"WHEEL " + info + "/WHEEL"}},
		{"large WHEEL", body("/WHEEL", strings.Repeat("x", maxWheelFile+1)), "", []string{"WHEEL " + info + "/WHEEL"}},
		{"no METADATA", edited(wheelmake.Drop("/METADATA")), "", []string{"METADATA " + info + "/METADATA"}},
		{"large METADATA", body("/METADATA", strings.Repeat("x", dist.MaxMetadata+1)), "", []string{"METADATA " + info + "/METADATA"}},
		{"broken METADATA", body("/METADATA", "Name: demo-lib\n"), "", []string{"METADATA"}},
		{"trap 34: METADATA of another project", body("/METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1.2\n"), "", []string{"METADATA"}},
		{"trap 34: METADATA of another version", body("/METADATA", "Metadata-Version: 2.1\nName: demo-lib\nVersion: 1.2.1\n"), "", []string{"METADATA"}},
		{"no RECORD", edited(wheelmake.Drop("/RECORD")), "", []string{"RECORD " + info + "/RECORD"}},
		{"no .dist-info", edited(wheelmake.Drop("")), "", []string{"dist-info"}},
		{"two .dist-info", add("other-1.dist-info/METADATA"), "", []string{"dist-info " + info, "dist-info other-1.dist-info", "dist-info other-1.dist-info"}},
		{".dist-info further down", add("demo/_vendor/other-1.dist-info/METADATA"), "", nil},
		{".dist-info as a file", add("other-1.dist-info"), "", nil},
		{"data of another project", files("other-1.data/data/x"), "", []string{"data other-1.data"}},
		{"data without a version", files("demo.data/data/x"), "", []string{"data demo.data"}},
		{"two datas", files("demo_lib-1.2.data/data/x", "Demo_Lib-1.2.0.data/data/y"), "", []string{"data Demo_Lib-1.2.0.data", "data demo_lib-1.2.data"}},
		{"data's unknown part", files("demo_lib-1.2.data/stdlib/x"), "", []string{"data demo_lib-1.2.data/stdlib/x"}},
		{"file right in data", files("demo_lib-1.2.data/scripts"), "", []string{"data demo_lib-1.2.data/scripts"}},
		{"hostile zip", files("../evil.py", "con.py"), "", []string{"Z1 ../evil.py", "Z1 con.py"}},
		{"several at once", body("/WHEEL", "Wheel-Version: 3.0\n"), "demo_lib-9-py3-none-any.whl", []string{"METADATA", "WHEEL", "dist-info " + info}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.filename == "" {
				tt.filename = tt.spec.Filename()
			}
			_, err := openAs(tt.spec, tt.filename)
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, tt.want, rules(t, err), "%v", err)
		})
	}
}

type brokenReader struct{}

func (brokenReader) ReadAt([]byte, int64) (int, error) { return 0, fs.ErrPermission }

func TestOpenReadError(t *testing.T) {
	_, err := Open(brokenReader{}, 1000, "demo-1-py3-none-any.whl")
	assert.ErrorIs(t, err, fs.ErrPermission)
	var format *FormatError
	assert.False(t, errors.As(err, &format), "not a fault of the wheel")
}

func TestEntryPointsOfWheel(t *testing.T) {
	s := spec()
	s.EntryPoints = ""
	points, err := open(t, s).EntryPoints()
	require.NoError(t, err)
	assert.Empty(t, points)
	s.EntryPoints = "[console_scripts]\nx\n"
	_, err = open(t, s).EntryPoints()
	assert.Equal(t, []string{"entry_points.txt"}, rules(t, err))
}

func TestFormatError(t *testing.T) {
	var found faults
	for _, p := range []string{"g", "f", "e", "d", "c", "b", "a", "a"} {
		found.add("RECORD", p, "not listed")
	}
	err := found.err("x.whl")
	assert.Equal(t, `wheel "x.whl" is broken, do not install it: RECORD: "a": not listed; RECORD: "b": not listed; RECORD: "c": not listed; `+
		`RECORD: "d": not listed; RECORD: "e": not listed; and 2 more`, err.Error())
}
