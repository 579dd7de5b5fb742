package metadata

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Targets names target files, and delegates to further roles.
type Targets struct {
	Version     int64
	Expires     time.Time             // UTC, whole seconds
	Targets     map[string]TargetFile // by path
	Delegations *Delegations          // nil: none
}

// TargetFile is what is known of a target.
type TargetFile struct {
	Length int64             // bytes
	Hashes map[string]string // hash name -> hex; at least one
	Custom json.RawMessage   // the "custom" object, keys sorted; nil: none
}

// Delegations is the roles that a targets role trusts with some of its paths, and their keys.
type Delegations struct {
	Keys  map[string]Key // by key id
	Roles []Delegation   // in the order in which they are asked
}

// Delegation is one delegated role. Either Paths or PathHashPrefixes is set.
type Delegation struct {
	Name string
	Role
	Paths            []string // patterns: "*" matches any characters but "/", "?" one of them; none matches nothing
	PathHashPrefixes []string // beginnings of the hex SHA-256 of paths
	Terminating      bool     // for what it matches, no role after it is asked
}

// Targets is what is signed, where its type is targets. The error is ErrFormat.
func (e *Envelope) Targets() (t *Targets, err error) {
	f := e.of(TargetsRole, &err, "targets", "delegations")
	if err != nil {
		return nil, err
	}
	t = &Targets{Version: e.Version, Expires: e.Expires, Targets: map[string]TargetFile{}}
	f.each("targets", MaxValues, func(path string, v any, at string) {
		if path == "" || len(path) > MaxPath {
			f.fail("targets", "a path must have from 1 to %d bytes", MaxPath)
		}
		t.Targets[path] = readTarget(v, at, &err)
	})
	if f.has("delegations") {
		t.Delegations = readDelegations(object(f.o["delegations"], f.at("delegations"), &err, "keys", "roles"))
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

func readTarget(v any, path string, err *error) (t TargetFile) {
	f := object(v, path, err, "length", "hashes", "custom")
	t.Length, t.Hashes = f.int("length", 0), readHashes(f)
	if !f.has("custom") {
		return t
	}
	custom := get[tree](f, "custom", "an object")
	b, merr := json.Marshal(custom)
	if merr != nil {
		f.fail("custom", "%v", merr)
	}
	t.Custom = b
	return t
}

func readDelegations(f fields) *Delegations {
	d := &Delegations{Keys: readKeys(f)}
	roles := get[[]any](f, "roles", "a list")
	if len(roles) > MaxDelegations {
		f.fail("roles", "has more than %d entries", MaxDelegations)
		return d
	}
	seen := map[string]bool{}
	for _, v := range roles {
		r := readDelegation(object(v, f.at("roles"), f.err, "name", "keyids", "threshold", "terminating", "paths", "path_hash_prefixes"))
		if seen[r.Name] {
			f.fail("roles", "%q stands there twice", r.Name)
		}
		seen[r.Name] = true
		d.Roles = append(d.Roles, r)
	}
	return d
}

func readDelegation(f fields) Delegation {
	d := Delegation{Name: f.short("name", MaxRoleName), Role: readRole(f), Terminating: f.bool("terminating")}
	if slices.Contains(topRoles, d.Name) {
		f.fail("name", "%s is a top-level role", d.Name)
	}
	if f.has("paths") == f.has("path_hash_prefixes") {
		f.fail("", "must have either paths or path_hash_prefixes")
		return d
	}
	if f.has("paths") {
		d.Paths = f.strings("paths", MaxValues, MaxPath)
	} else {
		d.PathHashPrefixes = f.strings("path_hash_prefixes", MaxValues, 2*sha256.Size)
	}
	return d
}

// Matches reports whether a target of this path is delegated to the role.
func (d *Delegation) Matches(path string) bool {
	sum := sha256.Sum256([]byte(path))
	digits := hex.EncodeToString(sum[:])
	return slices.ContainsFunc(d.Paths, func(p string) bool { return matches(p, path) }) ||
		slices.ContainsFunc(d.PathHashPrefixes, func(p string) bool { return strings.HasPrefix(digits, p) })
}

// matches compares a path with a pattern, segment by segment (specification, "PATHPATTERN").
func matches(pattern, path string) bool {
	patterns, segments := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(patterns) != len(segments) {
		return false
	}
	for i := range patterns {
		if !matchSegment([]rune(patterns[i]), []rune(segments[i])) {
			return false
		}
	}
	return true
}

// matchSegment needs no more than len(p)*len(s) steps: only the last star is ever tried again.
func matchSegment(p, s []rune) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// Check compares bytes with what is known of the target. The error is ErrVerify.
func (t TargetFile) Check(b []byte) error {
	if int64(len(b)) != t.Length {
		return fmt.Errorf("%w: it has %d bytes, not %d", ErrVerify, len(b), t.Length)
	}
	return checkHashes(b, t.Hashes)
}

func (t *Targets) tree() tree {
	out, targets := common(TargetsRole, t.Version, t.Expires), tree{}
	for path, target := range t.Targets {
		targets[path] = target.tree()
	}
	out["targets"] = targets
	if t.Delegations != nil {
		roles := make([]any, len(t.Delegations.Roles))
		for i, r := range t.Delegations.Roles {
			roles[i] = r.tree()
		}
		out["delegations"] = tree{"keys": keysTree(t.Delegations.Keys), "roles": roles}
	}
	return out
}

func (t TargetFile) tree() tree {
	out := tree{"length": t.Length, "hashes": hashesTree(t.Hashes)}
	if len(t.Custom) > 0 {
		out["custom"] = t.Custom
	}
	return out
}

func (d Delegation) tree() tree {
	t := d.Role.tree()
	t["name"], t["terminating"] = d.Name, d.Terminating
	if len(d.PathHashPrefixes) > 0 {
		t["path_hash_prefixes"] = list(d.PathHashPrefixes)
	} else {
		t["paths"] = list(d.Paths)
	}
	return t
}
