package trust

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

const (
	metadataFolder = "metadata"

	// fastForward is the version from which on one is taken for an attack (specification, "Fast-forward attacks"): what follows would leave the numbers that every reader of
	// JSON can hold. New keys begin anew below it.
	fastForward = 1 << 53
	// tries bounds how often a change begins again because another publisher was faster.
	tries = 16
	// claims bounds the leftovers of killed runs that one file passes over.
	claims = 1 << 12
)

// session is one call of a Repository.
type session struct {
	Repository
	now   time.Time
	lasts Lifetimes
	log   *slog.Logger

	addresses time.Duration // how long a bundle's address can be used; 0: for ever
}

// errRaced is a conflict with another publisher, after which the change can begin again on what that one left.
var errRaced = fmt.Errorf("%w: another publisher was first: publish again", bundle.ErrConflict)

// call runs do, and begins again where another publisher was first. What the change itself can't bear then, it says.
func (r Repository) call(ctx context.Context, do func(*session) error) error {
	if r.Files == nil {
		return &bundle.MissingFieldError{Type: "trust.Repository", Field: "Files"}
	}
	s := &session{Repository: r, now: time.Now(), lasts: r.Lifetimes.orDefault(), log: r.Logger}
	if r.Clock != nil {
		s.now = r.Clock()
	}
	s.now = s.now.UTC().Truncate(time.Second)
	if l, ok := r.Files.(store.Lasting); ok && l.Lasts() > 0 {
		s.addresses = l.Lasts()
		s.lasts.Channel = min(s.lasts.Channel, s.addresses)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for range tries {
		err := ctx.Err()
		if err == nil {
			err = do(s)
		}
		if !errors.Is(err, errRaced) {
			return s.wrap(ctx, err)
		}
	}
	return errRaced
}

// inChannel is call for what needs a channel.
func (r Repository) inChannel(ctx context.Context, do func(*session) error) error {
	if r.Channel == "" {
		return &bundle.MissingFieldError{Type: "trust.Repository", Field: "Channel"}
	}
	return r.call(ctx, do)
}

// wrap gives errors their kind.
func (s *session) wrap(ctx context.Context, err error) error {
	var whole *bundle.Error
	switch {
	case err == nil || errors.As(err, &whole):
		return err
	case errors.Is(err, ErrSigners) || errors.Is(err, ErrNoRepository) || errors.Is(err, ErrNoChannel) || errors.Is(err, ErrChange):
		return &bundle.Error{Step: bundle.StepRelease, Kind: bundle.KindUsage, Err: err}
	case errors.Is(err, ErrUnseen):
		return err
	}
	return wrap(ctx, err)
}

func metadataFile(role string, version int64) string {
	return path.Join(metadataFolder, metadata.FileName(role, version))
}

// read gives a file; nil where it is absent.
func (s *session) read(ctx context.Context, name string, limit int64) (b []byte, version string, err error) {
	b, version, err = s.Files.Read(ctx, name, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	return b, version, err
}

// versions lists what versions of each role's file the store has, in no order.
func (s *session) versions(ctx context.Context) (map[string][]int64, error) {
	all := map[string][]int64{}
	for e, err := range s.Files.List(ctx, metadataFolder+"/") {
		if err != nil {
			return nil, err
		}
		number, role, ok := strings.Cut(path.Base(e.Key), ".")
		role, json := strings.CutSuffix(role, ".json")
		var version int64
		if n, err := fmt.Sscanf(number, "%d", &version); !ok || !json || n != 1 || err != nil || version < 1 || e.Key != metadataFile(role, version) {
			continue
		}
		all[role] = append(all[role], version)
	}
	return all, nil
}

// checkChannel reports why a channel can't be a role's name.
func checkChannel(name string) error {
	if !manifest.CheckWord(name) {
		return fmt.Errorf("%w: %q is no name of a channel: letters, digits, dots, dashes and underscores only", ErrChange, name)
	}
	for _, taken := range []string{metadata.RootRole, metadata.TimestampRole, metadata.SnapshotRole, metadata.TargetsRole, metadataFolder} {
		if strings.EqualFold(name, taken) {
			return fmt.Errorf("%w: no channel can be called %q: it is a name of The Update Framework's", ErrChange, name)
		}
	}
	return nil
}
