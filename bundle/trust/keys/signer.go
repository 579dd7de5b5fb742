package keys

import (
	"crypto"
	"fmt"
	"io"
	"log/slog"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// signer hides a private key: a struct that has one, printed with %+v, would show it.
type signer struct{ key crypto.Signer }

func (s signer) Public() crypto.PublicKey { return s.key.Public() }

func (s signer) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(rand, digest, opts)
}

// String names the public key.
func (s signer) String() string {
	key, err := metadata.NewKey(s.Public())
	if err != nil {
		return "signer"
	}
	return fmt.Sprintf("signer %.12s", key.ID())
}

// Format is for every verb of fmt.
func (s signer) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

func (s signer) LogValue() slog.Value         { return slog.StringValue(s.String()) }
func (s signer) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
