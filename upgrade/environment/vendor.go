package environment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// VendorPicker is an upgrade.TargetPicker whose target is the component as its vendor ships it: a wheel, an sdist, or the folder of a source tree. Its version must be greater than the
// current one; a local version is greater than the public one that it is of (PEP 440, "Local version identifiers").
type VendorPicker struct {
	Path    string // required
	Version string // of a folder that has no PKG-INFO to say it
	Cache   string // required for a folder, which is packed into an sdist there

	Constraints []pep508.Requirement // what the target is built under
	Series      upgrade.TargetPicker // where there are no Constraints: its target's series and constraints count, as if nothing were installed yet; nil: none
}

var _ upgrade.TargetPicker = (*VendorPicker)(nil)

// PickTarget reads what lies at Path. What is there but will not do (it is not newer, was refused, is not what the query requires) is upgrade.ErrNoTarget with the reason, what cannot be read
// or is another distribution a *SourceError.
func (v *VendorPicker) PickTarget(ctx context.Context, q upgrade.Query) (upgrade.Target, error) {
	if v.Path == "" {
		return upgrade.Target{}, &MissingFieldError{"VendorPicker.Path"}
	}
	source, err := v.source(ctx, q.Component.Distribution)
	if err == nil && source.Name != q.Component.Distribution {
		err = fmt.Errorf("it is %s, not %s", source.Name, q.Component.Distribution)
	}
	if err != nil {
		return upgrade.Target{}, &SourceError{v.Path, err}
	}
	if reason := unfit(source.Version, q); reason != "" {
		return upgrade.Target{}, fmt.Errorf("%w: the vendor's %s %s (%s): %s", upgrade.ErrNoTarget, source.Name, source.Version, v.Path, reason)
	}
	t := upgrade.Target{Version: source.Version, Source: &source, Constraints: v.Constraints, Why: []string{fmt.Sprintf("%s is what the vendor ships: %s", source.Version, v.Path)}}
	if t.Constraints == nil && v.Series != nil {
		base, err := v.Series.PickTarget(ctx, upgrade.Query{Component: q.Component, Current: pep440.MustParse("0"), Python: q.Python, Now: q.Now})
		if err != nil {
			return upgrade.Target{}, fmt.Errorf("the series of %s: %w", v.Path, err)
		}
		t.Series, t.Constraints = base.Series, base.Constraints
		t.Why = append(t.Why, fmt.Sprintf("built under the upper-constraints of %s", base.Series))
	}
	return t, nil
}

// unfit says why a version cannot be the target; "" where it can.
func unfit(version pep440.Version, q upgrade.Query) string {
	if version.Compare(q.Current) <= 0 {
		return fmt.Sprintf("it is not greater than %s, which runs", q.Current)
	}
	for _, r := range q.Refused {
		if r.Version.Equal(version) {
			return r.Reason
		}
	}
	for _, r := range q.Requires {
		if r.Name == q.Component.Distribution && !r.Specifiers.Contains(version) {
			return "it is not within " + r.Specifiers.String()
		}
	}
	return ""
}

func (v *VendorPicker) source(ctx context.Context, name pep508.Name) (dist.File, error) {
	path, err := filepath.Abs(v.Path)
	if err != nil {
		return dist.File{}, err
	}
	st, err := os.Stat(path)
	if err != nil {
		return dist.File{}, err
	}
	if st.IsDir() {
		if path, err = v.pack(ctx, name, path); err != nil {
			return dist.File{}, err
		}
	}
	return readSource(name, path)
}

// readSource describes a wheel or an sdist on this machine.
func readSource(name pep508.Name, path string) (f dist.File, err error) {
	if f.Filename, err = dist.ParseFilenameOf("", filepath.Base(path)); err != nil {
		return f, err
	}
	if f.Kind == dist.Sdist && f.Name != name { // foo-1.0-2.tar.gz can be read in two ways
		if as, err := dist.ParseFilenameOf(name, filepath.Base(path)); err == nil {
			f.Filename = as
		}
	}
	blob, err := dist.OpenFile(path)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, blob.Close()) }()
	f.Artifact = dist.Artifact{File: filepath.Base(path), Size: blob.Size()}
	if f.URL, err = index.FileURL(path); err != nil {
		return f, err
	}
	sum := dist.NewVerifier(f.Artifact)
	if _, err := io.Copy(sum, io.NewSectionReader(blob, 0, blob.Size())); err != nil {
		return f, err
	}
	f.Hashes = map[string]string{"sha256": sum.SHA256()}
	if f.Kind == dist.Wheel {
		w, err := wheel.Open(blob, blob.Size(), f.File) // its METADATA says what its name says
		if err != nil {
			return f, err
		}
		f.RequiresPython = w.Metadata().RequiresPython
	}
	return f, nil
}
