package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/chandlery-go/chandlery/bundle/store"
)

type gcCommand struct {
	storeFlag
	Keep   int           `default:"10" help:"How many releases of each channel stay."`
	MinAge time.Duration `default:"24h" placeholder:"DURATION" help:"What is younger stays: a publisher may be about to name it."`
	Yes    bool          `aliases:"remove" help:"Remove. Without it what would go is shown, and nothing is done."`
}

// Validate is called by kong.
func (c *gcCommand) Validate() error {
	if c.Keep < 1 {
		return fmt.Errorf("--keep %d: at least the live release stays", c.Keep)
	}
	if c.MinAge < 0 {
		return fmt.Errorf("--min-age %s: a time that has passed is not negative", c.MinAge)
	}
	return nil
}

// Run shows or removes.
func (c *gcCommand) Run(ctx context.Context, out *output, now clock) error {
	s, err := c.existing(ctx, presignFlag{})
	if err != nil {
		return err
	}
	collector := store.Collector{Store: s.objects, Keep: c.Keep, MinAge: max(c.MinAge, 1), Now: now}
	garbage, err := collector.Find(ctx)
	if err != nil {
		return err
	}
	if !c.Yes {
		out.result(newGarbageJSON(garbage, false), func(w io.Writer) {
			for _, e := range garbage.Objects {
				fmt.Fprintf(w, "%s  %s  %s\n", e.Key, byteSize(e.Size), e.Modified.UTC().Format(time.RFC3339))
			}
			fmt.Fprintf(w, "%d objects, %s, would go; %d bundles stay; nothing was done: --yes removes\n", len(garbage.Objects), byteSize(garbage.Bytes), garbage.Kept)
		})
		return nil
	}
	removed, err := collector.Remove(ctx, garbage)
	if err != nil {
		if removed != nil {
			out.tell(fmt.Sprintf("%d objects were removed before", len(removed.Objects)))
		}
		return err
	}
	out.result(newGarbageJSON(removed, true), func(w io.Writer) {
		fmt.Fprintf(w, "%d objects, %s, are removed; %d bundles stay\n", len(removed.Objects), byteSize(removed.Bytes), removed.Kept)
	})
	return nil
}

// garbageJSON is the result of gc; its field names are part of the command's promise.
type garbageJSON struct {
	Removed bool     `json:"removed"` // else they would be
	Objects []string `json:"objects"` // keys
	Bytes   int64    `json:"bytes"`
	Kept    int      `json:"kept"` // bundles
}

func newGarbageJSON(g *store.Garbage, removed bool) garbageJSON {
	j := garbageJSON{Removed: removed, Objects: []string{}, Bytes: g.Bytes, Kept: g.Kept}
	for _, e := range g.Objects {
		j.Objects = append(j.Objects, e.Key)
	}
	return j
}
