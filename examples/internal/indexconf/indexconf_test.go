package indexconf

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// machine is a Host of maps.
func machine(env, files map[string]string) Host {
	return Host{
		Getenv: func(k string) string { return env[k] },
		OS:     "linux", Home: "/home/me", Dir: "/src/app",
		Read: func(p string) ([]byte, error) {
			if b, ok := files[p]; ok {
				return []byte(b), nil
			}
			return nil, fs.ErrNotExist
		},
		Default: func(context.Context) (string, error) { return "https://default.example/simple", nil },
	}
}

func TestChoose(t *testing.T) {
	type m = map[string]string
	for _, c := range []struct {
		name       string
		flags      []string
		env, files m
		want       []string
		from       string
	}{
		{"flags", []string{"https://a.example/simple", "file:///wheels"}, m{"PIP_INDEX_URL": "https://b.example"}, nil, []string{"https://a.example/simple", "file:///wheels"}, "--index"},
		{"flags beside no-index", []string{"https://a.example"}, m{"PIP_NO_INDEX": "1"}, nil, []string{"https://a.example"}, "--index"},
		{"pip's environment before uv's", nil, m{"PIP_INDEX_URL": "https://b.example", "UV_DEFAULT_INDEX": "https://c.example"}, nil, []string{"https://b.example"}, "PIP_INDEX_URL"},
		{"extra first", nil, m{"PIP_INDEX_URL": "https://b.example", "PIP_EXTRA_INDEX_URL": "https://x.example https://y.example"}, nil, []string{"https://x.example", "https://y.example", "https://b.example"}, "PIP_INDEX_URL"},
		{"uv, named", nil, m{"UV_DEFAULT_INDEX": "https://c.example", "UV_INDEX": "mine=https://x.example/a?b=c https://y.example/?a=b"}, nil, []string{"https://x.example/a?b=c", "https://y.example/?a=b", "https://c.example"}, "UV_DEFAULT_INDEX"},
		{"uv, old", nil, m{"UV_INDEX_URL": "https://c.example"}, nil, []string{"https://c.example"}, "UV_INDEX_URL"},
		{"later file", nil, nil, m{"/etc/pip.conf": "[global]\nindex-url = https://b.example\n", "/home/me/.config/pip/pip.conf": "[global]\nindex_url: https://c.example\n"}, []string{"https://c.example"}, "/home/me/.config/pip/pip.conf"},
		{"install beats global whatever the file", nil, nil, m{"/etc/pip.conf": "[install]\nindex-url=https://b.example\n", "/home/me/.pip/pip.conf": "[global]\nindex-url=https://c.example\n"}, []string{"https://b.example"}, "/etc/pip.conf"},
		{"continuation and comments", nil, nil, m{"/etc/pip.conf": "# mine\n[global]\nindex-url = https://b.example\nextra-index-url =\n    https://x.example\n    https://y.example\n; end\n[list]\n format = columns\n"}, []string{"https://x.example", "https://y.example", "https://b.example"}, "/etc/pip.conf"},
		{"PIP_CONFIG_FILE turns the user's off", nil, m{"PIP_CONFIG_FILE": "/cfg"}, m{"/cfg": "[global]\n", "/etc/pip.conf": "[global]\nindex-url=https://b.example\n", "/home/me/.pip/pip.conf": "[global]\nindex-url=https://c.example\n"}, []string{"https://b.example"}, "/etc/pip.conf"},
		{"null device turns all off", nil, m{"PIP_CONFIG_FILE": "/dev/null"}, m{"/etc/pip.conf": "[global]\nindex-url=https://b.example\n"}, []string{"https://default.example/simple"}, "the installed pip"},
		{"virtual environment", nil, m{"VIRTUAL_ENV": "/v"}, m{"/v/pip.conf": "[global]\nindex-url=https://v.example\n", "/home/me/.pip/pip.conf": "[global]\nindex-url=https://c.example\n"}, []string{"https://v.example"}, "/v/pip.conf"},
		{"pip's files before uv's", nil, nil, m{"/etc/pip.conf": "[global]\nindex-url=https://b.example\n", "/src/uv.toml": "index-url = 'https://c.example'"}, []string{"https://b.example"}, "/etc/pip.conf"},
		{"uv.toml of a parent", nil, nil, m{"/src/uv.toml": "[[index]]\nurl = 'https://x.example'\n[[index]]\nurl='https://only.example'\nexplicit=true\n[[index]]\nurl = 'https://c.example'\ndefault = true\n"}, []string{"https://x.example", "https://c.example"}, "/src/uv.toml"},
		{"uv.toml [pip]", nil, nil, m{"/home/me/.config/uv/uv.toml": "index-url='https://no.example'\n[pip]\nindex-url='https://c.example'\nextra-index-url=['https://x.example']\n"}, []string{"https://x.example", "https://c.example"}, "/home/me/.config/uv/uv.toml"},
		{"uv off", nil, m{"UV_NO_CONFIG": "1"}, m{"/src/uv.toml": "index-url='https://no.example'"}, []string{"https://default.example/simple"}, "the installed pip"},
		{"the installed pip, with an extra index", nil, nil, m{"/etc/pip.conf": "[global]\ncert = /ca.pem\nextra-index-url = https://x.example\n"}, []string{"https://x.example", "https://default.example/simple"}, "the installed pip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Choose(t.Context(), c.flags, machine(c.env, c.files))
			require.NoError(t, err)
			assert.Equal(t, c.want, got.URLs)
			assert.Equal(t, c.from, got.From)
		})
	}
}

