package bundle_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// Publish the libraries of a configuration, here out of a folder of wheels, into a directory that any web server can serve.
func ExamplePublisher_Publish() {
	wheels, err := os.MkdirTemp("", "wheels-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(wheels)
	site, err := os.MkdirTemp("", "site-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(site)
	if err := wheelmake.Folder(wheels, wheelmake.Spec{Name: "app", Version: "1.0", Requires: []string{"lib>=1"}}, wheelmake.Spec{Name: "lib", Version: "1.1"}); err != nil {
		log.Fatal(err)
	}
	cfg, err := manifest.ParseConfig([]byte(`{"app": {"expectedVersions": {"windows": "1.0", "linux": "latest"}}}`))
	if err != nil {
		log.Fatal(err)
	}
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	p := &bundle.Publisher{
		Index:   &index.Dir{Folders: []string{wheels}, Uploaded: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		Fetcher: fetcher,
		Store:   store.Dir{Path: site},
		Sink:    store.Channel{Path: site, Name: bundle.DefaultChannel, InsecureUnsigned: true},
	}
	report, err := p.Publish(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range report.Rows {
		fmt.Println(row.Library, row.Platform, row.Version, row.Why)
	}
	fmt.Println("release", report.Manifest.Meta.Sequence, "with", report.Stored, "new bundles")
	// Output:
	// app linux 1.0 [the configuration: app]
	// app windows 1.0 [the configuration: app==1.0]
	// lib linux 1.1 [app: lib>=1]
	// lib windows 1.1 [app: lib>=1]
	// release 1 with 2 new bundles
}
