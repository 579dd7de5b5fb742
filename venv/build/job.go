package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// job is the way of one sdist to its metadata or its wheel. It belongs to one flight; end it.
type job struct {
	b      *Builder
	file   dist.File
	sdist  *sdist
	system *buildSystem
	set    *set   // of all build requirements
	shelf  *shelf // where what comes of it is kept
	bench  *bench // nil until something must run
}

// newJob finds all that is asked of the sdist's build environment. The backend is asked unless the Cache knows its answer.
func (b *Builder) newJob(ctx context.Context, f dist.File, s *sdist) (*job, error) {
	if b.Python == nil {
		return nil, fault(f.File, StepBackend, ErrNoPython)
	}
	j := &job{b: b, file: f, sdist: s}
	var err error
	if j.system, err = s.buildSystem(); err != nil {
		return nil, fault(f.File, StepBackend, err)
	}
	if err := j.requirements(ctx); err != nil {
		j.end()
		return nil, err
	}
	return j, nil
}

// requirements resolves what the sdist asks for, then that and what its backend asks for besides (PEP 517, "get_requires_for_build_wheel").
func (j *job) requirements(ctx context.Context) error {
	requires := slices.Concat(j.system.requires, j.b.Extra[j.file.Name])
	if err := j.take(ctx, requires); err != nil {
		return err
	}
	more, ok := j.shelf.requires()
	if !ok {
		var err error
		if more, err = j.ask(ctx); err != nil {
			return err
		}
		if err := j.shelf.keepRequires(more); err != nil {
			return fault(j.file.File, StepKeep, err)
		}
	}
	if len(more) == 0 {
		return nil
	}
	parsed, err := parseRequires(more)
	if err != nil {
		return fault(j.file.File, StepAsk, err)
	}
	return j.take(ctx, slices.Concat(requires, parsed))
}

// take makes the set of requires the job's.
func (j *job) take(ctx context.Context, requires []pep508.Requirement) (err error) {
	if j.set, err = j.b.resolve(ctx, requires); err != nil {
		return fault(j.file.File, StepRequirements, err)
	}
	j.shelf, err = j.b.shelf(j.sdist, j.set)
	return fault(j.file.File, StepKeep, err)
}

// ask asks the backend for further requirements.
func (j *job) ask(ctx context.Context) (more []string, err error) {
	if err := j.open(ctx); err != nil {
		return nil, err
	}
	err = j.call(ctx, hookRequires, &more, nil)
	if errors.Is(err, errAbsent) {
		return nil, nil
	}
	return more, err
}

// call runs a hook in the environment of the job's set. The bench is open.
func (j *job) call(ctx context.Context, hook string, value any, arguments ...any) error {
	env, err := j.b.environment(ctx, j.set)
	if err != nil {
		return fault(j.file.File, StepEnvironment, err)
	}
	return j.bench.call(ctx, env, hook, value, arguments...)
}

// open makes the job's bench, once.
func (j *job) open(ctx context.Context) error {
	if j.bench != nil {
		return nil
	}
	return fault(j.file.File, StepRead, j.unpack(ctx))
}

// unpack makes the job's bench.
func (j *job) unpack(ctx context.Context) error {
	dir, err := os.MkdirTemp(j.b.work, "build-")
	if err != nil {
		return err
	}
	source := filepath.Join(dir, benchSource)
	j.bench = &bench{b: j.b, file: j.file.File, dir: dir, tree: filepath.Join(source, j.sdist.top), system: j.system}
	for _, name := range []string{benchSource, benchWheel, benchMetadata, benchHome, benchTemp} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, benchHook), hookProgram, 0o600); err != nil {
		return err
	}
	blob, err := j.b.Fetcher.Fetch(ctx, j.file.Artifact)
	if err != nil {
		return err
	}
	defer blob.Close()
	return unpack(ctx, blob, j.file, source)
}

// end removes what the job wrote outside of the Cache.
func (j *job) end() {
	if j.bench == nil {
		return
	}
	if err := removeAll(j.bench.dir); err != nil {
		j.b.logger().Warn("a build's folder stays", "sdist", j.file.File, "error", err)
	}
}

// prepare asks the backend for METADATA. A backend without that hook is errAbsent.
func (j *job) prepare(ctx context.Context) ([]byte, error) {
	if err := j.open(ctx); err != nil {
		return nil, err
	}
	dir := filepath.Join(j.bench.dir, benchMetadata)
	var name string
	if err := j.call(ctx, hookPrepare, &name, dir, nil); err != nil {
		return nil, err
	}
	b, err := readMetadata(dir, name)
	if err != nil {
		return nil, fault(j.file.File, StepCheck, err)
	}
	return b, nil
}

func readMetadata(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if name == "" || filepath.Base(name) != name {
		return nil, fmt.Errorf("the backend answers with %.200q, which is no folder's name", name)
	}
	path := filepath.Join(name, "METADATA")
	st, err := root.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > dist.MaxMetadata {
		return nil, fmt.Errorf("METADATA is no file of at most %d bytes", dist.MaxMetadata)
	}
	return root.ReadFile(path)
}
