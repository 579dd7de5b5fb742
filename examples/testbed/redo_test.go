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

// TestRedo: the vendor's driver is rbd.py of a later release than the first target. It starts clean there, and fails when a volume is uploaded to an image; the second target passes. No verifier is scripted.
func TestRedo(t *testing.T) {
	b := startBed(t)
	b.do("vendor-driver", "rbd", "--replace") // cinder-volume runs with it; the files of the real environment stay
	b.load()
	before := b.hashes()
	driver := filepath.Join(b.dir, "vendor", "path", "cinder", "volume", "drivers", "rbd.py")

	c := b.cinder().set("target", "policy", "lowest-in-window").set("target", "window", windowOfFirst)
	c["files"] = []object{{"from": driver, "to": "cinder/volume/drivers/rbd.py"}}
	b.oldWith(c)
	b.deploy(c)
	r := b.chandlery(nil, "apply", "--yes")
	rec := one[upgrade.Record](r)
	r.figures(&rec)

	require.Equal(t, upgrade.Upgraded, rec.State)
	assert.Equal(t, 2, rec.Round)
	assert.Equal(t, secondTarget, rec.Target.Version.String())
	require.Len(t, rec.Refused, 1)
	refused := rec.Refused[0]
	t.Logf("refused %s: %s", refused.Version, refused.Reason)
	assert.Equal(t, firstTarget, refused.Version.String())
	var symbols []string
	for _, e := range refused.Evidence {
		t.Logf("%s %s: %s (%s)", e.Class, e.Symbol, e.Text, e.Source)
		if e.Class == upgrade.MissingAPI {
			symbols = append(symbols, e.Symbol)
		}
	}
	assert.Contains(t, symbols, "upload_volume(volume_fd=)")
	b.passes(rec.Report, "L0", "L1", "L2", "L3", "L5")
	b.runsFrom("cinder", rec.To.Root)
	theirs, ours := b.read(driver), b.read(filepath.Join(rec.To.Root, "lib", "python3.11", "site-packages", "cinder", "volume", "drivers", "rbd.py"))
	assert.Equal(t, theirs, ours, "the vendor's driver in the environment")
	b.sameFiles(before, b.hashes())
	b.smoke("")
}

// The window of six series begins with 2023.2, whose cinder lacks what the driver asks for; 2024.1's has it.
const (
	windowOfFirst = 6
	firstTarget   = "23.5.0"
	secondTarget  = "24.5.0"
)

// oldWith starts the old services by scripts that put the vendor's overlay before the real environment's libraries, as its operator does. A new environment has the driver as a file of its own, and must not see the
// overlay, which leads to the old cinder.
func (b *bed) oldWith(c object) {
	b.t.Helper()
	scripts := filepath.Join(b.home, "vendor")
	require.NoError(b.t, os.MkdirAll(scripts, 0o755))
	overlay := b.served("cinder-volume").Env["PYTHONPATH"]
	require.NotEmpty(b.t, overlay)
	programs, err := filepath.Glob("/usr/bin/cinder-*")
	require.NoError(b.t, err)
	for _, program := range programs {
		text := fmt.Sprintf("#!/bin/sh\nPYTHONPATH=%s exec %s \"$@\"\n", overlay, program)
		require.NoError(b.t, os.WriteFile(filepath.Join(scripts, filepath.Base(program)), []byte(text), 0o755))
	}
	c.set("real", "scripts", scripts)
	for _, name := range b.doc.Components["cinder"].Services {
		env := object{}
		for key, value := range b.served(name).Env {
			if key != "PYTHONPATH" {
				env[key] = value
			}
		}
		c.set("services", name, "env", env)
	}
}
