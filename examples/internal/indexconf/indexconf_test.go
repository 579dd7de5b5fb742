package indexconf

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
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

// addresses are those of a choice's indexes, the explicit ones marked.
func addresses(c Choice) []string {
	var all []string
	for _, i := range c.Indexes {
		if i.Explicit {
			i.URL = i.Name + "!" + i.URL
		}
		all = append(all, i.URL)
	}
	return all
}

func TestChoose(t *testing.T) {
	type m = map[string]string
	const byDefault = "https://default.example/simple"
	for _, c := range []struct {
		name       string
		flags      []string
		env, files m
		want       []string
		from       string // of the last
	}{
		{"flags", []string{"https://a.example/simple", "file:///wheels"}, m{"PIP_INDEX_URL": "https://b.example"}, nil, []string{"https://a.example/simple", "file:///wheels"}, "--index"},
		{"flags beside no-index", []string{"https://a.example"}, m{"PIP_NO_INDEX": "1"}, nil, []string{"https://a.example"}, "--index"},

		{"pip's environment before uv's", nil, m{"PIP_INDEX_URL": "https://b.example", "UV_DEFAULT_INDEX": "https://c.example"}, nil, []string{"https://b.example"}, "PIP_INDEX_URL"},
		{"extra first", nil, m{"PIP_INDEX_URL": "https://b.example", "PIP_EXTRA_INDEX_URL": "https://x.example https://y.example"}, nil, []string{"https://x.example", "https://y.example", "https://b.example"}, "PIP_INDEX_URL"},
		{"extra of the environment, main of a file", nil, m{"PIP_EXTRA_INDEX_URL": "https://x.example"}, m{"/etc/pip.conf": "[global]\nindex-url = https://b.example\nextra-index-url = https://no.example"}, []string{"https://x.example", "https://b.example"}, "/etc/pip.conf"},
		{"main of the environment, extra of a file", nil, m{"PIP_INDEX_URL": "https://b.example"}, m{"/etc/pip.conf": "[global]\nextra-index-url = https://x.example"}, []string{"https://x.example", "https://b.example"}, "PIP_INDEX_URL"},
		{"later file", nil, nil, m{"/etc/pip.conf": "[global]\nindex-url = https://b.example\n", "/home/me/.config/pip/pip.conf": "[global]\nindex_url: https://c.example\n"}, []string{"https://c.example"}, "/home/me/.config/pip/pip.conf"},
		{"install beats global whatever the file", nil, nil, m{"/etc/pip.conf": "[install]\nindex-url=https://b.example\n", "/home/me/.pip/pip.conf": "[global]\nindex-url=https://c.example\n"}, []string{"https://b.example"}, "/etc/pip.conf"},
		{"an empty value says nothing", nil, m{"PIP_INDEX_URL": ""}, m{"/etc/pip.conf": "[global]\nindex-url=https://c.example\n[install]\nindex-url=\n"}, []string{"https://c.example"}, "/etc/pip.conf"},
		{"another command's section", nil, nil, m{"/etc/pip.conf": "[download]\nindex-url=https://b.example\n"}, []string{byDefault}, "the installed pip"},
		{"continuation and comments", nil, nil, m{"/etc/pip.conf": "# mine\n[global]\nindex-url = https://b.example\nextra-index-url =\n    https://x.example\n    https://y.example\n; end\n[list]\n format = columns\n"}, []string{"https://x.example", "https://y.example", "https://b.example"}, "/etc/pip.conf"},
		{"PIP_CONFIG_FILE turns the user's off", nil, m{"PIP_CONFIG_FILE": "/cfg"}, m{"/cfg": "[global]\n", "/etc/pip.conf": "[global]\nindex-url=https://b.example\n", "/home/me/.pip/pip.conf": "[global]\nindex-url=https://c.example\n"}, []string{"https://b.example"}, "/etc/pip.conf"},
		{"null device turns all off", nil, m{"PIP_CONFIG_FILE": "/dev/null"}, m{"/etc/pip.conf": "[global]\nindex-url=https://b.example\n"}, []string{byDefault}, "the installed pip"},
		{"virtual environment", nil, m{"VIRTUAL_ENV": "/v"}, m{"/v/pip.conf": "[global]\nindex-url=https://v.example\n", "/home/me/.pip/pip.conf": "[global]\nindex-url=https://c.example\n"}, []string{"https://v.example"}, "/v/pip.conf"},
		{"the installed pip, with an extra index", nil, nil, m{"/etc/pip.conf": "[global]\ncert = /ca.pem\nextra-index-url = https://x.example\n"}, []string{"https://x.example", byDefault}, "the installed pip"},

		{"uv, named", nil, m{"UV_DEFAULT_INDEX": "https://c.example", "UV_INDEX": "mine=https://x.example/a?b=c https://y.example/?a=b"}, nil, []string{"https://x.example/a?b=c", "https://y.example/?a=b", "https://c.example"}, "UV_DEFAULT_INDEX"},
		{"uv, old", nil, m{"UV_INDEX_URL": "https://c.example", "UV_EXTRA_INDEX_URL": "https://x.example"}, nil, []string{"https://x.example", "https://c.example"}, "UV_INDEX_URL"},
		{"uv, both ways", nil, m{"UV_INDEX_URL": "https://no.example", "UV_DEFAULT_INDEX": "https://c.example"}, nil, []string{"https://c.example"}, "UV_DEFAULT_INDEX"},
		{"uv, by name", nil, m{"UV_INDEX": "mine"}, m{"/src/uv.toml": "[[index]]\nname='mine'\nurl='https://m.example'\nexplicit=true\n[[index]]\nname='other'\nurl='https://o.example'"}, []string{"https://m.example", "https://o.example", byDefault}, "the installed pip"},
		{"uv, a folder", nil, m{"UV_INDEX": "wheels", "UV_DEFAULT_INDEX": "https://c.example"}, nil, []string{"file:///src/app/wheels", "https://c.example"}, "UV_DEFAULT_INDEX"},
		{"uv's environment before pip's files", nil, m{"UV_DEFAULT_INDEX": "https://c.example"}, m{"/etc/pip.conf": "[global]\nindex-url=https://b.example\n"}, []string{"https://c.example"}, "UV_DEFAULT_INDEX"},
		{"pip's files before uv's", nil, nil, m{"/etc/pip.conf": "[global]\nindex-url=https://b.example\n", "/src/uv.toml": "index-url = 'https://c.example'"}, []string{"https://b.example"}, "/etc/pip.conf"},
		{"uv.toml of a parent", nil, nil, m{"/src/uv.toml": "[[index]]\nurl = 'https://x.example'\n[[index]]\nname='only'\nurl='https://only.example'\nexplicit=true\n[[index]]\nurl = 'https://c.example'\ndefault = true\n"}, []string{"https://x.example", "only!https://only.example", "https://c.example"}, "/src/uv.toml"},
		{"uv.toml with extra ones alone", nil, nil, m{"/src/uv.toml": "[[index]]\nurl = 'https://x.example'\n"}, []string{"https://x.example", byDefault}, "the installed pip"},
		{"uv.toml [pip]", nil, nil, m{"/home/me/.config/uv/uv.toml": "index-url='https://no.example'\n[pip]\nindex-url='https://c.example'\nextra-index-url=['https://x.example']\n"}, []string{"https://x.example", "https://c.example"}, "/home/me/.config/uv/uv.toml"},
		{"pyproject.toml", nil, nil, m{"/src/app/pyproject.toml": "[project]\nname='x'\n", "/src/pyproject.toml": "[tool.uv]\nindex-url='https://c.example'", "/src/app/uv/uv.toml": "["}, []string{"https://c.example"}, "/src/pyproject.toml"},
		{"uv.toml before pyproject.toml", nil, nil, m{"/src/app/uv.toml": "index-url='https://c.example'", "/src/app/pyproject.toml": "[tool.uv]\nindex-url='https://no.example'"}, []string{"https://c.example"}, "/src/app/uv.toml"},
		{"project, user and machine are merged", nil, nil, m{"/src/app/uv.toml": "[[index]]\nname='a'\nurl='https://a.example'\n", "/home/me/.config/uv/uv.toml": "index-url='https://c.example'\n[[index]]\nname='a'\nurl='https://no.example'\n",
			"/etc/xdg/uv/uv.toml": "[[index]]\nname='z'\nurl='https://z.example'\n", "/etc/uv/uv.toml": "index-url='https://no.example'\n"}, []string{"https://a.example", "https://z.example", "https://c.example"}, "/src/app/uv.toml"},
		{"the first default counts", nil, nil, m{"/src/app/uv.toml": "index-url='https://no.example'\n[[index]]\nurl='https://c.example'\ndefault=true\n[[index]]\nurl='https://d.example'\ndefault=true"}, []string{"https://c.example"}, "/src/app/uv.toml"},
		{"an explicit default only turns the default off", nil, nil, m{"/src/app/uv.toml": "[[index]]\nname='a'\nurl='https://a.example'\ndefault=true\nexplicit=true"}, []string{"a!https://a.example"}, "/src/app/uv.toml"},
		{"a folder as flat index", nil, nil, m{"/src/uv.toml": "[[index]]\nurl='../wheels'\nformat='flat'\ndefault=true"}, []string{"file:///wheels"}, "/src/uv.toml"},
		{"uv off", nil, m{"UV_NO_CONFIG": "1"}, m{"/src/uv.toml": "index-url='https://no.example'"}, []string{byDefault}, "the installed pip"},
		{"uv's one file", nil, m{"UV_CONFIG_FILE": "/my/uv.toml"}, m{"/my/uv.toml": "index-url='https://c.example'", "/src/uv.toml": "[[index]]\nurl='https://no.example'"}, []string{"https://c.example"}, "/my/uv.toml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Choose(t.Context(), Options{Indexes: c.flags}, machine(c.env, c.files))
			require.NoError(t, err)
			assert.Equal(t, c.want, addresses(got))
			assert.Equal(t, c.from, got.Indexes[len(got.Indexes)-1].From)
		})
	}
}

