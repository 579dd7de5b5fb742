package index

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// OpenCache opens or makes a cache folder, and removes what killed processes left in it more than a day ago. The first time that it makes a folder for a new form of what is kept, it
// removes those for older forms.
func OpenCache(dir string) (*Cache, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	c, made := &Cache{dir: abs}, false
	for _, folder := range []string{aside, pagesFolder, metadataFolder, filesFolder} {
		path := filepath.Join(abs, folder)
		if st, err := os.Stat(path); err == nil && st.IsDir() {
			continue
		}
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, fmt.Errorf("cache folder: %w", err)
		}
		made = true
	}
	if made {
		c.outdate()
	}
	sweep(filepath.Join(abs, aside), time.Now().Add(-asideLife))
	return c, nil
}

// outdate removes the folders for older forms, which nobody reads any more.
func (c *Cache) outdate() {
	list, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	for _, e := range list {
		if !isOutdated(e.Name()) {
			continue
		}
		gone := filepath.Join(c.dir, aside, "old-"+rand.Text()) // what a kill leaves of it is swept
		if os.Rename(filepath.Join(c.dir, e.Name()), gone) == nil {
			os.RemoveAll(gone)
		}
	}
}

// isOutdated reports whether a folder has the name of one for an older form.
func isOutdated(name string) bool {
	return slices.ContainsFunc([]string{pagesFolder, metadataFolder, filesFolder, answersFolder}, func(current string) bool { return durable.Outdated(name, current) })
}

// sweep removes what lies in a folder since before a moment.
func sweep(dir string, before time.Time) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range list {
		if st, err := e.Info(); err == nil && st.ModTime().Before(before) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
