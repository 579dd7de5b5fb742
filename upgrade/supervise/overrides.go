package supervise

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
)

// recordPrefix begins the file's first line, which to supervisord is a comment.
const recordPrefix = "; chandlery: "

// Current is what the file of overrides names; without it Real. A file that is not as Switch wrote it is ErrEdited.
func (s *Supervisor) Current(ctx context.Context, c upgrade.Component) (upgrade.Subject, error) {
	return s.origin().current(ctx, c, func(string) (*generation, error) { return s.pointer() })
}

// Switch writes the file of overrides, or removes it where to is Real. A supervisord that answers reads it at once, which starts and stops nothing; where it does not take the
// file as it is meant, the old one is put back and Switch gives an error.
func (s *Supervisor) Switch(ctx context.Context, to upgrade.Subject) error {
	g, real, err := s.origin().next(ctx, to)
	if err != nil {
		return err
	}
	old, err := s.overrides()
	if err != nil {
		return err
	}
	var b []byte
	if !real {
		if b, err = g.overrides(); err != nil {
			return err
		}
	}
	if err := s.write(b); err != nil {
		return err
	}
	if err := s.taken(ctx, b, g.Services); err != nil {
		return errors.Join(err, s.write(old))
	}
	return nil
}

// taken reports how a supervisord that answers took the file; one that does not will read it when it starts.
func (s *Supervisor) taken(ctx context.Context, b []byte, services []launch) error {
	if _, err := s.call(ctx, "supervisor.getPID"); err != nil {
		return ctx.Err()
	}
	if b == nil {
		services = nil
	}
	_, err := s.reload(ctx, services)
	return err
}

// write replaces the file; nil removes it.
func (s *Supervisor) write(b []byte) error {
	if b == nil {
		return durable.RemovePath(s.Overrides)
	}
	return durable.WritePath(s.Overrides, b, 0o600)
}

// overrides is the file's content, nil where there is none.
func (s *Supervisor) overrides() ([]byte, error) {
	if s.Overrides == "" {
		return nil, errors.New("Supervisor.Overrides must name a file that supervisord includes last")
	}
	b, err := os.ReadFile(s.Overrides)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// pointer is the generation in the file, nil where there is no file. The sections must be those of its record, as they are what runs.
func (s *Supervisor) pointer() (*generation, error) {
	b, err := s.overrides()
	if b == nil || err != nil {
		return nil, err
	}
	first, _, ok := bytes.Cut(b, []byte("\n"))
	record, isRecord := bytes.CutPrefix(first, []byte(recordPrefix))
	if !ok || !isRecord {
		return nil, fmt.Errorf("%s: %w", s.Overrides, ErrEdited)
	}
	var g generation
	if err := g.unmarshal(append(record, '\n')); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", s.Overrides, ErrEdited, err)
	}
	want, err := g.overrides()
	if err != nil || !bytes.Equal(b, want) {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.Overrides, ErrEdited), err)
	}
	return &g, nil
}

// overrides is the file of a generation.
func (g generation) overrides() ([]byte, error) {
	record, err := g.marshal()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(recordPrefix)
	b.Write(record)
	for _, l := range g.Services {
		if err := l.override(&b); err != nil {
			return nil, fmt.Errorf("%s: %w", l.Name, err)
		}
	}
	return b.Bytes(), nil
}

// override writes a program's section. Its whole process group is killed where it does not end politely: a helper would else live on under the next generation.
func (l launch) override(b *bytes.Buffer) error {
	environment, err := supervisorEnviron(l.Env)
	if err != nil {
		return err
	}
	options := [][2]string{{"command", percent(shellJoin(l.Argv))}, {"environment", percent(environment)}}
	if l.User != "" {
		options = append(options, [2]string{"user", percent(l.User)})
	}
	if l.StopTimeout > 0 {
		options = append(options, [2]string{"stopwaitsecs", fmt.Sprint(int(l.StopTimeout.Seconds() + 0.999))})
	}
	options = append(options, [2]string{"killasgroup", "true"})
	fmt.Fprintf(b, "[program:%s]\n", l.Name)
	for _, o := range options {
		if err := checkValue(o[1]); err != nil {
			return fmt.Errorf("%s: %w", o[0], err)
		}
		fmt.Fprintf(b, "%s = %s\n", o[0], o[1])
	}
	return nil
}

// percent keeps supervisord from expanding %(x)s.
func percent(s string) string { return strings.ReplaceAll(s, "%", "%%") }

var comment = lazy.Regexp{Expr: `\s[;#]`}

// checkValue refuses what no quoting brings through supervisord's reader of INI files: lines, white space before ; or #, which begins a comment, and %(here)s, which is replaced before
// %% is.
func checkValue(v string) error {
	for _, r := range v {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return fmt.Errorf("supervisord cannot take the character %q in a value", r)
		}
	}
	if strings.Contains(v, "%(here)s") {
		return errors.New("supervisord puts its folder in place of %(here)s, also behind another %: change the argument")
	}
	if comment.MatchString(v) {
		return errors.New("supervisord takes ; and # after white space for a comment, also within quotes: change the argument")
	}
	return nil
}

var plainWord = lazy.Regexp{Expr: `^[A-Za-z0-9@%+=:,./_-]+$`}

// shellJoin quotes an argv as shlex.split (POSIX shell quoting, no expansion) reads it.
func shellJoin(argv []string) string {
	var words []string
	for _, arg := range argv {
		if !plainWord.MatchString(arg) {
			arg = "'" + strings.ReplaceAll(arg, "'", `'"'"'`) + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

var variable = lazy.Regexp{Expr: `^[A-Za-z_][A-Za-z0-9_]*$`}

// supervisorEnviron writes KEY="value",… as supervisord reads it: a value ends at its quote, whatever stands before that, and all quotes at its ends are dropped.
func supervisorEnviron(env map[string]string) (string, error) {
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		v := env[k]
		quote := `"`
		if strings.Contains(v, quote) {
			quote = "'"
		}
		if !variable.MatchString(k) || strings.Contains(v, quote) || strings.Trim(v, `'"`) != v {
			return "", fmt.Errorf("supervisord cannot take the variable %s: names are letters, digits and _, values hold one kind of quote and none at their ends", k)
		}
		pairs = append(pairs, k+"="+quote+v+quote)
	}
	return strings.Join(pairs, ","), nil
}
