package python

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// Prober asks interpreters what they are, and keeps what they said. The zero Prober asks each time. Safe for concurrent use; any number of processes may have one Folder, and deleting it is always safe.
type Prober struct {
	// Folder is where answers are kept; "": nowhere. An interpreter is asked again when one of the files that its answer was made of (the program, its shared libraries, the modules that it had loaded) is
	// another, or the kernel is, or the text of pyvenv.cfg. What is not noticed is a module that the interpreter would load only from now on (a new sitecustomize or .pth file), and variables that its loader obeys (LD_LIBRARY_PATH). A command that
	// starts an interpreter elsewhere, as pyenv's do, is asked each time; so is every one on a system other than Linux.
	Folder string
}

const (
	keptSchema = 1
	maxKept    = 4 << 20 // bytes
)

// kept is an answer, and by what it is known to be true still.
type kept struct {
	Path   string          `json:"path"`
	System string          `json:"system"`
	Files  []keptFile      `json:"files"`
	Answer json.RawMessage `json:"answer"`
}

// keptFile is a file as it was; zero but for Name where there was none. A pyvenv.cfg is told by its text alone, so that an environment that is made anew in its place is not asked again.
type keptFile struct {
	Name string `json:"name"`
	File uint64 `json:"file,omitempty"` // its number on its volume
	Size int64  `json:"size,omitempty"`
	Time int64  `json:"time,omitempty"` // of its last change, nanoseconds since 1970
	Text string `json:"text,omitempty"` // its sha256
}

// Probe is the package's Probe, but for an interpreter whose answer was kept and that is the same still.
func (p *Prober) Probe(ctx context.Context, path string) (*Interpreter, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, &ProbeError{Path: path, Err: err}
	}
	if i := p.recall(ctx, path); i != nil {
		return i, nil
	}
	started := time.Now()
	line, err := ask(ctx, path, "-I", "-B")
	if errors.Is(err, errOption) {
		line, err = ask(ctx, path, "-E", "-s", "-B")
	}
	if err != nil {
		return nil, err
	}
	i, a, err := heard(ctx, path, line)
	if err == nil && i.Executable == path && len(a.Files) > 0 {
		p.keep(path, a.Files, line, started)
	}
	return i, err
}

func (p *Prober) file(path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(p.Folder, hex.EncodeToString(sum[:16]))
}

// recall gives nil where nothing was kept that is known to be true.
func (p *Prober) recall(ctx context.Context, path string) *Interpreter {
	if p.Folder == "" || ctx.Err() != nil {
		return nil
	}
	f, err := os.Open(p.file(path))
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKept))
	var k kept
	if err != nil || durable.UnmarshalRecord(b, keptSchema, &k) != nil || k.Path != path || k.System != system() || len(k.Files) == 0 {
		return nil
	}
	for _, was := range k.Files {
		if now, _, err := look(was.Name); err != nil || now != was {
			return nil
		}
	}
	i, _, err := heard(ctx, path, k.Answer)
	if err != nil {
		return nil
	}
	return i
}

// keep writes an answer whose files are older than the question. It is not synced: a torn one does not read, and the next Probe writes it again. What cannot be written is not kept.
func (p *Prober) keep(path string, files []string, line []byte, started time.Time) {
	if p.Folder == "" || system() == "" {
		return
	}
	k := kept{Path: path, System: system(), Answer: line}
	dir := filepath.Dir(path)
	for _, name := range append(files, path, filepath.Join(dir, ConfigName), filepath.Join(filepath.Dir(dir), ConfigName)) {
		now, changed, err := look(name)
		if err != nil || now.File == 0 && !isConfig(name) || changed >= started.UnixNano() {
			return
		}
		k.Files = append(k.Files, now)
	}
	b, err := durable.MarshalRecord(keptSchema, k)
	if err == nil && len(b) < maxKept && os.MkdirAll(p.Folder, 0o755) == nil {
		_ = os.WriteFile(p.file(path), b, 0o644)
	}
}

func isConfig(name string) bool { return filepath.Base(name) == ConfigName }

// look follows links, as the interpreter did. changed is the time of the last change; 0 where there is no file.
func look(name string) (now keptFile, changed int64, err error) {
	st, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return keptFile{Name: name}, 0, nil
	}
	if err != nil {
		return keptFile{}, 0, err
	}
	changed = st.ModTime().UnixNano()
	if !isConfig(name) {
		return keptFile{Name: name, File: durable.IdentityOf(st).File, Size: st.Size(), Time: changed}, changed, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return keptFile{}, 0, err
	}
	defer f.Close()
	text, err := durable.ReadAtMost(f, MaxConfig)
	sum := sha256.Sum256(text)
	return keptFile{Name: name, Text: hex.EncodeToString(sum[:])}, changed, err
}
