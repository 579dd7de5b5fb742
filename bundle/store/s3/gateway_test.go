package s3_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// gateway is the S3 server of all tests: versitygw over a folder. One process can have one.
var gateway struct {
	url string
	dir string // a folder is a bucket
}

const (
	accessKey = "AKIAEXAMPLEEXAMPLE"
	secretKey = "a-secret-that-must-not-be-seen"
)

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "s3-gateway-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	if err := serve(ctx, dir, stopped); err != nil {
		panic(err)
	}
	defer func() {
		cancel()
		<-stopped
	}()
	return m.Run()
}

func serve(ctx context.Context, dir string, stopped chan<- error) error {
	objects, sidecar := filepath.Join(dir, "objects"), filepath.Join(dir, "sidecar")
	for _, folder := range []string{objects, sidecar} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return err
		}
	}
	attributes, err := meta.NewSideCar(sidecar)
	if err != nil {
		return err
	}
	backend, err := posix.New(objects, attributes, posix.PosixOpts{SideCarDir: sidecar, Concurrency: 100})
	if err != nil {
		return err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := free.Addr().String()
	free.Close()
	gateway.url, gateway.dir = "http://"+address, objects
	go func() {
		stopped <- embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
			RootUserAccess: accessKey, RootUserSecret: secretKey, Ports: []string{address}, Quiet: true,
			MaxConnections: 1000, MaxRequests: 500, MultipartMaxParts: 10_000, HealthPath: "/health",
		})
	}()
	for range 200 {
		if r, err := http.Get(gateway.url + "/health"); err == nil {
			r.Body.Close()
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("no S3 server on %s", address)
}
