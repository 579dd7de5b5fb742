package manifest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkJSON: what the scanner takes for JSON, encoding/json does too.
func checkJSON(t *testing.T, b []byte) {
	d := document{text: b}
	if _, ok := d.scan(); ok {
		require.True(t, json.Valid(b), "accepted what is no JSON")
	}
}

func FuzzParse(f *testing.F) {
	full, err := sample().Encode()
	require.NoError(f, err)
	plain, err := sample().EncodePlain()
	require.NoError(f, err)
	f.Add(full)
	f.Add(plain)
	f.Add([]byte(`{"$meta":{"schema":1,"schema":1}}`))
	f.Add([]byte(`{"$meta":{"schema":1,"channel":"a","sequence":1,"issued":"2026-11-22T00:00:00Z","rollout":{"percent":25,"salt":"1"},"platforms":{}}}`))
	f.Add([]byte(`{"\ud83d\ude00":[1e5,-0,true,null]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkJSON(t, b)
		m, err := Parse(b)
		if err != nil {
			require.NotEmpty(t, problems(t, err))
			return
		}
		encode := m.Encode
		if m.Meta.Schema == 0 {
			encode = m.EncodePlain
		}
		out, err := encode()
		require.NoError(t, err, "what is read can be written")
		again, err := Parse(out)
		require.NoError(t, err)
		if m.Meta.Schema != 0 {
			require.True(t, m.SameContent(again))
		}
	})
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{"$excludeNewer":"2026-11-22","$overrides":["a==1"],"$indexes":["https://index.example"],"$wheels":["w"],"a[b]":{"expectedVersions":{"p":"1.0","q":">=1","r":"latest"}}}`))
	f.Add([]byte(`{"a":{"expectedVersions":{"p":1.5}},"A":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkJSON(t, b)
		c, err := ParseConfig(b)
		if err != nil {
			require.NotEmpty(t, problems(t, err))
			return
		}
		require.NotEmpty(t, c.Libraries)
		for _, lib := range c.Libraries {
			require.NotEmpty(t, lib.Name)
			require.NotEmpty(t, lib.Expected)
		}
	})
}

func FuzzParsePlatforms(f *testing.F) {
	f.Add([]byte(`{"name":{"python":"3.9.0","tags":["macosx_11_0_arm64","win32"]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		platforms, err := ParsePlatforms(b)
		if err != nil {
			require.NotEmpty(t, problems(t, err))
			return
		}
		for name, p := range platforms {
			require.Equal(t, name, p.Name)
			require.NotEmpty(t, p.Variants)
		}
	})
}
