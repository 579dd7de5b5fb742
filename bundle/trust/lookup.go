package trust

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Target is a target file as a trusted role names it.
type Target struct {
	Name string
	Role string // that names it
	metadata.TargetFile

	consistent bool // the hash leads its file's name
}

// visit is a role that is to be searched, and who says so.
type visit struct {
	name string
	keys map[string]metadata.Key
	role metadata.Role
}

// find searches the roles for a target, depth first in the order of delegations, each role once (5.6.7).
func (r *run) find(ctx context.Context, name string) (Target, error) {
	if err := checkName(name); err != nil {
		return Target{}, err
	}
	t := r.seen
	next := []visit{{metadata.TargetsRole, t.root.Keys, t.root.Roles[metadata.TargetsRole]}}
	visited := map[string]bool{}
	for len(next) > 0 {
		v := next[0]
		next = next[1:]
		if visited[v.name] {
			continue
		}
		if visited[v.name] = true; len(visited) > MaxRoles+1 {
			return Target{}, fmt.Errorf("%w: more than %d delegated roles for %q", ErrVerify, MaxRoles, name)
		}
		targets, err := r.targets(ctx, t, v.name, v.keys, v.role)
		if err != nil {
			return Target{}, err
		}
		if v.name != metadata.TargetsRole {
			t.delegated[v.name] = targets
		}
		if file, ok := targets.Targets[name]; ok {
			return Target{Name: name, Role: v.name, TargetFile: file, consistent: t.root.ConsistentSnapshot}, nil
		}
		next = delegated(targets.Delegations, name, next)
	}
	return Target{}, fmt.Errorf("%w: %q", ErrNoTarget, name)
}

// delegated puts the roles that are delegated to before what was to be searched next; a terminating one ends the search behind itself.
func delegated(d *metadata.Delegations, name string, next []visit) []visit {
	if d == nil {
		return next
	}
	var children []visit
	for i := range d.Roles {
		if !d.Roles[i].Matches(name) {
			continue
		}
		children = append(children, visit{d.Roles[i].Name, d.Keys, d.Roles[i].Role})
		if d.Roles[i].Terminating {
			return children
		}
	}
	return append(children, next...)
}

// checkName keeps a target's name from leading elsewhere once it is part of an address.
func checkName(name string) error {
	if name == "" || len(name) > metadata.MaxPath || strings.ContainsAny(name, "\\\x00") || slices.ContainsFunc(strings.Split(name, "/"), func(s string) bool {
		return s == "" || s == "." || s == ".."
	}) {
		return &bundle.Error{Step: bundle.StepSource, Kind: bundle.KindUsage, Err: fmt.Errorf("%.80q is no path of a target", name), Advice: "write it like stable/update.json"}
	}
	return nil
}

// fetchTarget gets a target's bytes from the first mirror that has the right ones.
func (r *run) fetchTarget(ctx context.Context, t Target) ([]byte, error) {
	if err := checkName(t.Name); err != nil {
		return nil, err
	}
	if t.Length > MaxTarget {
		return nil, fmt.Errorf("target %q: %w: %d bytes were announced", t.Name, ErrTooLarge, t.Length)
	}
	file, err := t.file()
	if err != nil {
		return nil, err
	}
	return r.first(ctx, func(m Mirror) string { return join(m.Targets, file) }, t.Length, t.Check)
}

// file is where the target is below Mirror.Targets.
func (t Target) file() (string, error) {
	file := t.Name
	if t.consistent {
		sum := t.Hashes[metadata.SHA256]
		if sum == "" {
			sum = t.Hashes[metadata.SHA512]
		}
		if sum == "" {
			return "", fmt.Errorf("target %q: %w: it has no hash of a known kind", t.Name, ErrVerify)
		}
		file = metadata.HashedPath(t.Name, sum)
	}
	segments := strings.Split(file, "/")
	for i := range segments {
		segments[i] = url.PathEscape(segments[i])
	}
	return strings.Join(segments, "/"), nil
}
