package s3_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]*s3.Store{
		"s3://classroom?region=eu-central-1":                                           {Endpoint: "https://s3.eu-central-1.amazonaws.com", Bucket: "classroom", Region: "eu-central-1", Service: s3.Standard},
		"s3://classroom/a/b/?region=cn-north-1":                                        {Endpoint: "https://s3.cn-north-1.amazonaws.com.cn", Bucket: "classroom", Prefix: "a/b", Region: "cn-north-1", Service: s3.Standard},
		"s3://classroom/?service=oss&region=cn-hangzhou":                               {Endpoint: "https://s3.oss-cn-hangzhou.aliyuncs.com", Bucket: "classroom", Region: "cn-hangzhou", Service: s3.AlibabaOSS},
		"s3://classroom?endpoint=https://oss-cn-hangzhou-internal.aliyuncs.com":        {Endpoint: "https://oss-cn-hangzhou-internal.aliyuncs.com", Bucket: "classroom", Service: s3.AlibabaOSS},
		"s3://classroom?endpoint=http%3A%2F%2F127.0.0.1%3A9000&style=virtual":          {Endpoint: "http://127.0.0.1:9000", Bucket: "classroom", Style: s3.StyleVirtual, Service: s3.Standard},
		"s3://classroom?endpoint=https://minio.example&style=path&public=//cdn&x":      nil,
		"s3://classroom?endpoint=https://minio.example&public=https://cdn.example/x":   {Endpoint: "https://minio.example", Bucket: "classroom", BaseURL: "https://cdn.example/x", Service: s3.Standard},
		"s3://classroom?endpoint=https://minio.example&presign=24h&read-back=true":     {Endpoint: "https://minio.example", Bucket: "classroom", Presign: 24 * time.Hour, ReadBack: true, Service: s3.Standard},
		"s3://classroom?endpoint=https://minio.example&service=s3&style=auto&region=x": {Endpoint: "https://minio.example", Bucket: "classroom", Region: "x", Service: s3.Standard},
	} {
		got, err := s3.ParseURL(text)
		if want == nil {
			assert.Error(t, err, text)
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestParseURLRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"https://classroom":                         "must be s3://bucket",
		"s3:classroom":                              "must be s3://bucket",
		"s3:///classroom":                           "must be s3://bucket",
		"s3://class:1?x":                            "must be s3://bucket",
		"s3://\x00secret":                           "must be s3://bucket",
		"s3://classroom":                            "needs endpoint=https://… or region=…",
		"s3://Class?region=x":                       "is no bucket's name",
		"s3://key:secret@classroom?region=x":        "no user",
		"s3://classroom?region=x#secret":            "no fragment",
		"s3://classroom?region=x&secret-key=secret": "no parameter is called \"secret-key\"; known are",
		"s3://classroom?region=x&region=secret":     "stands 2 times",
		"s3://classroom?region=x.secret":            "region has no such value",
		"s3://classroom?region=x/secret&endpoint=https://minio.example":           "Region is no region's name",
		"s3://classroom?region=x&style=secret":                                    "style has no such value",
		"s3://classroom?region=x&service=secret":                                  "service has no such value",
		"s3://classroom?region=x&presign=secret":                                  "presign has no such value",
		"s3://classroom?region=x&presign=200h":                                    "Presign must be whole seconds",
		"s3://classroom?region=x&presign=1h&public=https://cdn.example":           "exclude each other",
		"s3://classroom?region=x&read-back=secret":                                "read-back has no such value",
		"s3://classroom?region=%zzsecret":                                         "are no query",
		"s3://classroom?endpoint=https://a:secret@minio.example":                  "Endpoint must be an http",
		"s3://classroom?endpoint=minio.example":                                   "Endpoint must be an http",
		"s3://classroom?endpoint=https://minio.example/secret":                    "without a path",
		"s3://classroom?endpoint=https://minio.example&public=https://a?b=secret": "BaseURL must be an http",
		"s3://classroom/../secret?region=x":                                       "is no folder of a store",
	} {
		_, err := s3.ParseURL(text)
		assert.ErrorContains(t, err, want, text)
	}
}

// FuzzParseURL: what is taken is a Store that can be opened, and gives addresses.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{
		"s3://classroom/a?region=eu-central-1", "s3://classroom?service=oss&region=cn-hangzhou&style=virtual", "s3://c.d?endpoint=https://minio.example:9000&presign=24h",
		"s3://classroom?endpoint=http://[::1]:9000&public=https://cdn.example/x&read-back=true&style=path", "s3://a:b@c/%2e%2e?x=%zz#f", "s3://000000000?endpoint=http://!",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := s3.ParseURL(text)
		if err != nil {
			return
		}
		s.Credentials = s3.Credentials{AccessKey: "a", SecretKey: "b"}
		_, err = s.Address("stable/update.json")
		require.NoError(t, err, "%q", text)
		_, err = s.Sign(ctx, "stable/update.json", time.Minute)
		require.NoError(t, err, "%q", text)
	})
}
