// Package dist is the vocabulary of distributions: what an index offers, how files are named, what their metadata says and
// how their bytes are fetched.
//
// # File names
//
// A wheel is {name}-{version}[-{build}]-{python tags}-{abi tags}-{platform tags}.whl (PyPA "Binary distribution format"). Each tag part may be
// a compressed set, its members joined by dots (PEP 425, "Compressed Tag Sets"): cp310.cp311-none-win32.win_amd64 stands for four tags. The
// build tag starts with a digit and orders files of one version and tag. In the name every run of -, _ and . is written as one _.
//
// An sdist is {name}-{version}.tar.gz, formerly also .zip (PyPA "Source distribution file name"). Old ones keep dashes in the name and in the
// version, so that foo-1.0-2.tar.gz is foo 1.0.post2 on foo's own page, and 2 of foo-1-0 to whoever knows the file name alone: see
// ParseFilename and ParseFilenameOf.
//
// What ParseFilename accepts is what packaging.utils.parse_wheel_filename and parse_sdist_filename of `packaging` 26.3 accept,
// up to MaxFilename bytes and with what package tag says of tags, which are ASCII.
//
// # Core metadata
//
// METADATA and PKG-INFO are a block of RFC 822 headers, then an empty line and a text that is nobody's business here (PyPA "Core metadata
// specifications"). Field names ignore case; a line that begins with a space or a tab continues the one before it. Name, Version, Requires-Dist,
// Requires-Python, Provides-Extra, Dynamic and Metadata-Version are read, all else is passed over.
//
// # Bytes
//
// An Artifact says where a file is and what it must hash to; a Fetcher brings it as a Blob, verified in full. Verifier is the check that all
// Fetchers share.
package dist
