package build

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/chandlery-go/chandlery/venv"
)

// Hooks of a build backend (PEP 517, "Build backend interface").
const (
	hookRequires = "get_requires_for_build_wheel"
	hookPrepare  = "prepare_metadata_for_build_wheel"
	hookBuild    = "build_wheel"
)

const (
	// SourceDate is SOURCE_DATE_EPOCH for all builds: 1980-01-01, the first date that a zip can say, so that two builds can give the same bytes.
	SourceDate = 315532800
	// MaxAnswer bounds what a hook may answer, in bytes.
	MaxAnswer = 1 << 20

	unixPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

//go:embed hook.py
var hookProgram []byte

// errAbsent says that a backend does not have an optional hook.
var errAbsent = errors.New("the backend has no such hook")

// question is what hook.py reads.
type question struct {
	Backend   string   `json:"backend"`
	Path      []string `json:"path"` // absolute
	Hook      string   `json:"hook"`
	Arguments []any    `json:"arguments"`
}

// bench is the folder of one build: the source tree, and what hooks may write.
type bench struct {
	b      *Builder
	file   string // the sdist
	dir    string
	tree   string // the source tree
	system *buildSystem
}

// Folders and files of a bench.
const (
	benchSource   = "source"
	benchWheel    = "wheel"
	benchMetadata = "metadata"
	benchHome     = "home"
	benchTemp     = "tmp"
	benchHook     = "hook.py"
	benchQuestion = "question.json"
	benchAnswer   = "answer.json"
)

// call runs a hook in an environment, and reads its answer into value. A hook that is absent is errAbsent; all else that goes wrong is a *BuildError.
func (w *bench) call(ctx context.Context, env *venv.Env, hook string, value any, arguments ...any) error {
	var out tail
	err := w.answer(ctx, env, hook, value, &out, arguments)
	if err == nil || errors.Is(err, errAbsent) {
		return err
	}
	e := &BuildError{File: w.file, Step: Step(hook), Output: out.text(), Err: err}
	if ctx.Err() == nil {
		e.Missing = findMissing(e.Output)
	}
	return e
}

func (w *bench) answer(ctx context.Context, env *venv.Env, hook string, value any, out *tail, arguments []any) error {
	q := question{Backend: w.system.backend, Path: []string{}, Hook: hook, Arguments: arguments}
	for _, p := range w.system.path {
		q.Path = append(q.Path, filepath.Join(w.tree, filepath.FromSlash(p)))
	}
	text, err := json.Marshal(q)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.dir, benchQuestion), text, 0o600); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(w.dir, benchAnswer)); err != nil {
		return err
	}
	if err := w.run(ctx, env, hook, out); err != nil {
		return err
	}
	return w.readAnswer(value)
}

// run waits for its turn, and runs hook.py.
func (w *bench) run(ctx context.Context, env *venv.Env, hook string, out *tail) error {
	select {
	case w.b.slots <- struct{}{}:
		defer func() { <-w.b.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, cmp.Or(w.b.Timeout, DefaultTimeout), ErrTimeout)
	defer cancel()
	w.b.logger().DebugContext(ctx, "build", "sdist", w.file, "hook", hook)
	cmd := exec.Command(env.Python.Path, filepath.Join(w.dir, benchHook), filepath.Join(w.dir, benchQuestion), filepath.Join(w.dir, benchAnswer))
	cmd.Dir = w.tree // PEP 517, "Build environment"
	cmd.Env = w.environ(env)
	return run(ctx, cmd, out)
}

// environ is the whole environment of a hook: nothing of this process's own.
func (w *bench) environ(env *venv.Env) []string {
	home, temp := filepath.Join(w.dir, benchHome), filepath.Join(w.dir, benchTemp)
	environ := []string{
		"HOME=" + home, "USERPROFILE=" + home, "TMPDIR=" + temp, "TEMP=" + temp, "TMP=" + temp,
		"LANG=C.UTF-8", "TZ=UTC",
		"PYTHONNOUSERSITE=1", "PYTHONHASHSEED=0", fmt.Sprintf("SOURCE_DATE_EPOCH=%d", SourceDate),
	}
	path := ""
	if runtime.GOOS != "windows" {
		path = unixPath
	}
	for _, v := range w.b.Environ {
		if own, ok := strings.CutPrefix(v, "PATH="); ok {
			path = own
		} else {
			environ = append(environ, v)
		}
	}
	if path != "" {
		path = string(filepath.ListSeparator) + path
	}
	return append(environ, "PATH="+env.Scripts+path)
}

// readAnswer reads what hook.py wrote. The backend's code ran in the same process, so it is as hostile as the sdist.
func (w *bench) readAnswer(value any) error {
	name := filepath.Join(w.dir, benchAnswer)
	st, err := os.Lstat(name)
	if err != nil || !st.Mode().IsRegular() {
		return errors.New("the backend ended without an answer")
	}
	if st.Size() > MaxAnswer {
		return fmt.Errorf("the backend answers with more than %d bytes", MaxAnswer)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var answer struct {
		Absent bool            `json:"absent"`
		Error  string          `json:"error"`
		Value  json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("the backend's answer is unreadable: %w", err)
	}
	switch {
	case answer.Absent:
		return errAbsent
	case answer.Error != "":
		return fmt.Errorf("the backend reports %.500s", answer.Error)
	case len(answer.Value) == 0, string(answer.Value) == "null", json.Unmarshal(answer.Value, value) != nil:
		return fmt.Errorf("the backend answers %.100s, which is not what PEP 517 asks for", answer.Value)
	}
	return nil
}
