//go:build testbed

package testbed

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// TestMariaDBSupervisor is nearest to a real deployment. The real glance shares Debian's libraries with cinder, and serves all the while.
func TestMariaDBSupervisor(t *testing.T) {
	b := startBed(t, "--db", "mariadb", "--glance", "real", "--manager", "supervisor")
	b.seen()
	b.writeData()
	before := b.hashes()
	id, content := b.newImage(1 << 20)
	image := b.watchImage(b.doc.Glance+"/v2/images/"+id+"/file", content)
	glance := b.running("glance-api")
	require.NotEmpty(t, glance)

	b.deploy(b.cinder().set("target", "policy", "newest-slurp"))
	p := one[upgrade.Plan](b.chandlery(nil, "plan"))
	b.planned(p)
	b.upgraded(before, p.Target.Version.String())
	b.wentBack(before)
	b.smoke("")

	assert.Zero(t, image.end(), "an outage of glance")
	t.Log(image)
	assert.Zero(t, image.failed)
	assert.Greater(t, image.looks, 60)
	now := b.running("glance-api")
	require.Len(t, now, len(glance))
	for i := range now {
		assert.Equal(t, glance[i].identity(), now[i].identity(), "glance's process")
	}
	b.runsFrom("glance", "")
}

// newImage uploads random bytes.
func (b *bed) newImage(size int) (id string, content []byte) {
	b.t.Helper()
	content = make([]byte, size)
	random := rand.NewChaCha8([32]byte{4})
	_, err := io.ReadFull(random, content)
	require.NoError(b.t, err)
	var made struct {
		ID string `json:"id"`
	}
	answer := b.send(http.MethodPost, b.doc.Glance+"/v2/images", "application/json", []byte(`{"name": "watched", "disk_format": "raw", "container_format": "bare"}`))
	require.NoError(b.t, json.Unmarshal(answer, &made))
	b.send(http.MethodPut, b.doc.Glance+"/v2/images/"+made.ID+"/file", "application/octet-stream", content)
	return made.ID, content
}

func (b *bed) send(method, url, kind string, body []byte) []byte {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, url, bytes.NewReader(body))
	require.NoError(b.t, err)
	req.Header.Set("X-Auth-Token", b.doc.Token)
	req.Header.Set("Content-Type", kind)
	resp, err := outside.Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	require.Less(b.t, resp.StatusCode, 300, "%s %s: %s", method, url, answer)
	return answer
}
