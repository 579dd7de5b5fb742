package openstack

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func TestParseRevision(t *testing.T) {
	tests := []struct {
		name, src string
		want      Revision
		ok        bool
		err       string
	}{
		{"alembic's template", "\"\"\"Text\n\nrevision = 'not this'\n\"\"\"\nfrom alembic import op\n\nrevision = 'c92a'\ndown_revision = '921e'\nbranch_labels = None\ndepends_on = None\n\ndef upgrade():\n    revision = 'nor this'\n", Revision{ID: "c92a", Down: []string{"921e"}}, true, ""},
		{"the first", "revision = \"a\"\ndown_revision = None\n", Revision{ID: "a"}, true, ""},
		{"annotated", "revision: str = 'a'\ndown_revision: Union[str, None] = 'b'\n", Revision{ID: "a", Down: []string{"b"}}, true, ""},
		{"a merge", "revision = 'a'\ndown_revision = ('b',  # left\n    'c',\n)\n", Revision{ID: "a", Down: []string{"b", "c"}}, true, ""},
		{"a list", "revision='a'\ndown_revision=['b', \"c\"]\n", Revision{ID: "a", Down: []string{"b", "c"}}, true, ""},
		{"a bare tuple", "revision = 'a'\ndown_revision = 'b', 'c'\n", Revision{ID: "a", Down: []string{"b", "c"}}, true, ""},
		{"brackets of no tuple", "revision = ('a')\ndown_revision = (\n'b'\n'c')\n", Revision{ID: "a", Down: []string{"bc"}}, true, ""},
		{"depends", "revision = 'a'\ndown_revision = 'b'\ndepends_on = ('x',)\nbranch_labels = (cli.EXPAND_BRANCH,)\n", Revision{ID: "a", Down: []string{"b"}, Depends: []string{"x"}}, true, ""},
		{"prefix and comment", "revision = u'a' # is 'b'\ndown_revision = r\"b\"; x = 1\n", Revision{ID: "a", Down: []string{"b"}}, true, ""},
		{"continued lines", "revision = \\\n  'a'\nx = 1 + \\\nrevision = 'b'\n", Revision{ID: "a"}, true, ""},
		{"within brackets", "x = (\nrevision = 'b'\n)\nrevision = 'a'\n", Revision{ID: "a"}, true, ""},
		{"carriage returns", "revision = 'a'\r\ndown_revision = 'b'\r\n", Revision{ID: "a", Down: []string{"b"}}, true, ""},
		{"no end of line", "revision = 'a'", Revision{ID: "a"}, true, ""},
		{"byte order mark", "\ufeffrevision = 'a'", Revision{ID: "a"}, true, ""},
		{"none", "revisions = 'a'\nif x:\n    revision = 'a'\nrevision == 'b'\n", Revision{}, false, ""},
		{"empty", "", Revision{}, false, ""},
		{"computed", "revision = 'a'\ndown_revision = BASE\n", Revision{}, false, "down_revision is computed"},
		{"an expression", "revision = 'a' + 'b'\n", Revision{}, false, "revision is computed"},
		{"an f-string", "revision = f'{x}'\n", Revision{}, false, "revision is computed"},
		{"an escape", "revision = 'a\\x41'\n", Revision{}, false, "revision is computed"},
		{"two", "revision = ('a', 'b')\n", Revision{}, false, "single"},
		{"None", "revision = None\n", Revision{}, false, "single"},
		{"unended", "x = 'a\nrevision = 'b'\n", Revision{}, false, "does not end"},
		{"unended docstring", "\"\"\"x\nrevision = 'b'\n", Revision{}, false, "does not end"},
		{"unended brackets", "revision = ('a',\n", Revision{}, false, "computed"},
		{"too many", "revision = 'a'\ndown_revision = (" + strings.Repeat("'b',", 100) + ")\n", Revision{}, false, "computed"},
		{"too long", strings.Repeat("#", MaxRevisionFile+1), Revision{}, false, "bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok, err := ParseRevision(tt.src)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.ok, ok)
			assert.Equal(t, tt.want, got)
		})
	}
}

func FuzzParseRevision(f *testing.F) {
	f.Add("revision = 'a'\ndown_revision: str = ('b', \"c\")\ndepends_on = None\n")
	f.Add("\"\"\"x\"\"\"\nx = [\nrevision = 'a'\n]\nrevision = \\\n'a' 'b' # c\n")
	f.Add("revision = '''a'''\nx='\\''")
	f.Fuzz(func(t *testing.T, src string) {
		r, ok, err := ParseRevision(src)
		if err != nil || !ok {
			return
		}
		require.NotEmpty(t, r.ID)
		again := "revision = '" + r.ID + "'\n"
		if strings.ContainsAny(r.ID, "'\n\\") {
			return
		}
		r2, ok, err := ParseRevision(again)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, r.ID, r2.ID)
	})
}

// alembic makes the folder of a component's migrations: "id down,down depends,depends" each.
func alembic(lines ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, line := range lines {
		f := append(strings.Fields(line), "-", "-")
		seq := func(s string) string {
			if s == "-" {
				return "None"
			}
			return "('" + strings.ReplaceAll(s, ",", "','") + "',)"
		}
		fsys["cinder/db/migrations/versions/"+f[0]+"_x.py"] = &fstest.MapFile{Data: []byte("revision = '" + f[0] + "'\ndown_revision = " + seq(f[1]) + "\ndepends_on = " + seq(f[2]) + "\n")}
	}
	return fsys
}

