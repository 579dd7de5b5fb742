package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// Past is a release of a channel that its history tells of.
type Past struct {
	Channel  string
	Sequence uint64
	Live     bool // what clients get now
	Entry    Entry
}

// Archive is a store whose history can be read: a Dir, or any other that has these abilities.
type Archive interface {
	Files
	Lister
}

// History lists a channel's releases, the newest first. One that was begun and is not live yet is not among them; one from before stores had a history is,
// only while it is live.
func History(ctx context.Context, a Archive, channel string) ([]Past, error) {
	if !manifest.CheckWord(channel) {
		return nil, notChannel(channel)
	}
	live, err := readState(ctx, a, channel, LiveFile)
	if err != nil || live.m == nil {
		return nil, err
	}
	var all []Past
	for e, err := range a.List(ctx, channel+"/") {
		if err != nil {
			return nil, err
		}
		switch sequence, ok := sequenceOf(channel, e.Key); {
		case ok && sequence < live.sequence():
			all = append(all, Past{Channel: channel, Sequence: sequence, Entry: e})
		case e.Key == path.Join(channel, LiveFile):
			all = append(all, Past{Channel: channel, Sequence: live.sequence(), Live: true, Entry: e})
		}
	}
	slices.SortFunc(all, func(x, y Past) int { return cmp.Compare(y.Sequence, x.Sequence) })
	return all, nil
}

// ReadPast reads what a channel released as the given sequence, to look at it or, with a new sequence, to release it again. Its urls are as written. One that
// the history does not have wraps fs.ErrNotExist.
func ReadPast(ctx context.Context, f Files, channel string, sequence uint64) (*manifest.Manifest, error) {
	if !manifest.CheckWord(channel) {
		return nil, notChannel(channel)
	}
	name := historyFile(channel, sequence)
	b, _, err := f.Read(ctx, name, manifest.MaxManifest)
	if err != nil {
		return nil, fmt.Errorf("the release %d of the channel %s: %w", sequence, channel, err)
	}
	m, err := parse(b, channel, name)
	if err == nil && m.Meta.Sequence != sequence {
		return nil, otherSequence(channel, sequence, m)
	}
	return m, err
}

// otherSequence is no race: whoever writes a channel's history gives a file the number of its release.
func otherSequence(channel string, want uint64, got *manifest.Manifest) error {
	return &bundle.Error{Step: bundle.StepSource, Kind: bundle.KindTrust,
		Err: fmt.Errorf("%s has the sequence %d: somebody changed it", historyFile(channel, want), got.Meta.Sequence)}
}

func sequenceFile(sequence uint64) string { return strconv.FormatUint(sequence, 10) + ".json" }

// historyFile is the file of a release.
func historyFile(channel string, sequence uint64) string {
	return path.Join(channel, HistoryFolder, sequenceFile(sequence))
}

// sequenceOf is the release that a key is the history file of.
func sequenceOf(channel, key string) (uint64, bool) {
	file, ok := strings.CutPrefix(key, channel+"/"+HistoryFolder+"/")
	if !ok {
		return 0, false
	}
	sequence, err := strconv.ParseUint(strings.TrimSuffix(file, ".json"), 10, 64)
	return sequence, err == nil && file == sequenceFile(sequence)
}

// bundles are all that a manifest names: library, platform and bundle.
func bundles(m *manifest.Manifest) iter.Seq2[place, manifest.Bundle] {
	return func(yield func(place, manifest.Bundle) bool) {
		for name, platforms := range m.Libraries {
			for platform, leaf := range platforms {
				for _, b := range leaf.Bundles() {
					if !yield(place{string(name), platform}, b) {
						return
					}
				}
			}
		}
	}
}

// place is where in a manifest a bundle stands.
type place struct {
	library, platform string
}
