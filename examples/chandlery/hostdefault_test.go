package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/durable"
)

func TestPipDefault(t *testing.T) {
	dir, bin := t.TempDir(), t.TempDir()
	python := filepath.Join(bin, "python3")
	require.NoError(t, os.WriteFile(python, []byte("#!/bin/sh\n"), 0o700))
	t.Setenv("PATH", bin)
	asked, answer := 0, error(nil)
	get := func(fresh bool) string {
		url, err := pipDefault(dir, fresh, func(context.Context) (string, error) { asked++; return "https://default.example/simple", answer })(t.Context())
		assert.ErrorIs(t, err, answer)
		return url
	}
	for _, c := range []struct {
		name   string
		change func()
		fresh  bool
		asks   bool
	}{
		{"at first", func() {}, false, true},
		{"again", func() {}, false, false},
		{"anew", func() {}, true, true},
		{"another interpreter", func() { require.NoError(t, os.WriteFile(python, []byte("#!/bin/sh\nexit\n"), 0o700)) }, false, true},
		{"that one again", func() {}, false, false},
		{"a day later", func() {
			b, err := durable.MarshalRecord(1, defaultIndex{pythonOnPath(), "https://old.example", time.Now().Add(-25 * time.Hour)})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, defaultIndexFile), b, 0o600))
		}, false, true},
		{"damaged", func() { require.NoError(t, os.WriteFile(filepath.Join(dir, defaultIndexFile), []byte("{"), 0o600)) }, false, true},
		{"no interpreter that could be told from others", func() { t.Setenv("PATH", t.TempDir()) }, false, true},
	} {
		asked = 0
		c.change()
		assert.Equal(t, "https://default.example/simple", get(c.fresh), c.name)
		assert.Equal(t, c.asks, asked == 1, c.name)
	}
	answer = errors.New("no pip")
	dir = t.TempDir()
	get(false)
	assert.NoFileExists(t, filepath.Join(dir, defaultIndexFile))
}
