package openstack

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// restore loads the snapshot beside production's database and then swaps all tables in one statement, which the server does wholly or not.
func (e *mysql) restore(ctx context.Context, path string) error {
	return e.within(func(session string) error {
		if err := e.unused(ctx, session); err != nil {
			return err
		}
		fresh, old := e.at.database+restoreSuffix, e.at.database+oldSuffix
		if err := e.load(ctx, session, path, fresh); err != nil {
			return errors.Join(err, e.dropNamed(ctx, session, fresh))
		}
		if err := e.swap(ctx, session, path, fresh, old); err != nil {
			return errors.Join(err, e.dropNamed(ctx, session, fresh))
		}
		return errors.Join(e.dropNamed(ctx, session, old), e.dropNamed(ctx, session, fresh))
	})
}

// unused refuses while others are connected to the database.
func (e *mysql) unused(ctx context.Context, session string) error {
	out, err := e.statements(ctx, session, "", "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '"+e.at.database+"' AND ID <> CONNECTION_ID()")
	if err != nil {
		return err
	}
	if n := strings.TrimSpace(string(out)); n != "0" {
		return fmt.Errorf("%s has %s connections: %w", e.where(), n, ErrInUse)
	}
	return nil
}

func (e *mysql) swap(ctx context.Context, session, path, fresh, old string) error {
	now, plain1, err1 := e.tables(ctx, session, e.at.database)
	then, plain2, err2 := e.tables(ctx, session, fresh)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if !plain1 || !plain2 {
		return e.reload(ctx, session, path)
	}
	var moves []string
	for _, t := range now {
		moves = append(moves, fmt.Sprintf("`%s`.%s TO `%s`.%s", e.at.database, t, old, t))
	}
	for _, t := range then {
		moves = append(moves, fmt.Sprintf("`%s`.%s TO `%s`.%s", fresh, t, e.at.database, t))
	}
	if len(moves) == 0 {
		return nil
	}
	if err := e.dropNamed(ctx, session, old); err != nil {
		return err
	}
	_, err := e.statements(ctx, session, "", "SET foreign_key_checks = 0", "CREATE DATABASE `"+old+"`", "RENAME TABLE "+strings.Join(moves, ", "))
	return err
}

// tables lists a database's tables, quoted; plain is false where it has views or triggers, which cannot move to another database.
func (e *mysql) tables(ctx context.Context, session, database string) (names []string, plain bool, err error) {
	out, err := e.statements(ctx, session, "",
		"SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = '"+database+"' ORDER BY 1",
		"SELECT TRIGGER_NAME, 'TRIGGER' FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '"+database+"'")
	if err != nil {
		return nil, false, err
	}
	plain = true
	for line := range strings.Lines(string(out)) {
		name, kind, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if kind != "BASE TABLE" {
			plain = false
			continue
		}
		quoted, err := quoteName(name)
		if err != nil {
			return nil, false, err
		}
		names = append(names, quoted)
	}
	return names, plain, nil
}

// reload loads the dump into an emptied production database: what stands in the way of a swap leaves no better way.
func (e *mysql) reload(ctx context.Context, session, path string) error {
	if err := e.load(ctx, session, path, e.at.database); err != nil {
		return fmt.Errorf("the database is not whole now, restore the snapshot again: %w", err)
	}
	return nil
}
