//go:build live

package truth

import (
	"archive/zip"
	"io"
	"path"
	"slices"
	"strings"
)

// together bounds the wheels of one environment.
const together = 60

// look reads which paths the wheel takes in an environment, by the standard library's zip reader and by rules that are rougher than the true ones: it only serves to keep apart what cannot be installed together.
func (c *choice) look() error {
	z, err := zip.OpenReader(c.path)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		name := f.Name
		if at := strings.Index(name, ".data/"); at > 0 && !strings.Contains(name[:at], "/") {
			part, rest, _ := strings.Cut(name[at+len(".data/"):], "/")
			name = map[string]string{"purelib": rest, "platlib": rest, "scripts": "bin/" + rest, "headers": "include/" + string(c.name) + "/" + rest, "data": "root/" + rest}[part]
		}
		if !strings.HasSuffix(name, "/") {
			c.lays = append(c.lays, name)
		}
		if strings.HasSuffix(f.Name, ".dist-info/entry_points.txt") {
			if err := c.scripts(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// scripts takes every name before a = for a script, whatever its group.
func (c *choice) scripts(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, "="); ok {
			c.lays = append(c.lays, path.Join("bin", strings.TrimSpace(name)))
		}
	}
	return err
}

// group shares the wheels out to environments in which no two take one path: each goes to the first that will have it.
func group(chosen []*choice) [][]*choice {
	var groups [][]*choice
	var taken []map[string]bool
	for _, c := range chosen {
		n := 0
		for n < len(groups) && (len(groups[n]) == together || slices.ContainsFunc(c.lays, func(p string) bool { return taken[n][p] })) {
			n++
		}
		if n == len(groups) {
			groups, taken = append(groups, nil), append(taken, map[string]bool{})
		}
		groups[n] = append(groups[n], c)
		for _, p := range c.lays {
			taken[n][p] = true
		}
	}
	return groups
}
