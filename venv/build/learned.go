package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

const (
	learnedKind   = "sdists"
	learnedSchema = 1         // of the records; another form has another folder
	maxLearned    = 512 << 10 // bytes of a record; what would be longer is not kept
)

// learned is what inspect found in an sdist, as the Cache keeps it by the archive's sha256: the archive need not be unpacked anew to learn the same.
type learned struct {
	File      string `json:"file"` // whose name tells how it was read
	Size      int64  `json:"size"`
	Top       string `json:"top"`
	PkgInfo   []byte `json:"pkg_info"` // the fields that are read (dist.TrimMetadata)
	Pyproject []byte `json:"pyproject"`
	Setup     bool   `json:"setup"`
}

// recall is what the Cache knows of an sdist; nil where that is nothing, or not what was written. It says nothing of an archive that is named by other hashes too: only fetching it tells
// whether they all hold.
func (b *Builder) recall(f dist.File) *sdist {
	sha256 := f.Hashes["sha256"]
	if b.Cache == "" || len(f.Hashes) != 1 || !digest.IsSHA256(sha256) {
		return nil
	}
	path := b.learnedPath(sha256)
	if st, err := os.Lstat(path); err != nil || !st.Mode().IsRegular() || st.Size() > maxLearned {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var l learned
	if durable.UnmarshalRecord(text, learnedSchema, &l) != nil || !l.suits(f) {
		return nil
	}
	return &sdist{sha256: sha256, top: l.Top, pkgInfo: l.PkgInfo, pyproject: l.Pyproject, setup: l.Setup}
}

// suits reports whether reading f's archive would give the same: it is read as the same format, and its folder is of f's project (S2).
func (l *learned) suits(f dist.File) bool {
	if f.Size >= 0 && f.Size != l.Size || isZip(f.File) != isZip(l.File) || len(l.Pyproject) > MaxPyproject {
		return false
	}
	top, err := cleanName(l.Top)
	return err == nil && top == l.Top && top != "." && !strings.Contains(top, "/") && newChecker(f.Name, nil).underTop(entry{name: top, kind: folder}) == nil
}

// remember keeps what inspect found. The archive is hashed here, whatever its Fetcher promises, as what is kept is believed for good. A record that cannot be kept is missed by nobody.
func (b *Builder) remember(ctx context.Context, f dist.File, s *sdist, blob dist.Blob) {
	if b.Cache == "" {
		return
	}
	a := dist.Artifact{File: f.File, Size: blob.Size(), Hashes: map[string]string{"sha256": s.sha256}}
	text, err := durable.MarshalRecord(learnedSchema, learned{f.File, blob.Size(), s.top, dist.TrimMetadata(s.pkgInfo), s.pyproject, s.setup})
	if err != nil || len(text) > maxLearned || verify(ctx, blob, a) != nil {
		return
	}
	if err := b.keepLearned(s.sha256, text); err != nil {
		b.logger().DebugContext(ctx, "what was learned of an sdist is not kept", "sdist", f.File, "error", err)
	}
}

// keepLearned writes a record at once, without a sync: it tells its own damage.
func (b *Builder) keepLearned(sha256 string, text []byte) error {
	path := b.learnedPath(sha256)
	if err := b.makeLearned(filepath.Dir(path)); err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer root.Close()
	t, err := durable.Create(root, filepath.Base(path), 0o644)
	if err != nil {
		return err
	}
	if _, err = t.Write(text); err == nil {
		err = t.Close()
	}
	if err == nil {
		err = t.Rename()
	}
	if err != nil {
		t.Discard()
	}
	return err
}

func (b *Builder) learnedPath(sha256 string) string {
	return filepath.Join(b.Cache, learnedFolder(), sha256+".json")
}

func learnedFolder() string { return fmt.Sprintf("%s-%d", learnedKind, learnedSchema) }

// makeLearned makes the folder of the records. Those of older forms, which nobody reads any more, go before it: what a kill leaves of them goes the next time.
func (b *Builder) makeLearned(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	list, _ := os.ReadDir(b.Cache)
	for _, e := range list {
		if e.IsDir() && durable.Outdated(e.Name(), learnedFolder()) {
			removeAll(filepath.Join(b.Cache, e.Name()))
		}
	}
	return os.MkdirAll(dir, 0o777)
}
