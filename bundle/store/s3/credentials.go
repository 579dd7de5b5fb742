package s3

import "log/slog"

// Credentials sign requests. They print as "s3.Credentials(…)", whatever the format.
type Credentials struct {
	AccessKey    string
	SecretKey    string
	SessionToken string // of temporary credentials; "" else
}

const redacted = "s3.Credentials(…)"

// String hides the credentials.
func (c Credentials) String() string { return redacted }

// GoString hides the credentials.
func (c Credentials) GoString() string { return redacted }

// LogValue hides the credentials.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the credentials: they do not survive it.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }
