package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
)

type releasesCommand struct {
	storeFlag
	channelFlag
}

// pastJSON is a release; its field names are part of the command's promise.
type pastJSON struct {
	Sequence  uint64    `json:"sequence"`
	Issued    time.Time `json:"issued"`
	Live      bool      `json:"live"`
	Libraries int       `json:"libraries"`
	Platforms []string  `json:"platforms"`
}

// Run lists the newest first.
func (c *releasesCommand) Run(ctx context.Context, out *output) error {
	s, err := c.existing(ctx, presignFlag{})
	if err != nil {
		return err
	}
	history, err := store.History(ctx, s.objects, c.Channel)
	if err != nil {
		return err
	}
	if len(history) == 0 {
		return fmt.Errorf("%w: %s has none in the channel %s: check both, or publish a first one", bundle.ErrNoRelease, c.Store, c.Channel)
	}
	all := make([]pastJSON, len(history))
	for i, past := range history {
		b, _, err := s.Read(ctx, past.Entry.Key, manifest.MaxManifest)
		if err != nil {
			return err
		}
		m, err := manifest.Parse(b)
		if err != nil {
			return fmt.Errorf("%s: %w", past.Entry.Key, err)
		}
		all[i] = pastJSON{Sequence: past.Sequence, Issued: m.Meta.Issued, Live: past.Live, Libraries: len(m.Libraries), Platforms: slices.Sorted(maps.Keys(m.Meta.Platforms))}
	}
	out.result(map[string]any{"channel": c.Channel, "releases": all}, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "SEQUENCE\tISSUED\tLIBRARIES\tPLATFORMS\t")
		for _, p := range all {
			fmt.Fprintf(t, "%d\t%s\t%d\t%s\t%s\n", p.Sequence, p.Issued.UTC().Format(time.RFC3339), p.Libraries, strings.Join(p.Platforms, ", "), live(p.Live))
		}
		t.Flush()
	})
	return nil
}

func live(is bool) string {
	if is {
		return "live"
	}
	return ""
}
