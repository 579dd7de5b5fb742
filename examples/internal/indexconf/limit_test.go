package indexconf

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLimit(t *testing.T) {
	type m = map[string]string
	for _, c := range []struct {
		name       string
		env, files m
		want       Limit
	}{
		{"nothing", nil, nil, Limit{}},
		{"pip's environment first", m{"PIP_UPLOADED_PRIOR_TO": "P3D", "UV_EXCLUDE_NEWER": "2026-01-02"}, m{"/etc/pip.conf": "[global]\nuploaded-prior-to = 2020-01-01"}, Limit{"P3D", "PIP_UPLOADED_PRIOR_TO", false}},
		{"uv's environment before files", m{"UV_EXCLUDE_NEWER": "2026-01-02"}, m{"/etc/pip.conf": "[global]\nuploaded-prior-to = 2020-01-01"}, Limit{"2026-01-02", "UV_EXCLUDE_NEWER", true}},
		{"pip's file before uv's", nil, m{"/etc/pip.conf": "[global]\nuploaded-prior-to = 2020-01-01", "/src/app/uv.toml": `exclude-newer = "2021-01-01"`}, Limit{"2020-01-01", "/etc/pip.conf", false}},
		{"uv's file", nil, m{"/src/app/uv.toml": `exclude-newer = "30 days"`}, Limit{"30 days", "/src/app/uv.toml", true}},
		{"whoever names the indexes", m{"PIP_INDEX_URL": "https://a.example"}, m{"/src/pyproject.toml": "[tool.uv]\nexclude-newer = 2021-01-01\n"}, Limit{"2021-01-01", "/src/pyproject.toml", true}},
		{"a time of TOML", nil, m{"/src/app/uv.toml": "exclude-newer = 2021-01-01T10:00:00Z"}, Limit{"2021-01-01T10:00:00Z", "/src/app/uv.toml", true}},
		{"the nearest of uv's", nil, m{"/src/app/uv.toml": `no-index = true`, "/home/me/.config/uv/uv.toml": `exclude-newer = "2021-01-01"`}, Limit{"2021-01-01", "/home/me/.config/uv/uv.toml", true}},
		{"pip's part of uv's file", nil, m{"/src/app/uv.toml": "exclude-newer = \"2021-01-01\"\n[pip]\nexclude-newer = \"2020-01-01\"\n"}, Limit{"2020-01-01", "/src/app/uv.toml", true}},
		{"uv's files are off", m{"UV_NO_CONFIG": "1"}, m{"/src/app/uv.toml": `exclude-newer = "30 days"`}, Limit{}},
		{"what is no limit", nil, m{"/src/app/uv.toml": `exclude-newer = false`}, Limit{}},
	} {
		got, err := machine(c.env, c.files).Limit("")
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, got, c.name)
	}
	_, err := machine(nil, map[string]string{"/etc/pip.conf": "x"}).Limit("")
	require.Error(t, err)
	_, err = machine(nil, map[string]string{"/src/app/uv.toml": "x"}).Limit("")
	require.Error(t, err)
}
