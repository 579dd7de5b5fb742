package s3_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

// nobody answers no request: this machine has no role.
var nobody = between(func(r *http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })

func variables(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// profiles writes the shared files, which are looked for in the process's environment.
func profiles(t *testing.T, credentials, config string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_CONFIG_FILE": config} {
		path := filepath.Join(dir, name)
		if text != "" {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		}
		t.Setenv(name, path)
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		t.Setenv(name, "")
	}
}

func TestEnvironmentVariables(t *testing.T) {
	profiles(t, "[default]\naws_access_key_id = of-file\naws_secret_access_key = s\n", "")
	aws := []string{"AWS_ACCESS_KEY_ID", "a", "AWS_SECRET_ACCESS_KEY", "b", "AWS_SESSION_TOKEN", "c"}
	alibaba := []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "d", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "e", "ALIBABA_CLOUD_SECURITY_TOKEN", "f"}
	oss := []string{"OSS_ACCESS_KEY_ID", "g", "OSS_ACCESS_KEY_SECRET", "h"}
	all := append(append(append([]string{}, aws...), alibaba...), oss...)
	for _, c := range []struct {
		what    string
		e       *s3.Environment
		want    string // the access key
		missing string
	}{
		{"AWS", &s3.Environment{Getenv: variables(aws...)}, "a", ""},
		{"AWS among others", &s3.Environment{Getenv: variables(all...)}, "a", ""},
		{"OSS among others", &s3.Environment{Getenv: variables(all...), Service: s3.AlibabaOSS}, "g", ""},
		{"Alibaba", &s3.Environment{Getenv: variables(alibaba...), Service: s3.AlibabaOSS}, "d", ""},
		{"AWS for OSS", &s3.Environment{Getenv: variables(aws...), Service: s3.AlibabaOSS}, "a", ""},
		{"half", &s3.Environment{Getenv: variables("AWS_ACCESS_KEY_ID", "a")}, "", "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY one is set"},
		{"a profile was named", &s3.Environment{Getenv: variables(aws...), Profile: "default"}, "of-file", ""},
		{"nothing set", &s3.Environment{Getenv: variables()}, "of-file", ""},
	} {
		c.e.RoundTripper = nobody
		got, err := c.e.Retrieve(ctx)
		assert.Equal(t, c.want, got.AccessKey, c.what)
		if c.missing == "" {
			assert.NoError(t, err, c.what)
			continue
		}
		assert.ErrorIs(t, err, s3.ErrNoCredentials, c.what)
		assert.ErrorContains(t, err, c.missing)
		assert.Equal(t, bundle.KindPermission, bundle.KindOf(err))
	}
	_, err := (&s3.Environment{}).Retrieve(ctx)
	assert.ErrorContains(t, err, "field Getenv is required")
}

