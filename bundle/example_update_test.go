package bundle_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// A client brings its python folder to what a folder was published to has, and looks first. A real one reads what is signed (bundle/trust), over HTTP.
func ExampleUpdater_Update() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "update-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	channel := store.Channel{Path: filepath.Join(dir, "site"), Name: bundle.DefaultChannel, InsecureUnsigned: true}

	publish := func(version string) {
		wheels := filepath.Join(dir, version)
		if err := os.Mkdir(wheels, 0o755); err != nil {
			log.Fatal(err)
		}
		if err := wheelmake.Folder(wheels, wheelmake.Spec{Name: "app", Version: version}); err != nil {
			log.Fatal(err)
		}
		cfg, err := manifest.ParseConfig([]byte(`{"app": {"expectedVersions": {"linux": "latest"}}}`))
		if err != nil {
			log.Fatal(err)
		}
		p := &bundle.Publisher{Index: &index.Dir{Folders: []string{wheels}}, Fetcher: fetcher, Store: store.Dir{Path: channel.Path}, Sink: channel}
		if _, err := p.Publish(ctx, cfg); err != nil {
			log.Fatal(err)
		}
	}

	updater := &bundle.Updater{Source: channel, Fetcher: fetcher, Platform: "linux", PythonDir: filepath.Join(dir, "python")}
	if err := bundle.Recover(ctx, updater.PythonDir); err != nil { // at every start, before Python
		log.Fatal(err)
	}
	for _, version := range []string{"1.0", "1.1"} {
		publish(version)
		plan, err := updater.Plan(ctx)
		if err != nil {
			log.Fatal(err)
		}
		for _, action := range plan.Actions {
			fmt.Println("would", action.Do, action.Library, action.From, action.To)
		}
		if _, err := updater.Update(ctx); err != nil {
			log.Fatal(err)
		}
	}
	if err := updater.Rollback(ctx); err != nil { // it does not work with 1.1
		log.Fatal(err)
	}
	plan, err := updater.Update(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("held:", plan.Hold)
	// Output:
	// would install app [] 1.0
	// would replace app [1.0] 1.1
	// held: blocked
}
