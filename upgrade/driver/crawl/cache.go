package crawl

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

// The folders of a cache, in one of each pyast.Revision. schema changes with what is kept of a file and how: entries of another one are not found.
const (
	surfacesFolder      = "surfaces"
	distributionsFolder = "distributions"
	schema              = 1
)

// cache is a folder that any number of processes use at once: an entry is written aside and renamed, and one that is not what was written is absent. What cannot be written is not kept: the answer counts, not the cache. A nil *cache keeps nothing.
type cache struct{ dir string }

func openCache(dir string) (*cache, error) {
	if dir == "" {
		return nil, nil
	}
	dir = filepath.Join(dir, pyast.Revision())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cache folder: %w", err)
	}
	return &cache{dir}, nil
}

// keyOf names the Surface of a text: relative imports make it depend on the module's own name.
func keyOf(s pyast.Source) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %t\n", schema, s.Name, s.Package)
	h.Write(s.Text)
	return hex.EncodeToString(h.Sum(nil))
}

// distributionKey names what is read of a file; "" for a file that no hash names.
func distributionKey(f dist.File, skip []string) string {
	digest := f.Hashes["sha256"]
	if digest == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q %s %q", schema, f.File, digest, skip))
	return hex.EncodeToString(sum[:])
}

func (c *cache) module(key string) *api.Module {
	m := &api.Module{}
	if !c.read(surfacesFolder, key, m) {
		return nil
	}
	return m
}

func (c *cache) putModule(key string, m *api.Module) { c.write(surfacesFolder, key, m) }

func (c *cache) distribution(key string) *distribution {
	d := &distribution{}
	if !c.read(distributionsFolder, key, d) {
		return nil
	}
	return d
}

func (c *cache) putDistribution(key string, d *distribution) { c.write(distributionsFolder, key, d) }

func (c *cache) path(folder, key string) string {
	return filepath.Join(c.dir, folder, key[:2], key)
}

func (c *cache) read(folder, key string, into any) bool {
	if c == nil || key == "" {
		return false
	}
	b, err := os.ReadFile(c.path(folder, key))
	return err == nil && durable.UnmarshalRecord(b, schema, into) == nil
}

// write keeps an entry, if it can. It is not synced: what a loss of power leaves of it does not have its checksum.
func (c *cache) write(folder, key string, v any) {
	if c == nil || key == "" {
		return
	}
	b, err := durable.MarshalRecord(schema, v)
	if err != nil {
		return
	}
	name := c.path(folder, key)
	if os.MkdirAll(filepath.Dir(name), 0o755) != nil {
		return
	}
	temp, err := os.CreateTemp(filepath.Dir(name), durable.TempPrefix)
	if err != nil {
		return
	}
	_, err = temp.Write(b)
	if errors.Join(err, temp.Close()) != nil || os.Rename(temp.Name(), name) != nil {
		os.Remove(temp.Name())
	}
}
