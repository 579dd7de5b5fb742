package upgrade

import (
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// State is what an upgrade has come to.
type State string

const (
	Preparing  State = "preparing"   // the old version runs and was not touched
	Switching  State = "switching"   // between the stop of the old version and the verdict on the new one
	Upgraded   State = "upgraded"    // the new version runs and was verified
	GoingBack  State = "going back"  // a rollback is under way
	RolledBack State = "rolled back" // the old version runs again
	Stopped    State = "stopped"     // given up before the switch: the old version runs and was not touched
	Broken     State = "broken"      // neither version is known to work: a rollback failed
)

// Done reports whether nothing is under way: another upgrade may begin.
func (s State) Done() bool { return s == Upgraded || s == RolledBack || s == Stopped || s == "" }

func (s State) sentence() string {
	switch s {
	case Preparing, Stopped, "":
		return "the old version runs and was not touched"
	case Upgraded:
		return "the new version runs"
	case RolledBack:
		return "the old version runs again"
	case Broken:
		return "neither version is known to work: repair what is named and roll back again"
	}
	return "it was left in the middle: resume it or roll it back"
}

// Record is the durable account of one upgrade: what Status shows, and what a resume or a rollback after a crash goes by. It holds no secret.
type Record struct {
	Component string    `json:"component"`
	Began     time.Time `json:"began"`
	State     State     `json:"state"`
	Step      Step      `json:"step"` // under way, or the last
	Round     int       `json:"round"`

	From   Generation  `json:"from"`
	To     *Generation `json:"to,omitempty"`    // of production; from its configuration on
	Trial  *Generation `json:"trial,omitempty"` // while one stands
	Target *Target     `json:"target,omitempty"`

	Switched  bool       `json:"switched,omitempty"`  // To was made what runs, or is being made
	Snapshots []Snapshot `json:"snapshots,omitempty"` // one for each round that came so far, oldest first; none that was restored
	Saved     int        `json:"saved,omitempty"`     // the round of the last of Snapshots
	Earlier   []Snapshot `json:"earlier,omitempty"`   // of upgrades before this one; Finish removes them too
	Migrated  Progress   `json:"migrated"`            // of production's database since the last of Snapshots
	Restore   Restore    `json:"restore,omitempty"`   // what the rollback under way does
	Losses    []Loss     `json:"losses,omitempty"`    // of a restore, done or not
	Again     bool       `json:"again,omitempty"`     // after this going back comes another round

	Refused  []Refusal `json:"refused,omitempty"`  // targets that were tried
	Learned  []string  `json:"learned,omitempty"`  // distributions that were added
	Fresh    bool      `json:"fresh,omitempty"`    // the environment is to be made anew
	Rebuilt  string    `json:"rebuilt,omitempty"`  // the version whose environment was made anew
	Prepared Progress  `json:"prepared,omitempty"` // for verification
	Report   *Report   `json:"report,omitempty"`   // the last verification's
	Problem  string    `json:"problem,omitempty"`  // why it did not come to its end
	Accounts []Account `json:"accounts,omitempty"` // every step that was begun
}

// Progress is how far something that cannot be done at once has come.
type Progress string

const (
	NotBegun Progress = ""
	Begun    Progress = "begun" // perhaps in part
	Complete Progress = "complete"
)

// Generation is a Subject as a Record keeps it.
type Generation struct {
	Root    string         `json:"root"`
	Version pep440.Version `json:"version"`
	Config  Config         `json:"config"`
	Trial   bool           `json:"trial,omitempty"`
}

// Account is one step as it went.
type Account struct {
	Round   int           `json:"round"`
	Step    Step          `json:"step"`
	Began   time.Time     `json:"began"`
	Took    time.Duration `json:"took"` // 0: it did not end
	Problem string        `json:"problem,omitempty"`
	Notes   []string      `json:"notes,omitempty"`
}
