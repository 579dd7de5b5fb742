package oslo

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sample = `# cinder
[DEFAULT]
; the backends
enabled_backends = ceph,nfs   ` + `
transport_url=rabbit://user:pa:ss@127.0.0.1:5672,user:x@127.0.0.2/
my_ip: 127.0.0.1

[database]
connection = "mysql+pymysql://cinder:secret@127.0.0.1/cinder"

[Ceph]
volume_driver = cinder.volume.drivers.rbd.RBDDriver
filters = first
    second
	third
# after
multi = 1
multi = 2`

func TestParse(t *testing.T) {
	f, err := Parse([]byte(sample))
	require.NoError(t, err)
	assert.Equal(t, sample, string(f.Bytes()))
	assert.Equal(t, []string{"DEFAULT", "database", "ceph"}, f.Sections())
	assert.Equal(t, []string{"volume_driver", "filters", "multi"}, f.Keys("CEPH"))
	for _, tt := range []struct{ section, key, want string }{
		{"DEFAULT", "enabled_backends", "ceph,nfs"},
		{"DEFAULT", "my_ip", "127.0.0.1"},
		{"database", "connection", "mysql+pymysql://cinder:secret@127.0.0.1/cinder"},
		{"ceph", "filters", "first\nsecond\nthird"},
		{"ceph", "multi", "2"},
	} {
		got, ok := f.Get(tt.section, tt.key)
		assert.True(t, ok, tt.key)
		assert.Equal(t, tt.want, got, tt.key)
	}
	assert.Equal(t, []string{"1", "2"}, f.Values("ceph", "multi"))
	_, ok := f.Get("default", "my_ip")
	assert.False(t, ok, "DEFAULT is written so")
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"a = 1":                    "line 1: an option before the first section",
		"[DEFAULT]\n  x":           "line 2: a continuation line without a value above it",
		"[DEFAULT]\na = 1\n\n  x":  "line 4: a continuation line without a value above it",
		"[DEFAULT]\na = 1\n#c\n x": "line 4: a continuation line without a value above it",
		"[DEFAULT":                 "line 1: a section without its closing bracket",
		"[]":                       "line 1: a section without a name",
		"[a]\n= 1":                 "line 2: a value without a key",
		"[a]\nsecret":              "line 2: neither a section, a comment nor key = value",
	} {
		_, err := Parse([]byte(text))
		assert.EqualError(t, err, want, text)
	}
}

func TestSet(t *testing.T) {
	tests := []struct{ name, in, section, key, value, want string }{
		{"in place", "[a]\nx = 1 \n# c\ny=2\n", "a", "x", "3", "[a]\nx = 3\n# c\ny=2\n"},
		{"same", "[a]\nx: 1\n", "a", "x", "1", "[a]\nx: 1\n"},
		{"after the section's last option", "[a]\nx=1\n\n[b]\nz=1\n", "a", "y", "2", "[a]\nx=1\ny = 2\n\n[b]\nz=1\n"},
		{"empty section", "[a]\n# none\n[b]\n", "a", "y", "2", "[a]\ny = 2\n# none\n[b]\n"},
		{"new section", "[a]\nx=1", "b", "y", "2", "[a]\nx=1\n\n[b]\ny = 2\n"},
		{"new file", "", "b", "y", "2", "[b]\ny = 2\n"},
		{"line ends", "[a]\r\nx=1\r\n", "a", "y", "2", "[a]\r\nx=1\r\ny = 2\r\n"},
		{"several values", "[a]\nx=1\nx=2\nx=3\n", "a", "x", "4", "[a]\nx = 4\n"},
		{"several lines", "[a]\nx = 1\n  2\n  3\ny=1\n", "a", "x", "4\n5", "[a]\nx = 4\n    5\ny=1\n"},
		{"white space", "[a]\n", "a", "x", " 1 ", "[a]\nx = \" 1 \"\n"},
		{"quotes", "[a]\n", "a", "x", `"1"`, "[a]\nx = \"\"1\"\"\n"},
		{"group of another case", "[Ceph]\nx=1\n", "ceph", "x", "2", "[Ceph]\nx = 2\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse([]byte(tt.in))
			require.NoError(t, err)
			f.Set(tt.section, tt.key, tt.value)
			assert.Equal(t, tt.want, string(f.Bytes()))
			again, err := Parse(f.Bytes())
			require.NoError(t, err)
			got, _ := again.Get(tt.section, tt.key)
			assert.Equal(t, tt.value, got)
		})
	}
}

