package explain

import (
	"fmt"
	"slices"
	"strings"
)

// Lines is the answer as text: versions in a row that have one reason share a line.
func (a *Absence) Lines() []string {
	if len(a.Versions) == 0 {
		return []string{a.none()}
	}
	var lines []string
	for i := 0; i < len(a.Versions); {
		end := i + 1
		for end < len(a.Versions) && a.Versions[end].alike(a.Versions[i]) {
			end++
		}
		lines = append(lines, a.row(i, end-1))
		i = end
	}
	for _, t := range a.Trials {
		lines = append(lines, t.Lines()...)
	}
	return lines
}

// alike reports whether two versions are there for one reason.
func (v Version) alike(w Version) bool {
	return v.Cause == w.Cause && v.Trial == w.Trial && (v.Text == w.Text || v.Uploaded != "" && w.Uploaded != "")
}

func (a *Absence) none() string {
	if a.Wanted == "" {
		return fmt.Sprintf("%s %s, which was chosen, is the newest version on the index", a.Name, a.Chosen)
	}
	return fmt.Sprintf("the index has no version of %s that matches %s beside the chosen %s", a.Name, a.Wanted, a.Chosen)
}

// row words the versions from the newest to the oldest of a row.
func (a *Absence) row(newest, oldest int) string {
	v := a.Versions[oldest]
	subject := a.Name + " " + v.Version
	if newest < oldest {
		subject += " to " + a.Versions[newest].Version
	}
	text := v.Text
	switch {
	case newest < oldest && v.Uploaded != "":
		first := slices.MinFunc(a.Versions[newest:oldest+1], func(x, y Version) int { return strings.Compare(x.Uploaded, y.Uploaded) })
		text = "were uploaded from " + first.Uploaded + " on, so exclude-newer leaves them out"
	case newest < oldest:
		text = plural(text)
	}
	return subject + " " + text
}

// plural makes the verb at the beginning of a text that of several versions.
func plural(text string) string {
	verb, rest, _ := strings.Cut(text, " ")
	several := map[string]string{"is": "are", "has": "have", "requires": "require", "was": "were"}[verb]
	if several == "" {
		return text
	}
	return several + " " + strings.Replace(rest, "a pre-release", "pre-releases", 1)
}

// word says of a version what a trial showed, or that none was made.
func (a *Absence) word(v *Version) {
	switch {
	case v.Cause == Impossible:
		v.Text = "cannot be had: with " + a.Trials[v.Trial-1].Asked + " there is no solution"
	case v.Cause == Dearer:
		v.Text = "can be had, but is not preferred"
	case v.Cause == Unexamined && v.Trial > 0 && a.Trials[v.Trial-1].Gives == "":
		v.Text = "was not examined, as with " + a.Trials[v.Trial-1].Asked + " a solution does without"
	case v.Cause == Unexamined && v.Trial > 0:
		v.Text = "was not examined, as a newer one can be had"
	case v.Cause == Unexamined:
		v.Text = "was not examined"
	}
}

// Lines is the trial as text.
func (t Trial) Lines() []string {
	switch {
	case t.Conflict != nil:
		return append([]string{"With " + t.Asked + " there is no solution:"}, indent(t.Conflict.Report)...)
	case len(t.Moves) == 0:
		return []string{fmt.Sprintf("With %s there is a solution, with %s and all else as it is.", t.Asked, t.Gives)}
	}
	line := "With " + t.Asked + " there is a solution"
	if t.Gives != "" {
		line += ", with " + t.Gives
	}
	lines := []string{line + ", and these are different in it:"}
	for _, m := range t.Moves {
		lines = append(lines, "  "+m.String())
	}
	return lines
}

// String words the move: "app 1.0 instead of 2.0".
func (m Move) String() string {
	switch {
	case m.From == "":
		return m.Name + " " + m.To + " comes in"
	case m.To == "":
		return m.Name + " " + m.From + " leaves"
	}
	return m.Name + " " + m.To + " instead of " + m.From
}
