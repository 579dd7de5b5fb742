package offline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// metadataFolder is where metadata is in the archive.
const metadataFolder = "metadata"

// Contents is what an archive was made of.
type Contents struct {
	Channel   string
	Sequence  uint64
	Platforms []string  // sorted
	Bundles   int       // distinct ones
	Bytes     int64     // of the bundles
	Expires   time.Time // when the first of its metadata expires: until then it installs without MaxStaleness
}

// Export writes the newest release that c trusts to w, for the named platforms; none: for all. Bundles come by f, one at a time. Before anything is written, a Client
// that knows nothing but the first root is led through what will be. On error, w holds a part that Open refuses.
func Export(ctx context.Context, w io.Writer, c *trust.Client, f dist.Fetcher, platforms ...string) (*Contents, error) {
	all, err := c.Copy(ctx)
	if err != nil {
		return nil, err
	}
	if err := check(ctx, c, all); err != nil {
		return nil, fmt.Errorf("the repository cannot be copied: %w", err)
	}
	t := &tree{ctx: ctx, fetcher: f, files: all.Targets, bundles: map[string]dist.Artifact{}}
	for name, b := range all.Metadata {
		t.files[path.Join(metadataFolder, name)] = b
	}
	contents := &Contents{Channel: all.Manifest.Meta.Channel, Sequence: all.Manifest.Meta.Sequence, Expires: firstExpiry(all.Roles)}
	if contents.Platforms, err = named(all.Manifest, platforms); err != nil {
		return nil, err
	}
	t.collect(all.Manifest, contents)
	if contents.Bytes > MaxSize-MaxMetadata || len(t.Files()) > MaxFiles {
		return nil, fmt.Errorf("%d bundles of %d bytes are more than an archive may have: export fewer platforms", contents.Bundles, contents.Bytes)
	}
	if err := errors.Join(bundle.Zip{}.Pack(ctx, w, t), t.close()); err != nil {
		return nil, err
	}
	return contents, nil
}

// check makes sure that the copy leads from its first root to its update configuration.
func check(ctx context.Context, c *trust.Client, all *trust.Copy) (err error) {
	dir, err := os.MkdirTemp("", "chandlery-export-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a := &Archive{files: maps.Clone(all.Targets)}
	for name, b := range all.Metadata {
		a.files[path.Join(metadataFolder, name)] = b
	}
	first := &trust.Client{Root: all.Metadata["1.root.json"], Dir: dir, Mirrors: []trust.Mirror{a.Mirror()}, RoundTripper: a,
		Channel: c.Channel, Target: c.Target, MaxStaleness: c.MaxStaleness, Clock: c.Clock, Logger: c.Logger}
	m, err := first.Latest(ctx)
	if err == nil && !m.SameContent(all.Manifest) {
		err = fmt.Errorf("%w: it leads to another update configuration", trust.ErrVerify)
	}
	return err
}

func firstExpiry(roles []trust.Role) time.Time {
	return slices.MinFunc(roles, func(a, b trust.Role) int { return a.Expires.Compare(b.Expires) }).Expires
}

// named are the platforms to export, sorted; each must be one of the release's.
func named(m *manifest.Manifest, platforms []string) ([]string, error) {
	known := slices.Sorted(maps.Keys(m.Meta.Platforms))
	if len(platforms) == 0 {
		return known, nil
	}
	for _, name := range platforms {
		if !slices.Contains(known, name) {
			return nil, &bundle.Error{Platform: name, Step: bundle.StepSource, Kind: bundle.KindUsage,
				Err: fmt.Errorf("the update configuration has no platform %q", name), Advice: "use one of " + strings.Join(known, ", ")}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(platforms))), nil
}

// collect lists the bundles of the platforms.
func (t *tree) collect(m *manifest.Manifest, contents *Contents) {
	for _, leaves := range m.Libraries {
		for _, platform := range contents.Platforms {
			leaf, ok := leaves[platform]
			if !ok {
				continue
			}
			for _, b := range leaf.Bundles() {
				name := bundles + b.SHA256[:2] + "/" + b.SHA256 + "." + extension(b)
				if _, twice := t.bundles[name]; twice {
					continue
				}
				t.bundles[name] = dist.Artifact{File: path.Base(name), URL: b.URL, Size: b.Size, Hashes: map[string]string{"sha256": b.SHA256}}
				contents.Bundles++
				contents.Bytes += b.Size
			}
		}
	}
}

func extension(b manifest.Bundle) string {
	if b.Format == "" {
		return bundle.Zip{}.Format()
	}
	return b.Format
}