func TestChooseCert(t *testing.T) {
	got, err := Choose(t.Context(), nil, machine(nil, map[string]string{"/etc/pip.conf": "[global]\ncert = /ca.pem\n"}))
	require.NoError(t, err)
	assert.Equal(t, "/ca.pem", got.Cert)
}

func TestChoosePlaces(t *testing.T) {
	for goos, file := range map[string]string{
		"windows": "/home/me/pip/pip.ini",
		"darwin":  "/home/me/Library/Application Support/pip/pip.conf",
	} {
		h := machine(nil, map[string]string{file: "[global]\nindex-url=https://b.example\n"})
		h.OS = goos
		got, err := Choose(t.Context(), nil, h)
		require.NoError(t, err, goos)
		assert.Equal(t, file, got.From)
	}
}

func TestChooseErrors(t *testing.T) {
	type m = map[string]string
	broken := errors.New("no pip")
	for _, c := range []struct {
		name       string
		env, files m
		flags      []string
		def        func(context.Context) (string, error)
		want       string
	}{
		{"nothing", nil, nil, nil, nil, "give --index URL"},
		{"no pip either", nil, nil, nil, func(context.Context) (string, error) { return "", broken }, "no pip"},
		{"no-index", m{"PIP_NO_INDEX": "yes"}, nil, nil, machine(nil, nil).Default, "no-index"},
		{"not a URL", m{"PIP_INDEX_URL": "simple"}, nil, nil, nil, "PIP_INDEX_URL: the index"},
		{"another scheme", nil, nil, []string{"ftp://me:secret@a.example"}, nil, "must be an http, https or file URL"},
		{"broken pip.conf", nil, m{"/etc/pip.conf": "[global]\nindex-url\n"}, nil, nil, "/etc/pip.conf:2: "},
		{"broken uv.toml", nil, m{"/src/uv.toml": "index-url = "}, nil, nil, "/src/uv.toml: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := machine(c.env, c.files)
			h.Default = c.def
			_, err := Choose(t.Context(), c.flags, h)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
	h := machine(nil, nil)
	h.Default = nil
	_, err := Choose(t.Context(), nil, h)
	assert.ErrorIs(t, err, ErrNone)
}

func TestNetrc(t *testing.T) {
	text := "machine n.example\n  login me password \"s\"\nmacdef x\n machine evil.example login a password b\n\n" +
		"machine u.example login other account z password other default login anyone password anything"
	for _, h := range []Host{
		machine(nil, map[string]string{"/home/me/.netrc": text}),
		machine(map[string]string{"NETRC": "/n"}, map[string]string{"/n": text, "/home/me/.netrc": "machine n.example login no password no"}),
	} {
		auth, err := h.Netrc()
		require.NoError(t, err)
		for host, want := range map[string]string{
			"u.example":     "Basic b3RoZXI6b3RoZXI=",
			"n.example:443": "Basic bWU6cw==",
			"evil.example":  "",
			"c.example":     "",
		} {
			got, err := auth(t.Context(), host)
			require.NoError(t, err)
			assert.Equal(t, want, got, host)
		}
	}
}

func FuzzConfiguration(f *testing.F) {
	f.Add("[global]\nindex-url = https://b.example\n x\n", "machine a login b password c")
	f.Fuzz(func(t *testing.T, ini, netrc string) {
		if settings, err := parseINI(ini, "pip.conf"); err == nil {
			for _, s := range settings {
				assert.NotEmpty(t, s.section)
				assert.NotEmpty(t, s.key)
			}
		}
		for host, header := range parseNetrc(netrc) {
			assert.NotEmpty(t, header, host)
		}
	})
}
