//go:build testbed

package testbed

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// TestGlance: a second component, which its description alone makes possible. Debian's paste file does not start the newest release: the wheel's is taken, as deploy.yaml says.
func TestGlance(t *testing.T) {
	b := startBed(t, "--glance", "real")
	before := b.hashes()
	id, content := b.newImage(4 << 20)
	url := b.doc.Glance + "/v2/images/" + id + "/file"

	c := b.component("glance").set("target", "policy", "newest-slurp")
	c["choices"] = object{"glance-api-paste.ini": "take"}
	c["verify"] = object{"commands": []object{{"argv": []string{b.imageCheck(url)}, "level": "L3"}}, "pidfiles": b.others("glance")}
	b.deploy(c)
	p := one[upgrade.Plan](b.chandlery(nil, "plan"))
	b.planned(p)
	image := b.watchImage(url, content)
	r := b.chandlery(nil, "apply", "--yes")
	outage := image.end()
	rec := one[upgrade.Record](r)
	r.figures(&rec)
	t.Log(image)
	t.Logf("down: glance %.1f s", outage.Seconds())

	require.Equal(t, upgrade.Upgraded, rec.State)
	b.passes(rec.Report, "L0", "L3", "L5")
	b.runsFrom("glance", rec.To.Root)
	b.serves(url, content)
	b.sameFiles(before, b.hashes())
	b.smoke("") // cinder uses it

	back := one[upgrade.Record](b.chandlery(nil, "rollback"))
	require.Equal(t, upgrade.RolledBack, back.State)
	b.passes(back.Report, "L0", "L3", "L5")
	b.runsFrom("glance", "")
	b.serves(url, content)
}

// serves demands an old image's bytes, and those of one that is new.
func (b *bed) serves(url string, content []byte) {
	b.t.Helper()
	got, err := get(b.t.Context(), url, "X-Auth-Token", b.doc.Token)
	require.NoError(b.t, err)
	assert.Equal(b.t, content, got)
	id, fresh := b.newImage(1 << 20)
	got, err = get(b.t.Context(), b.doc.Glance+"/v2/images/"+id+"/file", "X-Auth-Token", b.doc.Token)
	require.NoError(b.t, err)
	assert.Equal(b.t, fresh, got)
}

// imageCheck is the operator's own check: the image is served.
func (b *bed) imageCheck(url string) string {
	b.t.Helper()
	script := filepath.Join(b.home, "check-image")
	text := fmt.Sprintf("#!/bin/sh\nexec /usr/bin/curl -sS -f --retry 20 --retry-delay 1 --retry-all-errors -m 60 -o /dev/null -H 'X-Auth-Token: %s' %s\n", b.doc.Token, url)
	require.NoError(b.t, os.WriteFile(script, []byte(text), 0o755))
	return script
}
