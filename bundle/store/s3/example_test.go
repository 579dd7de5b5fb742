package s3_test

import (
	"context"

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
