package oracle

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/chandlery-go/chandlery/bundle/trust/internal/mutate"
)

// host is where every client believes the files to be: metadata below metadata/, targets below the host itself.
const host = "http://mirror.example/"

// client is one of the three. Install is what a new process of it, whose folder is dir, installs for mutate.Target.
type client interface {
	Install(dir string, root []byte, files map[string][]byte) ([]byte, error)
}

// ours is package trust.
type ours struct{}

func (ours) Install(dir string, root []byte, files map[string][]byte) ([]byte, error) {
	return mutate.Install(context.Background(), dir, root, files)
}

// goTUF is go-tuf's updater.
type goTUF struct{}

func (goTUF) Install(dir string, root []byte, files map[string][]byte) (got []byte, err error) {
	defer func() { // a client that breaks installs nothing either
		if p := recover(); p != nil {
			got, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	cfg, err := config.New(host+"metadata", root)
	if err != nil {
		return nil, err
	}
	cfg.Fetcher, cfg.RemoteTargetsURL = memory(files), host
	cfg.LocalMetadataDir, cfg.LocalTargetsDir = filepath.Join(dir, "metadata"), filepath.Join(dir, "targets")
	u, err := updater.New(cfg)
	if err != nil {
		return nil, err
	}
	info, err := u.GetTargetInfo(mutate.Target)
	if err != nil {
		return nil, err
	}
	_, got, err = u.DownloadTarget(info, "", "")
	return got, err
}

// memory is a fetcher of go-tuf. Its own one asks for what is not there again and again, and changes the process's http.DefaultClient.
type memory map[string][]byte

func (m memory) DownloadFile(url string, limit int64, _ time.Duration) ([]byte, error) {
	b, ok := m[strings.TrimPrefix(url, host)]
	switch {
	case !ok:
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: url}
	case int64(len(b)) > limit:
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s has more than %d bytes", url, limit)}
	}
	return b, nil
}
