package openstack

import "slices"

// MigrationKind says what a target's migrations do to the database of the current code.
type MigrationKind string

const (
	SameSchema      MigrationKind = "same"      // nothing: the old code can run again at any time
	ForwardSchema   MigrationKind = "forward"   // they go where the old code has never been: the point of no return
	BackwardSchema  MigrationKind = "backward"  // the target is older than the database
	ForeignSchema   MigrationKind = "foreign"   // the target does not know the current revision: a version between is needed
	UndecidedSchema MigrationKind = "undecided" // one of both is not under alembic
)

// Migration compares two schemas.
type Migration struct {
	Kind MigrationKind
	From []string // heads now
	To   []string // heads then
	New  []string // revisions that are applied, sorted
}

// CompareSchemas compares what the current code and the target's know. It is told from files, so a database that lags behind its code is not seen: Database.Revision asks it.
func CompareSchemas(now, then Schema) Migration {
	m := Migration{From: now.Heads, To: then.Heads}
	for _, r := range then.Revisions {
		if !now.Knows(r.ID) {
			m.New = append(m.New, r.ID)
		}
	}
	unknown := func(s Schema) func(string) bool { return func(id string) bool { return !s.Knows(id) } }
	switch {
	case len(now.Heads) == 0 || len(then.Heads) == 0:
		m.Kind = UndecidedSchema
	case slices.Equal(now.Heads, then.Heads):
		m.Kind = SameSchema
	case !slices.ContainsFunc(now.Heads, unknown(then)):
		m.Kind = ForwardSchema
	case !slices.ContainsFunc(then.Heads, unknown(now)):
		m.Kind = BackwardSchema
	default:
		m.Kind = ForeignSchema
	}
	return m
}

// CodeOnlyRollback reports whether switching back the code is enough to be where one was. Where it is not, the old code may still run on the new schema (services often do), but
// nobody promises it: a snapshot belongs before the migration.
func (m Migration) CodeOnlyRollback() bool { return m.Kind == SameSchema }
