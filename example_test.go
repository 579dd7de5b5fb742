package chandlery_test

import (
	"context"
	"crypto"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/keys"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/deploy"
)

// Publish for two platforms from an index on HTTP. Dependencies come along.
func Example_publish() {
	indexURL, site := exampleIndex(), exampleFolder()
	ctx := context.Background()

	key, err := keys.Generate() // once; keys.Write makes a file of it
	check(err)
	objects, by := store.Dir{Path: site}, trust.RoleKeys{Keys: []crypto.PublicKey{key.Public()}}
	repository := trust.Repository{Files: objects, Channel: "stable", Signers: []crypto.Signer{key}}
	repository.Root, err = repository.Create(ctx, trust.Ceremony{Root: by, Targets: by, Online: by, Channels: map[string]trust.RoleKeys{"stable": by}})
	check(err) // the application is built with repository.Root

	cfg, err := manifest.ParseConfig([]byte(`{"greeting": {"expectedVersions": {"windows": "latest", "linux": ">=1,<2"}}}`))
	check(err)
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	publisher := &bundle.Publisher{
		Index:   &index.Client{URLs: []string{indexURL}},
		Fetcher: fetcher,
		Store:   objects,
		Sink:    repository,
	}
	report, err := publisher.Publish(ctx, cfg)
	check(err)
	for _, row := range report.Rows {
		fmt.Println(row.Library, row.Platform, row.Version, row.Wheel.File, row.New)
	}
	fmt.Println("release", report.Manifest.Meta.Sequence)
	// Output:
	// greeting linux 1.1 greeting-1.1-py3-none-any.whl true
	// greeting windows 2.0 greeting-2.0-py3-none-any.whl true
	// words linux 1.0 words-1.0-py3-none-any.whl true
	// words windows 1.0 words-1.0-py3-none-any.whl true
	// release 1
}

// Update a python folder over HTTP from what the publisher signed, and find nothing to do the second time.
func Example_update() {
	storeURL, root := exampleStore()
	pythonDir, trustDir := exampleFolder(), exampleFolder()

	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	updater := &bundle.Updater{
		Source: &trust.Client{
			Root:    root, // built into the application
			Dir:     trustDir,
			Channel: "stable",
			Mirrors: []trust.Mirror{{Metadata: storeURL + "/metadata", Targets: storeURL}},
		},
		Fetcher:   fetcher,
		Platform:  "linux",
		PythonDir: pythonDir,
		Observer: func(e bundle.Event) {
			if e.Step == bundle.StepFetch && e.Type == bundle.StepFinished {
				fmt.Println("transferred", e.Items)
			}
		},
	}
	check(bundle.Recover(context.Background(), pythonDir)) // at every start, before Python
	for range 2 {
		plan, err := updater.Update(context.Background())
		check(err)
		for _, a := range plan.Actions {
			fmt.Println(a.Do, a.Library, a.To)
		}
	}
	// Output:
	// transferred 2
	// install greeting 1.1
	// install words 1.0
	// keep greeting 1.1
	// keep words 1.0
}

// Any room can be one's own: here a Resolver that asks the default one and tells what it found, and a Store that keeps nothing.
func Example_ownRooms() {
	ix := &index.Client{URLs: []string{exampleIndex()}}
	solver := &resolve.Solver{Index: ix}

	cfg, err := manifest.ParseConfig([]byte(`{"greeting": {"expectedVersions": {"darwin": "latest"}}}`))
	check(err)
	site := exampleFolder()
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	publisher := &bundle.Publisher{
		Resolver: resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
			resolution, err := solver.Resolve(ctx, req)
			if err == nil {
				fmt.Println(req.Platform.Name, len(resolution.Pins), "libraries")
			}
			return resolution, err
		}),
		Index:   ix,
		Fetcher: fetcher,
		Store:   discard{},
		Sink:    store.Channel{Path: site, Name: "beta", InsecureUnsigned: true},
		Channel: "beta",
	}
	_, err = publisher.Publish(context.Background(), cfg)
	check(err)
	// Output:
	// darwin 2 libraries
}

// discard says that it stored what it did not.
type discard struct{}

func (discard) Put(_ context.Context, key string, _ bundle.Object) (bundle.Placed, error) {
	return bundle.Placed{URL: "https://bundles.example/" + key}, nil
}

// Upgrade the components of a deployment. Nothing is run here, as that needs one.
func Example_upgrade() {
	ctx := context.Background()
	cfg, err := deploy.Read("/etc/chandlery/deploy.yaml")
	check(err)
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	deployment, err := cfg.Open(ctx, deploy.Options{
		Index:    &index.Client{URLs: []string{"https://index.example/simple/"}},
		Fetcher:  fetcher,
		Cache:    "/var/cache/chandlery",
		Path:     []string{"/usr/bin"},
		Observer: func(e upgrade.Event) { fmt.Println(e.Component, e.Step, e.Type, e.Text) },
	})
	check(err)
	defer deployment.Close()
	plans, err := deployment.Plan(ctx) // what would happen, and why: it makes the target's environment, and touches nothing that runs
	check(err)
	for _, p := range plans {
		fmt.Println(p.Component, p.Current.Version, p.Target.Version, p.Target.Why)
	}
	records, err := deployment.Upgrade(ctx) // on error the old version runs, or the error says what does
	for _, r := range records {
		fmt.Println(r.Component, r.State, r.Report)
	}
	check(err)
}

// exampleIndex serves an index with three small wheels and gives its address.
func exampleIndex() string {
	server := &resolvetest.Server{}
	for _, spec := range exampleWheels {
		server.AddFile(spec.Name, resolvetest.ServerFile{Name: spec.Filename(), Content: wheelmake.Make(spec)})
	}
	return httptest.NewServer(server).URL + "/simple/"
}

var exampleWheels = []wheelmake.Spec{
	{Name: "greeting", Version: "1.1", Requires: []string{"words>=1"}},
	{Name: "greeting", Version: "2.0", Requires: []string{"words>=1"}},
	{Name: "words", Version: "1.0"},
}

// exampleStore publishes one library for linux and serves the store. root says whose signatures count.
func exampleStore() (address string, root []byte) {
	site, wheels := exampleFolder(), exampleFolder()
	check(wheelmake.Folder(wheels, exampleWheels[0], exampleWheels[2]))
	cfg, err := manifest.ParseConfig([]byte(`{"greeting": {"expectedVersions": {"linux": "latest"}}}`))
	check(err)
	key, err := keys.Generate()
	check(err)
	by := trust.RoleKeys{Keys: []crypto.PublicKey{key.Public()}}
	repository := trust.Repository{Files: store.Dir{Path: site}, Channel: "stable", Signers: []crypto.Signer{key}}
	repository.Root, err = repository.Create(context.Background(), trust.Ceremony{Root: by, Targets: by, Online: by, Channels: map[string]trust.RoleKeys{"stable": by}})
	check(err)
	publisher := &bundle.Publisher{
		Index:   &index.Dir{Folders: []string{wheels}},
		Fetcher: &index.Fetcher{},
		Store:   store.Dir{Path: site},
		Sink:    repository,
	}
	_, err = publisher.Publish(context.Background(), cfg)
	check(err)
	return httptest.NewServer(&store.Handler{Path: site}).URL, repository.Root
}

// exampleFolder makes a folder below one that TestMain removes.
func exampleFolder() string {
	dir, err := os.MkdirTemp(exampleRoot, "")
	check(err)
	return filepath.Clean(dir)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
