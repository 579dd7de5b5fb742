package launcher

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"unicode/utf16"

	"github.com/chandlery-go/chandlery/venv/wheel"
)

// MaxStub bounds a stub, in bytes. Known ones have about a tenth of a megabyte, and each launcher for Windows is one.
const MaxStub = 512 << 10

// StubError says which rule of the package's text a stub breaks.
type StubError struct {
	Rule   string // "L1" to "L4"
	Stub   string // "t64.exe"
	Detail string
}

func (e *StubError) Error() string {
	return fmt.Sprintf("the stub %s: %s (%s): name another wheel", e.Stub, e.Detail, e.Rule)
}

// Stubs are the programs that launchers for Windows begin with. Immutable.
type Stubs struct {
	programs map[string][]byte // by file name
	faults   map[string]error  // why there is none; the others are of use all the same
}

// kinds are the stubs, each with what its headers must say (Microsoft "PE Format", "Machine Types" and "Windows Subsystem").
var kinds = map[string]struct{ machine, subsystem uint16 }{
	"t32.exe": {machineI386, console}, "t64.exe": {machineAMD64, console}, "t64-arm.exe": {machineARM64, console},
	"w32.exe": {machineI386, gui}, "w64.exe": {machineAMD64, gui}, "w64-arm.exe": {machineARM64, gui},
}

const (
	machineI386  = 0x14c
	machineAMD64 = 0x8664
	machineARM64 = 0xaa64
	gui          = 2
	console      = 3
)

// ReadStubs takes the stubs out of a wheel. It does not know which wheel that should be: the caller holds its bytes to a hash before. The error is a *wheel.FormatError where the wheel breaks a
// rule, a *StubError where it has no stub at all, or one of the reader. Single stubs that are absent or break a rule are no error until one is needed.
func ReadStubs(ctx context.Context, r io.ReaderAt, size int64, file string) (*Stubs, error) {
	w, err := wheel.Open(r, size, file)
	if err != nil {
		return nil, err
	}
	if err := w.Verify(ctx); err != nil {
		return nil, err
	}
	tree, err := w.Layout(wheel.FlatScheme(), "chandlery")
	if err != nil {
		return nil, err
	}
	s := &Stubs{map[string][]byte{}, map[string]error{}}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		s.programs[name], s.faults[name] = stubOf(tree, name)
		var fault *StubError
		if err := s.faults[name]; err != nil && !errors.As(err, &fault) {
			return nil, err
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(s.faults)), func(err error) bool { return err == nil }) {
		return nil, fmt.Errorf("%s: %w", file, s.faults["t32.exe"])
	}
	return s, nil
}

// stubOf reads and checks the one file of a name.
func stubOf(tree *wheel.Tree, name string) ([]byte, error) {
	files := slices.DeleteFunc(tree.Files(), func(f string) bool { return path.Base(f) != name })
	if len(files) != 1 {
		return nil, &StubError{"L1", name, fmt.Sprintf("the wheel has %d files of that name, not one", len(files))}
	}
	st, err := fs.Stat(tree, files[0])
	if err != nil {
		return nil, err
	}
	if st.Size() > MaxStub {
		return nil, &StubError{"L2", name, fmt.Sprintf("%d bytes, at most %d", st.Size(), MaxStub)}
	}
	b, err := tree.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	return b, checkStub(name, b)
}

// program is the stub for a kind of machine.
func (s *Stubs) program(machine string, gui bool) ([]byte, error) {
	name := "t" + machine + ".exe"
	if gui {
		name = "w" + machine + ".exe"
	}
	return s.programs[name], s.faults[name]
}

// relativeSign is the sign of an interpreter relative to the launcher, as Windows programs have text.
var relativeSign = wide(`<launcher_dir>\`)

func wide(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// checkStub holds a program to L2, L3 and L4.
func checkStub(name string, b []byte) error {
	p, ok := readPE(b)
	want := kinds[name]
	switch {
	case !ok:
		return &StubError{"L2", name, "it is no program for Windows (PE)"}
	case p.machine != want.machine:
		return &StubError{"L2", name, fmt.Sprintf("it is for the machine %#x, not %#x", p.machine, want.machine)}
	case p.subsystem != want.subsystem:
		return &StubError{"L2", name, fmt.Sprintf("it is of the subsystem %d, not %d", p.subsystem, want.subsystem)}
	case p.end != uint64(len(b)):
		return &StubError{"L3", name, fmt.Sprintf("it has %d bytes, and its sections end at %d", len(b), p.end)}
	case !bytes.Contains(b, relativeSign):
		return &StubError{"L4", name, "it knows no interpreter relative to the launcher"}
	}
	return nil
}

// pe is what a program's headers say.
type pe struct {
	machine, subsystem uint16
	end                uint64 // of the section that lies last
}

// readPE reads the headers (Microsoft "PE Format", "File Headers" to "Section Table").
func readPE(b []byte) (p pe, ok bool) {
	le := binary.LittleEndian
	if len(b) < 0x40 || string(b[:2]) != "MZ" {
		return p, false
	}
	at := uint64(le.Uint32(b[0x3c:]))
	const fileHeader, optional, section = 24, 70, 40 // with the signature; up to the subsystem; one line of the table
	if at > uint64(len(b)) || len(b[at:]) < fileHeader+optional || string(b[at:at+4]) != "PE\x00\x00" {
		return p, false
	}
	h := b[at:]
	p.machine, p.subsystem = le.Uint16(h[4:]), le.Uint16(h[fileHeader+68:])
	count, table := int(le.Uint16(h[6:])), fileHeader+int(le.Uint16(h[20:]))
	if count == 0 || len(h) < table+count*section {
		return p, false
	}
	for i := range count {
		s := h[table+i*section:]
		p.end = max(p.end, uint64(le.Uint32(s[16:]))+uint64(le.Uint32(s[20:])))
	}
	return p, true
}
