package explain_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/explain"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

var update = flag.Bool("update", false, "write the answers as they are into testdata")

// TestAsk compares answers with testdata: a universe, then sections in the form of txtar, each under its question ("-- why-not lib>=2 --", "-- json tree --"). A comment
// "# also NAME PYTHON TAG..." names a further platform.
func TestAsk(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			universe, sections, found := strings.Cut("\n"+string(text), "\n-- ")
			require.True(t, found, "no question")
			u := parse(t, universe)
			platforms := append([]resolve.Platform{u.Request.Platform}, also(t, universe)...)
			got := strings.TrimPrefix(universe, "\n") + "\n"
			for section := range strings.SplitSeq(sections, "\n-- ") {
				question, _, ok := strings.Cut(section, " --")
				require.True(t, ok, "%q", section)
				got += "-- " + question + " --\n" + answer(t, u, platforms, question)
			}
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			assert.Equal(t, string(text), got)
		})
	}
}

func parse(t *testing.T, text string) *resolvetest.Universe {
	t.Helper()
	u, err := resolvetest.ParseUniverse(text)
	require.NoError(t, err)
	return u
}

func also(t *testing.T, universe string) (more []resolve.Platform) {
	for line := range strings.Lines(universe) {
		if rest, ok := strings.CutPrefix(line, "# also "); ok {
			f := strings.Fields(rest)
			p, err := resolve.NewPlatform(f[0], pep440.MustParse(f[1]), f[2:]...)
			require.NoError(t, err)
			more = append(more, p)
		}
	}
	return more
}

// answer puts a question to a universe.
func answer(t *testing.T, u *resolvetest.Universe, platforms []resolve.Platform, question string) string {
	t.Helper()
	text, asJSON := strings.CutPrefix(question, "json ")
	verb, about, _ := strings.Cut(text, " ")
	var q explain.Question
	switch verb {
	case "why":
		q.Why = pep508.Name(about)
	case "why-not":
		r := pep508.MustParse(about)
		q.WhyNot, q.Wanted = r.Name, r.Specifiers
	default:
		require.Equal(t, "tree", verb)
	}
	e := explain.Explainer{Index: u.Index}
	rows, err := e.Ask(t.Context(), &u.Request, platforms, q)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	verify(t, u, platforms, rows)
	var b strings.Builder
	if asJSON {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		require.NoError(t, enc.Encode(rows))
		return b.String()
	}
	for _, r := range rows {
		b.WriteString(strings.Join(r.Lines(), "\n") + "\n")
	}
	return b.String()
}

// verify makes the changes of every remedy, as a program would that has only the JSON, and resolves anew: with all of them there is a solution, without one of them none.
func verify(t *testing.T, u *resolvetest.Universe, platforms []resolve.Platform, rows []explain.Row) {
	t.Helper()
	for _, row := range rows {
		if row.Conflict == nil {
			continue
		}
		text, err := json.Marshal(row.Conflict.Nearest)
		require.NoError(t, err)
		var told explain.Remedies
		require.NoError(t, json.Unmarshal(text, &told))
		for _, p := range platforms {
			if p.Name != row.Platforms[0] {
				continue
			}
			req := u.Request
			req.Platform = p
			for _, m := range told.Remedies {
				assert.True(t, solvable(t, u, &req, m.Changes), "%s", m.Text)
				for i := range m.Changes {
					rest := append(append([]explain.Change{}, m.Changes[:i]...), m.Changes[i+1:]...)
					assert.False(t, solvable(t, u, &req, rest), "%s: needless: %s", m.Text, m.Changes[i])
				}
			}
		}
	}
}

func solvable(t *testing.T, u *resolvetest.Universe, req *resolve.Request, changes []explain.Change) bool {
	t.Helper()
	changed, err := explain.Remedy{Changes: changes}.Apply(req)
	require.NoError(t, err)
	_, err = (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), changed)
	var none *resolve.NoSolutionError
	if !errors.As(err, &none) {
		require.NoError(t, err)
	}
	return err == nil
}
