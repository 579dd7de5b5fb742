package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFindMissing(t *testing.T) {
	for _, c := range []struct{ output, kind, name string }{
		{"building 'x' extension\nerror: command 'x86_64-linux-gnu-gcc' failed: No such file or directory\n", "compiler", "x86_64-linux-gnu-gcc"},
		{"unable to execute 'gcc': No such file or directory\nerror: command 'gcc' failed with exit status 1", "compiler", "gcc"},
		{"error: command '/opt/bin/clang-14' failed: No such file or directory", "compiler", "/opt/bin/clang-14"},
		{"/bin/sh: 1: cc: not found\n", "compiler", "cc"},
		{"error: Microsoft Visual C++ 14.0 or greater is required. Get it with", "compiler", "Microsoft Visual C++ 14.0"},
		{"../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc']]", "compiler", "cc"},
		{"netifaces.c:1:10: fatal error: Python.h: No such file or directory\n    1 | #include <Python.h>\ncompilation terminated.\nerror: command '/usr/bin/gcc' failed with exit code 1", "header", "Python.h"},
		{"c/_cffi_backend.c:15:10: fatal error: 'ffi.h' file not found", "header", "ffi.h"},
		{"x.c(3): fatal error C1083: Cannot open include file: 'openssl/ssl.h': No such file or directory", "header", "openssl/ssl.h"},
		{"/usr/bin/ld: cannot find -lpq: No such file or directory", "library", "pq"},
		{"ld: library not found for -lxml2", "library", "xml2"},
		{"  File \"subprocess.py\", line 1953, in _execute_child\n    raise child_exception_type(errno_num, err_msg, err_filename)\nFileNotFoundError: [Errno 2] No such file or directory: 'pg_config'", "program", "pg_config"},
		{"building 'x' extension\ngcc -c x.c\nerror: [Errno 2] No such file or directory: 'gcc'", "compiler", "gcc"},
		{"/bin/sh: line 1: mysql_config: command not found", "program", "mysql_config"},
		{"sh: 1: swig: not found", "program", "swig"},
		{"error: command 'swig' failed: No such file or directory", "program", "swig"},
		{"Traceback (most recent call last):\n  File \"setup.py\"\nModuleNotFoundError: No module named 'pkg_resources'\n", "module", "pkg_resources"},
		{"ImportError: No module named numpy.distutils", "module", "numpy.distutils"},
		{"ModuleNotFoundError: No module named 'Cython'\n\nDuring handling of the above exception, another exception occurred:\n\nModuleNotFoundError: No module named 'pbr'", "module", "pbr"},
		{"ModuleNotFoundError: No module named 'Cython'\nbuilding without it\nerror: command 'gcc' failed: No such file or directory", "compiler", "gcc"},
		{"FileNotFoundError: [Errno 2] No such file or directory: 'README'", "", ""},
		{"error: [Errno 2] No such file or directory: 'README.rst'", "", ""},
		{"error: command 'gcc' failed with exit status 1", "", ""},
		{"the file was not found", "", ""},
		{"", "", ""},
	} {
		got := findMissing(c.output)
		if c.kind == "" {
			assert.Nil(t, got, c.output)
			continue
		}
		if assert.NotNil(t, got, c.output) {
			assert.Equal(t, Missing{MissingKind(c.kind), c.name}, *got, c.output)
			assert.Contains(t, got.String(), c.name)
		}
	}
}

func FuzzFindMissing(f *testing.F) {
	f.Add("error: command 'gcc' failed: No such file or directory")
	f.Fuzz(func(t *testing.T, output string) {
		if m := findMissing(output); m != nil {
			assert.NotEmpty(t, m.Name)
			assert.NotEmpty(t, m.String())
		}
	})
}
