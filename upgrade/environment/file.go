package environment

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// MaxFile bounds a File, in bytes.
const MaxFile = 64 << 20

// File is a file of the vendor's that is put into the environment, over what the wheels bring. It is listed in the RECORD of who brought the path, else in the component's.
type File struct {
	From string // path
	To   string // slash path below the library folder: cinder/volume/drivers/rbd.py
}

// content is a File as it was read, once, so that what is recorded is what is put there.
type content struct {
	File
	body   []byte
	sha256 string
}

func readFiles(files []File) ([]content, error) {
	var all []content
	for _, f := range files {
		body, err := f.read()
		if err == nil {
			err = checkPlace(f.To)
		}
		if err == nil && slices.ContainsFunc(all, func(c content) bool { return c.To == f.To }) {
			err = errors.New("another file goes there too")
		}
		if err != nil {
			return nil, &FileError{f, err}
		}
		sum := sha256.Sum256(body)
		all = append(all, content{f, body, hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(all, func(a, b content) int { return strings.Compare(a.To, b.To) })
	return all, nil
}

func (f File) read() ([]byte, error) {
	file, err := os.Open(f.From)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("not a regular file: name each file")
	}
	body, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err == nil && len(body) > MaxFile {
		err = fmt.Errorf("more than %d bytes", MaxFile)
	}
	return body, err
}

// checkPlace refuses a path that leads out, and the records of installations.
func checkPlace(to string) error {
	top, _, _ := strings.Cut(to, "/")
	switch ext := strings.ToLower(path.Ext(top)); {
	case !fs.ValidPath(to) || to == "." || strings.ContainsAny(to, `\:`):
		return errors.New("want a slash path below the library folder")
	case ext == ".dist-info" || ext == ".egg-info" || strings.HasSuffix(to, ".pyc"):
		return errors.New("what tells of an installation, and bytecode, are not the vendor's")
	}
	return nil
}

// recordOf is the RECORD that lists a path of the library, else the component's.
func recordOf(installed []wheel.Installed, component pep508.Name, to string) (*wheel.Installed, error) {
	var own *wheel.Installed
	for n := range installed {
		in := &installed[n]
		if slices.ContainsFunc(in.Record, func(e wheel.RecordEntry) bool { return e.Path == to }) {
			return in, nil
		}
		if in.Name == component {
			own = in
		}
	}
	if own == nil {
		return nil, fmt.Errorf("%s is not installed", component)
	}
	return own, nil
}

// amend gives a RECORD another line for a path.
func amend(in *wheel.Installed, c content) []byte {
	line := wheel.RecordEntry{Path: c.To, Hash: wheel.HashOf(c.body), Size: int64(len(c.body))}
	if n := slices.IndexFunc(in.Record, func(e wheel.RecordEntry) bool { return e.Path == c.To }); n >= 0 {
		in.Record[n] = line
	} else {
		in.Record = append(in.Record, line)
	}
	return wheel.FormatRecord(in.Record)
}

// libraryOf is the folder of a distribution that is installed, as a slash path below the root.
func libraryOf(env *venv.Env, in *wheel.Installed) string {
	if _, err := os.Lstat(path.Join(env.Root, env.Scheme.Purelib, in.DistInfo)); err != nil {
		return env.Scheme.Platlib
	}
	return env.Scheme.Purelib
}
