package venv

import (
	"context"
	"errors"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

var noFetcher = dist.FetcherFunc(func(context.Context, dist.Artifact) (dist.Blob, error) { return nil, errors.New("nothing is fetched") })
