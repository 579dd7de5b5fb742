package environment

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Modes of all that an environment holds: services run as other users than who makes it.
const (
	folderMode  fs.FileMode = 0o755
	fileMode    fs.FileMode = 0o644
	programMode fs.FileMode = 0o755
)

// settle gives everything below root its mode, whatever the umask was. A file that is linked from the store gets it there too.
func settle(root string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		want := fileMode
		switch {
		case d.IsDir():
			want = folderMode
		case fi.Mode()&0o100 != 0:
			want = programMode
		}
		if fi.Mode().Perm() == want {
			return nil
		}
		return os.Chmod(path, want)
	})
}

// closedFolder is the first folder above a path that others than its owner and group cannot enter; "" where there is none.
func closedFolder(path string) string {
	if runtime.GOOS == "windows" {
		return ""
	}
	dir := filepath.Dir(path)
	if above := filepath.Dir(dir); above != dir {
		if closed := closedFolder(dir); closed != "" {
			return closed
		}
	}
	if st, err := os.Stat(dir); err == nil && st.Mode()&0o001 == 0 {
		return dir
	}
	return ""
}
