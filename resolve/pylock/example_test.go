package pylock_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// A resolution is locked, and the lock gives it back for the platform, without an index.
func ExampleNew() {
	server := &resolvetest.Server{}
	server.AddWheel(resolvetest.Wheel{Name: "app", Version: "1.0", RequiresDist: []string{"lib"}})
	server.AddWheel(resolvetest.Wheel{Name: "lib", Version: "2.0"})
	listening := httptest.NewServer(server)
	defer listening.Close()
	platform, err := resolve.NewPlatform("linux", pep440.MustParse("3.11.9"), "manylinux_2_17_x86_64")
	if err != nil {
		panic(err)
	}
	solver := &resolve.Solver{Index: &index.Client{URLs: []string{listening.URL + "/simple/"}}}
	resolution, err := solver.Resolve(context.Background(), &resolve.Request{Requirements: []pep508.Requirement{pep508.MustParse("app")}, Platform: platform})
	if err != nil {
		panic(err)
	}

	text, err := pylock.New(resolution).Marshal() // what stands in pylock.toml
	if err != nil {
		panic(err)
	}
	lock, err := pylock.Parse(text)
	if err != nil {
		panic(err)
	}
	again, err := lock.Resolution(platform, pylock.Selection{})
	if err != nil {
		panic(err)
	}
	for _, pin := range again.Pins {
		fmt.Println(pin.Name, pin.Version, pin.Files[0].File)
	}
	// Output:
	// app 1.0 app-1.0-py3-none-any.whl
	// lib 2.0 lib-2.0-py3-none-any.whl
}
