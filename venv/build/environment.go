package build

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/venv"
)

// environment is the environment that holds just a set. Builds of equal sets share it; none is ever changed.
func (b *Builder) environment(ctx context.Context, s *set) (*venv.Env, error) {
	return fly(ctx, &b.flights, "environment "+s.key, "", func(ctx context.Context) (*venv.Env, error) {
		parent, err := os.MkdirTemp(b.work, "env-")
		if err != nil {
			return nil, err
		}
		env, err := b.makeEnvironment(ctx, s, filepath.Join(parent, "env"))
		if err != nil {
			removeAll(parent)
			return nil, err
		}
		b.logger().DebugContext(ctx, "build environment", "root", env.Root, "distributions", len(s.resolution.Pins))
		return env, nil
	})
}

func (b *Builder) makeEnvironment(ctx context.Context, s *set, root string) (*venv.Env, error) {
	wheels, err := b.Wheels(ctx, s.resolution) // of build requirements that are sdists themselves
	if err != nil {
		return nil, err
	}
	var builder venv.EnvBuilder = &venv.Builder{}
	if b.EnvBuilder != nil {
		builder = b.EnvBuilder
	}
	env, err := builder.Create(ctx, venv.Spec{Root: root, Python: b.Python})
	if err != nil {
		return nil, err
	}
	plan, err := venv.NewPlan(nil, wheels, true)
	if err != nil {
		return nil, err
	}
	var installer venv.Installer = &venv.WheelInstaller{Fetcher: b}
	if b.Installer != nil {
		installer = b.Installer
	}
	change, err := installer.Apply(ctx, env, plan)
	if err != nil {
		return nil, err
	}
	return env, change.Commit(ctx)
}
