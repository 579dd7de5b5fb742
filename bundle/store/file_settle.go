package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// tries bounds how often a write is tried against publishers that are faster each time.
const tries = 16

// state is a release of a channel as it was read: the zero one, where there is none.
type state struct {
	m       *manifest.Manifest
	bytes   []byte
	version string
}

func (s state) sequence() uint64 {
	if s.m == nil {
		return 0
	}
	return s.m.Meta.Sequence
}

func (s state) is(m *manifest.Manifest) bool {
	return s.m != nil && s.m.Meta.Sequence == m.Meta.Sequence && s.m.SameContent(m)
}

func (c FileChannel) file(name string) string { return path.Join(c.Name, name) }

func (c FileChannel) read(ctx context.Context, name string) (state, error) {
	return readState(ctx, c.Files, c.Name, name)
}

// readState reads and checks one of a channel's files; the zero state where it is absent.
func readState(ctx context.Context, f Files, channel, name string) (state, error) {
	name = path.Join(channel, name)
	b, version, err := f.Read(ctx, name, manifest.MaxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, err
	}
	m, err := parse(b, channel, name)
	if err != nil {
		return state{}, err
	}
	return state{m, b, version}, nil
}

// claim creates the history file of a release: the one step that decides between publishers.
func (c FileChannel) claim(ctx context.Context, m *manifest.Manifest, b []byte) error {
	name := historyFile(c.Name, m.Meta.Sequence)
	err := c.Files.Write(ctx, name, b, "")
	if errors.Is(err, bundle.ErrConflict) {
		return fmt.Errorf("%w: another publisher was first with sequence %d: publish again", bundle.ErrConflict, m.Meta.Sequence)
	}
	return err
}

// settle brings the live file, and the plain one where there is one, up to the last claimed release, and gives it. advanced says that there was one to bring.
func (c FileChannel) settle(ctx context.Context) (live state, advanced bool, err error) {
	for range tries {
		if live, err = c.read(ctx, LiveFile); err != nil {
			return state{}, false, err
		}
		next, err := c.read(ctx, path.Join(HistoryFolder, sequenceFile(live.sequence()+1)))
		if err != nil {
			return state{}, false, err
		}
		if next.m == nil {
			return live, advanced, c.plain(ctx)
		}
		if next.sequence() != live.sequence()+1 {
			return state{}, false, otherSequence(c.Name, live.sequence()+1, next.m)
		}
		err = c.Files.Write(ctx, c.file(LiveFile), next.bytes, live.version)
		if err != nil && !errors.Is(err, bundle.ErrConflict) { // on a conflict somebody else brought it
			return state{}, false, err
		}
		advanced = true
	}
	return state{}, false, fmt.Errorf("%w: other publishers release all the time: publish again", bundle.ErrConflict)
}

// plain brings the plain form to what is live. Its version is read before the live release, so that a slow publisher cannot put an older one over a newer.
func (c FileChannel) plain(ctx context.Context) error {
	for range tries {
		old, version, err := c.Files.Read(ctx, c.file(PlainFile), manifest.MaxManifest)
		if errors.Is(err, fs.ErrNotExist) && !c.Plain {
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		live, err := c.read(ctx, LiveFile)
		if err != nil || live.m == nil {
			return err
		}
		b, err := live.m.EncodePlain()
		if err != nil || bytes.Equal(b, old) {
			return err
		}
		if err := c.Files.Write(ctx, c.file(PlainFile), b, version); !errors.Is(err, bundle.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("%w: other publishers release all the time: publish again", bundle.ErrConflict)
}
