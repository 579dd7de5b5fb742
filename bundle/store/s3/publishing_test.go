package s3_test

import (
	"context"
	"encoding/json"

	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

// publication is what a publisher does that is a process of its own.
type publication struct {
	Endpoint, Bucket, Prefix string
	Threshold                int64
	Seal                     seal
	Channel, Version, Work   string
}

func (p publication) store() *s3.Store {
	return &s3.Store{Endpoint: p.Endpoint, Bucket: p.Bucket, Prefix: p.Prefix, Threshold: p.Threshold, Attempts: 1, Parallel: 1,
		Credentials: s3.Credentials{AccessKey: accessKey, SecretKey: secretKey}}
}

func (p publication) publish(ctx context.Context) error {
	s := p.store()
	sink, err := p.Seal.sink(s, p.Channel)
	if err != nil {
		return err
	}
	return publishMade(ctx, s, sink, p.Channel, p.Version, p.Work)
}

func publishing(text string) error {
	var p publication
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	return p.publish(context.Background())
}
