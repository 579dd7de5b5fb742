package s3

import (
	"context"
	"log/slog"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// CredentialsSource gives the Credentials that a request is signed with. It is asked for every request, by several goroutines at once, and so renews what
// ends: Credentials themselves, which never change, or an Environment, or an application's own. Its errors must not hold secrets.
type CredentialsSource interface {
	Retrieve(context.Context) (Credentials, error)
}

// Credentials sign requests. They print as "s3.Credentials(…)", whatever the format.
type Credentials struct {
	AccessKey    string
	SecretKey    string
	SessionToken string // of temporary credentials; "" else
}

// Retrieve gives the credentials: they are their own CredentialsSource.
func (c Credentials) Retrieve(context.Context) (Credentials, error) { return c, nil }

const redacted = "s3.Credentials(…)"

// String hides the credentials.
func (c Credentials) String() string { return redacted }

// GoString hides the credentials.
func (c Credentials) GoString() string { return redacted }

// LogValue hides the credentials.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the credentials: they do not survive it.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// signing is a CredentialsSource as the S3 client wants it.
func signing(source CredentialsSource) *credentials.Credentials {
	if c, ok := source.(Credentials); ok {
		return credentials.NewStaticV4(c.AccessKey, c.SecretKey, c.SessionToken)
	}
	return credentials.New(provider{source})
}

type provider struct{ source CredentialsSource }

func (p provider) RetrieveWithCredContext(cc *credentials.CredContext) (credentials.Value, error) {
	ctx := context.Background()
	if cc != nil && cc.Context != nil {
		ctx = cc.Context
	}
	c, err := p.source.Retrieve(ctx)
	return credentials.Value{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey, SessionToken: c.SessionToken, SignerType: credentials.SignatureV4}, err
}

func (p provider) Retrieve() (credentials.Value, error) { return p.RetrieveWithCredContext(nil) }

// IsExpired is always so: the source knows how long its Credentials last, and is asked for every request.
func (provider) IsExpired() bool { return true }
