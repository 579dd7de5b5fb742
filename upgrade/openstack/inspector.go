package openstack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// Inspector is an upgrade.Inspector: it tells what becomes of the database, the options, the files and the host's needs. Of what cannot be looked at (an environment that knows no
// oslo.config generator, a database that does not answer) a Note says why; only an unreadable configuration is an error.
type Inspector struct {
	Description *Description   // nil: the built-in one of the component's name
	Database    *Database      // nil: what is applied is told from the code, and no rows are looked at
	Configurer  *Configurer    // nil: no files are compared
	Runner      upgrade.Runner // runs the environments' option generators; nil: no options are compared
	Sites       []string       // library folders of the real environment
}

var _ upgrade.Inspector = (*Inspector)(nil)

// Inspect looks at all of it. The option generators of both environments run meanwhile, as the services' user.
func (i *Inspector) Inspect(ctx context.Context, now upgrade.Subject, env *venv.Env) (upgrade.Forecast, error) {
	d, err := i.describe(now.Component)
	if err != nil {
		return upgrade.Forecast{}, err
	}
	f := upgrade.Forecast{Options: []upgrade.Option{}, Files: []upgrade.File{}, Host: hostNeeds(now, env), Findings: []upgrade.Finding{}}
	var options []upgrade.Option
	var optionNotes []string
	var failed error
	var wg sync.WaitGroup
	wg.Go(func() { options, optionNotes, failed = i.options(ctx, d, now, env) })
	i.database(ctx, now, env, &f)
	i.files(ctx, now, env, &f)
	i.findings(ctx, now, &f)
	wg.Wait()
	f.Options, f.Notes = append(f.Options, options...), append(f.Notes, optionNotes...)
	return f, errors.Join(failed, ctx.Err())
}

func (i *Inspector) describe(c upgrade.Component) (Description, error) {
	if i.Description != nil {
		return *i.Description, nil
	}
	return Lookup(c.Name)
}

func note(f *upgrade.Forecast, what string, err error) {
	f.Notes = append(f.Notes, fmt.Sprintf("%s: %v", what, err))
}

// database compares what is applied with what the target's code knows.
func (i *Inspector) database(ctx context.Context, now upgrade.Subject, env *venv.Env, f *upgrade.Forecast) {
	old, err := i.oldSchema(ctx, now)
	if err != nil {
		note(f, "the current code's migrations", err)
	}
	fresh, err := ReadSchema(ctx, libraries(env), now.Component)
	if err != nil {
		note(f, "the target's migrations", err)
	}
	applied := old.Tips
	m := CompareSchemas(old, fresh)
	if i.Database != nil && now.Component.Database.Revisions != "" {
		asked, err := i.Database.Revision(ctx, now)
		if err != nil {
			note(f, "the database was not asked which migrations are applied", err)
		} else {
			applied, m = asked, migrationOf(asked, old, fresh)
		}
	}
	f.Database = upgrade.Migration{Kind: string(m.Kind), Now: applied, Then: fresh.Tips, New: m.New, CodeOnlyRollback: m.CodeOnlyRollback()}
}

func (i *Inspector) oldSchema(ctx context.Context, now upgrade.Subject) (Schema, error) {
	if now.Env != nil && now.Env.Virtual {
		return ReadSchema(ctx, libraries(now.Env), now.Component)
	}
	current, err := ReadCurrent(ctx, now.Component, i.Sites...)
	if err != nil {
		return Schema{}, err
	}
	return current.Schema, nil
}

// libraries is a virtual environment's folder of libraries. (Env.Site asks the interpreter, which a real environment may not have.)
func libraries(env *venv.Env) fs.FS {
	return os.DirFS(filepath.Join(env.Root, filepath.FromSlash(env.Scheme.Purelib)))
}

// migrationOf is CompareSchemas for a database that was asked what is applied: it may lag behind its code, or be ahead of it after a rollback of the code alone.
func migrationOf(applied []string, old, fresh Schema) Migration {
	m := Migration{Kind: UndecidedSchema, From: applied, To: fresh.Heads}
	if len(applied) == 0 || len(fresh.Heads) == 0 {
		return m
	}
	if slices.ContainsFunc(applied, func(id string) bool { return !fresh.Knows(id) }) {
		m.Kind = ForeignSchema
		there := old.ancestors(applied)
		if !slices.ContainsFunc(fresh.Heads, func(id string) bool { return !there[id] }) {
			m.Kind = BackwardSchema
		}
		return m
	}
	there := fresh.ancestors(applied)
	for _, r := range fresh.Revisions {
		if !there[r.ID] {
			m.New = append(m.New, r.ID)
		}
	}
	m.Kind = SameSchema
	if len(m.New) > 0 {
		m.Kind = ForwardSchema
	}
	return m
}