func TestEnvironmentProfiles(t *testing.T) {
	profiles(t, "[default]\naws_access_key_id = a\naws_secret_access_key = b\n[half]\naws_access_key_id = a-secret\n",
		"[profile other]\naws_access_key_id = c\naws_secret_access_key = d\naws_session_token = e\n")
	for profile, want := range map[string]s3.Credentials{
		"default": {AccessKey: "a", SecretKey: "b"},
		"other":   {AccessKey: "c", SecretKey: "d", SessionToken: "e"},
		"half":    {},
		"none":    {},
	} {
		got, err := (&s3.Environment{Getenv: variables(), Profile: profile, RoundTripper: nobody}).Retrieve(ctx)
		assert.True(t, want == got, profile)
		if want == (s3.Credentials{}) {
			assert.ErrorIs(t, err, s3.ErrNoCredentials, profile)
			assert.NotContains(t, err.Error(), "a-secret")
			continue
		}
		assert.NoError(t, err, profile)
	}

	profiles(t, "secret-words that are no profile", "")
	_, err := (&s3.Environment{Getenv: variables(), Profile: "default", RoundTripper: nobody}).Retrieve(ctx)
	assert.ErrorIs(t, err, s3.ErrNoCredentials)
	assert.NotContains(t, err.Error(), "secret-words")
	_, err = (&s3.Environment{Getenv: variables(), RoundTripper: nobody}).Retrieve(ctx)
	assert.ErrorContains(t, err, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a profile")
	_, err = (&s3.Environment{Getenv: variables("AWS_EC2_METADATA_DISABLED", "true"), RoundTripper: between(func(*http.Request) (*http.Response, error) {
		t.Error("a role was asked for")
		return nil, io.EOF
	})}).Retrieve(ctx)
	assert.ErrorIs(t, err, s3.ErrNoCredentials)
}

// metadata answers as the metadata services of EC2 and ECS do; each role that it gives lasts as long as it says.
type metadata struct {
	lasts time.Duration
	given atomic.Int64
	log   []string
}

func (m *metadata) RoundTrip(r *http.Request) (*http.Response, error) {
	m.log = append(m.log, r.Method+" "+r.URL.String())
	answer := func(status int, text string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
	}
	_, role, found := strings.Cut(r.URL.Path, "/security-credentials/")
	switch held := r.Header.Get("X-aws-ec2-metadata-token") + r.Header.Get("X-aliyun-ecs-metadata-token"); {
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
		return answer(200, "a-token")
	case held != "a-token":
		return answer(401, "")
	case found && role == "":
		return answer(200, "publisher")
	case found && role == "publisher":
		b, err := json.Marshal(map[string]any{"Code": "Success", "AccessKeyId": fmt.Sprint("role-", m.given.Add(1)), "SecretAccessKey": "s", "AccessKeySecret": "s", "Token": "t",
			"SecurityToken": "t", "Expiration": time.Now().Add(m.lasts).UTC().Format(time.RFC3339)})
		if err != nil {
			return nil, err
		}
		return answer(200, string(b))
	}
	return answer(404, "")
}

func TestEnvironmentRole(t *testing.T) {
	profiles(t, "", "")
	for service, host := range map[s3.Service]string{s3.Standard: "http://169.254.169.254/", s3.AlibabaOSS: "http://100.100.100.200/"} {
		m := &metadata{lasts: time.Hour}
		e := &s3.Environment{Getenv: variables(), Service: service, RoundTripper: m}
		for range 3 {
			c, err := e.Retrieve(ctx)
			require.NoError(t, err)
			assert.True(t, c == s3.Credentials{AccessKey: "role-1", SecretKey: "s", SessionToken: "t"})
		}
		assert.Len(t, m.log, 3, "a role is kept while it lasts")
		for _, line := range m.log {
			assert.Contains(t, line, host)
		}
		short := &s3.Environment{Getenv: variables(), Service: service, RoundTripper: &metadata{lasts: -time.Second}}
		for n := range 2 {
			c, err := short.Retrieve(ctx)
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprint("role-", n+1), c.AccessKey, "renewed when it ends")
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, err := (&s3.Environment{Getenv: variables(), Service: service, RoundTripper: nobody}).Retrieve(ended)
		assert.ErrorIs(t, err, context.Canceled)
	}
}

// renewing gives a wrong secret first.
type renewing struct{ asked atomic.Int64 }

func (r *renewing) Retrieve(context.Context) (s3.Credentials, error) {
	c := s3.Credentials{AccessKey: accessKey, SecretKey: secretKey}
	if r.asked.Add(1) == 1 {
		c.SecretKey = "ended"
	}
	return c, nil
}

// TestCredentialsSource: it is asked for every request, for addresses too, and its error is not tried again.
func TestCredentialsSource(t *testing.T) {
	s := bucket(t)
	source := &renewing{}
	s.Credentials = source
	_, err := s.Stat(ctx, "a")
	require.ErrorIs(t, err, os.ErrPermission)
	_, err = s.Put(ctx, "sha256/aa/a.zip", object("a"))
	require.NoError(t, err)
	address, err := s.Sign(ctx, "sha256/aa/a.zip", time.Minute)
	require.NoError(t, err)
	status, _, _ := get(t, address)
	assert.Equal(t, 200, status)

	profiles(t, "", "")
	none := bucket(t)
	none.Credentials = &s3.Environment{Getenv: variables(), RoundTripper: nobody}
	_, err = none.Put(ctx, "sha256/aa/a.zip", object("a"))
	assert.ErrorIs(t, err, s3.ErrNoCredentials)
	assert.Equal(t, bundle.KindPermission, bundle.KindOf(err))

	o, alibaba := newOSS(t)
	alibaba.Credentials = &s3.Environment{Service: s3.AlibabaOSS, Getenv: variables("OSS_ACCESS_KEY_ID", accessKey, "OSS_ACCESS_KEY_SECRET", secretKey, "OSS_SESSION_TOKEN", "a-token")}
	_, err = alibaba.Put(ctx, "sha256/aa/a.zip", object("a"))
	require.NoError(t, err)
	assert.NotNil(t, o.get("sha256/aa/a.zip"))
}
