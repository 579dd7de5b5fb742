package launcher

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path"
	"strings"

	"github.com/chandlery-go/chandlery/venv/wheel"
)

// posixHead is of the shell; to Python it is a comment and a string. python is relative to the folder that the launcher lies in. The kernel takes no relative interpreter, as it
// would count from the folder that a user happens to be in. realpath is not everywhere.
func posixHead(python string) string {
	return "#!/bin/sh\n" +
		`""":"; p=$0; while [ -h "$p" ]; do l=$(readlink -- "$p"); case $l in /*) p=$l;; *) p=$(dirname -- "$p")/$l;; esac; done` + "\n" +
		`exec "$(dirname -- "$p")/` + python + `" "$0" "$@" #"""` + "\n"
}

// windowsLine is the line that a stub reads: \ separates folders. A path with spaces is quoted as a whole.
func windowsLine(python string, gui bool) (string, error) {
	if gui && path.Base(python) == "python.exe" {
		python = path.Join(path.Dir(python), "pythonw.exe")
	}
	python = `<launcher_dir>\` + strings.ReplaceAll(python, "/", `\`)
	if strings.Contains(python, " ") {
		python = `"` + python + `"`
	}
	line := "#!" + python + "\n"
	if len(line) > MaxShebang {
		return "", fmt.Errorf("the line that names its interpreter has %d bytes, at most %d (L5): choose a nearer one", len(line), MaxShebang)
	}
	return line, nil
}

// program is what Python runs: the zip's __main__.py, or what follows the shell's lines. up leads from the launcher's folder to the libraries': that of the
// file itself, where a symbolic link was started.
func program(p wheel.EntryPoint, up string) string {
	first, _, _ := strings.Cut(p.Attr, ".")
	return `import os, sys
if __name__ == "__main__":
    here = os.path.dirname(os.path.realpath(sys.argv[0]))
    libraries = os.path.normpath(os.path.join(here, "` + up + `"))
    if libraries not in sys.path:
        sys.path.append(libraries)
    if sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    from ` + p.Module + ` import ` + first + `
    sys.exit(` + p.Attr + "())\n"
}

// zipOf is a zip of one stored file (APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.3.16). Its addresses count from its own beginning, as stubs want it. archive/zip is not used, as which
// flags and versions it writes may change with a release of Go.
func zipOf(name, body string) []byte {
	le := binary.LittleEndian
	var common []byte // what the two headers share
	for _, v := range []uint16{20, 0, 0, 0, 1<<5 | 1} {
		common = le.AppendUint16(common, v) // version, flags, stored, 00:00:00, 1980-01-01
	}
	for _, v := range []uint32{crc32.ChecksumIEEE([]byte(body)), uint32(len(body)), uint32(len(body))} {
		common = le.AppendUint32(common, v)
	}
	common = le.AppendUint16(common, uint16(len(name)))
	common = le.AppendUint16(common, 0) // extra fields

	b := append(le.AppendUint32(nil, 0x04034b50), common...)
	b = append(append(b, name...), body...)
	directory := len(b)
	b = le.AppendUint16(le.AppendUint32(b, 0x02014b50), 20) // made by: a file system without modes
	b = append(b, common...)
	b = append(b, make([]byte, 14)...) // comment, disk, attributes, the local header's address
	b = append(b, name...)
	size := len(b) - directory
	b = append(le.AppendUint32(b, 0x06054b50), 0, 0, 0, 0, 1, 0, 1, 0)
	b = le.AppendUint32(le.AppendUint32(b, uint32(size)), uint32(directory))
	return le.AppendUint16(b, 0)
}
