package environment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// wish is an environment as it is to be, all decided.
type wish struct {
	choice
	wanted     upgrade.Wanted
	resolution *resolve.Resolution
	files      []content
	lock       []byte
}

// Provision makes the environment of a resolution of Resolve, or keeps the one that stands at w.Root if it is whole (the package's text says what that is) and as wanted; a Note of Remade tells
// why it was not. It never removes what is no environment, nor the one that runs now (w.Current): *OccupiedError. Env.Warnings has the notes.
func (p *Provisioner) Provision(ctx context.Context, w upgrade.Wanted, r *resolve.Resolution) (_ *venv.Env, err error) {
	if err := p.check(w); err != nil {
		return nil, err
	}
	want, err := p.wish(ctx, w, r)
	if err != nil {
		return nil, err
	}
	s, err := openPlace(ctx, w.Root, p.Step)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.sweep(); err != nil {
		return nil, err
	}
	if !w.Fresh {
		env, why, err := s.whole(ctx, want)
		if err != nil || env != nil {
			return env, err
		}
		if why != "" {
			p.note(Note{Remade, s.root, s.root + " is made anew: " + why})
		}
	}
	return p.makeAnew(ctx, s, want)
}

// wish decides all of it, before anything is changed.
func (p *Provisioner) wish(ctx context.Context, w upgrade.Wanted, r *resolve.Resolution) (*wish, error) {
	c, err := p.choose(ctx, w, p.indexFor(w))
	if err != nil {
		return nil, err
	}
	if !c.python.Version.Equal(r.Platform.Python) {
		return nil, fmt.Errorf("the resolution is for Python %s, and the environment would have %s (%s): resolve again", r.Platform.Python, c.python.Version, c.python.Path)
	}
	if pin := r.Pin(w.Component.Distribution); pin == nil || !pin.Version.Equal(w.Target.Version) {
		return nil, fmt.Errorf("the resolution is not of %s %s: resolve again", w.Component.Distribution, w.Target.Version)
	}
	want := &wish{choice: c, wanted: w, resolution: r}
	if want.files, err = readFiles(p.Files); err != nil {
		return nil, err
	}
	want.lock, err = p.formatLock(want)
	return want, err
}

// makeAnew removes what is there and makes the environment. What it made is removed again where it fails.
func (p *Provisioner) makeAnew(ctx context.Context, s *place, want *wish) (*venv.Env, error) {
	if err := s.removable(want.wanted.Current); err != nil {
		return nil, err
	}
	if err := s.clear(); err != nil {
		return nil, err
	}
	env, err := p.make(ctx, s, want)
	if err != nil {
		return nil, errors.Join(err, s.clear())
	}
	for _, n := range want.notes {
		env.Warnings = append(env.Warnings, n.Text)
	}
	return env, nil
}

// make follows the package's text, "Whole or not": the lock comes last.
func (p *Provisioner) make(ctx context.Context, s *place, want *wish) (*venv.Env, error) {
	if err := s.step("create"); err != nil {
		return nil, err
	}
	env, err := (&venv.Builder{}).Create(ctx, venv.Spec{Root: s.root, Python: want.python})
	if err != nil {
		return nil, err
	}
	steps := []func(context.Context, *place, *venv.Env, *wish) error{p.install, p.putFiles, p.linkBindings, p.seal}
	for _, step := range steps {
		if err := step(ctx, s, env, want); err != nil {
			return nil, err
		}
	}
	return env, ctx.Err()
}

func (p *Provisioner) install(ctx context.Context, _ *place, env *venv.Env, want *wish) error {
	plan, err := venv.NewPlan(nil, want.resolution, true)
	if err != nil {
		return err
	}
	if err := want.direct(plan); err != nil {
		return err
	}
	change, err := (&venv.WheelInstaller{Fetcher: p.Fetcher, Store: p.Store, Compile: !p.NoBytecode, Step: p.Step}).Apply(ctx, env, plan)
	if err != nil {
		return err
	}
	return change.Commit(ctx)
}

