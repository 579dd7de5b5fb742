package openstack

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// ErrNoPrivsep says that a component has no privileged helper of which this package knows the context.
var ErrNoPrivsep = errors.New("no privsep context is described")

// probeSocket does not exist, so the helper ends as soon as it runs, with a traceback that shows whose code it is.
const probeSocket = "/nonexistent/chandlery-probe.sock"

// PrivsepProbe is the command by which a generation's services would start their privileged helper, on a socket that does not exist. It needs the grant in force (Grant), and
// changes nothing. JudgePrivsep reads its result.
func PrivsepProbe(d Description, cfg upgrade.Config) (upgrade.Command, error) {
	if d.Rootwrap.Privsep == "" || len(d.Rootwrap.Programs) == 0 {
		return upgrade.Command{}, ErrNoPrivsep
	}
	return upgrade.Command{
		Name: "privsep probe",
		Argv: []string{"/usr/bin/sudo", "-n", d.Rootwrap.Programs[0], filepath.Join(cfg.Dir, rootwrapName), "privsep-helper", "--privsep_context", d.Rootwrap.Privsep, "--privsep_sock_path", probeSocket},
		OK:   []int{1},
		User: d.User,
	}, nil
}

// frame is a line of a Python traceback.
var frame = lazy.Regexp{Expr: `File "([^"\n]+)", line \d+`}

// noHelper is what sudo and rootwrap say, and what it means.
var noHelper = [][2]string{
	{"a password is required", "sudo has no grant for it"},
	{"is not allowed to", "sudo has no grant for it"},
	{"not in the sudoers", "sudo has no grant for it"},
	{"command not found", "sudo does not find rootwrap in its secure_path"},
	{"Unauthorized command", "rootwrap's filters do not allow it"},
	{"Incorrect configuration file", "rootwrap cannot read its configuration"},
}

// JudgePrivsep says from the probe's result whether env's code answered. The program that starts it (/bin/privsep-helper) proves nothing, only the library's path does.
func JudgePrivsep(r upgrade.Result, env *venv.Env) upgrade.Check {
	c := upgrade.Check{Level: "L0", Name: "privileged helper", Took: r.Duration}
	output := string(r.Output)
	for _, m := range frame.FindAllStringSubmatch(output, -1) {
		if !strings.Contains(filepath.ToSlash(m[1]), "/oslo_privsep/") {
			continue
		}
		if within(m[1], env.Root) {
			c.Verdict, c.Detail = upgrade.Pass, "runs "+m[1]
			return c
		}
		return fail(c, upgrade.OldHelper, "the privileged helper runs "+m[1]+", not the environment's own code", m[1])
	}
	for _, known := range noHelper {
		if strings.Contains(output, known[0]) {
			return fail(c, upgrade.Misconfigured, "the privileged helper does not start: "+known[1], "")
		}
	}
	c.Detail = "the helper ended without saying whose code it is"
	return c
}

func fail(c upgrade.Check, class upgrade.Class, text, symbol string) upgrade.Check {
	c.Verdict, c.Detail = upgrade.Fail, text
	c.Evidence = []upgrade.Evidence{{Class: class, Text: text, Source: "privsep probe", Symbol: symbol}}
	return c
}

// within reports whether path lies below root, by either's true name.
func within(path, root string) bool {
	roots := []string{filepath.Clean(root)}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		roots = append(roots, real)
	}
	for _, r := range roots {
		if strings.HasPrefix(path, r+string(filepath.Separator)) {
			return true
		}
	}
	return false
}
