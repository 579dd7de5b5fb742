package index_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// site serves wheels, to the user u with the password secret alone below /private/, and counts requests.
type site struct {
	*httptest.Server
	dir string // of the files that are named by file: address

	mu    sync.Mutex
	asked map[string]int
}

func newSite(t *testing.T, wheels ...wheelmake.Spec) *site {
	s := &site{dir: t.TempDir(), asked: map[string]int{}}
	require.NoError(t, wheelmake.Folder(s.dir, wheels...))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path]++
		s.mu.Unlock()
		if user, password, _ := r.BasicAuth(); strings.HasPrefix(r.URL.Path, "/private/") && user+password != "usecret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.ServeFile(w, r, filepath.Join(s.dir, path.Base(r.URL.Path)))
	}))
	t.Cleanup(s.Close)
	return s
}

// text puts addresses into a requirement: LOCAL, NET and PRIVATE are where the wheels are.
func (s *site) text(t *testing.T, text string) string {
	local, err := index.FileURL(s.dir)
	require.NoError(t, err)
	return strings.NewReplacer("LOCAL", local, "NET", s.URL, "PRIVATE", strings.Replace(s.URL, "://", "://u:secret@", 1)+"/private").Replace(text)
}

func (s *site) requirements(t *testing.T, list []string) []pep508.Requirement {
	var out []pep508.Requirement
	for _, text := range list {
		r, err := pep508.Parse(s.text(t, text))
		require.NoError(t, err)
		out = append(out, r)
	}
	return out
}

