package s3_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
	"github.com/chandlery-go/chandlery/bundle/trust"
)

// seals are the ways in which releases are signed here: not at all, and as a trust.Repository.
var seals = []bool{false, true}

// seal is how a store's releases are signed: not at all, or as a trust.Repository. Processes give it to each other as JSON.
type seal struct {
	Root []byte // nil: unsigned
	Keys [][]byte
}

// newSeal begins a signed repository, with a key of its own for each of root, targets, the online roles and the channels.
func newSeal(t *testing.T, s *s3.Store, channels ...string) seal {
	t.Helper()
	var k seal
	key := func() trust.RoleKeys {
		public, private, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		b, err := x509.MarshalPKCS8PrivateKey(private)
		require.NoError(t, err)
		k.Keys = append(k.Keys, b)
		return trust.RoleKeys{Keys: []crypto.PublicKey{public}}
	}
	ceremony := trust.Ceremony{Root: key(), Targets: key(), Online: key(), Channels: map[string]trust.RoleKeys{}}
	for _, name := range channels {
		ceremony.Channels[name] = key()
	}
	signers, err := k.signers()
	require.NoError(t, err)
	k.Root, err = trust.Repository{Files: s, Signers: signers}.Create(ctx, ceremony)
	require.NoError(t, err)
	return k
}

func (k seal) signers() (all []crypto.Signer, err error) {
	for _, b := range k.Keys {
		key, err := x509.ParsePKCS8PrivateKey(b)
		if err != nil {
			return nil, err
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("%T signs nothing", key)
		}
		all = append(all, signer)
	}
	return all, nil
}

func (k seal) sink(s *s3.Store, channel string) (bundle.Sink, error) {
	if k.Root == nil {
		return store.FileChannel{Files: s, Name: channel, InsecureUnsigned: true}, nil
	}
	signers, err := k.signers()
	return trust.Repository{Files: s, Root: k.Root, Channel: channel, Signers: signers}, err
}

// reading is how a client gets at a store.
type reading struct {
	URL       string // where the store is
	Channel   string
	Dir       string // of a trust.Client
	Transport http.RoundTripper
	Auth      func(ctx context.Context, host string) (string, error)
}

func (k seal) source(r reading) bundle.Source {
	if k.Root == nil {
		return &store.HTTPSource{URL: r.URL, Channel: r.Channel, InsecureUnsigned: true, RoundTripper: r.Transport, Auth: r.Auth}
	}
	return &trust.Client{Root: k.Root, Dir: r.Dir, Mirrors: []trust.Mirror{{Metadata: r.URL + "/metadata", Targets: r.URL}}, Channel: r.Channel,
		RoundTripper: r.Transport, Auth: r.Auth, Patience: 10 * time.Second}
}
