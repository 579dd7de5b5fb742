// Package python finds Python interpreters and asks them what they are.
//
//	found, err := python.Find(ctx, "3.11", path)      // or a path, or a name
//	platform, err := found.Platform("this machine")   // what resolve resolves for
//
// An interpreter is run once, isolated from its user's settings (-I), with a small program (probe.py) that prints a line of JSON behind a word that
// it is given. What it prints is hostile until checked: its length is bounded, strings are limited and without control characters, versions must be
// versions. CPython 2.7 and 3.6 and later answer, and so does PyPy; that a virtual environment or a Platform cannot be made of one of them is said
// where it is asked for.
//
// Starting an interpreter takes a tenth of a second. A Prober with a Folder keeps answers, and holds each to the files that it was made of before it counts again.
//
// # The platform tag
//
// It is the newest that the machine admits, as `packaging.tags` finds it, so that the tags of the interpreter are packaging's:
//
//   - Linux with glibc: manylinux_MAJOR_MINOR_ARCH of the C library's own version (confstr CS_GNU_LIBC_VERSION); with musl, musllinux of the version that
//     the loader named in the executable's PT_INTERP prints (PEP 656, "Detection"); with neither, linux_ARCH. A 32-bit interpreter on a 64-bit machine has the 32-bit ARCH.
//   - macOS: the system's version; from 11 on the minor is 0. A build that is told 10.16 asks again with SYSTEM_VERSION_COMPAT=0.
//   - Windows: sysconfig.get_platform().
package python
