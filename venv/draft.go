package venv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/venv/python"
)

// draft is an environment that is built in dir and will lie at Root: all paths in its files are of there.
type draft struct {
	Spec
	dir      string
	warnings []string
}

// build follows the standard library's EnvBuilder.create step by step.
func (d *draft) build(ctx context.Context) error {
	steps := []func() error{d.folders, d.ignoreFile, d.config, d.executables, d.scripts}
	for _, step := range steps {
		if err := errors.Join(ctx.Err(), step()); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) warn(format string, args ...any) {
	d.warnings = append(d.warnings, fmt.Sprintf(format, args...))
}

func (d *draft) path(slash string) string { return filepath.Join(d.dir, filepath.FromSlash(slash)) }

func (d *draft) folders() error {
	for _, dir := range []string{".", d.Python.VenvPaths["include"], d.Python.VenvPaths["purelib"], d.Python.VenvPaths["scripts"]} {
		if err := os.MkdirAll(d.path(dir), 0o755); err != nil {
			return err
		}
	}
	if d.Python.Bits == 64 && d.Python.Markers["os_name"] == "posix" && d.Python.Markers["sys_platform"] != "darwin" {
		return os.Symlink("lib", d.path("lib64"))
	}
	return nil
}

// ignoreFile keeps the environment out of git, since 3.13.
func (d *draft) ignoreFile() error {
	if d.Python.Minor() < 13 {
		return nil
	}
	return os.WriteFile(d.path(".gitignore"), []byte("# Created by venv; see https://docs.python.org/3/library/venv.html\n*\n"), 0o644)
}

// config writes pyvenv.cfg: the prompt since 3.8; executable and command, which no one reads but people, since 3.11.
func (d *draft) config() error {
	p := d.Python
	lines := []string{
		"home = " + filepath.Dir(p.BaseExecutable),
		fmt.Sprintf("include-system-site-packages = %t", d.SystemSitePackages),
		fmt.Sprintf("version = %d.%d.%d", p.Version.Release(0), p.Version.Release(1), p.Version.Release(2)),
	}
	if d.Prompt != "" && p.Minor() >= 8 {
		lines = append(lines, "prompt = "+pythonString(d.Prompt))
	}
	if p.Minor() >= 11 {
		real, err := filepath.EvalSymlinks(p.Executable)
		if err != nil {
			return err
		}
		lines = append(lines, "executable = "+real, "command = "+p.Executable+" -m venv "+strings.Join(d.arguments(), " "))
	}
	return os.WriteFile(d.path(python.ConfigName), []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}

// arguments are those of the command that would make the same.
func (d *draft) arguments() (args []string) {
	if d.Copies && !d.Python.Windows() {
		args = append(args, "--copies")
	}
	args = append(args, "--without-pip")
	if d.SystemSitePackages {
		args = append(args, "--system-site-packages")
	}
	if d.Prompt != "" {
		args = append(args, `--prompt="`+d.Prompt+`"`)
	}
	return append(args, d.Root)
}

// executables puts the interpreter in, under its own name, and makes the other names lead to it.
func (d *draft) executables() error {
	if d.Python.Windows() {
		return d.windowsExecutables()
	}
	own := filepath.Base(d.Python.BaseExecutable)
	names := []string{own, "python", "python3"}
	if d.Python.Minor() >= 9 {
		names = append(names, fmt.Sprintf("python3.%d", d.Python.Minor()))
	}
	if d.Python.Minor() == 14 {
		names = append(names, "𝜋thon") // the 3.14 of a release's own joke
	}
	made := map[string]bool{}
	for _, name := range names {
		if made[name] {
			continue
		}
		made[name] = true
		target := own
		if name == own {
			target = d.Python.BaseExecutable
		}
		if err := d.executable(name, target); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) executable(name, target string) error {
	place := d.path(d.Python.VenvPaths["scripts"] + "/" + name)
	if !d.Copies {
		return os.Symlink(target, place)
	}
	return copyFile(d.Python.BaseExecutable, place, 0o755)
}

// windowsExecutables copies the launchers of environments that the standard library has under names that changed over time: venvlauncher.exe, or python.exe itself.
func (d *draft) windowsExecutables() error {
	variants := map[string]string{"python.exe": "venvlauncher", "pythonw.exe": "venvwlauncher"}
	if d.Python.FreeThreaded {
		version := fmt.Sprintf("3.%dt.exe", d.Python.Minor())
		variants["python"+version], variants["pythonw"+version] = "venvlaunchert", "venvwlaunchert"
		variants["python.exe"], variants["pythonw.exe"] = "venvlaunchert", "venvwlaunchert"
	}
	for _, name := range slices.Sorted(maps.Keys(variants)) {
		place := d.path(d.Python.VenvPaths["scripts"] + "/" + name)
		err := copyFile(filepath.Join(d.templates(), "nt", variants[name]+".exe"), place, 0o755)
		if errors.Is(err, fs.ErrNotExist) {
			err = copyFile(filepath.Join(d.templates(), "nt", name), place, 0o755)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the standard library has no launcher for %s: %w", name, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string, perm fs.FileMode) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Chmod(perm), dst.Close())
}

// interpreter is the environment's own, told without asking it.
func (d *draft) interpreter() *python.Interpreter {
	i := *d.Python
	scripts := filepath.Join(d.Root, filepath.FromSlash(i.VenvPaths["scripts"]))
	i.Path = filepath.Join(scripts, "python")
	if i.Windows() {
		i.Path += ".exe"
	}
	i.Executable, i.Prefix = i.Path, d.Root
	i.Paths = maps.Clone(i.Paths)
	i.Paths["scripts"], i.Paths["data"] = scripts, d.Root
	for _, key := range []string{"purelib", "platlib"} {
		i.Paths[key] = filepath.Join(d.Root, filepath.FromSlash(i.VenvPaths[key]))
	}
	i.SiteDirs = slices.Compact([]string{i.Paths["purelib"], i.Paths["platlib"]})
	if d.SystemSitePackages {
		i.SiteDirs = append(i.SiteDirs, d.Python.SiteDirs...)
	}
	return &i
}
