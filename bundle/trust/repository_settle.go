package trust

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"strconv"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// settle brings a channel's folder to what is signed: the history file, the live file, and the plain one where that is kept. v is what was loaded before; nil: nothing.
// The live file's version is read before what is signed, so that a slow publisher can't put an older one over a newer.
func (s *session) settle(ctx context.Context, channel string, v *view) error {
	name := path.Join(channel, store.LiveFile)
	for range tries {
		old, version, err := s.read(ctx, name, manifest.MaxManifest)
		if err != nil {
			return err
		}
		if v, err = s.reload(ctx, v); err != nil {
			return err
		}
		c, err := s.channel(ctx, v, channel)
		if err != nil {
			return err
		}
		live, err := s.live(ctx, channel, c)
		if err != nil || live.m == nil {
			return err
		}
		if bytes.Equal(old, live.bytes) {
			return s.plain(ctx, channel)
		}
		history := path.Join(channel, store.HistoryFolder, strconv.FormatUint(live.sequence(), 10)+".json")
		if err := s.put(ctx, history, live.bytes); err != nil {
			return err
		}
		if err := s.Files.Write(ctx, name, live.bytes, version); !errors.Is(err, bundle.ErrConflict) {
			return errors.Join(err, s.plain(ctx, channel))
		}
	}
	return errRaced
}

// reload reads the store unless v is what it has.
func (s *session) reload(ctx context.Context, v *view) (*view, error) {
	if v != nil {
		stamp, _, err := s.read(ctx, metadataFile(metadata.TimestampRole, 0), metadata.MaxTimestamp)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(stamp, v.stamp) {
			return v, nil
		}
	}
	v, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	return v, v.whole()
}

// plain has the channel's plain form written, where it is kept or wanted.
func (s *session) plain(ctx context.Context, channel string) error {
	if !s.Plain || channel != s.Channel {
		if _, err := s.Files.Stat(ctx, path.Join(channel, store.PlainFile)); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
	}
	return store.FileChannel{Files: s.Files, Name: channel, InsecureUnsigned: true}.WritePlain(ctx)
}
