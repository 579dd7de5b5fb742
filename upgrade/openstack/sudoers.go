package openstack

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
)

// ErrNoRootwrap says that sudo would not find a component's rootwrap program.
var ErrNoRootwrap = errors.New("not in sudo's secure_path")

// UntrustedError says what a grant for sudo would rest on that others than root may change: with it they would be root.
type UntrustedError struct {
	Path   string
	Reason string
}

func (e *UntrustedError) Error() string {
	return fmt.Sprintf("%s: %s: only root may own it and write to it, as root would run what it leads to", e.Path, e.Reason)
}

// securePath is Debian's secure_path.
var securePath = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// sudoers drafts the grant: one line for each rootwrap program, for this generation's rootwrap.conf only.
func (g *generation) sudoers() error {
	user, conf := g.c.user(g.d), g.values["{rootwrap}"]
	if user == "" {
		return fmt.Errorf("%s: the user that its services run as is not known: set User", g.old.Component.Name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Defaults:%s !requiretty\n", user)
	for _, name := range g.d.Rootwrap.Programs {
		program, err := g.c.find(name)
		if err != nil {
			return err
		}
		for _, word := range []string{user, program, conf} {
			if !isPlain(word) {
				return fmt.Errorf("%q cannot stand in a sudoers file: only letters, digits and any of /._+-@~ may be in it", word)
			}
		}
		fmt.Fprintf(&b, "%s ALL = (root) NOPASSWD: %s %s *\n", user, program, conf)
	}
	g.body[sudoersName] = []byte(b.String())
	return nil
}

// isPlain refuses what has a meaning in sudoers.
func isPlain(word string) bool {
	return word != "" && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+-@~") == ""
}

// find looks for a program as sudo does.
func (c *Configurer) find(name string) (string, error) {
	dirs := c.SecurePath
	if dirs == nil {
		dirs = securePath
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: %w (%s): install the distribution's package that has it, or name its folder", name, ErrNoRootwrap, strings.Join(dirs, ":"))
}

// check lets visudo read the grant, where it stands now.
func (g *generation) check(ctx context.Context, dir string) error {
	if g.body[sudoersName] == nil {
		return nil
	}
	return g.c.visudo(ctx, filepath.Join(dir, sudoersName))
}

func (c *Configurer) visudo(ctx context.Context, file string) error {
	program := cmp.Or(c.Visudo, "/usr/sbin/visudo")
	if err := run(ctx, []string{program, "-cqf", file}, nil, nil); err != nil {
		return fmt.Errorf("check of the grant for sudo: %w", err)
	}
	return nil
}

// Grant puts the grant of a subject's generation in force: checked once more, mode 0440, whole or not at all; the same again changes nothing. It refuses with an
// *UntrustedError where others than root could change what root would run by it. A generation without a grant, and the real environment, need none. Each generation has a grant of
// its own, so that those of production and of a trial stand side by side.
func (c *Configurer) Grant(ctx context.Context, s upgrade.Subject) error {
	if err := ctx.Err(); err != nil || s.Config.Dir == "" {
		return err
	}
	b, err := os.ReadFile(filepath.Join(s.Config.Dir, sudoersName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.checkTrust(ctx, s); err != nil {
		return err
	}
	if err := c.visudo(ctx, filepath.Join(s.Config.Dir, sudoersName)); err != nil {
		return err
	}
	target := c.sudoersFile(s)
	if have, err := os.ReadFile(target); err == nil && string(have) == string(b) {
		return nil
	}
	// The temporary name has a dot: sudo does not read it.
	return durable.WritePath(target, b, 0o440)
}

// Revoke takes the grant of a subject's generation out of force; there being none is no error. All others stay.
func (c *Configurer) Revoke(ctx context.Context, s upgrade.Subject) error {
	if err := ctx.Err(); err != nil || s.Config.Dir == "" {
		return err
	}
	return durable.RemovePath(c.sudoersFile(s))
}

// sudoersFile is where a generation's grant stands: a name of its own for each folder, as a host may have several roots. sudo skips names with a dot (sudoers(5), "@includedir").
func (c *Configurer) sudoersFile(s upgrade.Subject) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, filepath.Base(s.Config.Dir))
	sum := sha256.Sum256([]byte(filepath.Clean(s.Config.Dir)))
	return filepath.Join(cmp.Or(c.SudoersDir, "/etc/sudoers.d"), "chandlery-"+name+"-"+hex.EncodeToString(sum[:4]))
}

// checkTrust looks at all that root would run or read by the grant: the generation's folder, and every file of the environment.
func (c *Configurer) checkTrust(ctx context.Context, s upgrade.Subject) error {
	for _, path := range []string{filepath.Join(s.Config.Dir, rootwrapName), s.Env.Root, s.Env.Python.Path} {
		if err := trusted(path); err != nil {
			return err
		}
	}
	return filepath.WalkDir(s.Env.Root, func(name string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		return trustedOne(name)
	})
}
