package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// Status of a series, as series_status.yaml has it.
type Status string

const (
	Future       Status = "future"
	Development  Status = "development"
	Maintained   Status = "maintained"
	Extended     Status = "extended maintenance"
	Unmaintained Status = "unmaintained"
	EndOfLife    Status = "end of life"
)

// Series is one release series of the platform.
type Series struct {
	Name    string // codename: epoxy
	ID      string // 2025.1; the codename where the series has none
	Status  Status
	SLURP   bool      // upgrades may go from here to the next SLURP series at once
	Initial time.Time // of its first release; zero where not known
	Next    Phase
}

// Phase is what a series becomes, and when.
type Phase struct {
	Status Status
	Date   time.Time // zero: not decided
}

// Is reports whether a user's word names the series.
func (s Series) Is(name string) bool {
	return strings.EqualFold(name, s.Name) || name == s.ID
}

// Release is one version of a component.
type Release struct {
	Version pep440.Version
	Series  Series
	Commit  string // of the component's repository
}

// DataError says which file of the data is wrong, and where.
type DataError struct {
	File string
	Err  error
}

func (e *DataError) Error() string { return "releases data, " + e.File + ": " + e.Err.Error() }
func (e *DataError) Unwrap() error { return e.Err }

const statusFile = "data/series_status.yaml"

// ReadSeries lists the series, newest first.
func ReadSeries(ctx context.Context, src Source) ([]Series, error) {
	b, err := src.ReadFile(ctx, statusFile)
	if err != nil {
		return nil, &DataError{statusFile, err}
	}
	var rows []struct {
		Name    string    `yaml:"name"`
		ID      yaml.Node `yaml:"release-id"` // raw: 2025.1 is no number
		Status  Status    `yaml:"status"`
		SLURP   bool      `yaml:"slurp"`
		Initial yaml.Node `yaml:"initial-release"`
		Next    struct {
			Status Status    `yaml:"status"`
			Date   yaml.Node `yaml:"date"`
		} `yaml:"next-phase"`
	}
	if err := yaml.Unmarshal(b, &rows); err != nil {
		return nil, &DataError{statusFile, err}
	}
	all := make([]Series, 0, len(rows))
	for _, r := range rows {
		s := Series{Name: r.Name, ID: r.ID.Value, Status: r.Status, SLURP: r.SLURP, Initial: date(r.Initial.Value)}
		s.Next = Phase{r.Next.Status, date(r.Next.Date.Value)}
		if s.ID == "" {
			s.ID = s.Name
		}
		if !isName(s.Name) || s.ID != s.Name && !isName(s.ID) {
			return nil, &DataError{statusFile, fmt.Errorf("%q is no series name", s.Name)}
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, &DataError{statusFile, errors.New("no series in it")}
	}
	return all, nil
}

// isName keeps a name of the data from leading out of its folder.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == "" && s[0] != '.'
}

// date reads a day; what is none ("TBD") is the zero time.
func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// ReadReleases lists a deliverable's final releases of one series, oldest first; none where the series has no file for it or no release yet.
func ReadReleases(ctx context.Context, src Source, s Series, deliverable string) ([]Release, error) {
	if !isName(deliverable) {
		return nil, fmt.Errorf("%q is no deliverable name", deliverable)
	}
	name := "deliverables/" + s.Name + "/" + deliverable + ".yaml"
	b, err := src.ReadFile(ctx, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, dist.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, &DataError{name, err}
	}
	var file struct {
		Releases []struct {
			Version  yaml.Node `yaml:"version"`
			Projects []struct {
				Hash string `yaml:"hash"`
			} `yaml:"projects"`
		} `yaml:"releases"`
	}
	if err := yaml.Unmarshal(b, &file); err != nil {
		return nil, &DataError{name, err}
	}
	var all []Release
	for _, r := range file.Releases {
		v, err := pep440.Parse(r.Version.Value)
		if err != nil || v.IsPrerelease() {
			continue // a tag such as 2023.1-eom, or a candidate
		}
		release := Release{Version: v, Series: s}
		if len(r.Projects) > 0 {
			release.Commit = r.Projects[0].Hash
		}
		all = append(all, release)
	}
	slices.SortFunc(all, func(a, b Release) int { return a.Version.Compare(b.Version) })
	return all, nil
}
