package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

// TestCommand holds what the suite's contract demands besides the workflow: which requests are made, and what the folders hold.
func TestCommand(t *testing.T) {
	repo := trusttest.New(time.Now().AddDate(0, 0, 1))
	initial := repo.File("1.root.json")
	repo.PublishRoot()
	repo.Delegate("targets", metadata.Delegation{Name: "../x?#", Paths: []string{"*", "*/*"}})
	repo.Add("../x?#", "a/b.txt", []byte("content"), nil)
	repo.Add("targets", "c", []byte("c"), nil)
	repo.Publish()
	server := httptest.NewServer(repo)
	defer server.Close()
	dir, targets := t.TempDir(), t.TempDir()
	do := func(args ...string) error {
		return run(context.Background(), append([]string{"--metadata-url", server.URL + "/metadata/", "--metadata-dir", dir, "--target-dir", targets,
			"--target-base-url", server.URL + "/"}, args...))
	}
	root := filepath.Join(t.TempDir(), "root.json")
	require.NoError(t, os.WriteFile(root, initial, 0o644))
	require.Error(t, do("refresh"), "before init")
	require.NoError(t, do("init", root))
	require.Equal(t, initial, read(t, dir, "root.json"))
	require.Empty(t, repo.Requests(), "init makes none")

	require.NoError(t, do("refresh"))
	require.Equal(t, []string{"metadata/2.root.json", "metadata/3.root.json", "metadata/timestamp.json", "metadata/2.snapshot.json", "metadata/2.targets.json"}, repo.Requests())
	for _, name := range []string{"timestamp.json", "2.snapshot.json", "2.targets.json", "2.root.json"} {
		_, file, versioned := strings.Cut(strings.TrimSuffix(name, ".json"), ".")
		if !versioned {
			file = "timestamp"
		}
		require.Equal(t, string(repo.File(name)), string(read(t, dir, file+".json")))
	}

	require.NoError(t, do("--target-name", "a/b.txt", "--target-name", "c", "download"))
	require.Contains(t, strings.Join(repo.Requests(), " "), "metadata/1...%2Fx%3F%23.json ")
	require.Equal(t, "content", string(read(t, targets, "a%2Fb.txt")))
	require.NoError(t, do("--target-name", "a/b.txt", "download"))
	require.Len(t, repo.Requests(), 2, "nothing new, and the artifact is there")
	json, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.Len(t, json, 5, "root, timestamp, snapshot, targets, the delegated role")

	require.Error(t, do("--target-name", "none", "--target-name", "c", "download"))
	for _, args := range [][]string{{}, {"init"}, {"refresh", "x"}, {"download"}, {"other"}, {"--unknown", "refresh"}} {
		require.Error(t, do(args...), "%q", args)
	}
	require.Error(t, run(context.Background(), []string{"refresh"}))
}

func read(t *testing.T, dir, name string) []byte {
	b, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return b
}
