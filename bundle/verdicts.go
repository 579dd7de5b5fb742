package bundle

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/internal/durable"
)

// Verdicts remembers which wheels were verified file by file, by the sha256 of the wheel, so that it is done once. Safe for concurrent use. Whoever can
// write the verdicts can pass off a wheel with a false RECORD, but not one with another sha256 than the index gives.
type Verdicts interface {
	Verified(sha256 string) bool
	Keep(sha256 string) error
}

// VerdictDir keeps verdicts in a folder, which is made where absent.
type VerdictDir struct {
	Path string
}

// verdict is what a verdict's file holds: the version of the rules by which wheels are verified. Stricter rules need another, so that old verdicts end.
const verdict = "wheel rules 1\n"

// Verified reports whether a verdict by today's rules is kept.
func (d VerdictDir) Verified(sha256 string) bool {
	if !digest.IsSHA256(sha256) {
		return false
	}
	b, err := os.ReadFile(d.file(sha256))
	return err == nil && string(b) == verdict
}

// Keep notes that the wheel was verified.
func (d VerdictDir) Keep(sha256 string) error {
	if !digest.IsSHA256(sha256) {
		return errors.New("no sha256")
	}
	if err := os.MkdirAll(filepath.Dir(d.file(sha256)), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.WritePath(d.file(sha256), []byte(verdict), 0o644)
}

func (d VerdictDir) file(sha256 string) string {
	return filepath.Join(d.Path, sha256[:2], sha256)
}
