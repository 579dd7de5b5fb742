package resolvetest_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// A universe is an index, a request and the answer, on one page. In a test, Check compares them; Verify judges an answer that nobody wrote down.
func ExampleVerify() {
	u, err := resolvetest.ParseUniverse(`
platform linux 3.9.18 manylinux_2_17_x86_64
release app 1.0
  requires lib>=1
release lib 1.0
release lib 2.0
request app
`)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	answer, err := (&resolve.Solver{Index: u.Index}).Resolve(ctx, &u.Request)
	if err != nil {
		panic(err)
	}
	fmt.Println(resolvetest.Verify(ctx, u.Index, &u.Request, answer))
	answer.Pins = answer.Pins[:1]
	fmt.Println(resolvetest.Verify(ctx, u.Index, &u.Request, answer))
	// Output:
	// <nil>
	// lib>=1, required by "app", is missing
}

// A package index over HTTP, for a test of what reads one.
func ExampleServer() {
	server := &resolvetest.Server{Metadata: true}
	server.AddWheel(resolvetest.Wheel{Name: "app", Version: "1.0", RequiresDist: []string{"lib>=1"}})
	listening := httptest.NewServer(server)
	defer listening.Close()

	client := &index.Client{URLs: []string{listening.URL + "/simple/"}}
	defer client.Close()
	project, err := client.Project(context.Background(), "app")
	if err != nil {
		panic(err)
	}
	metadata, err := client.Metadata(context.Background(), project.Files[0])
	if err != nil {
		panic(err)
	}
	fmt.Println(project.Files[0].File, metadata.RequiresDist)
	for _, r := range server.Requests() {
		fmt.Println(r.Method, r.Path, r.Status)
	}
	// Output:
	// app-1.0-py3-none-any.whl [lib>=1]
	// GET /simple/app/ 200
	// GET /files/app-1.0-py3-none-any.whl.metadata 200
}
