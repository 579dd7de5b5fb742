package openstack

import (
	"encoding/json"
	"fmt"
	"strings"
)

// parseResults reads the rows of several statements: one JSON array a line, and a line with a dot after each statement. NULL becomes "".
func parseResults(b []byte, statements int) ([][][]string, error) {
	all, rows := make([][][]string, 0, statements), [][]string(nil)
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "." {
			all, rows = append(all, rows), nil
			continue
		}
		row, err := parseRow(line)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if len(all) != statements || rows != nil {
		return nil, fmt.Errorf("the database answered %d statements, not %d", len(all), statements)
	}
	return all, nil
}

func parseRow(line string) ([]string, error) {
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	var values []any
	if err := dec.Decode(&values); err != nil {
		return nil, fmt.Errorf("a row of the database: %w", err)
	}
	row := make([]string, len(values))
	for i, v := range values {
		if v != nil {
			row[i] = fmt.Sprint(v)
		}
	}
	return row, nil
}
