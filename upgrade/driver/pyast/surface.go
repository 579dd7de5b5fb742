package pyast

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

//go:embed flow.py
var flowProgram string

//go:embed classes.py
var classesProgram string

//go:embed options.py
var optionsProgram string

//go:embed surface.py
var surfaceProgram string

// Surface is what one source binds, or why it could not be read: a *SyntaxError or a *SourceError.
type Surface struct {
	Module *api.Module
	Err    error
}

// Surface reads what each source binds, in the order of files. The error is that of the call: ctx's, or a *ProcessError.
func (r *Reader) Surface(ctx context.Context, files []Source) ([]Surface, error) {
	found := make([]Surface, len(files))
	var readable []int
	for i, f := range files {
		if found[i].Err = f.check(); found[i].Err == nil {
			readable = append(readable, i)
		}
	}
	err := r.run(ctx, task{
		program: program(part{"flow.py", flowProgram}, part{"classes.py", classesProgram}, part{"options.py", optionsProgram}, part{"surface.py", surfaceProgram}),
		n:       len(readable),
		request: func(i int) (string, any) { f := files[readable[i]]; return f.file(), f.wire() },
		take: func(i int, value json.RawMessage, err error) error {
			if err != nil {
				found[readable[i]].Err = err
				return nil
			}
			found[readable[i]].Module, err = module(value)
			return err
		},
		timeout: r.timeout(),
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// module reads an answer of surface.py, whose keys are the names of api's fields.
func module(value json.RawMessage) (*api.Module, error) {
	m := &api.Module{}
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("surface.py answers what api.Module is not: %w", err)
	}
	return m, nil
}