func digest(t *testing.T, dir, file string) string {
	b, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func linux(t *testing.T) resolve.Platform {
	pl, err := resolve.NewPlatform("linux", pep440.MustParse("3.11.2"), "manylinux_2_17_x86_64")
	require.NoError(t, err)
	return pl
}

func pins(set *resolve.Resolution) []string {
	var out []string
	for _, p := range set.Pins {
		out = append(out, string(p.Name)+"=="+p.Version.String())
	}
	return out
}

func TestDirect(t *testing.T) {
	s := newSite(t,
		wheelmake.Spec{Name: "app", Version: "1.0", Requires: []string{"lib>=1"}, Extras: []string{"x"}},
		wheelmake.Spec{Name: "lib", Version: "2.0rc1"}, wheelmake.Spec{Name: "lib", Version: "1.5+local"}, wheelmake.Spec{Name: "Odd_Name", Version: "1", Tag: "cp311-cp311-win_amd64"})
	known := t.TempDir() // the index
	require.NoError(t, wheelmake.Folder(known, wheelmake.Spec{Name: "lib", Version: "1.0"}, wheelmake.Spec{Name: "lib", Version: "3.0"},
		wheelmake.Spec{Name: "app", Version: "9.0"}, wheelmake.Spec{Name: "old", Version: "1", Requires: []string{"lib<1.4"}}))
	sum := digest(t, s.dir, "app-1.0-py3-none-any.whl")
	for name, c := range map[string]struct {
		requirements, constraints, overrides []string
		want                                 []string
		reasons                              string // of the first pin
	}{
		"file":           {requirements: []string{"app @ LOCAL/app-1.0-py3-none-any.whl"}, want: []string{"app==1.0", "lib==3.0"}, reasons: "app @ LOCAL/app-1.0-py3-none-any.whl"},
		"net":            {requirements: []string{"app[x] @ NET/a/app-1.0-py3-none-any.whl?q=secret ; os_name == 'posix'"}, want: []string{"app==1.0", "lib==3.0"}, reasons: `app[x] @ NET/a/app-1.0-py3-none-any.whl ; os_name == "posix"`},
		"hash":           {requirements: []string{"app @ NET/app-1.0-py3-none-any.whl#x=1&sha256=" + strings.ToUpper(sum)}, want: []string{"app==1.0", "lib==3.0"}, reasons: "app @ NET/app-1.0-py3-none-any.whl"},
		"password":       {requirements: []string{"app @ PRIVATE/app-1.0-py3-none-any.whl"}, want: []string{"app==1.0", "lib==3.0"}, reasons: "app @ NET/private/app-1.0-py3-none-any.whl"},
		"both":           {requirements: []string{"app @ LOCAL/app-1.0-py3-none-any.whl", "lib @ LOCAL/lib-2.0rc1-py3-none-any.whl"}, want: []string{"app==1.0", "lib==2.0rc1"}, reasons: "app @ LOCAL/app-1.0-py3-none-any.whl"},
		"twice":          {requirements: []string{"app @ LOCAL/app-1.0-py3-none-any.whl", "app @ LOCAL/app-1.0-py3-none-any.whl", "app"}, want: []string{"app==1.0", "lib==3.0"}, reasons: "app,app @ LOCAL/app-1.0-py3-none-any.whl"},
		"constraint":     {requirements: []string{"lib"}, constraints: []string{"lib @ LOCAL/lib-1.5+local-py3-none-any.whl", "app @ LOCAL/app-1.0-py3-none-any.whl"}, want: []string{"lib==1.5+local"}, reasons: "lib,lib @ LOCAL/lib-1.5+local-py3-none-any.whl"},
		"override":       {requirements: []string{"old"}, overrides: []string{"lib @ LOCAL/lib-1.5+local-py3-none-any.whl"}, want: []string{"lib==1.5+local", "old==1"}, reasons: "lib @ LOCAL/lib-1.5+local-py3-none-any.whl"},
		"marker":         {requirements: []string{"lib", "lib @ LOCAL/missing-1-py3-none-any.whl ; os_name == 'nt'"}, want: []string{"lib==3.0"}, reasons: "lib"},
		"none":           {requirements: []string{"lib<3"}, want: []string{"lib==1.0"}, reasons: "lib<3"},
		"on the machine": {requirements: []string{"lib @ LOCAL/lib-1.5%2Blocal-py3-none-any.whl"}, want: []string{"lib==1.5+local"}, reasons: "lib @ LOCAL/lib-1.5%2Blocal-py3-none-any.whl"},
	} {
		t.Run(name, func(t *testing.T) {
			cache, err := index.OpenCache(t.TempDir())
			require.NoError(t, err)
			fetcher := &index.Fetcher{Cache: cache}
			d := &index.Direct{Index: &index.Dir{Folders: []string{known}}, Fetcher: fetcher}
			req := &resolve.Request{Requirements: s.requirements(t, c.requirements), Constraints: s.requirements(t, c.constraints), Overrides: s.requirements(t, c.overrides), Platform: linux(t)}
			for range 2 {
				set, err := d.Resolve(t.Context(), req)
				require.NoError(t, err)
				assert.Equal(t, c.want, pins(set))
				var reasons []string
				for _, r := range set.Pins[0].RequiredBy {
					reasons = append(reasons, r.Requirement.String())
				}
				assert.Equal(t, s.text(t, c.reasons), strings.Join(reasons, ","))
				for _, p := range set.Pins {
					assert.NotContains(t, p.Files[0].URL, "u:secret")
					blob, err := fetcher.Fetch(t.Context(), p.Files[0].Artifact)
					require.NoError(t, err)
					require.NoError(t, blob.Close())
				}
			}
			assert.LessOrEqual(t, s.asked["/private/app-1.0-py3-none-any.whl"], 2, "once without the password, if at all")
		})
	}
}

func TestDirectRefused(t *testing.T) {
	s := newSite(t,
		wheelmake.Spec{Name: "app", Version: "1.0", Requires: []string{"lib>=1"}}, wheelmake.Spec{Name: "app", Version: "2.0"},
		wheelmake.Spec{Name: "odd", Version: "1", Tag: "cp311-cp311-win_amd64"}, wheelmake.Spec{Name: "new", Version: "1", RequiresPython: ">=3.12"})
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "bad-1.0-py3-none-any.whl"), []byte("no zip"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "src-1.0.tar.gz"), []byte("no tar"), 0o600))
	b, err := os.ReadFile(filepath.Join(s.dir, "app-1.0-py3-none-any.whl"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "other-1.0-py3-none-any.whl"), b, 0o600))
	for text, want := range map[string]string{
		"app @ LOCAL/lib-1.0-py3-none-any.whl":                                           "belongs to lib, not to app",
		"app @ LOCAL/":                                                                   "a project's folder is not built",
		"app @ LOCAL/app-1.0-py3-none-any.whl#subdirectory=x":                            "a project in a folder of an archive is not built",
		"app @ LOCAL/app-1.0-py3-none-any.whl#sha256=0":                                  "its sha256 is not 64 hexadecimal digits",
		"app @ LOCAL/app-1.0-py3-none-any.whl#md5=" + strings.Repeat("0", 32):            "md5 is ",
		"app @ NET/app-1.0-py3-none-any.whl#sha256=" + strings.Repeat("0", 64):           "sha256",
		"app @ NET/app-1.0-py3-none-any.whl#sha1=" + strings.Repeat("0", 40):             "sha1",
		"app @ git+https://u:secret@x.example/app@v1":                                    "version control is not supported",
		"app @ ssh://u:secret@x.example/app-1.0-py3-none-any.whl":                        "an address begins with https:, http: or file:",
		"app @ ./app-1.0-py3-none-any.whl":                                               "an address begins with https:, http: or file:",
		"app @ file://elsewhere.example/app-1.0-py3-none-any.whl":                        "not a file: address of this machine",
		"app @ LOCAL/app-3.0-py3-none-any.whl":                                           "no such file",
		"app @ NET/app-3.0-py3-none-any.whl?secret":                                      "404",
		"app @ NET/private/app-1.0-py3-none-any.whl":                                     "401",
		"bad @ LOCAL/bad-1.0-py3-none-any.whl":                                           "no zip",
		"other @ LOCAL/other-1.0-py3-none-any.whl":                                       "Name",
		"odd @ LOCAL/odd-1-cp311-cp311-win_amd64.whl":                                    "win_amd64",
		"new @ LOCAL/new-1-py3-none-any.whl":                                             "3.12",
		"src @ LOCAL/src-1.0.tar.gz ":                                                    "src",
		"app @ LOCAL/app-1.0-py3-none-any.whl|app @ LOCAL/app-2.0-py3-none-any.whl":      "another address of the project is named too",
		"app @ LOCAL/app-1.0-py3-none-any.whl|app>1":                                     "app>1",
		"app @ LOCAL/app-1.0-py3-none-any.whl|app @ NET/app-1.0-py3-none-any.whl?secret": "another address of the project is named too",
	} {
		t.Run(text, func(t *testing.T) {
			fetcher := &index.Fetcher{}
			defer fetcher.Close()
			known := t.TempDir()
			require.NoError(t, wheelmake.Folder(known, wheelmake.Spec{Name: "app", Version: "1.5"}, wheelmake.Spec{Name: "lib", Version: "1.5"}))
			d := &index.Direct{Index: &index.Dir{Folders: []string{known}}, Fetcher: fetcher}
			_, err := d.Resolve(t.Context(), &resolve.Request{Requirements: s.requirements(t, strings.Split(text, "|")), Platform: linux(t)})
			require.Error(t, err)
			assert.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

// TestDirectTransitive: what a distribution asks for by address is taken where the request names it too.
func TestDirectTransitive(t *testing.T) {
	s := newSite(t, wheelmake.Spec{Name: "lib", Version: "1.0"}, wheelmake.Spec{Name: "lib", Version: "2.0"})
	address := s.text(t, "NET/lib-1.0-py3-none-any.whl")
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	require.NoError(t, wheelmake.Folder(s.dir, wheelmake.Spec{Name: "app", Version: "1.0", Requires: []string{"lib @ " + address + "#sha256=" + strings.Repeat("0", 64)}}))
	resolved := func(list ...string) (*resolve.Resolution, error) {
		d := &index.Direct{Index: &index.Dir{Folders: []string{s.dir}}, Fetcher: fetcher}
		return d.Resolve(t.Context(), &resolve.Request{Requirements: s.requirements(t, list), Platform: linux(t)})
	}
	set, err := resolved("app", "lib @ "+address)
	require.NoError(t, err)
	assert.Equal(t, []string{"app==1.0", "lib==1.0"}, pins(set))
	assert.Equal(t, address+"#sha256="+strings.Repeat("0", 64), set.Pins[0].Metadata[0].RequiresDist[0].URL, "metadata is as it was")
	var reasons []string
	for _, r := range set.Pin("lib").RequiredBy {
		reasons = append(reasons, string(r.By)+" "+r.Requirement.String())
	}
	assert.Equal(t, []string{" lib @ " + address, "app lib @ " + address}, reasons)

	for _, list := range [][]string{{"app"}, {"app", "lib @ " + s.text(t, "LOCAL/lib-1.0-py3-none-any.whl")}, {"app", "lib==1.0"}} {
		_, err = resolved(list...)
		var none *resolve.NoSolutionError
		require.ErrorAs(t, err, &none)
		assert.ErrorContains(t, err, "app")
		assert.ErrorContains(t, err, "address")
	}
}

func TestDirectURL(t *testing.T) {
	s := newSite(t, wheelmake.Spec{Name: "lib", Version: "1.0"}, wheelmake.Spec{Name: "app", Version: "1.0"})
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	d := &index.Direct{Index: &index.Dir{Folders: []string{s.dir}}, Fetcher: fetcher}
	for _, address := range []string{"LOCAL/lib-1.0-py3-none-any.whl", "PRIVATE/lib-1.0-py3-none-any.whl"} {
		set, err := d.Resolve(t.Context(), &resolve.Request{Requirements: s.requirements(t, []string{"app", "lib @ " + address}), Platform: linux(t)})
		require.NoError(t, err)
		assert.Empty(t, index.DirectURL(*set.Pin("app")))
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(index.DirectURL(*set.Pin("lib"))), &got))
		public := strings.Replace(s.text(t, address), "u:secret@", "", 1)
		assert.Equal(t, map[string]any{"url": public, "archive_info": map[string]any{"hashes": map[string]any{"sha256": digest(t, s.dir, "lib-1.0-py3-none-any.whl")}}}, got)
		b, err := os.ReadFile(filepath.Join(s.dir, "lib-1.0-py3-none-any.whl"))
		require.NoError(t, err)
		sum := sha512.Sum512(b)
		assert.Equal(t, hex.EncodeToString(sum[:]), set.Pin("lib").Files[0].Hashes["sha512"])
	}
}

// TestDirectNoLearner: a Fetcher of another kind brings nothing from the net that has no hash.
func TestDirectNoLearner(t *testing.T) {
	s := newSite(t, wheelmake.Spec{Name: "lib", Version: "1.0"})
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	d := &index.Direct{Index: &index.Dir{}, Fetcher: dist.FetcherFunc(fetcher.Fetch)}
	for text, want := range map[string]error{"lib @ NET/lib-1.0-py3-none-any.whl": index.ErrNoHash, "lib @ NET/lib-1.0-py3-none-any.whl#sha256=" + digest(t, s.dir, "lib-1.0-py3-none-any.whl"): nil} {
		_, err := d.Resolve(t.Context(), &resolve.Request{Requirements: s.requirements(t, []string{text}), Platform: linux(t)})
		assert.ErrorIs(t, err, want)
	}
}

// TestDirectOffline: with a hash in the address the cache answers; without one nobody knows which file is meant.
func TestDirectOffline(t *testing.T) {
	s := newSite(t, wheelmake.Spec{Name: "lib", Version: "1.0"})
	cache, err := index.OpenCache(t.TempDir())
	require.NoError(t, err)
	for _, offline := range []bool{false, true} {
		for text, want := range map[string]error{"lib @ NET/lib-1.0-py3-none-any.whl": index.ErrOffline, "lib @ NET/lib-1.0-py3-none-any.whl#sha256=" + digest(t, s.dir, "lib-1.0-py3-none-any.whl"): nil} {
			d := &index.Direct{Index: &index.Dir{}, Fetcher: &index.Fetcher{Cache: cache, Offline: offline}}
			_, err := d.Resolve(t.Context(), &resolve.Request{Requirements: s.requirements(t, []string{text}), Platform: linux(t)})
			if !offline {
				want = nil
			}
			assert.ErrorIs(t, err, want)
		}
	}
}

func TestDirectOfNothing(t *testing.T) {
	_, err := (&index.Direct{Index: &index.Dir{}}).Resolve(t.Context(), nil)
	require.ErrorContains(t, err, "there is no request")
}