func TestChooseCommand(t *testing.T) {
	h := machine(nil, map[string]string{"/etc/pip.conf": "[global]\nindex-url=https://a.example\n[install]\nindex-url=https://b.example\n[download]\nindex-url=https://c.example"})
	for command, want := range map[string]string{"": "https://b.example", "install": "https://b.example", "download": "https://c.example", "list": "https://a.example"} {
		got, err := Choose(t.Context(), Options{Command: command}, h)
		require.NoError(t, err)
		assert.Equal(t, []string{want}, addresses(got), command)
	}
}

func TestChooseLinks(t *testing.T) {
	type m = map[string]string
	for _, c := range []struct {
		name       string
		env, files m
		indexes    []string
		links      []string
	}{
		{"beside the index", m{"PIP_INDEX_URL": "https://b.example", "PIP_FIND_LINKS": "wheels file:///more ~/mine"}, nil, []string{"https://b.example"}, []string{"/src/app/wheels", "file:///more", "/home/me/mine"}},
		{"in place of it", m{"PIP_NO_INDEX": "true", "PIP_INDEX_URL": "https://b.example", "PIP_FIND_LINKS": "/w"}, nil, nil, []string{"/w"}},
		{"of a file", nil, m{"/etc/pip.conf": "[global]\nno-index = yes\nfind-links =\n  /a\n  /b\n"}, nil, []string{"/a", "/b"}},
		{"the environment takes no-index back", m{"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "https://b.example"}, m{"/etc/pip.conf": "[global]\nno-index = yes\n"}, []string{"https://b.example"}, nil},
		{"uv", m{"UV_DEFAULT_INDEX": "https://c.example", "UV_FIND_LINKS": "/a,b", "PIP_FIND_LINKS": "/no"}, m{"/src/uv.toml": "find-links=['w']"}, []string{"https://c.example"}, []string{"/a", "/src/app/b", "/src/w"}},
		{"uv's files name nothing else", nil, m{"/src/uv.toml": "find-links=['w']"}, []string{"https://default.example/simple"}, []string{"/src/w"}},
		{"uv, in place of it", nil, m{"/src/uv.toml": "no-index=true\nfind-links=['w']\n[sources]\nx={index='y'}"}, nil, []string{"/src/w"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Choose(t.Context(), Options{}, machine(c.env, c.files))
			require.NoError(t, err)
			assert.Equal(t, c.indexes, addresses(got))
			assert.Equal(t, c.links, got.Links)
			got, err = Choose(t.Context(), Options{Indexes: []string{"https://flag.example"}}, machine(c.env, c.files))
			require.NoError(t, err)
			assert.Empty(t, got.Links, "the command line turns them off")
		})
	}
}

func TestChooseSources(t *testing.T) {
	h := machine(nil, map[string]string{"/src/pyproject.toml": `
[tool.uv.sources]
torch = { index = "gpu" }
Listed = [{ index = "gpu" }]
apart = [{ index = "gpu", marker = "sys_platform == 'linux'" }, { index = "cpu" }]
conditional = { index = "gpu", marker = "sys_platform == 'linux'" }
repository = { git = "https://git.example/x" }
[[tool.uv.index]]
name = "gpu"
url = "https://gpu.example/simple"
explicit = true
[[tool.uv.index]]
name = "cpu"
url = "https://cpu.example/simple"
`})
	got, err := Choose(t.Context(), Options{}, h)
	require.NoError(t, err)
	assert.Equal(t, []string{"gpu!https://gpu.example/simple", "https://cpu.example/simple", "https://default.example/simple"}, addresses(got))
	assert.Equal(t, map[string]string{"torch": "gpu", "Listed": "gpu", "apart": "", "conditional": "", "repository": ""}, got.Sources)

	got, err = Choose(t.Context(), Options{Indexes: []string{"https://a.example"}}, h)
	require.NoError(t, err)
	assert.Empty(t, got.Sources)

	got, err = Choose(t.Context(), Options{Only: map[string]string{"torch": "https://mine.example", "other": "file:///w"}}, h)
	require.NoError(t, err)
	assert.Equal(t, "--index-of torch", got.Sources["torch"], "the command line goes first")
	assert.Equal(t, "gpu", got.Sources["Listed"])
	assert.Equal(t, []string{"--index-of other!file:///w", "--index-of torch!https://mine.example"}, addresses(got)[3:])
	_, err = Choose(t.Context(), Options{Only: map[string]string{"torch": "ftp://mine.example"}}, h)
	assert.ErrorContains(t, err, "--index-of: the index")
}

func TestChooseOffline(t *testing.T) {
	for _, c := range []struct {
		env, toml string
		flag      bool
		want      bool
	}{
		{"", "", false, false},
		{"", "", true, true},
		{"1", "", false, true},
		{"false", "", true, true},
		{"", "offline = true\nindex-url = 'https://c.example'", false, true},
		{"", "offline = false\nindex-url = 'https://c.example'", false, false},
	} {
		got, err := Choose(t.Context(), Options{Offline: c.flag}, machine(map[string]string{"UV_OFFLINE": c.env}, map[string]string{"/src/uv.toml": c.toml}))
		require.NoError(t, err)
		assert.Equal(t, c.want, got.Offline, "%+v", c)
	}
}

func TestChoosePlaces(t *testing.T) {
	for goos, file := range map[string]string{
		"windows": "/home/me/pip/pip.ini",
		"darwin":  "/home/me/Library/Application Support/pip/pip.conf",
	} {
		h := machine(nil, map[string]string{file: "[global]\nindex-url=https://b.example\n"})
		h.OS = goos
		got, err := Choose(t.Context(), Options{}, h)
		require.NoError(t, err, goos)
		assert.Equal(t, file, got.Indexes[0].From)
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
		{"no-index", m{"PIP_NO_INDEX": "yes"}, nil, nil, machine(nil, nil).Default, "PIP_NO_INDEX says no-index"},
		{"neither yes nor no", m{"PIP_NO_INDEX": "perhaps"}, nil, nil, nil, "neither yes nor no"},
		{"offline, neither yes nor no", m{"UV_OFFLINE": "perhaps"}, nil, []string{"https://a.example"}, nil, "UV_OFFLINE"},
		{"not a URL", m{"PIP_INDEX_URL": "simple"}, nil, nil, nil, "PIP_INDEX_URL: the index"},
		{"not a URL at all", m{"PIP_INDEX_URL": "https://me:secret@a.example/%zz"}, nil, nil, nil, "PIP_INDEX_URL: the index is no URL"},
		{"another scheme", nil, nil, []string{"ftp://me:secret@a.example?secret#secret"}, nil, "must be an http, https or file URL"},
		{"a page of links", m{"PIP_FIND_LINKS": "https://me:secret@a.example/links.html?secret"}, nil, nil, machine(nil, nil).Default, "PIP_FIND_LINKS: find-links https://a.example/links.html is no folder"},
		{"a flat page", nil, m{"/src/uv.toml": "[[index]]\nurl='https://secret@a.example/links'\nformat='flat'\ndefault=true"}, nil, nil, "page of links"},
		{"broken pip.conf", nil, m{"/etc/pip.conf": "[global]\nindex-url\n"}, nil, nil, "/etc/pip.conf:2: "},
		{"broken uv.toml", nil, m{"/src/uv.toml": "index-url = secret"}, nil, nil, "/src/uv.toml: line 1"},
		{"broken pyproject.toml", nil, m{"/src/pyproject.toml": "[tool.uv]\nindex-url = ['secret']"}, nil, nil, "/src/pyproject.toml: line 2"},
		{"a file without end", nil, m{"/src/pyproject.toml": "[tool.uv]\n#" + strings.Repeat("x", MaxFile)}, nil, nil, "/src/pyproject.toml has more than"},
		{"uv.toml that is not there", m{"UV_CONFIG_FILE": "/no"}, nil, nil, nil, "/no is not there"},
		{"a source without its index", nil, m{"/src/uv.toml": "index-url='https://a.example'\n[sources]\nx={index='y'}"}, nil, nil, `sends x to the index "y"`},
		{"another keyring", m{"PIP_KEYRING_PROVIDER": "magic"}, nil, []string{"https://a.example"}, nil, `"magic" is not known`},
		{"no proxy", m{"HTTPS_PROXY": "http://me:secret@%zz"}, nil, []string{"https://a.example"}, nil, "the proxy that is configured is no address"},
		{"no such proxy", m{"PIP_PROXY": "ftp://me:secret@p.example"}, nil, []string{"https://a.example"}, nil, "the proxy ftp://p.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := machine(c.env, c.files)
			h.Default = c.def
			_, err := Choose(t.Context(), Options{Indexes: c.flags}, h)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
	h := machine(nil, nil)
	h.Default = nil
	_, err := Choose(t.Context(), Options{}, h)
	assert.ErrorIs(t, err, ErrNone)
}

func TestNetrc(t *testing.T) {
	text := "machine n.example\n  login me password \"s p\"\nmacdef x\n machine evil.example login a password b\n\n" +
		"machine u.example login other account z password other # machine evil.example login a\n" +
		"machine n.example login second password no\nmachine e.example password a\\ b\\\"\ndefault login anyone password #1"
	for _, h := range []Host{
		machine(nil, map[string]string{"/home/me/.netrc": text}),
		machine(nil, map[string]string{"/home/me/_netrc": text}),
		machine(map[string]string{"NETRC": "/n"}, map[string]string{"/n": text, "/home/me/.netrc": "machine n.example login no password no"}),
	} {
		n, err := h.Netrc()
		require.NoError(t, err)
		assert.Equal(t, login{"anyone", "#1"}, n.find("c.example", true))
		for host, want := range map[string]string{
			"u.example":     basic("other", "other"),
			"n.example:443": basic("me", "s p"),
			"e.example":     basic("", `a b"`),
			"evil.example":  "",
			"c.example":     "",
		} {
			got, err := n.Auth(t.Context(), host)
			require.NoError(t, err)
			assert.Equal(t, want, got, host)
		}
	}
}

func basic(user, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

func FuzzConfiguration(f *testing.F) {
	f.Add("[global]\nindex-url = https://b.example\n x\n", "machine a login b password c", "[[index]]\nurl = 'https://a.example'\n[sources]\na = [{index = 'b'}]\n[pip]\nfind-links = ['x']")
	f.Add("[a]\n--: c", "", "")
	f.Add("[a]\nb:c", "default login \"a\\\"b", "index-url = 1")
	f.Fuzz(func(t *testing.T, ini, netrc, uv string) {
		if settings, err := parseINI(ini, "pip.conf"); err == nil {
			for _, s := range settings {
				assert.NotEmpty(t, s.section)
				assert.NotEmpty(t, s.key)
			}
		}
		for host := range parseNetrc(netrc).machines {
			assert.NotEmpty(t, host)
		}
		got, err := Choose(t.Context(), Options{}, machine(nil, map[string]string{"/src/uv.toml": uv, "/etc/pip.conf": ini, "/home/me/.netrc": netrc}))
		if err != nil {
			return
		}
		for _, i := range got.Indexes {
			assert.NotEmpty(t, i.URL)
			assert.NotEmpty(t, i.From)
		}
	})
}
