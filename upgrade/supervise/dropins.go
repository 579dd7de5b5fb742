package supervise

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
)

// Names below State/<component>.
const (
	currentLink    = "current"
	generationFile = "generation.json"
	dropIn         = "50-chandlery.conf" // below Units/<unit>.d
)

// Current is what the link names; without it Real. A drop-in that is not as Switch wrote it, or that its unit does not lead to, is ErrEdited.
func (s *Systemd) Current(ctx context.Context, c upgrade.Component) (upgrade.Subject, error) {
	return s.origin().current(ctx, c, s.pointer)
}

// Switch writes the drop-ins of to beside those that count, leads the units to them, and turns the link; where to is Real it removes the link, and then what led to it. systemd reads them
// at the next Start, or when it starts itself.
func (s *Systemd) Switch(ctx context.Context, to upgrade.Subject) error {
	g, real, err := s.origin().next(ctx, to)
	if err != nil {
		return err
	}
	dir, err := s.folder(g.Component)
	if err != nil {
		return err
	}
	root, err := makeRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	lock, err := durable.AcquireLock(ctx, root, "lock", LockWait, fmt.Sprintf("process %d", os.Getpid()))
	if err != nil {
		return err
	}
	defer lock.Release()
	if real {
		return s.leave(root)
	}
	return s.switchTo(ctx, root, g)
}

// leave goes back to the real environment. The generations stay until the next Switch, as do links of units that no current generation names: they lead nowhere.
func (s *Systemd) leave(root *os.Root) error {
	var g generation
	if b, err := root.ReadFile(currentLink + "/" + generationFile); err != nil || g.unmarshal(b) != nil {
		g.Services = nil
	}
	if err := root.Remove(currentLink); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := durable.SyncDir(root, ".")
	for _, l := range g.Services {
		link := s.link(l.Name)
		if target, _ := os.Readlink(link); target == dropInTarget(root.Name(), unit(l.Name)) {
			err = errors.Join(err, durable.RemovePath(link))
			os.Remove(filepath.Dir(link)) // where it is empty now
		}
	}
	return err
}

func (s *Systemd) switchTo(ctx context.Context, root *os.Root, g generation) error {
	name := "generation-" + rand.Text()
	if err := g.writeDropIns(ctx, root, name); err != nil {
		return errors.Join(err, root.RemoveAll(name))
	}
	for _, l := range g.Services {
		if err := s.lead(root.Name(), unit(l.Name)); err != nil {
			return errors.Join(err, root.RemoveAll(name))
		}
	}
	old, _ := root.Readlink(currentLink)
	if err := turn(root, name); err != nil {
		return errors.Join(err, root.RemoveAll(name))
	}
	return sweepGenerations(root, name, old)
}

// sweepGenerations removes all but two: what a reader of the old link still holds stays for a while.
func sweepGenerations(root *os.Root, keep ...string) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "generation-") && !slices.Contains(keep, e.Name()) {
			err = errors.Join(err, root.RemoveAll(e.Name()))
		}
	}
	return err
}

func (g generation) writeDropIns(ctx context.Context, root *os.Root, name string) error {
	record, err := g.marshal()
	if err != nil {
		return err
	}
	if err := root.Mkdir(name, 0o755); err != nil {
		return err
	}
	if err := root.WriteFile(name+"/"+generationFile, record, 0o600); err != nil {
		return err
	}
	for _, l := range g.Services {
		b, err := l.dropIn()
		if err != nil {
			return fmt.Errorf("%s: %w", l.Name, err)
		}
		if err := root.WriteFile(name+"/"+unit(l.Name)+".conf", b, 0o600); err != nil {
			return err
		}
	}
	return durable.SyncTree(ctx, root, name)
}

// turn makes the link lead to another generation in one step.
func turn(root *os.Root, name string) error {
	temp := durable.TempPrefix + rand.Text()
	if err := root.Symlink(name, temp); err != nil {
		return err
	}
	if err := root.Rename(temp, currentLink); err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	return durable.SyncDir(root, ".")
}

// lead makes a unit's drop-in, once for all generations: a link that leads nowhere while there is no current one.
func (s *Systemd) lead(dir, unit string) error {
	root, err := makeRoot(filepath.Join(s.units(), unit+".d"))
	if err != nil {
		return err
	}
	defer root.Close()
	target := dropInTarget(dir, unit)
	has, err := root.Readlink(dropIn)
	if err == nil && has == target {
		return nil
	}
	if _, err := root.Lstat(dropIn); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is not this component's: move it away", filepath.Join(root.Name(), dropIn)), err)
	}
	return errors.Join(root.Symlink(target, dropIn), durable.SyncDir(root, "."))
}

