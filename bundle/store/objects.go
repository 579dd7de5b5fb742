package store

import (
	"context"
	"fmt"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// Entry is an object or a file of a store, as a listing tells it.
type Entry struct {
	Key      string
	Size     int64
	Modified time.Time
}

// Lister tells what a store holds.
type Lister interface {
	// List gives what has a key that begins with prefix, in no order that can be relied on. An error is the last that it gives. What the store keeps for
	// itself, and what is no store's name, is left out.
	List(ctx context.Context, prefix string) iter.Seq2[Entry, error]
}

// Remover removes what a Store or Files wrote.
type Remover interface {
	// Remove removes an object or a file. One that is not there is removed already.
	Remove(ctx context.Context, key string) error
}

// Files keeps small files that change, beside a Store's objects, which never do: update configurations, and the metadata that signs them. Readers see a
// file whole, as it was or as it is. Safe for concurrent use.
type Files interface {
	// Read gives a file, of at most limit bytes, and its version, which is never "". One that is not there wraps fs.ErrNotExist.
	Read(ctx context.Context, name string, limit int64) (b []byte, version string, err error)
	// Write puts b in place of the version that Read gave; of "" where no file may be there. Where the file is another one by now, nothing changes and
	// the error wraps bundle.ErrConflict, unless its bytes are b: an answer may have been lost.
	Write(ctx context.Context, name string, b []byte, version string) error
	// Stat tells of an object or a file; one that is not there wraps fs.ErrNotExist.
	Stat(ctx context.Context, key string) (Entry, error)
	// Address is where a file's readers find it: an absolute url.
	Address(name string) (string, error)
}

// Lasting is a Store whose addresses end: an update configuration that names them must expire no later.
type Lasting interface {
	// Lasts is how long an address that Put gives can be used; 0 is for ever.
	Lasts() time.Duration
}

var (
	// keyForm keeps a key writable on every system: no upper case, and no component that begins with a dot.
	keyForm = lazy.Regexp{Expr: `^[a-z0-9_][a-z0-9._-]*(?:/[a-z0-9_][a-z0-9._-]*)*$`}
	// nameForm is a file's: channels may have capital letters.
	nameForm = lazy.Regexp{Expr: `^[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`}
)

// CheckKey reports why key cannot be an object's (bundle.Store).
func CheckKey(key string) error {
	if len(key) > MaxKey || !keyForm.MatchString(key) {
		return fmt.Errorf("%q is no key of a store", key)
	}
	return nil
}

// CheckName reports why name cannot be a file's: as CheckKey, but that capital letters are allowed.
func CheckName(name string) error {
	if len(name) > MaxKey || !nameForm.MatchString(name) {
		return fmt.Errorf("%q is no name of a store's file", name)
	}
	return nil
}

// ContentType is the media type that a store's object or file is served with.
func ContentType(name string) string {
	switch path.Ext(name) {
	case ".zip":
		return "application/zip"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}

// CacheControl is what caches may do with a store's object or file (RFC 9111): keep a bundle for ever, and ask again for anything else.
func CacheControl(name string) string {
	if strings.HasPrefix(name, "sha256/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}
