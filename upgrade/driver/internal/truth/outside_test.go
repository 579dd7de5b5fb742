//go:build live

package truth

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// outsideFile lists drivers that are in no release: where they are, and what their vendors state.
//
//go:embed outside.json
var outsideFile []byte

// vendored is one of them: of a repository, or of the package index.
type vendored struct {
	Vendor       string      `json:"vendor"`
	Repository   string      `json:"repository"` // on github.com
	Commit       string      `json:"commit"`
	Path         string      `json:"path"`
	Distribution pep508.Name `json:"distribution"`
	Version      string      `json:"version"`
	Class        string      `json:"class"`
	Stated       []string    `json:"stated"` // series; none where the vendor names none that the index has
	How          string      `json:"how"`    // where it is stated
	Why          string      `json:"why"`    // of a disagreement
}

func (v vendored) String() string {
	if v.Repository == "" {
		return fmt.Sprintf("%s %s", v.Distribution, v.Version)
	}
	return fmt.Sprintf("%s@%.7s:%s", v.Repository, v.Commit, v.Path)
}

// TestOutside: vendors' drivers are feasible for a release of each series that the vendor states, or outside.json says why not. The sample is those of the package index; the rest needs clones.
func TestOutside(t *testing.T) {
	ix := known(t)
	var all []vendored
	require.NoError(t, json.Unmarshal(outsideFile, &all))
	var text strings.Builder
	text.WriteString("| vendor | where | stated | inferred | floor | ceiling | agree |\n|---|---|---|---|---|---|---|\n")
	read, agreed, explained := 0, 0, 0
	vendors := map[string]bool{}
	for _, v := range all {
		if v.Repository != "" && *outside == "" {
			continue
		}
		read++
		vendors[v.Vendor] = true
		in, err := infer(t, driver.Source{Path: v.bring(t), Class: v.Class, Index: ix})
		agree, row := v.hold(ix, in, err)
		switch {
		case agree == "":
			agreed++
			agree = "yes"
		case v.Why != "":
			explained++
			agree += ": " + v.Why
		default:
			assert.Fail(t, "no explanation", "%s: stated %v: %s: %s", v, v.Stated, agree, row)
		}
		fmt.Fprintf(&text, "| %s | %s | %s (%s) | %s | %s |\n", v.Vendor, v, strings.Join(v.Stated, ", "), v.How, row, agree)
	}
	t.Logf("%d drivers of %d vendors: %d agree with what is stated, %d do not and are explained\n%s", read, len(vendors), agreed, explained, text.String())
	require.Positive(t, read)
	write(t, "outside.md", fmt.Sprintf("# Vendors' drivers out of the tree\n\n%d drivers of %d vendors: %d agree with what their vendors state, %d do not, for the reason told.\n\n%s", read, len(vendors), agreed, explained, text.String()))
}

// bring lays the driver's files under a folder, and gives their path.
func (v vendored) bring(t *testing.T) string {
	t.Helper()
	if v.Repository == "" {
		return v.file(t)
	}
	dir := t.TempDir()
	clone := filepath.Join(*outside, strings.ReplaceAll(v.Repository, "/", "+"), "repo")
	pack := filepath.Join(dir, "pack.tar")
	out, err := exec.CommandContext(t.Context(), "git", "-C", clone, "archive", "-o", pack, v.Commit, v.Path).CombinedOutput()
	require.NoError(t, err, "%s: %s", v, out)
	out, err = exec.CommandContext(t.Context(), "tar", "-xf", pack, "-C", dir).CombinedOutput()
	require.NoError(t, err, "%s: %s", v, out)
	require.NoError(t, os.Remove(pack))
	return filepath.Join(dir, filepath.FromSlash(v.Path))
}

// file is the wheel or sdist of the package index.
func (v vendored) file(t *testing.T) string {
	t.Helper()
	p, err := suite.client.Project(t.Context(), v.Distribution)
	require.NoError(t, err)
	for _, f := range p.Files {
		if f.Version.Equal(pep440.MustParse(v.Version)) {
			path, err := kept(t.Context(), f)
			require.NoError(t, err)
			return path
		}
	}
	require.Fail(t, "not on the index", "%s", v)
	return ""
}

// hold compares with what is stated: "" where there is no disagreement. The row is the inferred range with the witnesses of its ends.
func (v vendored) hold(ix *api.Index, in *driver.Inference, err error) (disagree, row string) {
	if err == nil {
		err = in.Err()
	}
	if err != nil {
		row = fmt.Sprintf("none: %.300s%s | |", strings.ReplaceAll(err.Error(), "|", "/"), otherwise(in))
		if len(v.Stated) == 0 {
			return "", row
		}
		return "none is feasible", row
	}
	row = fmt.Sprintf("%s | %s | %s", runs(in.Feasible), edge(in.Floor), edge(in.Ceiling))
	var missing []string
	for _, series := range v.Stated {
		if !slices.ContainsFunc(in.Judged, func(j driver.Judgement) bool { return j.Series == series && j.Feasible() }) {
			missing = append(missing, series)
		}
	}
	if len(missing) == 0 {
		return "", row
	}
	return "not " + strings.Join(missing, ", "), row
}

func runs(all []driver.Interval) string {
	words := make([]string, len(all))
	for i, f := range all {
		words[i] = fmt.Sprintf("%s to %s", f.From, f.To)
	}
	return strings.Join(words, ", ")
}

// otherwise is what would be feasible without what no release has.
func otherwise(in *driver.Inference) string {
	if in == nil || len(in.Otherwise) == 0 {
		return ""
	}
	return "; but for that " + runs(in.Otherwise)
}

func edge(e *driver.Edge) string {
	if e == nil || len(e.Witnesses) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: `%s`", e.Version, e.Witnesses[0])
}
