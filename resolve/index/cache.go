package index

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// The folders of a cache; the number changes with the form of what lies there.
const (
	pagesFolder    = "pages-3"
	metadataFolder = "metadata-3"
	filesFolder    = "files-1"
	aside          = "tmp"

	maxEntry  = 2 * MaxPage    // of a page or METADATA, in bytes; longer ones are not kept
	asideLife = 24 * time.Hour // after which a file that a kill left in tmp is removed
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

// path spreads names over 256 folders where there are large files, else over 16, as making a folder takes longer than filling it.
func (c *Cache) path(folder, name string) string {
	digits := 1
	if folder == filesFolder {
		digits = 2
	}
	return filepath.Join(c.dir, folder, name[:digits], name)
}

// create opens a new file beside the others, to be adopted or removed.
func (c *Cache) create() (*os.File, error) {
	return os.OpenFile(filepath.Join(c.dir, aside, "new-"+rand.Text()), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
}

// adopt moves a closed file of create to its place. Where another process was first, its file stands: both hold the same.
func (c *Cache) adopt(temp, path string) error {
	err := os.Rename(temp, path)
	if errors.Is(err, fs.ErrNotExist) { // the first of its folder
		if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = os.Rename(temp, path)
		}
	}
	if err != nil {
		os.Remove(temp)
		if st, statErr := os.Stat(path); statErr == nil && st.Mode().IsRegular() {
			return nil
		}
	}
	return err
}

// read gives the content of an entry; false where it is absent or not what was written.
func (c *Cache) read(path string) (string, bool) {
	if c == nil {
		return "", false
	}
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size() > maxEntry+entryHead || st.Size() < entryHead {
		return "", false
	}
	buf := buffers.Get().(*[entryBuffer]byte)
	defer buffers.Put(buf)
	n, err := io.ReadFull(f, buf[:min(st.Size(), entryBuffer)])
	if err != nil {
		return "", false
	}
	head, part := string(buf[:entryHead]), buf[entryHead:n]
	var content strings.Builder
	content.Grow(int(st.Size() - entryHead))
	sum := uint32(0)
	for {
		content.Write(part)
		sum = crc32.Update(sum, castagnoli, part)
		missing := st.Size() - entryHead - int64(content.Len())
		if missing == 0 {
			return content.String(), head == headOf(sum)
		}
		if n, err = io.ReadFull(f, buf[:min(missing, entryBuffer)]); err != nil {
			return "", false
		}
		part = buf[:n]
	}
}

// The head of an entry is a magic word and the CRC-32C of the content, which finds what a crash or a bad disk leaves of a file: one that is cut short, or has zeros or other bytes in it.
// Against who may write in the folder it would be no help, and nor would be a stronger sum, which they could write too: what is fetched by an entry is held to its own
// sha256 there, and METADATA to its wheel's.
const (
	entryMagic  = "chandlery-cache-2 "
	entryHead   = int64(len(entryMagic) + 8 + 1)
	entryBuffer = 32 << 10
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	buffers    = sync.Pool{New: func() any { return new([entryBuffer]byte) }}
)

func headOf(sum uint32) string { return fmt.Sprintf("%s%08x\n", entryMagic, sum) }

// write keeps an entry, if it can.
func (c *Cache) write(path string, content ...string) {
	buf := buffers.Get().(*[entryBuffer]byte)
	defer buffers.Put(buf)
	sum, size := uint32(0), 0
	for _, part := range content {
		size += len(part)
		for part != "" {
			n := copy(buf[:], part)
			sum = crc32.Update(sum, castagnoli, buf[:n])
			part = part[n:]
		}
	}
	if size > maxEntry {
		return
	}
	f, err := c.create()
	if err != nil {
		return
	}
	_, err = f.WriteString(headOf(sum))
	for _, part := range content {
		if err == nil {
			_, err = f.WriteString(part)
		}
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
	if text, ok := c.read(c.pagePath(url)); ok {
		return unmarshalPage(text)
	}
	return nil
}

func (c *Cache) putPage(url string, p *page) {
	if c != nil {
		c.write(c.pagePath(url), string(p.marshal()), p.kept)
	}
}

// pagePath hashes the whole address, user info included: what one user may see, another may not.
func (c *Cache) pagePath(url string) string { return c.path(pagesFolder, sum([]byte(url))) }

// metadata gives what resolving needs (dist.TrimMetadata) of the METADATA of the wheel with this sha256: its own where it was verified, else what this index
// said; nil where neither is kept.
func (c *Cache) metadata(sha256, index string) []byte {
	if c == nil || !isSHA256(sha256) {
		return nil
	}
	text, ok := c.read(c.path(metadataFolder, sha256))
	if !ok {
		text, ok = c.read(c.provisionalPath(sha256, index))
	}
	if !ok || len(text) < hexSHA256 {
		return nil
	}
	return []byte(text[hexSHA256:])
}

// keptMetadata is the form of METADATA in the cache: its sha256, which tells it from any other, and what resolving needs.
func keptMetadata(metadata []byte) string {
	return sum(metadata) + string(dist.TrimMetadata(metadata))
}

// putProvisional keeps what an index said of a wheel that nobody has verified yet.
func (c *Cache) putProvisional(sha256, index string, metadata []byte) {
	if c != nil && isSHA256(sha256) {
		c.write(c.provisionalPath(sha256, index), keptMetadata(metadata))
	}
}

func (c *Cache) provisionalPath(sha256, index string) string {
	return c.path(metadataFolder, sha256) + "." + sum([]byte(index))[:16]
}

// confirm keeps the METADATA of a verified wheel and removes what indexes said of it; it is false where one said something else.
func (c *Cache) confirm(sha256 string, metadata []byte) bool {
	path, own := c.path(metadataFolder, sha256), keptMetadata(metadata)
	list, _ := os.ReadDir(filepath.Dir(path))
	same := true
	for _, e := range list {
		if said := filepath.Join(filepath.Dir(path), e.Name()); strings.HasPrefix(e.Name(), sha256+".") {
			if text, ok := c.read(said); ok && text != own {
				same = false
			}
			os.Remove(said)
		}
	}
	if text, ok := c.read(path); !ok || text != own {
		c.write(path, own)
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
