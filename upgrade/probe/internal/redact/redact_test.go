package redact

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"mysql+pymysql://cinder:s3cr3t@127.0.0.1:13306/cinder?charset=utf8", "mysql+pymysql://***@127.0.0.1:13306/cinder?charset=utf8"},
		{"rabbit://guest:a@b/c@10.0.0.1:5672,guest:s3cr3t@10.0.0.2:5672/vhost", "rabbit://***@10.0.0.2:5672/vhost"},
		{"connecting to 'http://u:s3cr3t@h/' now", "connecting to 'http://***@h/' now"},
		{"{'san_password': 's3cr3t', 'san_ip': '10.0.0.1'}", "{'san_password': ***, 'san_ip': '10.0.0.1'}"},
		{`{"auth_token": "s3cr3t"}`, `{"auth_token": ***}`},
		{"X-Auth-Token: s3cr3t", "X-Auth-Token: ***"},
		{"Authorization: Bearer s3cr3ts3cr3t", "Authorization: Bearer ***"},
		{"admin_password = s3cr3t and more", "admin_password = *** and more"},
		{"Command: hpe --password s3cr3t list", "Command: hpe --password *** list"},
		{"[client.admin] key = AQBs3cr3ts3cr3ts3cr3t==", "[client.admin] key = ***"},
		{"GET http://h/x?X-Signature=s3cr3t&a=1", "GET http://h/x?X-Signature=***&a=1"},
		{"no such option vendor_password in group [b]", "no such option vendor_password in group [b]"},
		{"f() got an unexpected keyword argument 'token'", "f() got an unexpected keyword argument 'token'"},
		{"volume-1@snap is busy", "volume-1@snap is busy"},
	}
	for _, tt := range tests {
		got := Text(tt.in)
		assert.Equal(t, tt.want, got)
		assert.NotContains(t, got, "s3cr3t")
	}
}

func TestLine(t *testing.T) {
	assert.Equal(t, "a b?", Line(" a\nb\xff\r\n", 10))
	assert.Equal(t, "é…", Line("ééé", 3), "a character is not cut in two")
	assert.Equal(t, "p://***@…", Line("p://user:"+strings.Repeat("s", 50)+"@host", 8), "redacted before it is cut")
}

func FuzzLine(f *testing.F) {
	f.Add("rabbit://u:p@h/", 10)
	f.Add("password: 'x", 0)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = max(0, limit%4096)
		got := Line(s, limit)
		if !utf8.ValidString(got) || len(got) > limit+len("…") || strings.ContainsAny(got, "\n\r\x00") {
			t.Fatalf("%q", got)
		}
	})
}
