package s3_test

import (
	"context"
	"fmt"
	"os"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

// The credentials come from where the application keeps them; the store asks nobody.
func Example() {
	credentials := s3.Credentials{AccessKey: "…", SecretKey: "…"}
	objects := &s3.Store{
		Endpoint:    "https://s3.oss-cn-hangzhou.aliyuncs.com",
		Bucket:      "classroom",
		Prefix:      "libraries",
		Credentials: credentials,
		BaseURL:     "https://cdn.example/libraries",
	}
	channel := store.FileChannel{Files: objects, Name: "stable", InsecureUnsigned: true}
	publisher := bundle.Publisher{Store: objects, Sink: channel}
	_ = publisher // with Index, Fetcher and the other fields: bundle.Publisher

	collect := func(ctx context.Context) (*store.Garbage, error) {
		collector := store.Collector{Store: objects, Keep: 5}
		found, err := collector.Find(ctx) // the dry run
		if err != nil {
			return nil, err
		}
		return collector.Remove(ctx, found)
	}
	_ = collect
}

// A command line takes the store from an address, and the credentials from where the services' own tools look for them.
func ExampleParseURL() {
	objects, err := s3.ParseURL("s3://classroom/libraries?service=oss&region=cn-hangzhou&public=https://cdn.example/libraries")
	if err != nil {
		fmt.Println(err)
		return
	}
	objects.Credentials = &s3.Environment{Getenv: os.Getenv, Service: objects.Service}
	fmt.Println(objects.Endpoint)
	fmt.Println(objects.Address("stable/update.json"))
	// Output:
	// https://s3.oss-cn-hangzhou.aliyuncs.com
	// https://cdn.example/libraries/stable/update.json <nil>
}
