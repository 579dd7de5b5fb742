package index_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// serve is an index at an address, with one wheel.
func serve(name, version string) *httptest.Server {
	server := &resolvetest.Server{}
	server.AddWheel(resolvetest.Wheel{Name: name, Version: version})
	return httptest.NewServer(server)
}

// A Client reads pages, a Fetcher brings files. With a Cache in common the second run asks only whether the pages are still the same.
func ExampleClient() {
	server := serve("app", "1.0")
	defer server.Close()
	dir, err := os.MkdirTemp("", "cache-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	cache, err := index.OpenCache(dir)
	if err != nil {
		panic(err)
	}
	client := &index.Client{URLs: []string{server.URL + "/simple/"}, Cache: cache}
	defer client.Close()
	fetcher := &index.Fetcher{Cache: cache}
	defer fetcher.Close()

	ctx := context.Background()
	project, err := client.Project(ctx, "app")
	if err != nil {
		panic(err)
	}
	for _, file := range project.Files {
		wheel, err := fetcher.Fetch(ctx, file.Artifact) // size and hashes are verified
		if err != nil {
			panic(err)
		}
		fmt.Println(file.File, file.Version, wheel.Size() == file.Size)
		wheel.Close()
	}
	_, err = client.Project(ctx, "nobody")
	fmt.Println(errors.Is(err, dist.ErrNotFound))
	// Output:
	// app-1.0-py3-none-any.whl 1.0 true
	// true
}

// A company's own project comes from the company's index alone, whatever a public one has under its name.
func ExamplePinned() {
	company, public := serve("company-tool", "1.0"), serve("company-tool", "99.0")
	defer company.Close()
	defer public.Close()

	pinned := &index.Pinned{
		Pins: map[pep508.Name]resolve.Index{"company-tool": &index.Client{URLs: []string{company.URL + "/simple/"}}},
		Rest: &index.Client{URLs: []string{public.URL + "/simple/"}},
	}
	project, err := pinned.Project(context.Background(), "company-tool")
	if err != nil {
		panic(err)
	}
	for _, file := range project.Files {
		fmt.Println(file.Version)
	}
	// Output:
	// 1.0
}
