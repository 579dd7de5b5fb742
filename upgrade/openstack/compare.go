package openstack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
	"github.com/chandlery-go/chandlery/venv"
)

// Choice is what becomes of a file besides the oslo configuration.
type Choice string

const (
	Same     Choice = "same"     // nothing to choose: the new version brings the same, or none
	Keep     Choice = "keep"     // the operator's
	Take     Choice = "take"     // the new version's
	Conflict Choice = "conflict" // both were changed: the operator has to say, in Configurer.Choices
)

// FileChange is the three-way comparison of one file: as the old package shipped it, as the operator has it, as the new version brings it. Nothing is ever merged.
type FileChange struct {
	Name   string `json:"name"`
	Base   string `json:"base,omitempty"` // path of the old package's
	Live   string `json:"live,omitempty"` // path of the operator's
	New    string `json:"new,omitempty"`  // path of the new version's
	Choice Choice `json:"choice"`
	Reason string `json:"reason"`

	file ConfigFile
}

// ConflictError lists the files for which the operator has to choose.
type ConflictError struct{ Files []FileChange }

func (e *ConflictError) Error() string {
	var b strings.Builder
	b.WriteString("choose keep or take for")
	for _, f := range e.Files {
		fmt.Fprintf(&b, " %s (yours %s, new %s: %s)", f.Name, f.Live, f.New, f.Reason)
	}
	return b.String()
}

// CompareFiles says of each file that the new environment may bring anew (paste, policy, …) whether the operator's or the new one is to be used. Choices decide conflicts.
func (c *Configurer) CompareFiles(ctx context.Context, old upgrade.Subject, env *venv.Env) ([]FileChange, error) {
	d, err := c.describe(old.Component)
	if err != nil {
		return nil, err
	}
	files, stack, err := live(old)
	if err != nil {
		return nil, err
	}
	var all []FileChange
	for _, file := range d.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		change, err := c.compare(d, old, env, file, locate(stack, files, file))
		if err != nil {
			return nil, err
		}
		if change.New != "" || change.Live != "" {
			all = append(all, change)
		}
	}
	return all, nil
}

// locate finds the operator's file as oslo.config does: where the option says, below the folders of the configuration files (the last first), else beside the first of them.
func locate(stack oslo.Stack, files []string, file ConfigFile) string {
	name := file.Name
	if v, ok := stack.Get(file.Section, file.Option); ok && v != "" {
		name = expand(stack, file.Section, v)
		if filepath.Base(name) != file.Name && filepath.Ext(name) != filepath.Ext(file.Name) {
			return "" // the option names its sibling: policy.yaml, not policy.json
		}
	}
	if filepath.IsAbs(name) {
		return name
	}
	for i := len(files) - 1; i >= 0; i-- {
		path := filepath.Join(filepath.Dir(files[i]), name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return filepath.Join(filepath.Dir(files[0]), name)
}

func (c *Configurer) compare(d Description, old upgrade.Subject, env *venv.Env, file ConfigFile, livePath string) (FileChange, error) {
	change := FileChange{Name: file.Name, file: file}
	newBytes, err1 := readMaybe(filepath.Join(env.Root, filepath.FromSlash(old.Component.Config.DataDir), file.Name), &change.New)
	liveBytes, err2 := readMaybe(livePath, &change.Live)
	folders := d.Packaged
	if old.Env != nil && old.Env.Virtual {
		folders = append([]string{filepath.Join(old.Env.Root, filepath.FromSlash(old.Component.Config.DataDir))}, folders...)
	}
	var base []byte
	var err3 error
	for _, folder := range folders {
		if base, err3 = readMaybe(filepath.Join(folder, file.Name), &change.Base); err3 != nil || change.Base != "" {
			break
		}
	}
	change.Choice, change.Reason = choose(change, base, liveBytes, newBytes)
	if chosen, ok := c.Choices[file.Name]; ok && change.Choice == Conflict {
		if chosen != Keep && chosen != Take {
			return change, fmt.Errorf("choice for %s: %q is neither keep nor take", file.Name, chosen)
		}
		change.Choice, change.Reason = chosen, "chosen by the operator"
	}
	return change, errors.Join(err1, err2, err3)
}

// choose is the three-way comparison.
func choose(f FileChange, base, live, fresh []byte) (Choice, string) {
	switch {
	case f.New == "":
		return Same, "the new version brings none"
	case f.Live == "":
		return Take, "there is none yet"
	case bytes.Equal(live, fresh):
		return Same, "yours is the new one"
	case f.Base == "":
		return Conflict, "they differ, and the old package's own is not there to compare with"
	case bytes.Equal(live, base):
		return Take, "yours is the old package's, unchanged"
	case bytes.Equal(base, fresh):
		return Keep, "only you changed it"
	}
	return Conflict, "you changed it, and so did the new version"
}

// readMaybe reads a file and names it in found; none leaves found empty.
func readMaybe(path string, found *string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	b, err := readLimited(os.DirFS(filepath.Dir(path)), filepath.Base(path), oslo.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &ConfigError{path, err}
	}
	*found = path
	return b, nil
}