func dropInTarget(dir, unit string) string {
	return filepath.Join(dir, currentLink, unit+".conf")
}

// pointer is the generation that the link names, nil where there is no link. What another Switch changes while it is read is read again: no two links have one name.
func (s *Systemd) pointer(component string) (*generation, error) {
	dir, err := s.folder(component)
	if err != nil {
		return nil, err
	}
	for {
		name, err := readCurrent(dir)
		if err != nil || name == "" {
			return nil, err
		}
		g, err := s.generation(dir, filepath.Join(dir, name))
		if err == nil {
			return g, nil
		}
		if now, nowErr := readCurrent(dir); nowErr != nil || now == name {
			return nil, errors.Join(err, nowErr)
		}
	}
}

func readCurrent(dir string) (string, error) {
	name, err := os.Readlink(filepath.Join(dir, currentLink))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return name, err
}

// generation reads the one in folder, and checks that its drop-ins are what systemd is to read.
func (s *Systemd) generation(dir, folder string) (*generation, error) {
	b, err := os.ReadFile(filepath.Join(folder, generationFile))
	if err != nil {
		return nil, err
	}
	var g generation
	if err := g.unmarshal(b); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", folder, ErrEdited, err)
	}
	for _, l := range g.Services {
		if err := s.asWritten(dir, folder, l); err != nil {
			return nil, err
		}
	}
	return &g, nil
}

func (s *Systemd) asWritten(dir, folder string, l launch) error {
	want, err := l.dropIn()
	if err != nil {
		return err
	}
	file := filepath.Join(folder, unit(l.Name)+".conf")
	if has, err := os.ReadFile(file); err != nil || !bytes.Equal(has, want) {
		return errors.Join(fmt.Errorf("%s: %w", file, ErrEdited), err)
	}
	link := s.link(l.Name)
	if has, err := os.Readlink(link); err != nil || has != dropInTarget(dir, unit(l.Name)) {
		return errors.Join(fmt.Errorf("%s: %w", link, ErrEdited), err)
	}
	return nil
}

func (s *Systemd) link(service string) string {
	return filepath.Join(s.units(), unit(service)+".d", dropIn)
}

// dropIn is the drop-in of a unit: what it sets comes above the unit's own Environment=, its own ExecStart= is dropped (systemd.service(5), systemd.exec(5)).
func (l launch) dropIn() ([]byte, error) {
	if strings.ContainsAny(l.Argv[0], "$ \t\n\r\"'\\") {
		return nil, fmt.Errorf("%s: systemd cannot take this path of a program", l.Argv[0])
	}
	var b bytes.Buffer
	b.WriteString("[Service]\nExecStart=\nExecStart=")
	for i, arg := range l.Argv {
		if i > 0 {
			b.WriteByte(' ')
		}
		quoted, err := quoteUnit(arg)
		if err != nil {
			return nil, err
		}
		b.WriteString(strings.ReplaceAll(quoted, "$", "$$"))
	}
	b.WriteByte('\n')
	for _, k := range slices.Sorted(maps.Keys(l.Env)) {
		quoted, err := quoteUnit(k + "=" + l.Env[k])
		if !variable.MatchString(k) || err != nil {
			return nil, errors.Join(fmt.Errorf("systemd cannot take the variable %q", k), err)
		}
		b.WriteString("Environment=" + quoted + "\n")
	}
	if l.User != "" {
		quoted, err := quoteUnit(l.User)
		if err != nil {
			return nil, err
		}
		b.WriteString("User=" + strings.Trim(quoted, `"`) + "\n")
	}
	if l.StopTimeout > 0 {
		fmt.Fprintf(&b, "TimeoutStopSec=%dms\n", l.StopTimeout.Milliseconds())
	}
	return b.Bytes(), nil
}

// quoteUnit quotes a word as systemd.syntax(7), "Quoting", has it; % begins a specifier (systemd.unit(5)).
func quoteUnit(word string) (string, error) {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range word {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '%':
			b.WriteString("%%")
		case r == 0xfffd:
			return "", fmt.Errorf("%q is no UTF-8", word)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String(), nil
}

// makeRoot opens a folder, made durably where it is absent; the one above it is made by whoever owns it.
func makeRoot(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	above, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		return nil, err
	}
	defer above.Close()
	if err := durable.SyncDir(above, "."); err != nil {
		return nil, err
	}
	return os.OpenRoot(dir)
}
