// Package tag knows the compatibility tags of wheels (PEP 425, "Compatibility tags for built distributions"): it reads those of a file
// name, and lists those that an interpreter takes on any platform, without that interpreter at hand.
//
// A tag is interpreter-ABI-platform. A file name may compress several into one: each part is a list with dots between, and the product of
// the lists is meant ("Compressed tag sets").
//
// # The list of a target
//
// A target is a CPython 3 and a platform tag. Its list is ordered, best first, and equals that of `packaging.tags.sys_tags` (packaging
// 26.3) for such an interpreter:
//
//  1. its own ABI, for each platform: cp39-cp39-…; up to Python 3.7 the ABI has an m (pymalloc): cp37-cp37m-…
//  2. the stable ABI: cp39-abi3-…; a free-threaded interpreter takes abi3t instead (PEP 803) and never abi3
//  3. no ABI: cp39-none-…
//  4. the stable ABI of older minor versions, down to 3.2: cp38-abi3-…, …, cp32-abi3-…
//  5. any Python of that language version, for each platform: py39-none-…, py3-none-…, py38-none-…, …, py30-none-…
//  6. without platform: cp39-none-any, py39-none-any, py3-none-any, py38-none-any, …, py30-none-any
//
// So an older interpreter's wheel fits only where its ABI is the stable one, or where it needs no ABI and names py rather than cp.
//
// # Platforms
//
// The platform tag is a floor: the oldest system that the target must run on. What needs a newer one is not in the list.
//
//   - Windows: win32, win_amd64 and win_arm64 take their own alone.
//   - macOS 10.x: each minor version from the floor down. An x86_64 machine takes x86_64, intel, fat64, fat3, universal2 and universal, down to 10.4.
//   - macOS 11 and later: the major versions from the floor down to 11, each with minor 0 alone, as CPython and the tools that build wheels
//     name them; then 10.16 down to 10.4, of which arm64 takes universal2 alone. macOS went from 15 to 26; tags 16 to 25 are listed, since
//     a process that was built against an older SDK is told 16.
//   - glibc: linux_ARCH first, then manylinux_2_N_ARCH from the floor down to 2_5 (x86) or 2_17 (others); after 2_17, 2_12 and 2_5 their
//     aliases manylinux2014, manylinux2010 and manylinux1 (PEP 600, "Legacy manylinux tags").
//   - musl: linux_ARCH, then musllinux_1_N_ARCH from the floor down to 1_0 (PEP 656).
//   - linux_ARCH says nothing of a C library: it takes linux_ARCH alone.
//   - any: only what needs no platform.
package tag
