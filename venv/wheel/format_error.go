package wheel

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
)

// Violation is one thing that is wrong with a wheel.
type Violation struct {
	Rule   string // "filename", "dist-info", "data", "WHEEL", "METADATA", "RECORD", "layout", or a zip rule, "Z1" to "Z13"
	Path   string // the file; "" where the wheel itself is meant
	Detail string
}

func (v Violation) String() string {
	if v.Path == "" {
		return v.Rule + ": " + v.Detail
	}
	return fmt.Sprintf("%s: %q: %s", v.Rule, v.Path, v.Detail)
}

// FormatError says that a wheel must not be installed, and lists every violation by rule, path and detail.
type FormatError struct {
	Wheel      string // file name
	Violations []Violation
}

// shown is how many violations Error spells out.
const shown = 5

func (e *FormatError) Error() string {
	texts := make([]string, 0, shown+1)
	for i, v := range e.Violations {
		if i == shown {
			texts = append(texts, fmt.Sprintf("and %d more", len(e.Violations)-shown))
			break
		}
		texts = append(texts, v.String())
	}
	return fmt.Sprintf("wheel %q is broken, do not install it: %s", e.Wheel, strings.Join(texts, "; "))
}

// faults collects violations.
type faults []Violation

func (f *faults) add(rule, path, format string, args ...any) {
	*f = append(*f, Violation{rule, path, fmt.Sprintf(format, args...)})
}

// zip takes over the violations of a zip; any other error is returned.
func (f *faults) zip(err error) error {
	var format *archive.FormatError
	if !errors.As(err, &format) {
		return err
	}
	for _, v := range format.Violations {
		f.add(v.Rule.String(), v.Name, "%s", v.Detail)
	}
	return nil
}

// err is the sorted *FormatError, or nil.
func (f faults) err(wheel string) error {
	if len(f) == 0 {
		return nil
	}
	return &FormatError{wheel, f.sorted()}
}

func (f faults) sorted() []Violation {
	slices.SortFunc(f, func(v, w Violation) int {
		return cmp.Or(strings.Compare(v.Rule, w.Rule), strings.Compare(v.Path, w.Path), strings.Compare(v.Detail, w.Detail))
	})
	return slices.Compact(f)
}
