package probe

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

const (
	MaxOutput       = 64 << 10         // bytes of a command's output that are kept
	DefaultExternal = 10 * time.Minute // External's Limit
	externalPath    = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// External judges by a command of the operator's. Exit code 0 is Pass and any other Fail, but for 126 and 127, by which a shell says that
// the command itself does not run: those, a signal and a passed limit are errors, as nothing was judged.
//
// A standard output that is a JSON object (or an array of them) gives the checks:
//
//	{"verdict": "pass with findings", "name": "orphans", "detail": "2 images", "evidence": [{"class": "regression", "text": "…"}]}
//
// with the words of upgrade.Verdict; an exit code that is not 0 still fails. Other output is the Detail, in its last line.
//
// The command's environment is Env, and CHANDLERY_COMPONENT, CHANDLERY_VERSION, CHANDLERY_ENV (the environment's root), CHANDLERY_HOST,
// CHANDLERY_CONFIG (configuration files, joined as PATH is) and CHANDLERY_TRIAL ("true", "false"); nothing of this process's own but a PATH.
type External struct {
	Argv  []string      // required; run without a shell
	Dir   string        // "": that of this process
	Env   []string      // "NAME=value"
	Name  string        // of the check; "": the command's
	Level string        // "": L3
	Trial bool          // judges trials, and nothing else; else it is never run for one
	Limit time.Duration // 0: DefaultExternal
}

// Verify runs the command to its end.
func (v External) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	if len(v.Argv) == 0 {
		return upgrade.Report{}, errors.New("probe.External: Argv is missing")
	}
	c := upgrade.Check{Level: v.Level, Name: v.Name}
	if c.Level == "" {
		c.Level = "L3"
	}
	if c.Name == "" {
		c.Name = filepath.Base(v.Argv[0])
	}
	switch {
	case s.Trial && !v.Trial:
		return notApplicable(c.Level, c.Name, "it is not for trials"), nil
	case v.Trial && !s.Trial:
		return notApplicable(c.Level, c.Name, "it is for trials alone"), nil
	}
	began := time.Now()
	code, stdout, stderr, err := v.run(ctx, s)
	c.Took = time.Since(began)
	if err != nil {
		return report(c), fmt.Errorf("%s: %w", c.Name, err)
	}
	return report(judgeOutput(c, code, stdout, stderr)...), nil
}

func (v External) run(ctx context.Context, s upgrade.Subject) (code int, stdout, stderr string, err error) {
	limited, cancel := context.WithTimeout(ctx, cmp.Or(v.Limit, DefaultExternal))
	defer cancel()
	cmd := exec.CommandContext(limited, v.Argv[0], v.Argv[1:]...)
	cmd.Dir, cmd.Env = v.Dir, v.environment(s)
	cmd.WaitDelay = 5 * time.Second
	endWithGroup(cmd)
	var out, errs capped
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, "", "", ctx.Err()
	case limited.Err() != nil:
		return 0, "", "", fmt.Errorf("still ran after %v", cmp.Or(v.Limit, DefaultExternal))
	case errors.As(err, &exit) && exit.ExitCode() > 0 && exit.ExitCode() != 126 && exit.ExitCode() != 127:
		return exit.ExitCode(), out.String(), errs.String(), nil
	}
	return 0, out.String(), errs.String(), err
}

func (v External) environment(s upgrade.Subject) []string {
	root := ""
	if s.Env != nil {
		root = s.Env.Root
	}
	return append([]string{
		"PATH=" + externalPath, "CHANDLERY_COMPONENT=" + s.Component.Name, "CHANDLERY_VERSION=" + s.Version.String(), "CHANDLERY_ENV=" + root,
		"CHANDLERY_HOST=" + s.Config.Host, "CHANDLERY_CONFIG=" + strings.Join(s.Config.Files, string(filepath.ListSeparator)), fmt.Sprintf("CHANDLERY_TRIAL=%t", s.Trial),
	}, v.Env...)
}

// judgeOutput makes checks of how a command ended.
func judgeOutput(c upgrade.Check, code int, stdout, stderr string) []upgrade.Check {
	if checks, ok := parseChecks(stdout); ok {
		for i := range checks {
			checks[i].Level, checks[i].Took = orElse(checks[i].Level, c.Level), c.Took
			checks[i].Name = orElse(checks[i].Name, c.Name)
		}
		if code != 0 && upgrade.NewReport(checks...).Verdict != upgrade.Fail {
			c.Verdict, c.Detail = upgrade.Fail, fmt.Sprintf("exit code %d, although its output says otherwise", code)
			checks = append(checks, c)
		}
		return checks
	}
	c.Verdict, c.Detail = upgrade.Pass, lastLine(stdout)
	if code != 0 {
		c.Verdict, c.Detail = upgrade.Fail, strings.TrimSuffix(fmt.Sprintf("exit code %d: %s", code, orElse(lastLine(stderr), lastLine(stdout))), ": ")
	}
	return []upgrade.Check{c}
}

// parseChecks reads JSON whose every object says a verdict.
func parseChecks(output string) ([]upgrade.Check, bool) {
	text := bytes.TrimSpace([]byte(output))
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return nil, false
	}
	if text[0] == '{' {
		text = append(append([]byte{'['}, text...), ']')
	}
	var each []struct {
		upgrade.Check
		Verdict *upgrade.Verdict `json:"verdict"`
	}
	if json.Unmarshal(text, &each) != nil || len(each) == 0 {
		return nil, false
	}
	var checks []upgrade.Check
	for _, e := range each {
		if e.Verdict == nil {
			return nil, false
		}
		e.Check.Verdict = *e.Verdict
		checks = append(checks, e.Check)
	}
	return checks, true
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
}

// capped keeps the first MaxOutput bytes.
type capped struct{ kept []byte }

func (c *capped) Write(p []byte) (int, error) {
	c.kept = append(c.kept, p[:min(len(p), MaxOutput-len(c.kept))]...)
	return len(p), nil
}

func (c *capped) String() string { return string(c.kept) }
