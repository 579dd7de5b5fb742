package pyast

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// MaxTree is how many bytes the files of one driver may have together.
const MaxTree = 16 << 20

//go:embed needs_stdlib.py
var needsStdlib string

//go:embed needs_scopes.py
var needsScopes string

//go:embed needs_resolve.py
var needsResolve string

//go:embed needs_options.py
var needsOptions string

//go:embed needs_guards.py
var needsGuards string

//go:embed needs_classes.py
var needsClasses string

//go:embed needs.py
var needsProgram string

//go:embed needs_finish.py
var needsFinish string

// needsParts are the program in the order in which it is run.
func needsParts() []part {
	return []part{
		{"needs_stdlib.py", needsStdlib}, {"needs_scopes.py", needsScopes}, {"needs_resolve.py", needsResolve}, {"needs_classes.py", needsClasses},
		{"needs_guards.py", needsGuards}, {"needs_options.py", needsOptions}, {"needs.py", needsProgram}, {"needs_finish.py", needsFinish},
	}
}

// Tree is a driver: its files with the dotted names that they have once installed.
type Tree struct {
	Component string   // the host's top-level package: cinder; its modules are the host's unless they are among Files
	Files     []Source // File is what api.Need says of them
}

// Needs reads what a driver asks of its host; api.Driver says in which form.
//
// Where several files can't be read, the error joins a *SyntaxError or *SourceError of each: a driver is read as a whole or not at all, as a need that is not seen would make a wrong release look right. SDK is not filled.
//
// # What is a need
//
// What only the text can tell is told, and a doubt is no need: a name that is bound twice in different ways, an attribute that any file of the driver assigns on anything unknown, a class with __getattr__, with a base that is not
// known, or that setattr gives names which are not literal. Needs of the same shape are told once a file, at their first line.
//
//   - Names are resolved as the language reference says, "Naming and binding"; aliases are followed through assignments and through the driver's own modules. Annotations count unless they are strings, lazy, or inside a function.
//   - Calls count self's methods without self. functools.partial(f, …) is a call with Star and StarStar. A decorator without parentheses is a call with one argument. Class(…) of a class of the driver's own is a call where the host's class has the constructor.
//   - self.X is asked of each set of host classes that the instances may inherit from: of a mixin's self, what the classes below it inherit. super().X is asked where no class of the driver's own can stand between.
//   - Overrides are those of Classes and of what these inherit from among the driver's own: public methods and __init__ whose decorators are known to keep the signature.
//   - Options are configuration.X, X.configuration.X, names that are assigned from there, and X.conf or X.config where the driver assigns that from there; in a file that has to do with the configuration or in a driver class. CONF.X.method() reads X,
//     CONF.G.X reads X in the group G. What is called is a method of the configuration's; safe_get asks for nothing. Options that the driver's own files make are no needs; where the name of one of those can't be told, every option is Guarded.
//   - A name that may be one of several imports is Guarded, as is what is in an except for ImportError or AttributeError. An except that always ends in a raise, save_and_reraise_exception among them, guards nothing.
//   - Late is all but the module's level, class bodies, __init__, __new__, do_setup and check_for_setup_error, and what those call by a name, self or super that can be followed. What an except names is late everywhere.
//
// Classes are those with a decorator of an interface module (@interface.volumedriver), then those that inherit from a class of the host's whose name or module says driver.
func (r *Reader) Needs(ctx context.Context, tree Tree) (*api.Driver, error) {
	if err := tree.check(); err != nil {
		return nil, err
	}
	driver := &api.Driver{Modules: map[string]*api.Module{}}
	if err := r.surfaces(ctx, tree, driver); err != nil {
		return nil, err
	}
	var refused error
	err := r.run(ctx, task{
		program: program(needsParts()...),
		n:       1,
		request: func(int) (string, any) { return tree.file(), tree.wire() },
		take: func(_ int, value json.RawMessage, err error) error {
			if refused = err; err != nil {
				return nil
			}
			return driverOf(value, driver)
		},
		timeout: r.timeout() + time.Duration(tree.size()>>20)*r.timeout(),
	})
	if err = errors.Join(err, refused); err != nil {
		return nil, err
	}
	return driver, nil
}

// surfaces fills what the driver's own modules bind.
func (r *Reader) surfaces(ctx context.Context, tree Tree, driver *api.Driver) error {
	found, err := r.Surface(ctx, tree.Files)
	if err != nil {
		return err
	}
	var unread []error
	for i, f := range tree.Files {
		unread = append(unread, found[i].Err)
		driver.Modules[f.Name] = found[i].Module
		driver.Source = append(driver.Source, f.file())
	}
	return errors.Join(unread...)
}

// driverOf reads an answer of needs.py, whose keys are the names of api's fields.
func driverOf(value json.RawMessage, driver *api.Driver) error {
	var told struct {
		Needs   []api.Need
		Classes []string
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(&told); err != nil {
		return fmt.Errorf("needs.py answers what api.Driver is not: %w", err)
	}
	driver.Needs, driver.Classes = told.Needs, told.Classes
	return nil
}

func (t Tree) check() error {
	seen := map[string]string{}
	for _, f := range t.Files {
		if other, twice := seen[f.Name]; twice {
			return fmt.Errorf("%s and %s are both the module %s: a driver has one file for each", other, f.file(), f.Name)
		}
		seen[f.Name] = f.file()
	}
	switch {
	case len(t.Files) == 0:
		return errors.New("a driver has one file at least")
	case t.size() > MaxTree:
		return &SourceError{File: t.file(), Err: fmt.Errorf("%w: the driver has %d bytes, and %d are allowed", ErrTooLarge, t.size(), MaxTree)}
	}
	return nil
}

// file is what errors of the whole driver call it: its first file.
func (t Tree) file() string { return t.Files[0].file() }

func (t Tree) size() int {
	n := 0
	for _, f := range t.Files {
		n += len(f.Text)
	}
	return n
}

// wireTree is a Tree as needs.py reads it.
type wireTree struct {
	Component string
	Files     []wireSource
}

func (t Tree) wire() wireTree {
	w := wireTree{Component: t.Component}
	for _, f := range t.Files {
		w.Files = append(w.Files, f.wire())
	}
	return w
}