func TestUnset(t *testing.T) {
	f, err := Parse([]byte("[a]\nx=1\ny = 1\n  2\nx=2\n"))
	require.NoError(t, err)
	assert.True(t, f.Unset("a", "x"))
	assert.False(t, f.Unset("a", "x"))
	assert.Equal(t, "[a]\ny = 1\n  2\n", string(f.Bytes()))
}

func TestStack(t *testing.T) {
	live, err := Parse([]byte(sample))
	require.NoError(t, err)
	override, err := Parse([]byte("[ceph]\nmulti = 9\n[trial]\nx = 1\n"))
	require.NoError(t, err)
	s := Stack{live, override}
	got, _ := s.Get("ceph", "multi")
	assert.Equal(t, "9", got)
	got, _ = s.Get("DEFAULT", "my_ip")
	assert.Equal(t, "127.0.0.1", got)
	assert.Equal(t, []string{"ceph", "nfs"}, s.List("DEFAULT", "enabled_backends"))
	assert.Equal(t, []string{"DEFAULT", "database", "ceph", "trial"}, s.Sections())
}

func TestShow(t *testing.T) {
	for _, tt := range []struct{ key, value, want string }{
		{"rabbit_password", "hunter2", "***"},
		{"san_password", "", ""},
		{"connection", "mysql+pymysql://cinder:p@ss@127.0.0.1/cinder?charset=utf8", "mysql+pymysql://cinder:***@127.0.0.1/cinder?charset=utf8"},
		{"transport_url", "rabbit://a:b@h1:5672,c:d@h2:5672/v", "rabbit://a:***@h1:5672,c:***@h2:5672/v"},
		{"connection", "sqlite:////var/lib/cinder.sqlite", "sqlite:////var/lib/cinder.sqlite"},
		{"host", "t1", "t1"},
	} {
		assert.Equal(t, tt.want, Show(tt.key, tt.value))
	}
}

func TestScheme(t *testing.T) {
	for value, want := range map[string]string{"mysql+pymysql://x": "mysql pymysql", "sqlite:////x": "sqlite ", "rabbit://a:b@h1:5672,c:d@h2:5672/": "rabbit ", "": " "} {
		dialect, driver := Scheme(value)
		assert.Equal(t, want, dialect+" "+driver)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample, "a", "k", "v")
	f.Add("[a]\r\nb = 1\r\n\tc\r\n", "a", "b", "x\ny")
	f.Fuzz(func(t *testing.T, text, section, key, value string) {
		file, err := Parse([]byte(text))
		if err != nil {
			return
		}
		if got := string(file.Bytes()); got != text {
			t.Fatalf("bytes changed: %q, was %q", got, text)
		}
		if strings.ContainsAny(section+key, "\r\n[]=:#; \t") || section == "" || key == "" || strings.TrimSpace(key) != key || !plain(value) {
			return
		}
		before := len(file.Sections())
		file.Set(section, key, value)
		again, err := Parse(file.Bytes())
		if err != nil {
			t.Fatalf("after Set: %v in %q", err, file.Bytes())
		}
		if got, ok := again.Get(section, key); !ok || got != value {
			t.Fatalf("Set %q, read %q from %q", value, got, file.Bytes())
		}
		if after := len(again.Sections()); after > before+1 {
			t.Fatalf("%d sections became %d", before, after)
		}
	})
}

// plain reports whether a value can be written at all: oslo.config drops white space around continuation lines and ends a value at an empty one.
func plain(value string) bool {
	for i, line := range strings.Split(value, "\n") {
		if i > 0 && (line == "" || strings.TrimSpace(line) != line) || strings.ContainsAny(line, "\r\v\f") || strings.TrimRight(line, " \t") != line {
			return false
		}
	}
	return true
}
