package openstack

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
)

// Table is one whose rows stand for things outside of the database: volumes on a backend, images in a store.
type Table struct {
	Name    string `json:"name"`
	Key     string `json:"key"`
	Updated string `json:"updated,omitempty"` // column that changes with each change
	Deleted string `json:"deleted,omitempty"` // column that is not 0 for rows that count no more
	Where   string `json:"where,omitempty"`   // SQL of the rows that count, that SQLite and MySQL both read: what verification made does not
}

// Losses lists what a restore of snap would lose now, by the described tables; none for a table that nothing happened to. Neither database is changed.
func (d *Database) Losses(ctx context.Context, s upgrade.Subject, snap upgrade.Snapshot) ([]upgrade.Loss, error) {
	description, err := d.describe(s.Component)
	if err != nil || len(description.Tables) == 0 {
		return nil, err
	}
	e, err := d.open(s)
	if err != nil {
		return nil, err
	}
	if err := saved(e, snap); err != nil {
		return nil, err
	}
	var sql []string
	for _, t := range description.Tables {
		text, err := t.query().sql()
		if err != nil {
			return nil, err
		}
		sql = append(sql, text)
	}
	then, err := e.querySaved(ctx, snap.Path, sql)
	if err != nil {
		return nil, err
	}
	var all []upgrade.Loss
	for i, t := range description.Tables {
		now, err := e.query(ctx, sql[i])
		if err != nil {
			return nil, err
		}
		if l := compareRows(t, now, then[i]); len(l.Orphaned)+len(l.Ghosts)+len(l.Reverted) > 0 {
			all = append(all, l)
		}
	}
	return all, nil
}

func (t Table) query() Query {
	q := Query{Name: t.Name, Table: t.Name, Columns: []string{t.Key}}
	if t.Updated != "" {
		q.Columns = append(q.Columns, t.Updated)
	}
	var where []string
	if t.Deleted != "" {
		where = append(where, "`"+t.Deleted+"` = 0")
	}
	if t.Where != "" {
		where = append(where, "("+t.Where+")")
	}
	q.Where = strings.Join(where, " AND ")
	return q
}

func compareRows(t Table, now, then [][]string) upgrade.Loss {
	index := func(rows [][]string) map[string]string {
		all := map[string]string{}
		for _, r := range rows {
			all[r[0]] = r[len(r)-1]
		}
		return all
	}
	have, had := index(now), index(then)
	l := upgrade.Loss{Table: t.Name}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		before, ok := had[id]
		if !ok {
			l.Orphaned = append(l.Orphaned, id)
		} else if before != have[id] {
			l.Reverted = append(l.Reverted, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(had)) {
		if _, ok := have[id]; !ok {
			l.Ghosts = append(l.Ghosts, id)
		}
	}
	return l
}
