//go:build oracle

package indexconf

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listener is a server on which every first part of a path is an index that knows nothing. Those whose name begins with P ask for a password.
type listener struct {
	mu    sync.Mutex
	asked []string          // indexes, in the order of their first question
	users map[string]string // what was sent to an index last
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := strings.Split(r.URL.Path, "/")[1]
	if !slices.Contains(l.asked, name) {
		l.asked = append(l.asked, name)
	}
	user, password, ok := r.BasicAuth()
	if ok {
		l.users[name] = user + ":" + password
	}
	if strings.HasPrefix(name, "P") && password == "" {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

// TestOracle has pip and uv look for a project with what this machine says, and compares whom they asked, in which order and as whom. (pip asks all indexes and prefers
// none, so its order does not count.)
func TestOracle(t *testing.T) {
	type m = map[string]string
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, tools, "set CHANDLERY_TOOLS to a virtual environment with pip and uv")
	// pip asks with --mode=creds --output=json before get, and for a name and password in JSON.
	keyring := `#!/bin/sh
case "$*" in
--mode=creds*kr) echo '{"username": "kr", "password": "of the ring"}' ;;
get*kr) echo 'of the ring' ;;
*) exit 1 ;;
esac
`
	agreed := map[string]int{}
	for _, c := range []struct {
		client, name string
		env, files   m
	}{
		{"pip", "environment", m{"PIP_INDEX_URL": "{A}", "PIP_EXTRA_INDEX_URL": "{B} {C}"}, nil},
		{"pip", "user and machine", nil, m{"xdg/pip/pip.conf": "[global]\nindex-url={A}\nextra-index-url={B}", "home/.config/pip/pip.conf": "[global]\nindex_url: {C}\n"}},
		{"pip", "legacy and new", nil, m{"home/.pip/pip.conf": "[global]\nindex-url={A}", "home/.config/pip/pip.conf": "[global]\n--index-url={B}"}},
		{"pip", "sections", nil, m{"xdg/pip/pip.conf": "[download]\nindex-url={A}\n", "home/.config/pip/pip.conf": "[global]\nindex-url={B}\nextra-index-url={C}\n[install]\nindex-url={D}\n[list]\nformat=columns"}},
		{"pip", "an empty value", nil, m{"home/.config/pip/pip.conf": "[global]\nindex-url={B}\n[download]\nindex-url=\n"}},
		{"pip", "a later empty value", nil, m{"xdg/pip/pip.conf": "[download]\nindex-url={A}\n[global]\nindex-url={C}", "home/.config/pip/pip.conf": "[download]\nindex-url=\n"}},
		{"pip", "an empty variable", m{"PIP_INDEX_URL": ""}, m{"home/.config/pip/pip.conf": "[global]\nindex-url={B}\n"}},
		{"pip", "environment over files", m{"PIP_EXTRA_INDEX_URL": "{A}"}, m{"home/.config/pip/pip.conf": "[global]\nindex-url={B}\nextra-index-url={C}\n"}},
		{"pip", "lines", nil, m{"home/.config/pip/pip.conf": "# mine\n[global]\nindex-url = {A}\nextra-index-url =\n    {B}\n    # not this: {E}\n    {C}\n; end\n"}},
		{"pip", "PIP_CONFIG_FILE", m{"PIP_CONFIG_FILE": "{root}/mine"}, m{"mine": "[global]\nindex-url={A}", "home/.config/pip/pip.conf": "[global]\nindex-url={B}\nextra-index-url={C}"}},
		{"pip", "PIP_CONFIG_FILE that is not there", m{"PIP_CONFIG_FILE": "{root}/none"}, m{"home/.config/pip/pip.conf": "[global]\nindex-url={B}"}},
		{"pip", "PIP_CONFIG_FILE under the user's", m{"PIP_CONFIG_FILE": "{root}/mine"}, m{"mine": "[global]\n", "xdg/pip/pip.conf": "[global]\nindex-url={A}", "home/.config/pip/pip.conf": "[global]\nindex-url={B}"}},
		{"pip", "no index", m{"PIP_NO_INDEX": "on", "PIP_FIND_LINKS": "{root}", "PIP_INDEX_URL": "{A}"}, nil},
		{"pip", "no index, taken back", m{"PIP_NO_INDEX": "off"}, m{"home/.config/pip/pip.conf": "[global]\nindex-url={B}\nno-index=true\nfind-links={root}"}},
		{"pip", "user info", m{"PIP_INDEX_URL": "{me:p%40ss@PA}"}, nil},
		{"pip", "netrc", m{"PIP_INDEX_URL": "{PA}"}, m{"home/.netrc": "machine other login x password y\nmachine 127.0.0.1\n login me\n password secret # not this\n"}},
		{"pip", "netrc, quoted", m{"PIP_INDEX_URL": "{PA}", "NETRC": "{root}/n"}, m{"n": "machine 127.0.0.1 login \"m e\" account a password \"a b\\\"c\"\nmachine x login no password no", "home/.netrc": "machine 127.0.0.1 login no password no"}},
		{"pip", "netrc's default", m{"PIP_INDEX_URL": "{PA}"}, m{"home/.netrc": "macdef init\n machine 127.0.0.1 login no password no\n\ndefault login any password thing\n"}},
		{"pip", "keyring", m{"PIP_INDEX_URL": "{kr@PA}", "PIP_KEYRING_PROVIDER": "subprocess"}, m{"bin/keyring": keyring}},
		{"pip", "keyring, not asked", m{"PIP_INDEX_URL": "{kr@PA}", "PIP_KEYRING_PROVIDER": "disabled"}, m{"bin/keyring": keyring}},

		{"uv", "environment", m{"UV_DEFAULT_INDEX": "{A}", "UV_INDEX": "{B} mine={C}"}, nil},
		{"uv", "old environment", m{"UV_INDEX_URL": "{A}", "UV_EXTRA_INDEX_URL": "{B} {C}"}, nil},
		{"uv", "both", m{"UV_INDEX_URL": "{A}", "UV_DEFAULT_INDEX": "{B}", "UV_EXTRA_INDEX_URL": "{C}", "UV_INDEX": "{D}"}, nil},
		{"uv", "over a file's default", m{"UV_INDEX_URL": "{A}"}, m{"app/uv.toml": "[[index]]\nurl='{B}'\ndefault=true\n[[index]]\nurl='{C}'"}},
		{"uv", "a parent's file", nil, m{"uv.toml": "[[index]]\nurl='{A}'\ndefault=true\n[[index]]\nname='x'\nurl='{E}'\nexplicit=true\n[[index]]\nurl='{B}'\n"}},
		{"uv", "extra-index-url beside index", nil, m{"app/uv.toml": "index-url='{A}'\nextra-index-url=['{B}']\n[[index]]\nurl='{C}'"}},
		{"uv", "index-url under a default", nil, m{"app/uv.toml": "index-url='{A}'\n[[index]]\nurl='{C}'\ndefault=true"}},
		{"uv", "project, user and machine", nil, m{"app/uv.toml": "[[index]]\nname='a'\nurl='{A}'\n", "home/.config/uv/uv.toml": "index-url='{B}'\n[[index]]\nname='a'\nurl='{E}'\n[[index]]\nname='c'\nurl='{C}'", "xdg/uv/uv.toml": "index-url='{E}'\n[[index]]\nurl='{D}'"}},
		{"uv", "pip's section", nil, m{"app/uv.toml": "index-url='{A}'\nextra-index-url=['{B}']\n[pip]\nindex-url='{C}'\nextra-index-url=['{D}']\n"}},
		{"uv", "pyproject.toml", nil, m{"pyproject.toml": "[tool.uv]\nindex-url='{A}'\n", "app/pyproject.toml": "[project]\nname='x'\nversion='1'\n"}},
		{"uv", "uv.toml over pyproject.toml", nil, m{"app/pyproject.toml": "[tool.uv]\nindex-url='{A}'\n", "app/uv.toml": "index-url='{B}'"}},
		{"uv", "one file", m{"UV_CONFIG_FILE": "{root}/mine.toml"}, m{"mine.toml": "index-url='{A}'", "app/uv.toml": "[[index]]\nurl='{B}'", "home/.config/uv/uv.toml": "[[index]]\nurl='{C}'"}},
		{"uv", "no file", m{"UV_NO_CONFIG": "1", "UV_DEFAULT_INDEX": "{A}"}, m{"app/uv.toml": "[[index]]\nurl='{B}'"}},
		{"uv", "user info", m{"UV_DEFAULT_INDEX": "{me:p%40ss@PA}"}, nil},
		{"uv", "credentials by name", m{"UV_DEFAULT_INDEX": "my-own.1={PA}", "UV_INDEX_MY_OWN_1_USERNAME": "me", "UV_INDEX_MY_OWN_1_PASSWORD": "s ecret"}, nil},
		{"uv", "credentials by name, and others in the address", m{"UV_DEFAULT_INDEX": "own={you:this@PA}", "UV_INDEX_OWN_USERNAME": "me", "UV_INDEX_OWN_PASSWORD": "no"}, nil},
		{"uv", "a password by name", m{"UV_DEFAULT_INDEX": "own={you@PA}", "UV_INDEX_OWN_USERNAME": "you", "UV_INDEX_OWN_PASSWORD": "this"}, nil},
		{"uv", "netrc", m{"UV_DEFAULT_INDEX": "{PA}"}, m{"home/.netrc": "machine 127.0.0.1 login me password secret\n"}},
		{"uv", "netrc of another user", m{"UV_DEFAULT_INDEX": "{you@PA}"}, m{"home/.netrc": "machine 127.0.0.1 login me password secret\n"}},
		{"uv", "netrc's default", m{"UV_DEFAULT_INDEX": "{PA}"}, m{"home/.netrc": "default login any password thing\n"}},
		{"uv", "keyring", m{"UV_DEFAULT_INDEX": "{kr@PA}", "UV_KEYRING_PROVIDER": "subprocess"}, m{"bin/keyring": keyring}},
		{"uv", "keyring by file", nil, m{"app/uv.toml": "index-url='{kr@PA}'\nkeyring-provider='subprocess'", "bin/keyring": keyring}},
	} {
		t.Run(c.client+", "+c.name, func(t *testing.T) {
			l := &listener{users: map[string]string{}}
			server := httptest.NewServer(l)
			defer server.Close()
			root := t.TempDir()
			fill := func(s string) string { return fillIn(s, root, server.URL) }
			for _, dir := range []string{"home", "app", "bin", "xdg"} {
				require.NoError(t, os.Mkdir(filepath.Join(root, dir), 0o700))
			}
			for name, text := range c.files {
				require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
				require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(fill(text)), 0o700))
			}
			env := m{
				"HOME": filepath.Join(root, "home"), "XDG_CONFIG_DIRS": filepath.Join(root, "xdg"), "PATH": filepath.Join(root, "bin") + ":" + os.Getenv("PATH"),
				"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_RETRIES": "0", "PIP_NO_INPUT": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CACHE": "1", "UV_HTTP_RETRIES": "0",
			}
			for name, value := range c.env {
				env[name] = fill(value)
			}
			ask(t, c.client, tools, filepath.Join(root, "app"), env)

			t.Setenv("PATH", env["PATH"])
			got, err := Choose(t.Context(), Options{Command: "download"}, Host{
				Getenv: func(name string) string { return env[name] }, OS: runtime.GOOS, Home: env["HOME"], Dir: filepath.Join(root, "app"), Read: os.ReadFile, Keyring: KeyringCommand,
			})
			require.NoError(t, err)
			var asked []string
			users := m{}
			for _, i := range got.Indexes {
				u, err := url.Parse(i.URL)
				require.NoError(t, err)
				if i.Explicit {
					continue
				}
				name := strings.Split(u.Path, "/")[1]
				asked = append(asked, name)
				if u.User != nil {
					password, _ := u.User.Password()
					users[name] = u.User.Username() + ":" + password
				}
			}
			if c.client == "pip" {
				slices.Sort(l.asked)
				slices.Sort(asked)
			}
			if assert.Equal(t, l.asked, asked) && assert.Equal(t, l.users, users) {
				agreed[c.client]++
			}
		})
	}
	t.Logf("configurations on which all agree: %v", agreed)
}

var placeholder = regexp.MustCompile(`\{(\S*@)?([A-Z]+)\}`)

// fillIn puts addresses in: {A} is an index, {user@A} one with user info, {root} the folder.
func fillIn(s, root, server string) string {
	_, host, _ := strings.Cut(server, "://")
	return placeholder.ReplaceAllString(strings.ReplaceAll(s, "{root}", root), "http://${1}"+host+"/$2")
}

// ask has a client look for a project that no index knows, which is an error.
func ask(t *testing.T, client, tools, dir string, env map[string]string) {
	args := []string{"download", "-q", "--no-deps", "--no-cache-dir", "nothing-of-this-name"}
	if client == "uv" {
		args = []string{"pip", "compile", "-", "--python", filepath.Join(tools, "bin", "python")}
	}
	cmd := exec.Command(filepath.Join(tools, "bin", client), args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader("nothing-of-this-name\n")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.NotContains(t, string(out), base64.StdEncoding.EncodeToString([]byte("me:")))
	t.Logf("%s", out)
}