// direct records where the vendor's own source was taken from (PEP 610).
func (w *wish) direct(plan *venv.Plan) error {
	source := w.wanted.Target.Source
	if source == nil {
		return nil
	}
	archive := map[string]any{}
	if sum := source.Hashes["sha256"]; sum != "" {
		archive["hash"], archive["hashes"] = "sha256="+sum, map[string]string{"sha256": sum}
	}
	text, err := json.Marshal(map[string]any{"archive_info": archive, "url": withoutSecrets(source.URL)})
	if err != nil {
		return err
	}
	for n := range plan.Install {
		if plan.Install[n].Name == w.wanted.Component.Distribution {
			plan.Install[n].Direct = string(text)
		}
	}
	return nil
}

// putFiles puts the vendor's files in the place of the wheels', which may be links to the store and so are replaced, never written to.
func (p *Provisioner) putFiles(ctx context.Context, s *place, env *venv.Env, want *wish) error {
	if len(want.files) == 0 {
		return nil
	}
	installed, err := env.Installed(ctx)
	if err != nil {
		return err
	}
	root, err := s.parent.OpenRoot(s.base)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, c := range want.files {
		if err := s.step("put file"); err != nil {
			return err
		}
		in, err := recordOf(installed, want.wanted.Component.Distribution, c.To)
		if err == nil {
			err = putFile(root, libraryOf(env, in), in.DistInfo+"/RECORD", c, amend(in, c))
		}
		if err != nil {
			return &FileError{c.File, err}
		}
		if err := p.recompile(ctx, root, env, path.Join(libraryOf(env, in), c.To)); err != nil {
			return err
		}
	}
	return nil
}

func putFile(root *os.Root, library, record string, c content, recordText []byte) error {
	to := path.Join(library, c.To)
	if err := root.MkdirAll(path.Dir(to), folderMode); err != nil {
		return err
	}
	if err := durable.WriteFile(root, to, c.body, fileMode); err != nil {
		return err
	}
	return durable.WriteFile(root, path.Join(library, record), recordText, fileMode)
}

// recompile makes the bytecode of a module that was replaced. One that does not compile has none: the service says so when it imports it.
func (p *Provisioner) recompile(ctx context.Context, root *os.Root, env *venv.Env, module string) error {
	stem, isModule := strings.CutSuffix(path.Base(module), ".py")
	if !isModule {
		return nil
	}
	err := root.Remove(path.Join(path.Dir(module), "__pycache__", stem+"."+env.Python.CacheTag+".pyc")) // PEP 3147
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if p.NoBytecode {
		return nil
	}
	cmd := exec.CommandContext(ctx, env.Python.Path, "-I", "-S", "-m", "py_compile", filepath.Join(env.Root, filepath.FromSlash(module)))
	cmd.WaitDelay = time.Second
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return ctx.Err()
}

// linkBindings links the host's modules into the library, one by one. What a wheel brought stays.
func (p *Provisioner) linkBindings(_ context.Context, s *place, env *venv.Env, want *wish) error {
	for _, b := range want.bindings {
		for _, l := range b.links {
			if err := s.step("link"); err != nil {
				return err
			}
			name := path.Join(s.base, env.Scheme.Platlib, l.name)
			if there, err := s.exists(name); err != nil {
				return err
			} else if there {
				n := Note{ShadowedBinding, b.name, fmt.Sprintf("%s comes from a wheel: the host's %s is not linked", l.name, l.target)}
				want.notes = append(want.notes, n)
				p.note(n)
				continue
			}
			if err := s.parent.Symlink(l.target, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// seal makes what was made durable, and then says that it is whole.
func (p *Provisioner) seal(ctx context.Context, s *place, env *venv.Env, want *wish) error {
	if err := s.step("settle"); err != nil {
		return err
	}
	if err := settle(s.root); err != nil {
		return err
	}
	if dir := closedFolder(s.root); dir != "" {
		n := Note{Unreadable, dir, fmt.Sprintf("only its owner can enter %s: services that run as another user will not start from %s", dir, s.root)}
		want.notes = append(want.notes, n)
		p.note(n)
	}
	if err := durable.SyncTree(ctx, s.parent, s.base); err != nil {
		return err
	}
	if err := s.step("lock"); err != nil {
		return err
	}
	return s.writeLock(want.lock)
}
