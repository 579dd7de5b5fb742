package openstack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// catalogueTime bounds a run of an option generator: cinder's takes 9 s.
const catalogueTime = 2 * time.Minute

// options asks both environments for the options that they know, and says what the new one makes of the live configuration.
func (i *Inspector) options(ctx context.Context, d Description, now upgrade.Subject, env *venv.Env) (all []upgrade.Option, notes []string, err error) {
	if i.Runner == nil || len(d.Namespaces) == 0 {
		return nil, []string{"options were not compared"}, nil
	}
	_, stack, err := live(now)
	if err != nil {
		return nil, nil, err
	}
	then := now
	then.Env = env
	var old, fresh *Catalogue
	var oldErr, freshErr error
	var wg sync.WaitGroup
	wg.Go(func() { old, oldErr = i.catalogue(ctx, d, now) })
	wg.Go(func() { fresh, freshErr = i.catalogue(ctx, d, then) })
	wg.Wait()
	if oldErr != nil {
		notes = append(notes, fmt.Sprintf("the current version's options are not known, so neither are removed ones and changed defaults: %v", oldErr))
	}
	if freshErr != nil {
		return nil, append(notes, fmt.Sprintf("the target's options are not known: %v", freshErr)), nil
	}
	for _, c := range CompareOptions(d, old, fresh, stack) {
		all = append(all, upgrade.Option{Kind: string(c.Kind), Section: c.Section, Name: c.Option, Text: c.sentence()})
	}
	return all, notes, nil
}

// catalogue runs an environment's option generator as the services' user, in a folder that this user may write.
func (i *Inspector) catalogue(ctx context.Context, d Description, s upgrade.Subject) (*Catalogue, error) {
	if s.Env == nil || s.Env.Python == nil {
		return nil, errNoInterpreter
	}
	dir, err := os.MkdirTemp("", "chandlery-options-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	o, err := lookupOwner(d.User)
	if err != nil {
		return nil, err
	}
	if o.uid >= 0 && o.uid != os.Geteuid() {
		if err := os.Chown(dir, o.uid, o.gid); err != nil {
			return nil, err
		}
	}
	c := CatalogueCommand(d, filepath.Join(dir, "options.json"))
	c.Timeout = catalogueTime
	if _, err := i.Runner.Run(ctx, s, c); err != nil {
		return nil, err
	}
	b, err := readWithin(dir, "options.json", MaxCatalogue)
	if err != nil {
		return nil, err
	}
	return ParseCatalogue(b)
}

// sentence says what a change means.
func (c OptionChange) sentence() string {
	switch c.Kind {
	case OptionRemoved:
		return fmt.Sprintf("is set (%s), and the new version does not know it: it would be ignored", c.Value)
	case OptionRenamed:
		return fmt.Sprintf("is set (%s), and is %s now: the old name still counts", c.Value, c.To)
	case OptionDeprecated:
		return fmt.Sprintf("is set (%s), and is to be removed: %s", c.Value, c.Reason)
	case OptionDefault:
		return fmt.Sprintf("is not set, and its default changes from %s to %s", c.Was, c.Now)
	}
	return c.Reason
}
