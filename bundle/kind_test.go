package bundle

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// problemList is an error of a type that cannot be compared.
type problemList []string

func (problemList) Error() string { return "several" }

func TestKindOf(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "x"))
	for _, tt := range []struct {
		err  error
		want Kind
	}{
		{nil, KindNone},
		{errors.New("x"), KindInternal},
		{problemList{"x"}, KindInternal},
		{&MissingFieldError{}, KindUsage},
		{&manifest.SyntaxError{}, KindConfig},
		{fmt.Errorf("x: %w", dist.ErrNotFound), KindNotFound},
		{&resolve.NoSolutionError{}, KindConflict},
		{&resolve.NoSolutionError{Unknown: []pep508.Name{"x"}}, KindNotFound},
		{&resolve.NoSolutionError{Lack: resolve.ErrNoVersion}, KindNoVersion},
		{&resolve.NoSolutionError{Lack: resolve.ErrNoFile}, KindNoWheel},
		{&resolve.NoSolutionError{Lack: resolve.ErrNoFile, Unknown: []pep508.Name{"x"}}, KindNotFound},
		{&dist.HashError{}, KindHash},
		{&wheel.FormatError{}, KindHostile},
		{&archive.FormatError{}, KindHostile},
		{&dist.MetadataError{Err: errors.New("x")}, KindHostile},
		{ErrUnsigned, KindTrust},
		{fmt.Errorf("x: %w", ErrRollback), KindTrust},
		{ErrNoRelease, KindNoRelease},
		{ErrConflict, KindPublishConflict},
		{ErrLocked, KindLocked},
		{&durable.LockedError{}, KindLocked},
		{fmt.Errorf("x: %w", durable.ErrDamaged), KindState},
		{missing, KindState},
		{fs.ErrNotExist, KindState},
		{fs.ErrPermission, KindPermission},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, KindPermission},
		{&os.SyscallError{Syscall: "write", Err: syscall.ENOSPC}, KindNoSpace},
		{&os.LinkError{Op: "rename", Err: syscall.EROFS}, KindPermission},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, KindNetwork},
		{&url.Error{Op: "Get", Err: &net.DNSError{Name: "x"}}, KindNetwork},
		{&url.Error{Op: "Get", Err: context.Canceled}, KindCanceled},
		{&transport.StatusError{Code: 503}, KindNetwork},
		{&transport.StatusError{Code: 404}, KindNotFound},
		{fmt.Errorf("x: %w", transport.ErrTooSlow), KindNetwork},
		{&tls.CertificateVerificationError{Err: errors.New("x")}, KindNetwork},
		{context.Canceled, KindCanceled},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), KindCanceled},
		{&Error{Kind: KindNoWheel, Err: context.Canceled}, KindNoWheel},
		{&Error{Err: syscall.ENOSPC}, KindNoSpace},
		{fmt.Errorf("x: %w", &Error{Kind: KindClientTooOld}), KindClientTooOld},
		{Errors{context.Canceled, &Error{Kind: KindHash}}, KindHash},
		{Errors{context.Canceled, context.Canceled}, KindCanceled},
		{Errors{context.Canceled, errors.New("x")}, KindInternal},
		{errors.Join(ErrLocked, context.DeadlineExceeded), KindLocked},
		{fmt.Errorf("%w, %w", errors.New("x"), ErrConflict), KindPublishConflict},
	} {
		assert.Equal(t, tt.want, KindOf(tt.err), "%T %v", tt.err, tt.err)
	}
}

func TestKindNames(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		require.NotEmpty(t, k.String())
		require.False(t, seen[k.String()], k.String())
		seen[k.String()] = true
		text, err := k.MarshalText()
		require.NoError(t, err)
		require.Equal(t, k.String(), string(text))
	}
	assert.Len(t, Kinds(), 20)
	assert.Equal(t, "internal", Kind(99).String())
	assert.Equal(t, "none", KindNone.String())
}

func TestErrorText(t *testing.T) {
	cause := errors.New("no wheel for it")
	for want, e := range map[string]*Error{
		"numpy on darwinbigsur: resolve: no wheel for it; use 1.21.0": {Library: "numpy", Platform: "darwinbigsur", Step: StepResolve, Err: cause, Advice: "use 1.21.0"},
		"darwin: resolve: no wheel for it":                            {Platform: "darwin", Step: StepResolve, Err: cause},
		"numpy: fetch: no wheel for it":                               {Library: "numpy", Step: StepFetch, Err: cause},
		"release: no wheel for it":                                    {Step: StepRelease, Err: cause},
	} {
		assert.EqualError(t, e, want)
		assert.ErrorIs(t, e, cause)
	}
	assert.EqualError(t, Errors{cause, ErrConflict}, "no wheel for it\nconflict")
	assert.ErrorIs(t, Errors{cause, ErrConflict}, ErrConflict)
}

func TestJoin(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	assert.NoError(t, join())
	assert.NoError(t, join(nil, nil))
	assert.Equal(t, a, join(nil, a))
	assert.Equal(t, Errors{a, b, a}, join(a, Errors{b, a}, nil))
}

func TestWrap(t *testing.T) {
	cause := errors.New("x")
	where := Error{Library: "a", Platform: "p", Step: StepFetch, Advice: "wait"}
	assert.EqualError(t, wrap(cause, where), "a on p: fetch: x; wait")
	assert.EqualError(t, wrap(&Error{Library: "b 1", Step: StepVerify, Err: cause}, where), "b 1 on p: verify: x; wait")
	assert.EqualError(t, wrap(Errors{cause, cause}, where), "a on p: fetch: x; wait\na on p: fetch: x; wait")
}
