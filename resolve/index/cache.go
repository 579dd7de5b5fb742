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

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// The folders of a cache; the number changes with the form of what lies there.
const (
	pagesFolder    = "pages-4"
	metadataFolder = "metadata-3"
	filesFolder    = "files-1"
	answersFolder  = "answers-1"
	aside          = "tmp"

	maxEntry  = 2 * MaxPage    // of a page or METADATA, in bytes; longer ones are not kept
	asideLife = 24 * time.Hour // after which a file that a kill left in tmp is removed
)

// Cache is a folder with pages, METADATA and files. Any number of Clients, Fetchers and processes may use one folder at once. A nil *Cache keeps
// nothing. What cannot be written is not kept, silently: the answer counts, not the cache.
type Cache struct{ dir string }

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
	f, err := os.OpenFile(path, readOnly, 0)
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
func (c *Cache) write(path, content string) {
	if len(content) <= maxEntry {
		c.put(path, headOf(checksum(content)), content)
	}
}

// put makes a file of some parts, if it can; the stamp is that of the file, whose place another process may have taken since.
func (c *Cache) put(path string, parts ...string) (made stamp) {
	f, err := c.create()
	if err != nil {
		return stamp{}
	}
	for _, part := range parts {
		if err == nil {
			_, err = f.WriteString(part)
		}
	}
	if st, e := f.Stat(); e == nil {
		made = stampOf(st)
	}
	if errors.Join(err, f.Close()) != nil {
		os.Remove(f.Name())
		return stamp{}
	}
	if c.adopt(f.Name(), path) != nil {
		return stamp{}
	}
	return made
}

// checksum is the CRC-32C of a text.
func checksum(text string) (sum uint32) {
	buf := buffers.Get().(*[entryBuffer]byte)
	defer buffers.Put(buf)
	for text != "" {
		n := copy(buf[:], text)
		sum = crc32.Update(sum, castagnoli, buf[:n])
		text = text[n:]
	}
	return sum
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// metadata gives what resolving needs (dist.TrimMetadata) of the METADATA of the wheel with this sha256: its own where it was verified, else what this index
// said; nil where neither is kept.
func (c *Cache) metadata(sha256, index string) []byte {
	if c == nil || !digest.IsSHA256(sha256) {
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
	if c != nil && digest.IsSHA256(sha256) {
		c.write(c.provisionalPath(sha256, index), keptMetadata(metadata))
	}
}

func (c *Cache) provisionalPath(sha256, index string) string {
	return c.path(metadataFolder, sha256) + "." + sum([]byte(index))[:16]
}

// confirm keeps the METADATA of a verified wheel and removes what indexes said of it; it is false where one said something else: answers that were found with that are removed too.
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
	if !same {
		os.RemoveAll(filepath.Join(c.dir, answersFolder))
	}
	return same
}
