package environment

import (
	"net/url"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// lockSchema is the layout of the tool table.
const lockSchema = 1

// formatLock gives the lock's text (PEP 751), which depends on nothing but what is wanted: the same wish has the same lock.
func (p *Provisioner) formatLock(want *wish) ([]byte, error) {
	asked, built := p.lockable(want.resolution)
	lock := pylock.New(asked)
	lock.Tool = map[string]any{lockTool: p.table(want, built)}
	return lock.Marshal()
}

// lockTool names this library's table below [tool].
const lockTool = "chandlery"

// lockable has sdists in the place of the wheels that were built of them here, which nobody else has; built lists those. pylock.New leaves credentials out.
func (p *Provisioner) lockable(r *resolve.Resolution) (*resolve.Resolution, []any) {
	out := &resolve.Resolution{Platform: r.Platform, Pins: slices.Clone(r.Pins)}
	var built []any
	for n := range out.Pins {
		pin := &out.Pins[n]
		pin.Files = slices.Clone(pin.Files)
		for v, f := range pin.Files {
			if sdist, ok := p.sdistOf(f); ok {
				built = append(built, map[string]any{"name": string(pin.Name), "sdist": sdist.File, "wheel": f.File, "sha256": f.Hashes["sha256"]})
				pin.Files[v] = sdist
			}
		}
	}
	return out, built
}

// withoutSecrets drops user info, and the query, which on some hosts is a signature.
func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

// table is [tool.chandlery]: what the resolution does not tell.
func (p *Provisioner) table(want *wish, built []any) map[string]any {
	w := want.wanted
	t := map[string]any{
		"schema": int64(lockSchema), "component": w.Component.Name, "target": w.Target.Version.String(), "bytecode": !p.NoBytecode,
		"interpreter": map[string]any{"path": want.python.Path, "version": want.python.Version.String(), "suffix": want.python.ExtSuffix},
	}
	add := func(key string, list []any) {
		if len(list) > 0 {
			t[key] = list
		}
	}
	if w.Target.Series != "" {
		t["series"] = w.Target.Series
	}
	add("built", built)
	add("bindings", linksOf(want.bindings))
	add("files", filesOf(want.files))
	return t
}

func linksOf(bindings []binding) (all []any) {
	for _, b := range bindings {
		for _, l := range b.links {
			all = append(all, map[string]any{"name": b.name, "link": l.name, "target": l.target})
		}
	}
	return all
}

func filesOf(files []content) (all []any) {
	for _, c := range files {
		all = append(all, map[string]any{"from": c.From, "to": c.To, "size": int64(len(c.body)), "sha256": c.sha256})
	}
	return all
}
