package s3_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

const token = "a-session-token-of-temporary-credentials"

func TestCredentialsHidden(t *testing.T) {
	c := s3.Credentials{AccessKey: accessKey, SecretKey: secretKey, SessionToken: token}
	b, err := json.Marshal(map[string]any{"c": c, "p": &c})
	require.NoError(t, err)
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "c", c, "p", &c)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "c", c, "s", struct{ C s3.Credentials }{c})
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, &c), fmt.Sprintf("%+v", struct{ C s3.Credentials }{c}), string(b), logged.String()} {
		assert.Contains(t, text, "s3.Credentials(")
		assertHidden(t, text)
	}
}

func assertHidden(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{accessKey, secretKey, token, "Signature=", "told in words"} {
		assert.NotContains(t, text, secret)
	}
}

// TestCredentialsEchoed: a service that repeats all that it was sent, in every field of its answer, does not bring it into errors and logs.
func TestCredentialsEchoed(t *testing.T) {
	for _, status := range []int{200, 204, 301, 400, 403, 404, 409, 412, 500, 501, 503} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			said := r.Header.Get("Authorization") + r.Header.Get("X-Amz-Security-Token")
			if said == "" {
				t.Error("the request is not signed")
			}
			w.Header().Set("X-Minio-Error-Code", said)
			w.Header().Set("X-Minio-Error-Desc", said)
			w.Header().Set("X-Amz-Bucket-Region", said)
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, "<Error><Code>%[1]s</Code><Message>%[1]s told in words</Message><Key>%[1]s</Key><BucketName>%[1]s</BucketName><Region>%[1]s</Region><RequestId>%[1]s</RequestId></Error>", said)
		}))
		var logged bytes.Buffer
		s := &s3.Store{Endpoint: server.URL, Bucket: "classroom", Credentials: s3.Credentials{AccessKey: accessKey, SecretKey: secretKey, SessionToken: token}, Attempts: 2, Threshold: 1,
			Logger: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		for name, do := range map[string]func() error{
			"put":    func() error { _, err := s.Put(ctx, "sha256/aa/a.zip", object("a")); return err },
			"parts":  func() error { _, err := s.Put(ctx, "sha256/aa/a.zip", object("body")); return err },
			"create": func() error { return s.Write(ctx, "stable/update.json", []byte("{}"), "") },
			"write":  func() error { return s.Write(ctx, "stable/update.json", []byte("{}"), "x") },
			"read":   func() error { _, _, err := s.Read(ctx, "stable/update.json", 1<<20); return err },
			"stat":   func() error { _, err := s.Stat(ctx, "stable/update.json"); return err },
			"remove": func() error { return s.Remove(ctx, "stable/update.json") },
			"list": func() (last error) {
				for _, err := range s.List(ctx, "") {
					last = err
				}
				return last
			},
		} {
			if err := do(); err != nil {
				assertHidden(t, fmt.Sprintf("%s %d: %v %+v", name, status, err, err))
			} else {
				assert.Contains(t, []int{200, 204, 404}, status, name)
			}
		}
		assertHidden(t, logged.String())
		server.Close()
	}
}
