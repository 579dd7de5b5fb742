package wheelmake

import (
	"encoding/binary"
	"unicode/utf16"
)

// Stubs is a wheel with what launchers for Windows begin with: programs of the form that is asked for, which do nothing.
func Stubs() Spec {
	return Spec{Name: "stubs", Version: "1.0", Files: map[string]string{
		"stubs/__init__.py": "",
		"stubs/t32.exe":     Stub(0x14c, 3, `<launcher_dir>\`), "stubs/w32.exe": Stub(0x14c, 2, `<launcher_dir>\`),
		"stubs/t64.exe": Stub(0x8664, 3, `<launcher_dir>\`), "stubs/w64.exe": Stub(0x8664, 2, `<launcher_dir>\`),
		"stubs/t64-arm.exe": Stub(0xaa64, 3, `<launcher_dir>\`), "stubs/w64-arm.exe": Stub(0xaa64, 2, `<launcher_dir>\`),
	}}
}

// Stub is a program for a machine and subsystem (Microsoft "PE Format") with one section, which holds a text.
func Stub(machine, subsystem uint16, text string) string {
	const at, optional, section = 0x40, 96, 0x200
	le := binary.LittleEndian
	b := make([]byte, section)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], at)
	copy(b[at:], "PE\x00\x00")
	le.PutUint16(b[at+4:], machine)
	le.PutUint16(b[at+6:], 1) // sections
	le.PutUint16(b[at+20:], optional)
	le.PutUint16(b[at+24+68:], subsystem)
	table := b[at+24+optional:]
	copy(table, ".text")
	var body []byte
	for _, u := range utf16.Encode([]rune(text)) {
		body = le.AppendUint16(body, u)
	}
	le.PutUint32(table[16:], uint32(len(body)))
	le.PutUint32(table[20:], section)
	return string(append(b, body...))
}
