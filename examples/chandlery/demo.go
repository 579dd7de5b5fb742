package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

type demoCommand struct {
	Dir string `type:"path" help:"Folder to work in, kept afterwards; without it a temporary one."`
}

// demoConfig asks for one library that is the same everywhere and one that is compiled.
const demoConfig = `{
  "greeting": {"expectedVersions": {"windows": "latest", "darwin": "latest", "linux": "latest"}},
  "native":   {"expectedVersions": {"windows": "1.0", "darwin": ">=1", "linux": "latest"}}
}
`

// Run publishes, updates, publishes a change and updates again, all from wheels made here.
func (c *demoCommand) Run(ctx context.Context, out *output, p program) error {
	dir := c.Dir
	if dir == "" {
		temporary, err := os.MkdirTemp("", "chandlery-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	d := demo{out: out, program: p, wheels: filepath.Join(dir, "wheels"), config: filepath.Join(dir, "dev.json"), site: filepath.Join(dir, "site"), python: filepath.Join(dir, "app", "python"), cache: filepath.Join(dir, "cache")}
	if err := d.prepare(); err != nil {
		return err
	}
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"publish for three platforms", d.publish},
		{"update a python folder on linux", d.update},
		{"a new release of one library, published", d.publishChange},
		{"update again: only the change is transferred", d.update},
		{"and again: nothing is", d.update},
	} {
		d.title(step.title)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	out.result(map[string]string{"dir": c.Dir}, func(w io.Writer) {
		if c.Dir != "" {
			fmt.Fprintf(w, "\nall of it is in %s\n", c.Dir)
		}
	})
	return nil
}

type demo struct {
	out                                 *output
	program                             program
	wheels, config, site, python, cache string
}

func (d demo) title(s string) {
	if d.out.json {
		d.out.print(line{Event: "demo", Message: s})
		return
	}
	fmt.Fprintf(d.out.stdout, "\n# %s\n", s)
}

func (d demo) prepare() error {
	if err := os.MkdirAll(d.wheels, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(d.config, []byte(demoConfig), 0o644); err != nil {
		return err
	}
	specs := []wheelmake.Spec{
		{Name: "greeting", Version: "1.0", Requires: []string{"words>=1", "colour; sys_platform == 'win32'"}, Files: map[string]string{"greeting.py": "import words\nprint(words.hello)\n"}},
		{Name: "words", Version: "1.0", Files: map[string]string{"words.py": "hello = 'hello'\n"}},
		{Name: "colour", Version: "0.4"},
	}
	for _, tag := range []string{"cp37-cp37m-win32", "cp37-cp37m-win_amd64", "cp37-cp37m-macosx_10_9_x86_64", "cp39-cp39-manylinux_2_17_x86_64"} {
		specs = append(specs, wheelmake.Spec{Name: "native", Version: "1.0", Tag: tag, Platlib: true, Files: map[string]string{"native/__init__.py": "made_for = '" + tag + "'\n"}})
	}
	return wheelmake.Folder(d.wheels, specs...)
}

func (d demo) publish(ctx context.Context) error {
	c := publishCommand{Config: d.config, publisherFlags: publisherFlags{storeFlag: storeFlag{d.site}}, rolloutFlag: rolloutFlag{-1},
		channelFlag: channelFlag{"stable"}, indexFlags: indexFlags{Index: []string{d.wheels}, Cache: d.cache}}
	return c.Run(ctx, d.out, d.program)
}

func (d demo) publishChange(ctx context.Context) error {
	_, err := wheelmake.Write(d.wheels, wheelmake.Spec{Name: "words", Version: "1.1", Files: map[string]string{"words.py": "hello = 'hello, world'\n"}})
	if err != nil {
		return err
	}
	return d.publish(ctx)
}

func (d demo) update(ctx context.Context) error {
	c := updateCommand{sourceFlags: sourceFlags{Source: d.site, Root: filepath.Join(d.site+"-keys", rootFile)}, Platform: "linux", PythonDir: d.python, channelFlag: channelFlag{"stable"}}
	return c.Run(ctx, d.out, d.program.now)
}
