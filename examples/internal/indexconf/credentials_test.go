package indexconf

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChooseCredentials(t *testing.T) {
	type m = map[string]string
	netrc := "machine n.example login me password net\ndefault login any password all"
	for _, c := range []struct {
		name    string
		index   string
		env     m
		keyring m // "service user" -> password
		want    string
	}{
		{"the address's own", "https://u:p@n.example/s", nil, nil, "https://u:p@n.example/s"},
		{"netrc", "https://n.example/s", nil, nil, "https://me:net@n.example/s"},
		{"netrc, the same user", "https://me@n.example:8443/s", nil, nil, "https://me:net@n.example:8443/s"},
		{"netrc, another user", "https://you@n.example/s", nil, nil, "https://you@n.example/s"},
		{"netrc's default", "https://x.example/s", nil, nil, "https://any:all@x.example/s"},
		{"the address's own before uv's", "own=https://u:p@x.example/s", m{"UV_INDEX_OWN_USERNAME": "u", "UV_INDEX_OWN_PASSWORD": "no"}, nil, "https://u:p@x.example/s"},
		{"uv's, a password for the address's user", "own=https://u@x.example/s", m{"UV_INDEX_OWN_PASSWORD": "p"}, nil, "https://u:p@x.example/s"},
		{"uv's, of another user", "own=https://u@x.example/s", m{"UV_INDEX_OWN_USERNAME": "v", "UV_INDEX_OWN_PASSWORD": "p"}, nil, "https://u@x.example/s"},
		{"uv's, by name", "my-own.1=https://x.example/s", m{"UV_INDEX_MY_OWN_1_USERNAME": "a b", "UV_INDEX_MY_OWN_1_PASSWORD": "p@ss"}, nil, "https://a%20b:p%40ss@x.example/s"},
		{"uv's, a password alone", "own=https://x.example/s", m{"UV_INDEX_OWN_PASSWORD": "token"}, nil, "https://:token@x.example/s"},
		{"uv's, of another", "own=https://x.example/s", m{"UV_INDEX_OTHER_PASSWORD": "token", "NETRC": "/none"}, nil, "https://x.example/s"},
		{"keyring, not asked for", "https://u@k.example/s", nil, m{"https://k.example/s u": "kr"}, "https://u@k.example/s"},
		{"keyring, by address", "https://u@k.example/s", m{"UV_KEYRING_PROVIDER": "subprocess"}, m{"https://k.example/s u": "kr", "k.example u": "no"}, "https://u:kr@k.example/s"},
		{"keyring, by address as pip has it", "https://u@k.example/s", m{"PIP_KEYRING_PROVIDER": "subprocess"}, m{"https://k.example/s/ u": "kr", "k.example u": "no"}, "https://u:kr@k.example/s"},
		{"keyring, by host", "https://u@k.example:1/s", m{"PIP_KEYRING_PROVIDER": "import"}, m{"k.example:1 u": "kr"}, "https://u:kr@k.example:1/s"},
		{"keyring, with uv's user", "own=https://k.example/s", m{"UV_KEYRING_PROVIDER": "subprocess", "UV_INDEX_OWN_USERNAME": "u"}, m{"https://k.example/s u": "kr"}, "https://u:kr@k.example/s"},
		{"keyring, nothing there", "https://token@k.example/s", m{"UV_KEYRING_PROVIDER": "subprocess"}, nil, "https://token@k.example/s"},
		{"keyring, turned off", "https://u@k.example/s", m{"PIP_KEYRING_PROVIDER": "disabled", "UV_KEYRING_PROVIDER": "subprocess"}, m{"https://k.example/s u": "kr"}, "https://u@k.example/s"},
		{"keyring, offline: pages are cached by the whole address", "https://u@k.example/s", m{"UV_KEYRING_PROVIDER": "subprocess", "UV_OFFLINE": "1"}, m{"https://k.example/s u": "kr"}, "https://u:kr@k.example/s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := m{"UV_DEFAULT_INDEX": c.index}
			for k, v := range c.env {
				env[k] = v
			}
			h := machine(env, m{"/home/me/.netrc": netrc})
			h.Keyring = func(_ context.Context, service, user string) (string, error) { return c.keyring[service+" "+user], nil }
			got, err := Choose(t.Context(), Options{}, h)
			require.NoError(t, err)
			assert.Equal(t, []string{c.want}, addresses(got))
		})
	}
	got, err := Choose(t.Context(), Options{}, machine(nil, m{"/home/me/.netrc": netrc}))
	require.NoError(t, err)
	assert.Equal(t, []string{"https://default.example/simple"}, addresses(got), "nobody chose the installed pip's index: netrc's default is not for it")

	h := machine(m{"PIP_INDEX_URL": "https://u:secret@a.example", "PIP_EXTRA_INDEX_URL": "https://u@b.example"}, nil)
	h.Keyring = func(context.Context, string, string) (string, error) { return "", errors.New("locked") }
	_, err = Choose(t.Context(), Options{Keyring: "subprocess"}, h)
	assert.EqualError(t, err, "the index https://b.example: locked")
}

// keyringScript puts a command named keyring on the PATH.
func keyringScript(t *testing.T, script string) {
	if runtime.GOOS == "windows" {
		t.Fatal("this test makes a shell script")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "keyring"), []byte("#!/bin/sh\n"+script), 0o700))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestKeyringCommand(t *testing.T) {
	for _, c := range []struct{ name, script, want, err string }{
		{"a password", `test "$1 $2 $3" = "get https://k.example/s me" && printf 'kr \r\n'`, "kr ", ""},
		{"none", "echo secret >&2; exit 1", "", ""},
		{"noise beside it", "echo secret >&2; echo kr", "kr", ""},
		{"too much", "head -c " + strconv.Itoa(maxPassword+1) + " /dev/zero; exit 0", "", "too much"},
	} {
		t.Run(c.name, func(t *testing.T) {
			keyringScript(t, c.script)
			got, err := KeyringCommand(t.Context(), "https://k.example/s", "me")
			assert.Equal(t, c.want, got)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.err)
			}
		})
	}
	t.Run("it waits for somebody", func(t *testing.T) {
		keyringScript(t, "sleep 20 & sleep 20")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := runKeyring(ctx, "x", "me")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.True(t, strings.HasPrefix(err.Error(), "keyring did not answer"))
	})
	t.Run("no command", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := KeyringCommand(t.Context(), "x", "me")
		assert.ErrorContains(t, err, "keyring was asked for")
	})
}
