package pyast

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.py
var programs embed.FS

// Revision names what Reader.Surface does, in 16 letters of hex: what another revision read may say something else. Whoever keeps what was read keeps it under this.
func Revision() string {
	sum := sha256.New()
	err := fs.WalkDir(programs, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "needs") {
			return err
		}
		b, err := programs.ReadFile(name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(b), b)
		return err
	})
	if err != nil {
		panic(err) // they are embedded
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}
