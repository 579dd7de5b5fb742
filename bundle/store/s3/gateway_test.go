package s3_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// gateway is the S3 server of all tests, once one has asked for it: versitygw over a folder. One process can have one, and works in its folder from then on.
var gateway struct {
	once    sync.Once
	err     error
	url     string
	dir     string // a folder is a bucket
	home    string // where this package is
	stop    context.CancelFunc
	stopped chan error
}

const (
	accessKey = "AKIAEXAMPLEEXAMPLE"
	secretKey = "a-secret-that-must-not-be-seen"
)

// started is the gateway when it answers.
func started(t *testing.T) {
	t.Helper()
	gateway.once.Do(func() { gateway.err = startGateway() })
	require.NoError(t, gateway.err)
}

func startGateway() error {
	dir, err := os.MkdirTemp("", "s3-gateway-")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	gateway.stop, gateway.stopped = cancel, make(chan error, 1)
	return serve(ctx, dir, gateway.stopped)
}

// run is all tests, and the end of the gateway.
func run(m *testing.M) int {
	home, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	gateway.home = home
	code := m.Run()
	if gateway.stop != nil && gateway.err == nil {
		gateway.stop()
		<-gateway.stopped
		os.RemoveAll(filepath.Dir(gateway.dir))
	}
	return code
}

func serve(ctx context.Context, dir string, stopped chan<- error) error {
	objects := filepath.Join(dir, "objects")
	if err := os.Mkdir(objects, 0o755); err != nil {
		return err
	}
	// Attributes of the file itself come and go with its bytes. From files beside it, a reader could get a new ETag with old bytes.
	var attributes meta.MetadataStorer = meta.XattrMeta{}
	options := posix.PosixOpts{Concurrency: 100}
	if err := (meta.XattrMeta{}).Test(objects); err != nil {
		options.SideCarDir = filepath.Join(dir, "sidecar")
		if err := os.Mkdir(options.SideCarDir, 0o755); err != nil {
			return err
		}
		if attributes, err = meta.NewSideCar(options.SideCarDir); err != nil {
			return err
		}
	}
	backend, err := posix.New(objects, attributes, options)
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
