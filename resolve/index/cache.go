package index

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The folders of a cache; the number changes with the form of what lies there.
const (
	pagesFolder    = "pages-1"
	metadataFolder = "metadata-1"
	filesFolder    = "files-1"
	aside          = "tmp"

	entryMagic = "chandlery-cache-1 "
	asideLife  = 24 * time.Hour // after which a file that a kill left in tmp is removed
)

// Cache is a folder with pages, METADATA and files. Any number of Clients, Fetchers and processes may use one folder at once. A nil *Cache keeps
// nothing. What cannot be written is not kept, silently: the answer counts, not the cache.
type Cache struct{ dir string }

// OpenCache opens or makes a cache folder, and removes what killed processes left in it more than a day ago.
func OpenCache(dir string) (*Cache, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	c := &Cache{dir: abs}
	for _, folder := range []string{pagesFolder, metadataFolder, filesFolder, aside} {
		if err := os.MkdirAll(filepath.Join(abs, folder), 0o755); err != nil {
			return nil, fmt.Errorf("cache folder: %w", err)
		}
	}
	c.sweep(time.Now().Add(-asideLife))
	return c, nil
}

func (c *Cache) sweep(before time.Time) {
	list, err := os.ReadDir(filepath.Join(c.dir, aside))
	if err != nil {
		return
	}
	for _, e := range list {
		if st, err := e.Info(); err == nil && st.ModTime().Before(before) {
			os.Remove(filepath.Join(c.dir, aside, e.Name()))
		}
	}
}

// Dir is the folder's absolute path.
func (c *Cache) Dir() string { return c.dir }

// path spreads names over 256 folders.
func (c *Cache) path(folder, name string) string {
	return filepath.Join(c.dir, folder, name[:2], name)
}

// create opens a new file beside the others, to be adopted or removed.
func (c *Cache) create() (*os.File, error) {
	return os.CreateTemp(filepath.Join(c.dir, aside), "new-*")
}

// adopt moves a closed file of create to its place. Where another process was first, its file stands: both hold the same.
func (c *Cache) adopt(temp, path string) error {
	err := errors.Join(os.Chmod(temp, 0o644), os.MkdirAll(filepath.Dir(path), 0o755))
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		if st, statErr := os.Stat(path); statErr == nil && st.Mode().IsRegular() {
			return nil
		}
	}
	return err
}

// read gives the content of an entry; nil where it is absent or not what was written.
func (c *Cache) read(path string) []byte {
	if c == nil {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	head, content, ok := bytes.Cut(b, []byte("\n"))
	if !ok || string(head) != entryMagic+sum(content) {
		return nil
	}
	return content
}

// write keeps an entry, if it can.
func (c *Cache) write(path string, content []byte) {
	f, err := c.create()
	if err != nil {
		return
	}
	_, err = f.WriteString(entryMagic + sum(content) + "\n")
	if err == nil {
		_, err = f.Write(content)
	}
	if errors.Join(err, f.Close()) != nil {
		os.Remove(f.Name())
		return
	}
	_ = c.adopt(f.Name(), path)
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// page gives what is kept of an address, fresh or not; nil for nothing.
func (c *Cache) page(url string) *page {
	if c == nil {
		return nil
	}
	if b := c.read(c.pagePath(url)); b != nil {
		return unmarshalPage(b)
	}
	return nil
}

func (c *Cache) putPage(url string, p *page) {
	if c != nil {
		c.write(c.pagePath(url), p.marshal())
	}
}

// pagePath hashes the whole address, user info included: what one user may see, another may not.
func (c *Cache) pagePath(url string) string { return c.path(pagesFolder, sum([]byte(url))) }

// metadata gives the METADATA of the wheel with this sha256: its own where it was verified, else what this index said.
func (c *Cache) metadata(sha256, index string) []byte {
	if c == nil || !isSHA256(sha256) {
		return nil
	}
	if b := c.read(c.path(metadataFolder, sha256)); b != nil {
		return b
	}
	return c.read(c.provisionalPath(sha256, index))
}

// putProvisional keeps what an index said of a wheel that nobody has verified yet.
func (c *Cache) putProvisional(sha256, index string, metadata []byte) {
	if c != nil && isSHA256(sha256) {
		c.write(c.provisionalPath(sha256, index), metadata)
	}
}

func (c *Cache) provisionalPath(sha256, index string) string {
	return c.path(metadataFolder, sha256) + "." + sum([]byte(index))[:16]
}

// confirm keeps the METADATA of a verified wheel and removes what indexes said of it; it is false where one said something else.
func (c *Cache) confirm(sha256 string, metadata []byte) bool {
	path := c.path(metadataFolder, sha256)
	list, _ := os.ReadDir(filepath.Dir(path))
	same := true
	for _, e := range list {
		if said := filepath.Join(filepath.Dir(path), e.Name()); strings.HasPrefix(e.Name(), sha256+".") {
			if b := c.read(said); b != nil && !bytes.Equal(b, metadata) {
				same = false
			}
			os.Remove(said)
		}
	}
	if !bytes.Equal(c.read(path), metadata) {
		c.write(path, metadata)
	}
	return same
}

func isSHA256(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}
