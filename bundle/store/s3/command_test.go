package s3_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/store/s3"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// command is the program over a bucket, as a user runs it.
type command struct {
	t       *testing.T
	program string
	dir     string
	environ []string
	out     bytes.Buffer // all that was ever printed
}

func newCommand(t *testing.T) *command {
	t.Helper()
	c := &command{t: t, dir: t.TempDir()}
	c.program = filepath.Join(c.dir, "chandlery")
	build := exec.Command("go", "build", "-o", c.program, "./chandlery")
	build.Dir = filepath.Join(gateway.home, "..", "..", "..", "examples")
	b, err := build.CombinedOutput()
	require.NoError(t, err, "%s", b)
	c.environ = []string{"HOME=" + c.dir, "PATH=" + os.Getenv("PATH"), "AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey, "AWS_EC2_METADATA_DISABLED=true"}
	return c
}

// run gives what the program printed; it must end with the exit code.
func (c *command) run(code int, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(c.program, args...)
	cmd.Dir, cmd.Env = c.dir, c.environ
	b, err := cmd.CombinedOutput()
	c.out.Write(b)
	require.Equal(c.t, code, cmd.ProcessState.ExitCode(), "%v: %v\n%s", args, err, b)
	return string(b)
}

func (c *command) wheel(version string) {
	c.t.Helper()
	_, err := wheelmake.Write(filepath.Join(c.dir, "wheels"), wheelmake.Spec{Name: "lib", Version: version})
	require.NoError(c.t, err)
}

// TestCommand publishes to a bucket with the program, signed, and updates from its public address.
func TestCommand(t *testing.T) {
	c, s := newCommand(t), bucket(t)
	address := "s3://" + s.Bucket + "/" + s.Prefix + "?region=us-east-1&style=path&endpoint=" + s.Endpoint
	public := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed, err := s.Sign(ctx, strings.TrimPrefix(r.URL.Path, "/"), time.Minute)
		require.NoError(t, err)
		http.Redirect(w, r, signed, http.StatusFound)
	}))
	defer public.Close()
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "dev.json"), []byte(`{"lib": {"expectedVersions": {"linux": "latest"}}}`), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(c.dir, "wheels"), 0o755))
	publish := []string{"publish", "--config", "dev.json", "--index", "wheels", "--cache", "cache", "--store", address}
	update := []string{"update", "--source", public.URL, "--root", "keys/root.json", "--platform", "linux", "--python-dir", "python"}

	c.wheel("1.0")
	assert.Contains(t, c.run(36, publish...), "chandlery keys init --store")
	c.run(64, "keys", "init", "--store", address)
	c.run(0, "keys", "init", "--store", address, "--keys", "keys")
	publish = append(publish, "--keys", "keys")
	assert.Contains(t, c.run(0, append(publish, "--check", public.URL)...), "stable is now at release 1")
	assert.Contains(t, c.run(0, publish...), "stays at release 1: nothing changed")
	assert.Contains(t, c.run(0, update...), "release 1 of stable for linux: 1 new")

	c.wheel("2.0")
	assert.Contains(t, c.run(0, append(publish, "--stage")...), "release 2 is staged")
	assert.Contains(t, c.run(0, update...), "nothing to do: release 1")
	c.run(0, "release", "--store", address, "--keys", "keys")
	assert.Contains(t, c.run(0, update...), "1 replaced")
	assert.Contains(t, c.run(0, "releases", "--store", address), "live")
	c.run(0, "release", "--store", address, "--keys", "keys", "--sequence", "1")
	assert.Contains(t, c.run(0, update...), "release 3 of stable for linux: 0 new, 1 replaced")
	assert.FileExists(t, filepath.Join(c.dir, "python", "lib-1.0.dist-info", "METADATA"))

	c.run(0, "export", "--store", address, "--keys", "keys", "update.zip")
	c.run(0, "update", "--source", "update.zip", "--root", "keys/root.json", "--platform", "linux", "--python-dir", "offline")
	c.run(0, "gc", "--store", address, "--keep", "1", "--min-age", "0s", "--yes")
	c.run(0, append(update, "--verify")...)
	c.run(0, "update", "--source", public.URL, "--root", "keys/root.json", "--platform", "linux", "--python-dir", "fresh")
	assert.Contains(t, c.run(0, "keys", "status", "--store", address, "--keys", "keys"), "timestamp")

	// Signed addresses of libraries, for a bucket that nobody else can read.
	c.wheel("3.0")
	c.run(0, append(publish, "--presign", "1h")...)
	assert.Contains(t, c.run(0, update...), "release 4 of stable for linux: 0 new, 1 replaced")

	c.run(0, "release", "--store", address, "--keys", "keys", "--sequence", "3", "--presign", "1h")
	assert.Contains(t, c.run(0, "update", "--source", public.URL, "--root", "keys/root.json", "--platform", "linux", "--python-dir", "late"), "release 5 of stable for linux: 1 new")
	assert.FileExists(t, filepath.Join(c.dir, "late", "lib-1.0.dist-info", "METADATA"))
	var status struct {
		Result struct {
			Roles []struct {
				Role    string
				Expires time.Time
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(c.run(0, "keys", "status", "--store", address, "--keys", "keys", "--json")), &status))
	require.NotEmpty(t, status.Result.Roles)
	for _, r := range status.Result.Roles {
		assert.Equal(t, r.Role == "stable", time.Until(r.Expires) <= time.Hour, "no release is signed for longer than its addresses last: %v", r)
	}

	c.environ[3] = "AWS_SECRET_ACCESS_KEY=another-secret"
	c.run(51, publish...)
	assert.NotContains(t, c.out.String(), secretKey)
	assert.NotContains(t, c.out.String(), "X-Amz-Signature")
	_, err := s3.ParseURL(address)
	require.NoError(t, err)
}
