package index

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDir(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	w := resolvetest.Wheel{Name: "My.Lib", Version: "1.0", RequiresDist: []string{"numpy"}, RequiresPython: ">=3.9"}
	other := w
	other.Padding = 100
	for path, b := range map[string][]byte{
		filepath.Join(one, w.Filename()):                        w.Bytes(),
		filepath.Join(two, w.Filename()):                        other.Bytes(),
		filepath.Join(two, "my_lib-2.0.tar.gz"):                 []byte("sdist"),
		filepath.Join(two, "my_lib-3.0-py3-none-any.whl"):       []byte("no wheel"),
		filepath.Join(one, "README.txt"):                        nil,
		filepath.Join(one, "folder-1.0-py3-none-any.whl", "xx"): nil,
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, b, 0o644))
	}
	uploaded := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	d := &Dir{Folders: []string{one, two}, Uploaded: uploaded}
	p, err := d.Project(t.Context(), "my-lib")
	require.NoError(t, err)
	require.Len(t, p.Files, 3)
	f := p.Files[0]
	address, err := FileURL(filepath.Join(one, w.Filename()))
	require.NoError(t, err)
	assert.Equal(t, dist.Artifact{File: w.Filename(), URL: address, Size: int64(len(w.Bytes())), Hashes: map[string]string{"sha256": sum(w.Bytes())}}, f.Artifact)
	assert.Equal(t, ">=3.9", f.RequiresPython.String())
	assert.Equal(t, uploaded, f.Uploaded)
	m, err := d.Metadata(t.Context(), f)
	require.NoError(t, err)
	assert.Len(t, m.RequiresDist, 1)
	b, err := (&Fetcher{}).Fetch(t.Context(), f.Artifact)
	require.NoError(t, err)
	assert.Equal(t, w.Bytes(), content(t, b))

	_, err = d.Metadata(t.Context(), p.Files[1])
	assert.ErrorIs(t, err, ErrNoMetadata)
	_, err = d.Metadata(t.Context(), p.Files[2])
	assert.ErrorContains(t, err, "no zip")
	for _, name := range []pep508.Name{"absent", "folder"} {
		_, err = d.Project(t.Context(), name)
		assert.ErrorIs(t, err, dist.ErrNotFound)
	}
	require.NoError(t, os.WriteFile(filepath.Join(one, w.Filename()), other.Bytes(), 0o644))
	_, err = d.Metadata(t.Context(), f)
	var he *dist.HashError
	assert.ErrorAs(t, err, &he, "changed since")
	require.NoError(t, os.Remove(filepath.Join(one, w.Filename())))
	_, err = d.Metadata(t.Context(), f)
	assert.ErrorIs(t, err, dist.ErrNotFound)
	_, err = d.Metadata(t.Context(), dist.File{Artifact: dist.Artifact{URL: "https://files.example/x"}})
	assert.ErrorContains(t, err, "not a file of a local folder")
}

func TestDirAbsent(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wheels")
	d := &Dir{Folders: []string{dir}}
	_, err := d.Project(t.Context(), "foo")
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.NotErrorIs(t, err, dist.ErrNotFound)
	require.NoError(t, os.Mkdir(dir, 0o755))
	_, err = d.Project(t.Context(), "foo")
	assert.ErrorIs(t, err, dist.ErrNotFound, "an error is not kept")
}

type fixed map[pep508.Name]error

func (f fixed) Project(_ context.Context, name pep508.Name) (*dist.Project, error) {
	err, ok := f[name]
	if !ok {
		err = dist.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &dist.Project{Name: name}, nil
}

func (f fixed) Metadata(_ context.Context, file dist.File) (*dist.Metadata, error) {
	return &dist.Metadata{Name: file.Name, Version: f["version"].Error()}, nil
}

func TestFirstOf(t *testing.T) {
	broken := errors.New("broken")
	ix := FirstOf(fixed{"a": nil, "c": broken, "version": errors.New("first")}, fixed{"a": nil, "b": nil, "c": nil, "version": errors.New("second")})
	for name, want := range map[pep508.Name]string{"a": "first", "b": "second"} {
		m, err := ix.Metadata(t.Context(), dist.File{Filename: dist.Filename{Name: name}})
		require.NoError(t, err)
		assert.Equal(t, want, m.Version, "%s asked before Project", name)
		_, err = ix.Project(t.Context(), name)
		require.NoError(t, err)
	}
	_, err := ix.Project(t.Context(), "c")
	assert.ErrorIs(t, err, broken)
	_, err = ix.Project(t.Context(), "d")
	assert.ErrorIs(t, err, dist.ErrNotFound)
	_, err = ix.Metadata(t.Context(), dist.File{Filename: dist.Filename{Name: "d"}})
	assert.ErrorIs(t, err, dist.ErrNotFound)
	_, err = FirstOf().Project(t.Context(), "a")
	assert.ErrorIs(t, err, dist.ErrNotFound)
	ix.(resolve.Prefetcher).Prefetch(t.Context(), "a", "d")
}
