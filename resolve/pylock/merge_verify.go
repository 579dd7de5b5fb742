package pylock

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// verify reads the lock back for every variant, and compares.
func (m *merger) verify(l *Lock) error {
	for _, u := range m.units {
		r := m.all[u.resolution]
		alone := r.Platform
		alone.Variants = []resolve.Variant{u.Variant}
		got, err := l.Resolution(alone, Selection{})
		if err != nil {
			var p *PackageError
			if errors.As(err, &p) {
				return m.fail(p.Name, p.Reason, u.resolution)
			}
			return m.fail("the lock", err.Error(), u.resolution)
		}
		want := map[pep508.Name]string{}
		for _, p := range r.Pins {
			if f := p.Files[u.at]; f.File != "" {
				want[p.Name] = f.File
			}
		}
		for _, p := range got.Pins {
			if want[p.Name] != p.Files[0].File {
				return m.fail(p.Name, fmt.Sprintf("it would have %s, not %s", p.Files[0].File, cmp.Or(want[p.Name], "none")), u.resolution)
			}
			delete(want, p.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			return m.fail(name, "it would not be installed", u.resolution)
		}
	}
	return nil
}
