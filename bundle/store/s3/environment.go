package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/chandlery-go/chandlery/bundle"
)

// roleWait bounds how long a machine's role is asked for: where none is, its address may swallow every packet.
const roleWait = 5 * time.Second

// Environment finds Credentials where the services' own tools look for them. It is for command lines: a library's caller knows its Credentials. What is taken
// is the first of:
//
//  1. Variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. Before them, for AlibabaOSS: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and
//     OSS_SESSION_TOKEN (ossutil), or ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN. Not with Profile.
//  2. A profile of the shared files (AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials; AWS_CONFIG_FILE, else ~/.aws/config): Profile, else AWS_PROFILE, else
//     "default". Keys, a login by "aws sso login", or a credential_process, which is run. A profile that was named must be there.
//  3. The machine's role: AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, or that of the EC2 instance, unless
//     AWS_EC2_METADATA_DISABLED is "true"; for AlibabaOSS that of the ECS instance, unless ALIBABA_CLOUD_ECS_METADATA_DISABLED is.
//
// Those of 2 and 3 are kept until they near their end. The variables that name files and roles are read from the process's environment itself by the S3 client.
// Errors never repeat what the files or a service say.
type Environment struct {
	Getenv  func(name string) string // os.Getenv; required
	Profile string                   // "": AWS_PROFILE, else "default"
	Service Service                  // of the Store; AlibabaOSS has variables and roles of its own

	RoundTripper http.RoundTripper // that asks for roles; nil: a transport of its own, without a proxy

	once sync.Once
	kept []*credentials.Credentials // of profiles and roles, in their order
}

// ErrNoCredentials says that an Environment holds none. It is of bundle.KindPermission.
var ErrNoCredentials = errors.New("no credentials")

// Retrieve looks for credentials, or gives those kept. It may be called by several goroutines.
func (e *Environment) Retrieve(ctx context.Context) (Credentials, error) {
	if e.Getenv == nil {
		return Credentials{}, &bundle.MissingFieldError{Type: "s3.Environment", Field: "Getenv"}
	}
	if e.Profile == "" {
		if c, err := e.variables(); err != nil || c != (Credentials{}) {
			return c, err
		}
	}
	if c, err := e.profile(ctx); err != nil || c != (Credentials{}) {
		return c, err
	}
	return e.role(ctx)
}

// variables gives those of the first set of names of which one is set.
func (e *Environment) variables() (Credentials, error) {
	sets := [][3]string{
		{"OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"},
		{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"},
		{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"},
	}
	if e.Service != AlibabaOSS {
		sets = sets[2:]
	}
	for _, names := range sets {
		c := Credentials{AccessKey: e.Getenv(names[0]), SecretKey: e.Getenv(names[1]), SessionToken: e.Getenv(names[2])}
		switch {
		case c.AccessKey == "" && c.SecretKey == "":
		case c.AccessKey == "" || c.SecretKey == "":
			return Credentials{}, none("of %s and %s one is set: set both", names[0], names[1])
		default:
			return c, nil
		}
	}
	return Credentials{}, nil
}

func none(format string, args ...any) error {
	return &bundle.Error{Kind: bundle.KindPermission, Err: fmt.Errorf("%w: "+format, append([]any{ErrNoCredentials}, args...)...)}
}

const (
	ofProfile = iota
	ofRole
)

func (e *Environment) keep(which int) *credentials.Credentials {
	e.once.Do(func() {
		role := credentials.New(&credentials.IAM{})
		if e.Service == AlibabaOSS {
			role = credentials.New(&ramRole{})
		}
		e.kept = []*credentials.Credentials{credentials.New(&credentials.FileAWSCredentials{Profile: e.Profile}), role}
	})
	return e.kept[which]
}

func (e *Environment) ask(ctx context.Context, which int) (Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, roleWait)
	defer cancel()
	t := e.RoundTripper
	if t == nil {
		own := newTransport(roleWait, 1)
		defer own.CloseIdleConnections()
		t = own
	}
	direct := &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	v, err := e.keep(which).GetWithContext(&credentials.CredContext{Client: direct, Context: ctx})
	return Credentials{AccessKey: v.AccessKeyID, SecretKey: v.SecretAccessKey, SessionToken: v.SessionToken}, err
}

// profile gives the zero Credentials where no profile was named and the default one holds none.
func (e *Environment) profile(ctx context.Context) (Credentials, error) {
	named := e.Profile
	if named == "" {
		named = e.Getenv("AWS_PROFILE")
	}
	c, err := e.ask(ctx, ofProfile)
	switch {
	case ctx.Err() != nil:
		return Credentials{}, ctx.Err()
	case err == nil && c.AccessKey != "" && c.SecretKey != "":
		return c, nil
	case named == "":
		return Credentials{}, nil
	}
	return Credentials{}, none("the profile %q of the shared credentials and configuration files is not there, cannot be read, holds no keys, or its login has ended", named)
}

func (e *Environment) role(ctx context.Context) (Credentials, error) {
	disabled := "AWS_EC2_METADATA_DISABLED"
	if e.Service == AlibabaOSS {
		disabled = "ALIBABA_CLOUD_ECS_METADATA_DISABLED"
	}
	if strings.EqualFold(e.Getenv(disabled), "true") && !e.otherRole() {
		return Credentials{}, e.nowhere()
	}
	c, err := e.ask(ctx, ofRole)
	switch {
	case ctx.Err() != nil:
		return Credentials{}, ctx.Err()
	case err != nil || c.AccessKey == "" || c.SecretKey == "":
		return Credentials{}, e.nowhere()
	}
	return c, nil
}

// otherRole says that a role is named which needs no metadata service of an instance.
func (e *Environment) otherRole() bool {
	for _, name := range []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if e.Service != AlibabaOSS && e.Getenv(name) != "" {
			return true
		}
	}
	return false
}

func (e *Environment) nowhere() error {
	names := "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	if e.Service == AlibabaOSS {
		names = "OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET"
	}
	return none("set %s, or give a profile in %s; this machine has no role that answers", names, filepath.Join("~", ".aws", "credentials"))
}
