package txn

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"strings"
)

// fold gives names that the file system takes for one the same spelling.
func (p *planner) fold(name string) string {
	if !p.c.Folds {
		return name
	}
	return strings.ToLower(strings.ToUpper(name))
}

// byFold finds the names of a folder by their folded form; nil where the file system tells all names apart.
func (p *planner) byFold(entries []fs.DirEntry) map[string]string {
	if !p.c.Folds {
		return nil
	}
	names := map[string]string{}
	for _, e := range entries {
		names[p.fold(e.Name())] = e.Name()
	}
	return names
}

// meet is for a new name that the file system takes for another's that is there: the other one must go, and wholly.
func (p *planner) meet(name, other string, e fs.DirEntry) error {
	gone, err := p.wholly(other, e)
	goes := gone && (p.drop[p.fold(other)] || p.above[p.fold(other)])
	if err == nil && !goes {
		p.conflict(name, SameName)
	}
	return err
}

// sameFile reports whether two regular files have the same bytes.
func sameFile(root *os.Root, a, b string) (bool, error) {
	fa, err := root.Lstat(a)
	if err != nil {
		return false, err
	}
	fb, err := root.Lstat(b)
	if err != nil {
		return false, err
	}
	if !fa.Mode().IsRegular() || !fb.Mode().IsRegular() || fa.Size() != fb.Size() {
		return false, nil
	}
	ra, err := root.Open(a)
	if err != nil {
		return false, err
	}
	defer ra.Close()
	rb, err := root.Open(b)
	if err != nil {
		return false, err
	}
	defer rb.Close()
	return sameBytes(ra, rb)
}

func sameBytes(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(a, x)
		m, _ := io.ReadFull(b, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// Folds reports whether the file system of the folder takes names that differ in case for one.
func (f *Folder) Folds() (bool, error) {
	upper := []byte(f.State)
	for i, c := range upper {
		if 'a' <= c && c <= 'z' {
			upper[i] = c - 'a' + 'A'
		}
	}
	return exists(f.Root, string(upper))
}
