package main

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlace(t *testing.T) {
	dir := t.TempDir()
	putFiles := func(files []*outputFile) error {
		var in openFolders
		defer in.close()
		failed := make([]error, len(files))
		for i, f := range files {
			failed[i] = f.write(&in)
		}
		return place(files, &in, cmp.Or(failed...))
	}
	at := func(name, text string) *outputFile {
		return &outputFile{path: filepath.Join(dir, name), text: []byte(text)}
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o755))

	require.NoError(t, putFiles([]*outputFile{at("a", "1"), at("sub/b", "2"), at("a", "3")}))
	for name, want := range map[string]string{"a": "3", "sub/b": "2"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "the last of one path stands")
	}

	assert.ErrorContains(t, putFiles([]*outputFile{at("c", "4"), at("nowhere/d", "5")}), "nowhere")
	assert.ErrorContains(t, putFiles([]*outputFile{at("folder", "6"), at("e", "7")}), "folder")
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, f := range list {
		names = append(names, f.Name())
	}
	assert.Equal(t, []string{"a", "folder", "sub"}, names, "nothing of what failed is left")
}
