package supervise

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// generationSchema is that of the record of a generation.
const generationSchema = 1

// generation is a Subject as a pointer remembers it. Services is what the next start of each runs, so that what starts them at boot need not know templates.
type generation struct {
	Component string         `json:"component"`
	Root      string         `json:"root"`
	Version   pep440.Version `json:"version"`
	Config    upgrade.Config `json:"config"`
	Services  []launch       `json:"services"`
}

func generationOf(to upgrade.Subject) (generation, error) {
	g := generation{Component: to.Component.Name, Version: to.Version, Config: to.Config}
	if err := checkName(g.Component); err != nil {
		return g, err
	}
	if to.Trial {
		return g, fmt.Errorf("%s: a trial never becomes what runs", g.Component)
	}
	if to.Env == nil || to.Env.Root == "" {
		return g, fmt.Errorf("%s: the subject has no environment", g.Component)
	}
	g.Root = to.Env.Root
	for _, svc := range to.Component.Services {
		l, err := launchOf(to, svc)
		if err != nil {
			return g, err
		}
		g.Services = append(g.Services, l)
	}
	return g, nil
}

func (g generation) marshal() ([]byte, error) { return durable.MarshalRecord(generationSchema, g) }

func (g *generation) unmarshal(b []byte) error {
	return durable.UnmarshalRecord(b, generationSchema, g)
}

// origin is what runs where no pointer stands, and how an environment is opened.
type origin struct {
	real upgrade.Subject
	open func(ctx context.Context, root string) (*venv.Env, error)
}

// check refuses a component that the Switcher was not made for: one pointer serves one.
func (o origin) check(ctx context.Context, c upgrade.Component) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkName(c.Name); err != nil {
		return err
	}
	if real := o.real.Component.Name; real != c.Name {
		return fmt.Errorf("the real environment is that of %q, not of %q", real, c.Name)
	}
	return nil
}

// current is the Subject that a pointer leads to.
func (o origin) current(ctx context.Context, c upgrade.Component, pointer func(component string) (*generation, error)) (upgrade.Subject, error) {
	if err := o.check(ctx, c); err != nil {
		return upgrade.Subject{}, err
	}
	g, err := pointer(c.Name)
	if err != nil {
		return upgrade.Subject{}, err
	}
	return o.subject(ctx, c, g)
}

// next is what a Switch writes, and whether it is the real one, so that no pointer is needed.
func (o origin) next(ctx context.Context, to upgrade.Subject) (g generation, real bool, err error) {
	if err = o.check(ctx, to.Component); err == nil {
		g, err = generationOf(to)
	}
	return g, o.isReal(to), err
}

// subject is the Subject of a generation, or the real one for none.
func (o origin) subject(ctx context.Context, c upgrade.Component, g *generation) (upgrade.Subject, error) {
	s := o.real
	s.Component = c
	if g == nil {
		return s, nil
	}
	if g.Component != c.Name {
		return upgrade.Subject{}, fmt.Errorf("the pointer of %q holds a generation of %q", c.Name, g.Component)
	}
	s.Version, s.Config = g.Version, g.Config
	if s.Env == nil || s.Env.Root != g.Root {
		open := o.open
		if open == nil {
			open = venv.Open
		}
		env, err := open(ctx, g.Root)
		if err != nil {
			return upgrade.Subject{}, fmt.Errorf("%s runs from %s: %w", c.Name, g.Root, err)
		}
		s.Env = env
	}
	return s, nil
}

// isReal reports whether a subject is the real one.
func (o origin) isReal(s upgrade.Subject) bool {
	return o.real.Env != nil && s.Env != nil && o.real.Env.Root == s.Env.Root && o.real.Version.Equal(s.Version) && sameConfig(o.real.Config, s.Config)
}

// points reports whether a pointer (nil: none) leads to a subject.
func (o origin) points(g *generation, s upgrade.Subject) bool {
	if g == nil {
		return o.isReal(s)
	}
	return s.Env != nil && g.Root == s.Env.Root && g.Version.Equal(s.Version) && sameConfig(g.Config, s.Config)
}

func sameConfig(a, b upgrade.Config) bool {
	return a.Overrides == b.Overrides && a.Dir == b.Dir && a.Host == b.Host && slices.Equal(a.Files, b.Files) && maps.Equal(a.Env, b.Env)
}
