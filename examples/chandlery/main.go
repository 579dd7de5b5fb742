// Command chandlery publishes Python libraries for any platforms from any host, and updates the python folders of applications. It is a
// thin layer over the library: it reads flags and the environment, shows progress, and turns kinds of errors into exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/chandlery-go/chandlery/bundle"
)

func main() {
	never := spare()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	code := program{os.Stdin, os.Stdout, os.Stderr, time.Now}.run(ctx, os.Args[1:])
	runtime.KeepAlive(never)
	os.Exit(code)
}

// program is a run's surroundings.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            clock
}

// clock tells the time by which signatures are made and judged.
type clock func() time.Time

// globals stand before or after every command.
type globals struct {
	JSON  bool `name:"json" help:"Write one JSON object a line to standard output; the last one is the result."`
	Quiet bool `short:"q" help:"Show neither progress nor steps."`
}

// command is one of the program's.
type command struct {
	name, help string
	flags      any // a pointer to its flags, which runs it
}

func commands() []command {
	return []command{
		{"publish", "Resolve a configuration for every platform, pack its libraries and release the update configuration.", &publishCommand{}},
		{"release", "Make what was staged with publish --stage live, or release an older content again.", &releaseCommand{}},
		{"promote", "Release a channel's content in another one: what beta has to stable.", &promoteCommand{}},
		{"keys", "Make, show, renew and change the keys that sign a store.", &keysCommand{}},
		{"export", "Write a release into one file, for machines without network.", &exportCommand{}},
		{"releases", "List what a channel released.", &releasesCommand{}},
		{"gc", "Find what no kept release of a store names, and with --yes remove it.", &gcCommand{}},
		{"update", "Bring an application's python folder to what is released.", &updateCommand{}},
		{"rollback", "Put back what the last update of a python folder replaced.", &rollbackCommand{}},
		{"recover", "Finish or undo an update that was killed. Needs no network; run it before Python starts.", &recoverCommand{}},
		{"upgrade", "Move a component of a cloud platform to another version in its own environment.", &upgradeCommand{}},
		{"venv", "Make a virtual environment without running Python.", &venvCommand{}},
		{"install", "Bring a virtual environment to what requirements or a lock file ask for, all or nothing.", &installCommand{}},
		{"resolve", "Find the versions and wheels that satisfy requirements on any platform.", &resolveCommand{}},
		{"explain", "Tell why libraries are chosen, why others are not, and what would resolve a conflict.", &explainCommand{}},
		{"fetch", "Fill a folder with the wheels that requirements need on any platforms, for machines without an index.", &fetchCommand{}},
		{"serve", "Serve a store's folder over HTTP.", &serveCommand{}},
		{"demo", "Publish and update small wheels made on the spot, without a network.", &demoCommand{}},
		{"version", "Show the version.", &versionCommand{}},
	}
}

// commandAt is the place of the command's name; -1 where there is none.
func commandAt(args []string) int {
	return slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") })
}

// grammar has the flags of the command that args name, or of all where they name none: to read all takes longer than many a command.
func grammar(args []string) (options []kong.Option) {
	all := commands()
	named := commandAt(args)
	for _, c := range all {
		if named >= 0 && args[named] == c.name {
			all = []command{c}
			break
		}
	}
	for _, c := range all {
		options = append(options, kong.DynamicCommand(c.name, c.help, "", c.flags))
	}
	return options
}

// run is the whole program but for the process's own exit.
func (p program) run(ctx context.Context, args []string) int {
	var c globals
	out := &output{stdout: p.stdout, stderr: p.stderr}
	if slices.Equal(args, []string{"--version"}) {
		args = []string{"version"}
	}
	exited := -1
	parser := kong.Must(&c, append(grammar(args), kong.Name("chandlery"), kong.Writers(p.stdout, p.stderr), kong.UsageOnError(),
		kong.Description("Python libraries for any platform, published and updated without Python.\n\n"+exitTable()),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p, out, p.now))...)
	parsed, err := parse(parser, args)
	if exited >= 0 {
		return exited // --help
	}
	out.json, out.quiet = c.JSON, c.Quiet
	if err != nil {
		out.json = out.json || hasJSON(args)
		return out.fail(&bundle.Error{Kind: bundle.KindUsage, Err: err, Advice: "see chandlery --help"})
	}
	err = parsed.Run()
	out.close()
	if err != nil {
		return out.fail(err)
	}
	return 0
}

// parse stops after --help, which kong expects to end the process.
func parse(parser *kong.Kong, args []string) (parsed *kong.Context, err error) {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	exit := parser.Exit
	type helped struct{}
	parser.Exit = func(code int) { exit(code); panic(helped{}) }
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(helped); !ok {
				panic(r)
			}
		}
	}()
	return parser.Parse(flagsFirst(parser.Model.Node, args))
}

// flagsFirst moves the arguments of a command that takes many behind its flags: kong takes those that stand together only, and users of pip put flags between them.
func flagsFirst(root *kong.Node, args []string) []string {
	named := commandAt(args)
	if named < 0 {
		return args
	}
	at := slices.IndexFunc(root.Children, func(n *kong.Node) bool { return n.Name == args[named] })
	if at < 0 || len(root.Children[at].Positional) != 1 || !root.Children[at].Positional[0].IsCumulative() {
		return args
	}
	command := root.Children[at]
	flags, positional := slices.Clone(args[:named+1]), []string{}
	for i := named + 1; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			positional = append(positional, args[i+1:]...)
			i = len(args)
		case len(a) < 2 || a[0] != '-':
			positional = append(positional, a)
		case !valueFollows(command, a):
			flags = append(flags, a)
		case i+1 == len(args):
			return args
		default:
			i++
			flags = append(flags, a, args[i])
		}
	}
	return slices.Concat(flags, []string{"--"}, positional)
}

// valueFollows reports whether a flag, or the last of several short ones, has its value in the word behind it.
func valueFollows(command *kong.Node, word string) bool {
	if long, ok := strings.CutPrefix(word, "--"); ok {
		return takesValue(command, func(f *kong.Flag) bool { return f.Name == long })
	}
	for i, short := range word[1:] {
		if takesValue(command, func(f *kong.Flag) bool { return f.Short == short }) {
			return 1+i+len(string(short)) == len(word)
		}
	}
	return false
}

func takesValue(command *kong.Node, is func(*kong.Flag) bool) bool {
	for _, group := range command.AllFlags(false) {
		if i := slices.IndexFunc(group, is); i >= 0 {
			return !group[i].IsBool()
		}
	}
	return false
}

func hasJSON(args []string) bool {
	for _, a := range args {
		if a == "--json" {
			return true
		}
	}
	return false
}

type versionCommand struct{}

func (versionCommand) Run(out *output) error {
	v := buildVersion()
	out.result(map[string]string{"version": v}, func(w io.Writer) { fmt.Fprintln(w, "chandlery", v) })
	return nil
}

// usage is an error of the command line.
func usage(format string, args ...any) error {
	return &bundle.Error{Kind: bundle.KindUsage, Err: errors.New(strings.TrimSpace(fmt.Sprintf(format, args...)))}
}
