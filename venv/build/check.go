package build

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// checkWheel holds a wheel to its sdist and to the interpreter that it was built with.
func (b *Builder) checkWheel(ctx context.Context, blob dist.Blob, name string, f dist.File) (*wheel.Wheel, error) {
	w, err := wheel.Open(blob, blob.Size(), name)
	if err != nil {
		return nil, err
	}
	if got := w.Filename(); got.Name != f.Name || !got.Version.Equal(f.Version) {
		return nil, fmt.Errorf("the wheel is %s %s, the sdist is %s %s", got.Name, got.Version, f.Name, f.Version)
	}
	if _, ok := b.tags().Rank(w.Filename().Tags); !ok {
		return nil, fmt.Errorf("%s is a wheel for another interpreter or system than the one that built it", name)
	}
	return w, w.Verify(ctx)
}

// tags are those of the interpreter.
func (b *Builder) tags() *tag.Set {
	var all []tag.Tag
	for _, text := range b.Python.Tags {
		if t, err := tag.Parse(text); err == nil {
			all = append(all, t...)
		}
	}
	return tag.NewSet(all)
}

// checkPromise compares what a wheel asks for, on a variant and with a pin's extras, with what the metadata said that the pin was chosen by.
func checkPromise(said, got *dist.Metadata, v resolve.Variant, extras []pep508.Name) error {
	before, after := inForce(said, v, extras), inForce(got, v, extras)
	if slices.Equal(before, after) {
		return nil
	}
	return fmt.Errorf("the wheel requires %s, but the sdist's metadata said %s: it was resolved by what is not so",
		listed(after), listed(before))
}

func listed(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// inForce lists what metadata asks for on a variant, sorted, without markers.
func inForce(m *dist.Metadata, v resolve.Variant, extras []pep508.Name) []string {
	var out []string
	for _, r := range m.RequiresDist {
		asked := func(e pep508.Environment) bool { return r.Marker.Evaluate(e, extras...) != pep508.False }
		if r.Marker.IsZero() || slices.ContainsFunc(v.Environments, asked) {
			r.Marker = pep508.Marker{}
			out = append(out, r.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