// ancestors are revisions and all that they revise and depend on.
func (s *Schema) ancestors(ids []string) map[string]bool {
	byID := map[string]Revision{}
	for _, r := range s.Revisions {
		byID[r.ID] = r
	}
	there := map[string]bool{}
	for open := slices.Clone(ids); len(open) > 0; {
		id := open[len(open)-1]
		open = open[:len(open)-1]
		if !there[id] {
			there[id] = true
			open = append(append(open, byID[id].Down...), byID[id].Depends...)
		}
	}
	return there
}

// files compares paste, policy and the like.
func (i *Inspector) files(ctx context.Context, now upgrade.Subject, env *venv.Env, f *upgrade.Forecast) {
	if i.Configurer == nil {
		return
	}
	changes, err := i.Configurer.CompareFiles(ctx, now, env)
	if err != nil {
		note(f, "configuration files", err)
		return
	}
	for _, c := range changes {
		f.Files = append(f.Files, upgrade.File{Name: c.Name, Choice: string(c.Choice), Text: c.Reason})
	}
}

// MaxFindingRows bounds the rows that a finding lists.
const MaxFindingRows = 50

func (i *Inspector) findings(ctx context.Context, now upgrade.Subject, f *upgrade.Forecast) {
	if i.Database == nil {
		return
	}
	all, err := i.Database.Findings(ctx, now)
	if err != nil {
		note(f, "rows of the database", err)
	}
	for _, found := range all {
		one := upgrade.Finding{Name: found.Query.Name, Advice: found.Query.Advice}
		for n, row := range found.Rows {
			if n == MaxFindingRows {
				one.Rows = append(one.Rows, fmt.Sprintf("and %d more", len(found.Rows)-n))
				break
			}
			one.Rows = append(one.Rows, row.words(found.Query.Columns))
		}
		f.Findings = append(f.Findings, one)
	}
}

// words is a row as "id 17, status error".
func (r Row) words(columns []string) string {
	var all []string
	for _, c := range columns {
		if r[c] != "" {
			all = append(all, c+" "+r[c])
		}
	}
	return strings.Join(all, ", ")
}

// defaultPath is where services look for executables when nothing says otherwise.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// hostNeeds looks for bindings in the new environment, for executables as its services will, and for what serves it.
func hostNeeds(now upgrade.Subject, env *venv.Env) []upgrade.HostNeed {
	all := []upgrade.HostNeed{}
	for _, name := range now.Component.Host.Bindings {
		n := upgrade.HostNeed{Kind: "binding", Name: name, Found: findModule(env, name)}
		if n.Found == "" {
			n.Text = "the host has no such module for the environment's Python: a driver that imports it will not start; install the distribution's package of it, or choose the Python that it is for"
		}
		all = append(all, n)
	}
	path := servicePath(now)
	for _, name := range now.Component.Host.Executables {
		n := upgrade.HostNeed{Kind: "executable", Name: name, Found: findProgram(append([]string{env.Scripts}, filepath.SplitList(path)...), name)}
		if n.Found == "" {
			n.Text = "it is in no folder of the services' PATH: what calls it fails when it is called; install the package that brings it"
		}
		all = append(all, n)
	}
	served, _ := servers(now.Component.Services, env, defaultPluginFolders)
	return append(all, served...)
}

// servicePath is the PATH of the service that drives the third party.
func servicePath(now upgrade.Subject) string {
	if path := now.Config.Env["PATH"]; path != "" {
		return path
	}
	for _, svc := range now.Component.Services {
		if svc.Driver && svc.Env["PATH"] != "" {
			return svc.Env["PATH"]
		}
	}
	return defaultPath
}

// findModule is what the environment's library folders have for a top-level module, links followed; "" where they have nothing.
func findModule(env *venv.Env, name string) string {
	for _, folder := range []string{env.Scheme.Purelib, env.Scheme.Platlib} {
		dir := filepath.Join(env.Root, filepath.FromSlash(folder))
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			stem, rest, _ := strings.Cut(e.Name(), ".")
			if stem != name || !(rest == "" || rest == "py" || strings.HasSuffix(rest, "so") || strings.HasSuffix(rest, "pyd")) {
				continue
			}
			if path, err := filepath.EvalSymlinks(filepath.Join(dir, e.Name())); err == nil {
				return path
			}
		}
	}
	return ""
}

func findProgram(folders []string, name string) string {
	for _, dir := range folders {
		path := filepath.Join(dir, name)
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

var errNoInterpreter = errors.New("no interpreter of it is known")

// readWithin reads a regular file of at most limit bytes that another user wrote, without being led out of its folder.
func readWithin(dir, name string, limit int64) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	st, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("no regular file")}
	}
	return readLimited(root.FS(), name, limit)
}
