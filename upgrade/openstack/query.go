package openstack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// Query is rows to look at before an upgrade.
type Query struct {
	Name    string   `json:"name"`
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Where   string   `json:"where,omitempty"` // SQL that SQLite and MySQL both read
	Judge   string   `json:"judge"`           // which rows are a finding: any; pins (those that hold back RPC versions)
	Advice  string   `json:"advice,omitempty"`
}

// Row is one row, by column; NULL is "".
type Row map[string]string

// Finding is rows that the operator should know of before an upgrade.
type Finding struct {
	Query Query `json:"query"`
	Rows  []Row `json:"rows"`
}

// Stale is how much older than the newest heartbeat a service's row is when it is taken for that of a service which is gone.
const Stale = 10 * time.Minute

// judges decide which rows are a finding.
var judges = map[string]func([]Row) []Row{
	"any":  func(rows []Row) []Row { return rows },
	"pins": Pins,
}

// Pins gives those rows of a services table that hold back what its services agree on: a lower version than the highest of their binary, or a heartbeat that ended long before the
// others' (Stale). Services take the lowest version of all rows when they start, of dead ones too.
func Pins(rows []Row) []Row {
	highest := map[string]string{}
	var newest time.Time
	for _, r := range rows {
		for _, column := range versionColumns {
			key := r["binary"] + "\x00" + column
			if compareDotted(r[column], highest[key]) > 0 {
				highest[key] = r[column]
			}
		}
		if beat := heartbeat(r); beat.After(newest) {
			newest = beat
		}
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
		for _, column := range versionColumns {
			if compareDotted(r[column], highest[r["binary"]+"\x00"+column]) < 0 {
				return false
			}
		}
		beat := heartbeat(r)
		return beat.IsZero() || newest.Sub(beat) <= Stale
	})
}

var versionColumns = []string{"rpc_current_version", "object_current_version", "version"}

// heartbeat reads updated_at; what is none is the zero time.
func heartbeat(r Row) time.Time {
	t, err := time.Parse(time.DateTime, r["updated_at"])
	if err != nil {
		return time.Time{}
	}
	return t
}

// compareDotted orders 3.9 before 3.18; "" is before all.
func compareDotted(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		x, y := -1, -1
		if i < len(as) {
			x = number(as[i])
		}
		if i < len(bs) {
			y = number(bs[i])
		}
		if x != y {
			return x - y
		}
	}
	return 0
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// Query gives the rows that a query asks for, in the table's order.
func (d *Database) Query(ctx context.Context, s upgrade.Subject, q Query) ([]Row, error) {
	e, err := d.open(s)
	if err != nil {
		return nil, err
	}
	sql, err := q.sql()
	if err != nil {
		return nil, err
	}
	rows, err := e.query(ctx, sql)
	if err != nil {
		return nil, err
	}
	all := make([]Row, len(rows))
	for i, values := range rows {
		if len(values) != len(q.Columns) {
			return nil, fmt.Errorf("%s: a row of %d columns, not %d", q.Name, len(values), len(q.Columns))
		}
		all[i] = Row{}
		for j, column := range q.Columns {
			all[i][column] = values[j]
		}
	}
	return all, nil
}

// Findings asks the described queries and gives those that have rows to report.
func (d *Database) Findings(ctx context.Context, s upgrade.Subject) ([]Finding, error) {
	description, err := d.describe(s.Component)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, q := range description.Queries {
		judge, ok := judges[q.Judge]
		if !ok {
			return nil, fmt.Errorf("%s: no judge is named %q", q.Name, q.Judge)
		}
		rows, err := d.Query(ctx, s, q)
		if err != nil {
			return all, fmt.Errorf("%s: %w", q.Name, err)
		}
		if rows = judge(rows); len(rows) > 0 {
			all = append(all, Finding{q, rows})
		}
	}
	return all, nil
}

// Revision asks the database which migrations are applied: the contents of alembic's own table, sorted.
func (d *Database) Revision(ctx context.Context, s upgrade.Subject) ([]string, error) {
	rows, err := d.Query(ctx, s, Query{Name: "revision", Table: "alembic_version", Columns: []string{"version_num"}})
	var all []string
	for _, r := range rows {
		all = append(all, r["version_num"])
	}
	slices.Sort(all)
	return all, err
}

// sql writes the query in the words of both dialects; SQLite reads MySQL's quotes.
func (q Query) sql() (string, error) {
	if len(q.Columns) == 0 {
		return "", fmt.Errorf("%s: no columns are asked for", q.Name)
	}
	var names []string
	for _, name := range append(slices.Clone(q.Columns), q.Table) {
		quoted, err := quoteName(name)
		if err != nil {
			return "", err
		}
		names = append(names, quoted)
	}
	last := len(names) - 1
	sql := "SELECT JSON_ARRAY(" + strings.Join(names[:last], ", ") + ") FROM " + names[last]
	if q.Where != "" {
		sql += " WHERE " + strings.Join(strings.Fields(q.Where), " ")
	}
	return sql, nil
}

var errName = errors.New("no name of a table, column or database that this library quotes")

// quoteName quotes a name for MySQL and SQLite.
func quoteName(name string) (string, error) {
	if name == "" || len(name) > 64 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$-") != "" {
		return "", fmt.Errorf("%q: %w", name, errName)
	}
	return "`" + name + "`", nil
}
