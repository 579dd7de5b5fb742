package main

import (
	"context"
	"errors"

	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// textAt brings requirements files that lie at an address, on the way to an index that lay there.
func (f *indexFlags) textAt(ctx context.Context) func(address string) ([]byte, error) {
	return func(address string) (b []byte, err error) {
		choice, err := indexconf.Choose(ctx, f.connection(address), thisMachine())
		if err != nil {
			return nil, err
		}
		if choice.Offline {
			return nil, errors.New("nothing is fetched while offline: give a file")
		}
		log, err := openLog(f.Trace)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, log.Close()) }()
		way, err := newIndexClient(choice, log)
		if err != nil {
			return nil, err
		}
		client := &transport.Client{RoundTripper: way.RoundTripper, Auth: way.auth}
		b, _, err = client.Get(ctx, address, "text/plain, */*;q=0.1", pylock.MaxRequirements)
		return b, err
	}
}
