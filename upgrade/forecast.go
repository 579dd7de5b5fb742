package upgrade

import (
	"context"

	"github.com/chandlery-go/chandlery/venv"
)

// Inspector tells what an upgrade would change besides the environment. It changes nothing.
type Inspector interface {
	Inspect(ctx context.Context, now Subject, env *venv.Env) (Forecast, error) // env is the target's
}

// Forecast is what an Inspector found.
type Forecast struct {
	Database Migration  `json:"database"`
	Options  []Option   `json:"options"`  // of the live configuration that the new version reads otherwise
	Files    []File     `json:"files"`    // paste, policy, …
	Host     []HostNeed `json:"host"`     // bindings and executables
	Findings []Finding  `json:"findings"` // rows that the operator should look at before
	Notes    []string   `json:"notes"`    // what could not be looked at, and why
}

// Migration is what happens to the database.
type Migration struct {
	Kind             string   `json:"kind"`               // same, forward, backward, foreign, undecided
	Now              []string `json:"now"`                // revisions that are applied
	Then             []string `json:"then"`               // heads of the target
	New              []string `json:"new"`                // that would be applied
	CodeOnlyRollback bool     `json:"code_only_rollback"` // false: this upgrade has a point of no return, at which a snapshot is taken
}

// Option is one option that the new version reads otherwise. Values are without secrets.
type Option struct {
	Kind    string `json:"kind"` // removed, renamed, deprecated, default-changed
	Section string `json:"section"`
	Name    string `json:"name"`
	Text    string `json:"text"` // what it means, in a sentence
}

// File is a configuration file of which the operator's or the new version's is used.
type File struct {
	Name   string `json:"name"`
	Choice string `json:"choice"` // same, keep, take, conflict
	Text   string `json:"text"`
}

// HostNeed is something that an environment takes from its host.
type HostNeed struct {
	Kind  string `json:"kind"` // binding, executable
	Name  string `json:"name"`
	Found string `json:"found,omitempty"` // its path; "" where it is missing
	Text  string `json:"text,omitempty"`  // what to do where it is missing
}

// Finding is rows of the database that the operator should know of before an upgrade.
type Finding struct {
	Name   string   `json:"name"`
	Rows   []string `json:"rows"` // in words
	Advice string   `json:"advice,omitempty"`
}

// Loss is what a restore would do to one table. All lists are keys, sorted.
type Loss struct {
	Table    string   `json:"table"`
	Orphaned []string `json:"orphaned,omitempty"` // made since: the row goes, the thing stays
	Ghosts   []string `json:"ghosts,omitempty"`   // deleted since: the row comes back, the thing does not
	Reverted []string `json:"reverted,omitempty"` // changed since
}