func TestReadSchema(t *testing.T) {
	tests := []struct {
		name        string
		lines       []string
		heads, tips []string
		err         string
	}{
		{"one line", []string{"a", "b a", "c b"}, []string{"c"}, []string{"c"}, ""},
		{"two branches", []string{"a", "b a", "c a"}, []string{"b", "c"}, []string{"b", "c"}, ""},
		{"merged", []string{"a", "b a", "c a", "d b,c"}, []string{"d"}, []string{"d"}, ""},
		{"contract depends on expand", []string{"a", "e a", "k a e"}, []string{"e", "k"}, []string{"k"}, ""},
		{"depends on a label", []string{"a", "b a expand@heads"}, []string{"b"}, []string{"b"}, ""},
		{"none", nil, nil, nil, ""},
		{"dangling", []string{"b a"}, nil, nil, "not there"},
		{"cycle", []string{"a b", "b a"}, nil, nil, "revises itself"},
		{"cycle beside a head", []string{"a b", "b a", "c"}, nil, nil, "revises itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ReadSchema(t.Context(), alembic(tt.lines...), Cinder())
			if tt.err != "" {
				var bad *RevisionError
				require.ErrorAs(t, err, &bad)
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.heads, s.Heads)
			assert.Equal(t, tt.tips, s.Tips)
		})
	}
}

func TestReadSchema_folders(t *testing.T) {
	site := fstest.MapFS{
		"neutron/db/migration/alembic_migrations/versions/2023.1/expand/a_x.py":   {Data: []byte("revision = 'a'\n")},
		"neutron/db/migration/alembic_migrations/versions/2023.2/contract/b_x.py": {Data: []byte("revision = 'b'\ndown_revision = 'a'")},
		"neutron/db/migration/alembic_migrations/versions/__init__.py":            {},
		"neutron/db/migration/alembic_migrations/versions/EXPAND_HEAD":            {Data: []byte("a\n")},
		"neutron/db/migration/alembic_migrations/versions/__pycache__/c.py":       {Data: []byte("revision = 'c'\n")},
		"neutron/db/old/migrate.cfg":                                              {},
		"neutron/db/old/versions/001_x.py":                                        {},
		"neutron/db/migration/migrate.cfg":                                        {}, // without versions
		"elsewhere/db/migrate_repo/migrate.cfg":                                   {},
		"elsewhere/db/migrate_repo/versions/001.py":                               {},
	}
	s, err := ReadSchema(t.Context(), site, Neutron())
	require.NoError(t, err)
	assert.Equal(t, []string{"b"}, s.Heads)
	assert.Equal(t, []string{"neutron/db/old"}, s.Legacy)

	site["neutron/db/migration/alembic_migrations/versions/twice.py"] = &fstest.MapFile{Data: []byte("revision = 'b'\n")}
	_, err = ReadSchema(t.Context(), site, Neutron())
	require.ErrorContains(t, err, "another file's")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ReadSchema(ended, site, Neutron())
	require.ErrorIs(t, err, context.Canceled)
	s, err = ReadSchema(t.Context(), site, upgrade.Component{Name: "x"})
	require.NoError(t, err)
	assert.Empty(t, s.Heads)
}

func TestReadSchema_wheel(t *testing.T) {
	spec := wheelmake.Spec{Name: "cinder", Version: "24.5.0", Files: map[string]string{"cinder/__init__.py": ""}}
	for name, f := range alembic("a", "b a") {
		spec.Files[name] = string(f.Data)
	}
	b := wheelmake.Make(spec)
	w, err := wheel.Open(bytes.NewReader(b), int64(len(b)), spec.Filename())
	require.NoError(t, err)
	tree, err := w.Layout(wheel.FlatScheme(), "chandlery")
	require.NoError(t, err)
	s, err := ReadSchema(t.Context(), tree, Cinder())
	require.NoError(t, err)
	assert.Equal(t, []string{"b"}, s.Heads)
}

func TestCompareSchemas(t *testing.T) {
	tests := []struct {
		now, then []string
		kind      MigrationKind
		fresh     []string
	}{
		{[]string{"a", "b a"}, []string{"a", "b a"}, SameSchema, nil},
		{[]string{"a"}, []string{"a", "b a", "c b"}, ForwardSchema, []string{"b", "c"}},
		{[]string{"a", "b a"}, []string{"a"}, BackwardSchema, nil},
		{[]string{"a", "b a"}, []string{"c", "d c"}, ForeignSchema, []string{"c", "d"}},
		{[]string{"a", "e a", "k a e"}, []string{"a", "e a", "e2 e", "k a e", "k2 k e2"}, ForwardSchema, []string{"e2", "k2"}},
		{nil, []string{"a"}, UndecidedSchema, []string{"a"}},
	}
	for _, tt := range tests {
		now, err := ReadSchema(t.Context(), alembic(tt.now...), Cinder())
		require.NoError(t, err)
		then, err := ReadSchema(t.Context(), alembic(tt.then...), Cinder())
		require.NoError(t, err)
		m := CompareSchemas(now, then)
		assert.Equal(t, tt.kind, m.Kind)
		assert.Equal(t, tt.fresh, m.New)
		assert.Equal(t, tt.kind == SameSchema, m.CodeOnlyRollback())
	}
}
