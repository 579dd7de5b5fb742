package main

import "os/exec"

// uvFor is uv for a target that is not this machine.
func (s *site) uvFor(t temperature, g target, args ...string) *exec.Cmd {
	cmd := s.uv(multi5(t), append(args, "--python-platform", g.uv, "--python-version", g.python, "--python", s.tools.python, "--only-binary", ":all:")...)
	if g.macos != "" {
		cmd.Env = append(cmd.Env, "MACOSX_DEPLOYMENT_TARGET="+g.macos)
	}
	return cmd
}

func (s *site) uvCompile(t temperature, g target) (*exec.Cmd, error) {
	in, err := s.input("multi5.in")
	if err != nil {
		return nil, err
	}
	out, err := s.unwritten(g.name + ".txt")
	return s.uvFor(t, g, "pip", "compile", "-q", in, "-o", out, "--no-header", "--no-annotate"), err
}

func (s *site) uvCompileAll(t temperature, all []target) ([]*exec.Cmd, error) {
	var cmds []*exec.Cmd
	for _, g := range all {
		cmd, err := s.uvCompile(t, g)
		if err != nil {
			return nil, err
		}
		cmds = append(cmds, cmd)
	}
	return cmds, nil
}

func (s *site) uvInstallAll(t temperature) []*exec.Cmd {
	var cmds []*exec.Cmd
	for _, g := range targets {
		cmds = append(cmds, s.uvFor(t, g, "pip", "install", "-q", "--no-deps", "--no-compile-bytecode", "--target", s.path("unpacked", g.name), "-r", s.path("inputs", g.name+".txt")))
	}
	return cmds
}

// uvResolve resolves for one target after the other, over one cache.
func uvResolve(name string, t temperature, all []target) contender {
	c := contender{
		Name:    name,
		Prepare: func(s *site) error { return s.cache("uv", multi5(t)) },
		Run: func(s *site) (usage, error) {
			cmds, err := s.uvCompileAll(t, all)
			if err != nil {
				return usage{}, err
			}
			return s.measure(cmds...)
		},
	}
	return warmed(t, c, c)
}

// uvPublish is what uv's users do: resolve, install into a folder and zip each library, for one target after the other.
func uvPublish(name string, t temperature) contender {
	return warmed(t, uvResolve("", t, targets), contender{
		Name: name,
		Prepare: func(s *site) error {
			for _, folder := range []string{"unpacked", "zips"} {
				if _, err := s.fresh(folder); err != nil {
					return err
				}
			}
			return s.cache("uv", multi5(t))
		},
		Run: func(s *site) (usage, error) {
			cmds, err := s.uvCompileAll(t, targets)
			if err != nil {
				return usage{}, err
			}
			zipper, err := s.input("zip.py")
			if err != nil {
				return usage{}, err
			}
			cmds = append(cmds, s.uvInstallAll(t)...)
			for _, g := range targets {
				cmds = append(cmds, exec.CommandContext(s.ctx, s.tools.python, zipper, s.path("unpacked", g.name), s.path("zips", g.name)))
			}
			return s.measure(cmds...)
		},
	})
}

// uvFetch fetches and unpacks the wheels alone: what is to be fetched was resolved before, over the same cache.
func uvFetch(name string, t temperature) contender {
	return contender{
		Name: name,
		Prepare: func(s *site) error {
			if _, err := s.fresh("unpacked"); err != nil {
				return err
			}
			if err := s.cache("uv", multi5(t)); err != nil {
				return err
			}
			cmds, err := s.uvCompileAll(t, targets)
			if err != nil {
				return err
			}
			return s.quietly(cmds...)
		},
		Run: func(s *site) (usage, error) { return s.measure(s.uvInstallAll(t)...) },
	}
}
