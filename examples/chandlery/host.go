package main

import (
	"context"
	"errors"
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
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/build"
	"github.com/chandlery-go/chandlery/venv/python"
)

// indexFlags say where libraries come from. The library itself knows no index.
type indexFlags struct {
	Index      []string `sep:"none" placeholder:"URL|DIR" help:"An index (.../simple/) or a folder of wheels; several in order of precedence. Without it: what the configuration, pip or uv on this machine name."`
	IndexOf    []string `sep:"none" placeholder:"NAME=URL|DIR" help:"The one index, or folder of wheels, that a project may come from, and that is asked for no other."`
	Cache      string   `type:"path" placeholder:"DIR" help:"Folder of the cache; by default the user's."`
	Fresh      bool     `xor:"fresh" help:"Ask for every index page anew, however new the cache's is."`
	Offline    bool     `xor:"fresh" help:"Fetch nothing: the cache, whatever its age, and folders of wheels are all there is."`
	Cert       string   `type:"path" placeholder:"FILE" help:"Certificates of the authorities to trust, in place of the system's. Without it, as without the next three: what pip and uv are told."`
	ClientCert string   `type:"path" placeholder:"FILE" help:"A PEM file with this client's certificate and key, for servers that ask for one."`
	Proxy      string   `placeholder:"URL" help:"The proxy for everything: http, https, socks5 or socks5h."`
	Keyring    string   `name:"keyring-provider" placeholder:"subprocess" help:"subprocess: ask the command keyring for passwords of indexes whose address has a user only; disabled: do not."`
	Trace      string   `type:"path" placeholder:"FILE" help:"Append one JSON object an HTTP request."`

	wheels  []string // folders of wheels that the configuration names, asked first
	command string   // the command of pip whose section of its files counts; "": install
}

// libraries is an index, and what brings its files. (It embeds neither: an Index that is embedded loses its optional abilities.)
type libraries struct {
	index   resolve.Index
	fetcher dist.Fetcher
	close   func() error
}

// builder makes what is learned and built of sdists, kept in the cache. Without an interpreter it tells what they state for good, and runs nothing of theirs.
func (f *indexFlags) builder(ix resolve.Index, fetcher dist.Fetcher, host *python.Interpreter, constraints []pep508.Requirement) *build.Builder {
	return &build.Builder{
		Index: ix, Fetcher: fetcher, Cache: filepath.Join(f.Cache, "built"), Environ: []string{"PATH=" + os.Getenv("PATH")}, Python: host, Constraints: constraints,
	}
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
	choice, err := f.choose(ctx, configured)
	if err != nil {
		return nil, err
	}
	client, err := newIndexClient(choice, log)
	if err != nil {
		return nil, err
	}
	one := func(urls ...string) resolve.Index {
		return &index.Client{URLs: urls, RoundTripper: client.RoundTripper, Auth: client.auth, Cache: cache, PageTTL: f.lifetime(), Offline: choice.Offline}
	}
	all, err := assemble(choice, f.wheels, one)
	if err != nil {
		return nil, err
	}
	fetcher := &index.Fetcher{Cache: cache, RoundTripper: client.RoundTripper, Auth: client.auth, Offline: choice.Offline}
	return &libraries{index: all, fetcher: fetcher, close: func() error { return errors.Join(fetcher.Close(), log.Close()) }}, nil
}

func (f *indexFlags) lifetime() time.Duration {
	if f.Fresh {
		return -1
	}
	return 0
}

// openCache opens the folder of --cache, by default one in the user's folder of caches.
func (f *indexFlags) openCache() (*index.Cache, error) {
	if err := f.nameCache(); err != nil {
		return nil, err
	}
	return index.OpenCache(f.Cache)
}

// nameCache makes Cache the user's where none is given.
func (f *indexFlags) nameCache() error {
	if f.Cache != "" {
		return nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return usage("there is no folder for caches (%v): give --cache DIR", err)
	}
	f.Cache = filepath.Join(dir, "chandlery")
	return nil
}

// prober asks interpreters, and keeps what they say in the cache, if there is one.
func (f *indexFlags) prober() *python.Prober {
	if f.nameCache() != nil {
		return &python.Prober{}
	}
	return &python.Prober{Folder: filepath.Join(f.Cache, "python")}
}

// choose finds the indexes, folders of this machine among them, and the way to them.
func (f *indexFlags) choose(ctx context.Context, configured []string) (indexconf.Choice, error) {
	named := append([]string{}, f.Index...)
	if len(named) == 0 {
		named = configured
	}
	for i := range named {
		if err := orFolder(&named[i]); err != nil {
			return indexconf.Choice{}, err
		}
	}
	only := map[string]string{}
	for _, text := range f.IndexOf {
		project, address, ok := strings.Cut(text, "=")
		if !ok {
			return indexconf.Choice{}, usage("--index-of %s: it is a project's name, =, and an index", project)
		}
		if err := orFolder(&address); err != nil {
			return indexconf.Choice{}, err
		}
		only[project] = address
	}
	machine := thisMachine()
	machine.Default = pipDefault(f.Cache, f.Fresh, indexconf.InstalledPip)
	o := f.connection(named...)
	o.Only = only
	choice, err := indexconf.Choose(ctx, o, machine)
	if err != nil {
		return choice, badConfiguration(err)
	}
	return choice, nil
}

// connection is what the flags say of the way to addresses.
func (f *indexFlags) connection(addresses ...string) indexconf.Options {
	return indexconf.Options{Indexes: addresses, Command: f.command, Offline: f.Offline, Cert: f.Cert, ClientCert: f.ClientCert, Proxy: f.Proxy, Keyring: f.Keyring}
}

// orFolder makes the path of a folder an address.
func orFolder(s *string) error {
	info, err := os.Stat(*s)
	if err != nil || !info.IsDir() {
		return nil
	}
	*s, err = index.FileURL(*s)
	return err
}

// badConfiguration is an error of what the user told this program, or pip or uv.
func badConfiguration(err error) error {
	return &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindUsage, Err: err}
}

// thisMachine is where the choice of an index is looked up.
func thisMachine() indexconf.Host {
	home, _ := os.UserHomeDir() // "" where there is none: then no file of the user's is found
	dir, _ := os.Getwd()
	return indexconf.Host{
		Getenv: os.Getenv, OS: runtime.GOOS, Home: filepath.ToSlash(home), Dir: filepath.ToSlash(dir), Keyring: indexconf.KeyringCommand,
		Read: func(path string) ([]byte, error) { return readLimited(path, indexconf.MaxFile) },
	}
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

// isFile reports whether an address is one of this machine.
func isFile(s string) bool { return strings.HasPrefix(strings.ToLower(s), "file:") }
