package offline_test

import (
	"crypto"
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// updateOnline is what an application with a network does.
func (m *machine) updateOnline(net http.RoundTripper) (*bundle.UpdatePlan, error) {
	f := &index.Fetcher{RoundTripper: net}
	defer f.Close()
	c := m.client(m.trust)
	c.RoundTripper = net
	return (&bundle.Updater{Source: c, Fetcher: f, Platform: "linux", PythonDir: m.python}).Update(ctx)
}

// files is all that a folder holds, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = string(b)
		return err
	}))
	return all
}

// TestRepositoryTurnsEvil: between two updates the store falls into other hands. That is an error of trust, at once, and the application keeps what it has, byte for
// byte; once the store is the publisher's again, updates go on.
func TestRepositoryTurnsEvil(t *testing.T) {
	for name, turn := range map[string]struct {
		evil func(s *site, old map[string][]byte)
		want error
	}{
		"signed by another": {func(s *site, _ map[string][]byte) {
			s.Signers["timestamp"] = []crypto.Signer{trusttest.NewKey()}
			s.PublishTimestamp()
		}, trust.ErrVerify},
		"the channel signed by another": {func(s *site, _ map[string][]byte) {
			s.Signers["stable"] = []crypto.Signer{trusttest.NewKey()}
			s.Publish()
		}, trust.ErrVerify},
		"back to the old release": {func(s *site, old map[string][]byte) { s.Restore(old) }, trust.ErrRollback},
		"another snapshot": {func(s *site, old map[string][]byte) {
			s.Serve("metadata/3.snapshot.json", old["metadata/2.snapshot.json"])
		}, trust.ErrVerify},
		"no metadata":          {func(s *site, _ map[string][]byte) { s.Serve("metadata/timestamp.json", []byte("<html>log in</html>")) }, trust.ErrFormat},
		"endless":              {func(s *site, _ map[string][]byte) { s.Serve("metadata/timestamp.json", make([]byte, 1<<20)) }, trust.ErrTooLarge},
		"nothing new for long": {func(s *site, _ map[string][]byte) { s.now = expires }, trust.ErrFrozen},
		"another configuration": {func(s *site, _ map[string][]byte) {
			for path, b := range s.Files() {
				if strings.HasPrefix(path, "stable/") {
					s.Serve(path, []byte(strings.ReplaceAll(string(b), "2.0", "6.6")))
				}
			}
		}, trust.ErrVerify},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			m := s.machine(t)
			net := trusttest.Network{"store.example": s.Repo}
			_, err := m.updateOnline(net)
			require.NoError(t, err)
			old := s.Files()
			s.release(t, "2.0")
			if turn.want == trust.ErrRollback { // there is a way back only from what was seen
				_, err := m.client(m.trust).Latest(ctx)
				require.NoError(t, err)
			}
			good, signers, before := s.Files(), s.Signers, files(t, m.python)
			s.Signers = map[string][]crypto.Signer{}
			for role, all := range signers {
				s.Signers[role] = all
			}
			turn.evil(s, old)
			s.Requests()
			for range 2 {
				_, err = m.updateOnline(net)
				require.ErrorIs(t, err, turn.want)
				require.Equal(t, bundle.KindTrust, bundle.KindOf(err))
				require.Equal(t, before, files(t, m.python))
				asked := map[string]int{}
				for _, path := range s.Requests() {
					asked[path]++
					require.Equal(t, 1, asked[path], "%s is asked for again", path)
				}
			}
			s.Restore(good)
			s.Signers, s.now = signers, start
			s.Publish()
			_, err = m.updateOnline(net)
			require.NoError(t, err)
			require.Equal(t, "2.0 for linux", m.holds(t))
		})
	}
}

// recorder keeps what was sent.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	sent []string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	b, err := httputil.DumpRequest(req, true)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.sent = append(r.sent, string(b))
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

// TestClientIDIsNotSent: a roll-out is decided by a number that no request holds; who is in asks for what everybody asks for.
func TestClientIDIsNotSent(t *testing.T) {
	s := newSite(t)
	net := &recorder{next: trusttest.Network{"store.example": s.Repo}}
	m := s.machine(t)
	_, err := m.updateOnline(net)
	require.NoError(t, err)
	var state struct {
		Body struct {
			ClientID string `json:"client_id"`
		} `json:"body"`
	}
	b, err := os.ReadFile(filepath.Join(m.python, bundle.StateFolder, "state.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &state))
	id := state.Body.ClientID
	require.GreaterOrEqual(t, len(id), 26)
	held := false
	for _, percent := range []int{0, 50, 100} {
		s.staged = &manifest.Rollout{Percent: percent, Salt: "2"}
		s.release(t, "2.0")
		plan, err := m.updateOnline(net)
		require.NoError(t, err)
		require.Equal(t, s.staged.Includes(id), plan.Hold == "")
		if held = held || plan.Hold == bundle.HoldRollout; plan.Hold != "" {
			require.Equal(t, "1.0 for linux", m.holds(t))
		}
	}
	require.True(t, held)
	require.Equal(t, "2.0 for linux", m.holds(t))
	require.Greater(t, len(net.sent), 10)
	for _, request := range net.sent {
		assert.NotContains(t, strings.ToLower(request), strings.ToLower(id))
		assert.True(t, strings.HasPrefix(request, "GET /"), request)
		assert.NotContains(t, strings.SplitN(request, "\r\n", 2)[0], "?")
	}
}
