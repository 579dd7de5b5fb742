package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// indexFlags say where libraries come from. The library itself knows no index.
type indexFlags struct {
	Index []string `sep:"none" placeholder:"URL|DIR" help:"An index (.../simple/) or a folder of wheels; several in order of precedence. Without it: what the configuration, pip or uv on this machine name."`
	Cache string   `type:"path" placeholder:"DIR" help:"Folder of the cache; by default the user's."`
	Fresh bool     `help:"Ask for every index page anew, however new the cache's is."`
	Trace string   `type:"path" placeholder:"FILE" help:"Append one JSON object an HTTP request."`

	wheels []string // folders of wheels that the configuration names, asked first
}

// libraries is an index, and what brings its files. (It embeds neither: an Index that is embedded loses its optional abilities.)
type libraries struct {
	index   resolve.Index
	fetcher dist.Fetcher
	close   func() error
}

// open makes the index: folders of wheels first, then the indexes of the command line, the configuration or the machine.
func (f *indexFlags) open(ctx context.Context, configured []string) (*libraries, error) {
	log, err := openLog(f.Trace)
	if err != nil {
		return nil, err
	}
	cache, err := f.openCache()
	if err != nil {
		return nil, err
	}
	folders, urls, cert, err := f.choose(ctx, configured)
	if err != nil {
		return nil, err
	}
	client, err := newClient(cert, urls, log)
	if err != nil {
		return nil, err
	}
	var all []resolve.Index
	if len(folders) > 0 {
		// A folder's files are the user's own, and there on purpose: no date leaves them out.
		all = append(all, &index.Dir{Folders: folders, Uploaded: time.Unix(0, 0).UTC()})
	}
	if len(urls) > 0 {
		all = append(all, &index.Client{URLs: urls, RoundTripper: client.RoundTripper, Auth: client.auth, Cache: cache, PageTTL: f.lifetime()})
	}
	fetcher := &index.Fetcher{Cache: cache, RoundTripper: client.RoundTripper, Auth: client.auth}
	return &libraries{index: oneOf(all), fetcher: fetcher, close: func() error { return errors.Join(fetcher.Close(), log.Close()) }}, nil
}

// oneOf keeps a single index as it is, with its optional abilities.
func oneOf(all []resolve.Index) resolve.Index {
	if len(all) == 1 {
		return all[0]
	}
	return index.FirstOf(all...)
}

func (f *indexFlags) lifetime() time.Duration {
	if f.Fresh {
		return -1
	}
	return 0
}

// openCache opens the folder of --cache, by default one in the user's folder of caches.
func (f *indexFlags) openCache() (*index.Cache, error) {
	if f.Cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return nil, usage("there is no folder for caches (%v): give --cache DIR", err)
		}
		f.Cache = filepath.Join(dir, "chandlery")
	}
	return index.OpenCache(f.Cache)
}

// choose sorts what was named into folders of wheels and addresses.
func (f *indexFlags) choose(ctx context.Context, configured []string) (folders, urls []string, cert string, err error) {
	named := append([]string{}, f.Index...)
	if len(named) == 0 {
		named = configured
	}
	for i, s := range named {
		if info, err := os.Stat(s); err == nil && info.IsDir() {
			if named[i], err = index.FileURL(s); err != nil {
				return nil, nil, "", err
			}
		}
	}
	choice, err := indexconf.Choose(ctx, named, thisMachine())
	if err != nil {
		return nil, nil, "", &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindUsage, Err: err}
	}
	folders = append(folders, f.wheels...)
	for _, s := range choice.URLs {
		if !strings.HasPrefix(strings.ToLower(s), "file:") {
			urls = append(urls, s)
			continue
		}
		folder, err := folderOf(s)
		if err != nil {
			return nil, nil, "", err
		}
		folders = append(folders, folder)
	}
	return folders, urls, choice.Cert, nil
}

// folderOf is the path of a file: address.
func folderOf(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return "", usage("%s is no folder of this machine", s)
	}
	if len(u.Path) > 2 && u.Path[2] == ':' { // /C:/wheels
		u.Path = u.Path[1:]
	}
	return filepath.FromSlash(u.Path), nil
}

// thisMachine is where the choice of an index is looked up.
func thisMachine() indexconf.Host {
	home, _ := os.UserHomeDir() // "" where there is none: then no file of the user's is found
	dir, _ := os.Getwd()
	return indexconf.Host{
		Getenv: os.Getenv, OS: runtime.GOOS, Home: filepath.ToSlash(home), Dir: filepath.ToSlash(dir), Read: os.ReadFile, Default: indexconf.InstalledPip,
	}
}

// client is how a command talks HTTP.
type client struct {
	http.RoundTripper
	auth func(ctx context.Context, host string) (string, error)
}

// newClient makes one pool of connections. What an index's own address says of user and password goes before netrc.
func newClient(cert string, urls []string, log *requestLog) (*client, error) {
	transport, err := newTransport(cert)
	if err != nil {
		return nil, err
	}
	netrc, err := thisMachine().Netrc()
	if err != nil {
		return nil, err
	}
	inURL := index.AuthOf(nil, urls...)
	auth := func(ctx context.Context, host string) (string, error) {
		if header, err := inURL(ctx, host); header != "" || err != nil {
			return header, err
		}
		return netrc(ctx, host)
	}
	return &client{RoundTripper: traced{transport, log}, auth: auth}, nil
}
