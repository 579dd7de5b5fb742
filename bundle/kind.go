package bundle

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/url"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Kind classifies an error by what its reader can do about it. Exit codes and JSON are made from it; the text names never change.
type Kind int8

// The zero Kind is "no error".
const (
	KindNone            Kind = iota
	KindInternal             // nothing below fits: a fault of the program or of a caller's own implementation
	KindUsage                // the program was called wrongly: a required field is missing, an argument makes no sense
	KindConfig               // the developer's configuration, platforms file or update configuration is wrong: mend the file
	KindNotFound             // no index knows the library
	KindNoVersion            // no version of the library matches what is asked
	KindNoWheel              // a version matches, but has no wheel for the platform
	KindConflict             // requirements contradict each other: the solver's explanation says which
	KindNetwork              // an index, a store or a source cannot be reached, or broke off
	KindHash                 // bytes differ from the size or hash that was promised
	KindHostile              // a wheel or a zip breaks the rules of its format
	KindTrust                // an update configuration is unsigned, older than one seen before, or not for this client
	KindClientTooOld         // the update configuration asks for a newer client (min_client)
	KindNoRelease            // the channel has no release yet
	KindPublishConflict      // another publisher was first, or a key holds other bytes: publish again
	KindLocked               // another process holds the folder or the channel: wait
	KindInUse                // a file to be replaced is in use: close the program that holds it
	KindNoSpace              // the disk or a quota is full
	KindPermission           // a folder or file cannot be written or read
	KindState                // what is on disk is damaged or from a newer program
	KindCanceled             // the caller ended it, or its time was up
)

var kindNames = [...]string{
	KindNone: "none", KindInternal: "internal", KindUsage: "usage", KindConfig: "config", KindNotFound: "not-found", KindNoVersion: "no-version",
	KindNoWheel: "no-wheel", KindConflict: "conflict", KindNetwork: "network", KindHash: "hash", KindHostile: "hostile", KindTrust: "trust",
	KindClientTooOld: "client-too-old", KindNoRelease: "no-release", KindPublishConflict: "publish-conflict", KindLocked: "locked",
	KindInUse: "in-use", KindNoSpace: "no-space", KindPermission: "permission", KindState: "state", KindCanceled: "canceled",
}

// Kinds lists every Kind but KindNone, in the order of their values.
func Kinds() []Kind {
	all := make([]Kind, 0, len(kindNames)-1)
	for k := KindInternal; int(k) < len(kindNames); k++ {
		all = append(all, k)
	}
	return all
}

// String is the stable name: "no-wheel".
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[KindInternal]
	}
	return kindNames[k]
}

// MarshalText gives the stable name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// KindOf classifies any error. Of several problems it is the kind of the first that is no mere consequence of an ended context. nil is KindNone.
func KindOf(err error) Kind {
	if err == nil {
		return KindNone
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return firstKind(several.Unwrap())
	}
	if e, ok := err.(*Error); ok && e.Kind != KindNone {
		return e.Kind
	}
	if k := ownKind(err); k != KindNone {
		return k
	}
	if inner := errors.Unwrap(err); inner != nil {
		return KindOf(inner)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) { // an error that hides its cause but for Is
		return KindCanceled
	}
	return KindInternal
}

// orNetwork is KindNetwork for an error of an index or a fetcher that has a type of their own, unknown here; zero where KindOf tells more.
func orNetwork(err error) Kind {
	if KindOf(err) == KindInternal {
		return KindNetwork
	}
	return KindNone
}

func firstKind(errs []error) Kind {
	var canceled, internal bool
	for _, err := range errs {
		switch k := KindOf(err); k {
		case KindNone:
		case KindInternal:
			internal = true
		case KindCanceled:
			canceled = true
		default:
			return k
		}
	}
	if canceled && !internal {
		return KindCanceled
	}
	return KindInternal
}

// ownKind is the kind of this one link of a chain; KindNone where only the links below can tell.
func ownKind(err error) Kind {
	for _, s := range sentinelKinds {
		if err == s.err {
			return s.kind
		}
	}
	switch e := err.(type) {
	case *resolve.NoSolutionError:
		if e.Unwrap() != nil {
			return KindNone
		}
		return KindConflict
	case *resolve.DirectURLError:
		return KindConfig
	case *MissingFieldError:
		return KindUsage
	case *manifest.SyntaxError:
		return KindConfig
	case *dist.HashError:
		return KindHash
	case *wheel.FormatError, *archive.FormatError, *dist.MetadataError, *dist.FilenameError:
		return KindHostile
	case *durable.LockedError:
		return KindLocked
	case *url.Error, *net.OpError, *net.DNSError, *net.AddrError, *transport.StatusError, *tls.CertificateVerificationError, tls.RecordHeaderError:
		return networkKind(err)
	}
	return errnoKind(err)
}

// networkKind tells the caller's own cancelling, and what is not there, from a network that failed.
func networkKind(err error) Kind {
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return KindCanceled
	case errors.Is(err, dist.ErrNotFound):
		return KindNotFound
	}
	return KindNetwork
}

var sentinelKinds = []struct {
	err  error
	kind Kind
}{
	{ErrConflict, KindPublishConflict},
	{ErrNoRelease, KindNoRelease},
	{ErrUnsigned, KindTrust},
	{ErrRollback, KindTrust},
	{ErrLocked, KindLocked},
	{durable.ErrDamaged, KindState},
	{durable.ErrNewer, KindState},
	{resolve.ErrTooManySteps, KindConflict},
	{resolve.ErrNoVersion, KindNoVersion},
	{resolve.ErrNoFile, KindNoWheel},
	{dist.ErrNotFound, KindNotFound},
	{transport.ErrTooSlow, KindNetwork},
	{transport.ErrTooLarge, KindNetwork},
	{transport.ErrNoRange, KindNetwork},
	{transport.ErrChanged, KindNetwork},
	{transport.ErrRedirect, KindNetwork},
	{io.ErrUnexpectedEOF, KindNetwork},
	{context.Canceled, KindCanceled},
	{context.DeadlineExceeded, KindCanceled},
	{fs.ErrPermission, KindPermission},
	{fs.ErrNotExist, KindState},
}
