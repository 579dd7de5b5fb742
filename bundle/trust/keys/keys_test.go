package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/trust/keys"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// kinds are a key of each kind that can sign metadata.
func kinds(t testing.TB) map[string]crypto.Signer {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return map[string]crypto.Signer{"ed25519": ed, "ecdsa": ec, "rsa": r}
}

func TestReadWrite(t *testing.T) {
	for name, key := range kinds(t) {
		for _, passphrase := range []string{"", "correct horse", "pass\x00phrase é"} {
			b, err := keys.Write(key, []byte(passphrase))
			require.NoError(t, err)
			require.Equal(t, passphrase != "", strings.Contains(string(b), "ENCRYPTED"))
			s, err := keys.Read(b, []byte(passphrase))
			require.NoError(t, err, name)
			require.Equal(t, key.Public(), s.Public())
			signs(t, s)
			again, err := keys.Write(s, nil)
			require.NoError(t, err)
			plain, err := keys.Write(key, nil)
			require.NoError(t, err)
			require.Equal(t, plain, again)
			if passphrase == "" {
				continue
			}
			for _, wrong := range []string{"", "wrong", passphrase + " "} {
				_, err := keys.Read(b, []byte(wrong))
				require.ErrorIs(t, err, keys.ErrPassphrase)
			}
		}
	}
}

// signs checks that a signer can sign metadata.
func signs(t *testing.T, s crypto.Signer) {
	t.Helper()
	e, err := metadata.New(&metadata.Targets{Version: 1})
	require.NoError(t, err)
	require.NoError(t, e.Sign(s))
	key, err := metadata.NewKey(s.Public())
	require.NoError(t, err)
	require.NoError(t, e.Verify(map[string]metadata.Key{key.ID(): key}, metadata.Role{KeyIDs: []string{key.ID()}, Threshold: 1}))
}

func TestGenerate(t *testing.T) {
	a, err := keys.Generate()
	require.NoError(t, err)
	b, err := keys.Generate()
	require.NoError(t, err)
	require.IsType(t, ed25519.PublicKey{}, a.Public())
	require.NotEqual(t, a.Public(), b.Public())
	signs(t, a)
}

func TestPublic(t *testing.T) {
	for _, key := range kinds(t) {
		b, err := keys.PublicPEM(key.Public())
		require.NoError(t, err)
		pub, err := keys.ReadPublic(b)
		require.NoError(t, err)
		require.Equal(t, key.Public(), pub)
		_, err = keys.Read(b, nil)
		require.ErrorIs(t, err, keys.ErrFormat)
		private, err := keys.Write(key, nil)
		require.NoError(t, err)
		_, err = keys.ReadPublic(private)
		require.ErrorIs(t, err, keys.ErrFormat)
	}
	_, err := keys.PublicPEM("no key")
	require.ErrorIs(t, err, keys.ErrFormat)
}

// foreign is a signer whose key is kept elsewhere.
type foreign struct{ crypto.Signer }

func TestRefused(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	dh, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	good, err := keys.Write(kinds(t)["ed25519"], nil)
	require.NoError(t, err)
	encode := func(kind string, key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		require.NoError(t, err)
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	for name, b := range map[string][]byte{
		"empty":         nil,
		"no PEM":        []byte("secret"),
		"two":           append(bytes.Clone(good), good...),
		"text before":   append([]byte("a key\n"), good...),
		"text after":    append(bytes.Clone(good), "x"...),
		"P-384":         encode("PRIVATE KEY", p384),
		"X25519":        encode("PRIVATE KEY", dh),
		"other block":   encode("EC PRIVATE KEY", p384),
		"no DER":        pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}),
		"no scheme":     pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}),
		"headers":       pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: []byte("x")}),
		"large":         bytes.Repeat([]byte("x"), keys.MaxFile+1),
		"1024 bits RSA": small(t),
	} {
		_, err := keys.Read(b, []byte("passphrase"))
		assert.ErrorIs(t, err, keys.ErrFormat, name)
		_, err = keys.ReadPublic(b)
		assert.ErrorIs(t, err, keys.ErrFormat, name)
	}
	for _, s := range []crypto.Signer{p384, foreign{kinds(t)["ecdsa"]}} {
		_, err := keys.Write(s, nil)
		assert.ErrorIs(t, err, keys.ErrFormat)
	}
}

func small(t *testing.T) []byte {
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// TestSecret prints signers in every way: no byte of the private key may show.
func TestSecret(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	file, err := keys.Write(ed, nil)
	require.NoError(t, err)
	s, err := keys.Read(file, nil)
	require.NoError(t, err)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", struct{ S crypto.Signer }{s})
		fmt.Fprintf(&out, verb+"\n", []crypto.Signer{s})
	}
	b, err := json.Marshal(map[string]any{"signer": s})
	require.NoError(t, err)
	out.Write(b)
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("signer", "key", s, "of", struct{ S crypto.Signer }{s})
	}
	seed := ed.Seed()
	var decimal []string
	for _, b := range seed[:4] {
		decimal = append(decimal, fmt.Sprint(b))
	}
	for _, secret := range []string{hex.EncodeToString(seed[:4]), strings.ToUpper(hex.EncodeToString(seed[:4])), base64.StdEncoding.EncodeToString(seed)[:5],
		strings.Join(decimal, " "), strings.Join(decimal, ", "), string(seed[:4])} {
		require.NotContains(t, out.String(), secret)
	}
	require.Contains(t, out.String(), "signer ")
}

// TestErrorsHaveNoSecret: a passphrase or a key that is pasted in the wrong place must not come back in an error.
func TestErrorsHaveNoSecret(t *testing.T) {
	file, err := keys.Write(kinds(t)["ed25519"], []byte("hunter2"))
	require.NoError(t, err)
	_, err = keys.Read(file, []byte("hunter3"))
	require.NotContains(t, err.Error(), "hunter")
	_, err = keys.Read([]byte("hunter2"), nil)
	require.NotContains(t, err.Error(), "hunter")
}

func FuzzRead(f *testing.F) {
	for _, key := range kinds(f) {
		for _, passphrase := range []string{"", "p"} {
			b, err := keys.Write(key, []byte(passphrase))
			require.NoError(f, err)
			f.Add(b)
		}
		b, err := keys.PublicPEM(key.Public())
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if pub, err := keys.ReadPublic(b); err == nil {
			again, err := keys.PublicPEM(pub)
			require.NoError(t, err)
			same, err := keys.ReadPublic(again)
			require.NoError(t, err)
			require.Equal(t, pub, same)
		}
		s, err := keys.Read(b, nil) // without a passphrase no round is run
		if err != nil {
			require.True(t, s == nil)
			return
		}
		again, err := keys.Write(s, nil)
		require.NoError(t, err)
		same, err := keys.Read(again, nil)
		require.NoError(t, err)
		require.Equal(t, s.Public(), same.Public())
	})
}
