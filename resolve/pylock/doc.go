// Package pylock reads and writes what says exactly what to install: lock files (pylock.toml), and pip's requirements and constraints files.
//
//	lock := pylock.New(resolution)               // before sdists become wheels
//	text, err := lock.Marshal()
//	lock, err = pylock.Parse(text)
//	resolution, err = lock.Resolution(platform, pylock.Selection{Dir: folder})
//
// # Lock files
//
// The format is PyPA's "pylock.toml Specification" (PEP 751), version 1.0: TOML whose names the types of this package bear. What Parse holds a file to:
//
//   - lock-version is 1.x. In 1.0 a key that the specification does not have is an error; in a later one it is listed in Lock.Unknown, for a warning.
//   - created-by and packages are there; types are the specification's.
//   - names are normalised; versions, specifiers and markers are valid; wheels and sdists are named as such, after the package, and bear its version.
//   - a package has one source: vcs, directory or archive, or an sdist or wheels or both. Each of these but directory has a url or a path.
//   - hashes has an entry for every file, and what its algorithm is known to give: 64 hexadecimal digits for sha256. upload-time is UTC.
//
// A lock of New is for one platform: environments names what the resolution rests on, requires-python the minor version, and packages have no markers. Merge makes one for
// several: an entry that not all platforms have bears a marker that is true for those which do and false for the others, or there is no such lock and an error says why.
// A Resolution is the way back: it follows the specification's "Installation" offline, and names no other file than what the lock has.
//
// # Requirements and constraints files
//
//	reader := &pylock.RequirementsReader{Getenv: os.Getenv}
//	asked, err := reader.Read([]string{"requirements.txt"}, []string{"constraints.txt"})
//	index := asked.Restrict(client)              // --hash, --no-binary, --only-binary
//
// The format is pip's ("Requirements File Format"): a requirement or options in a line, comments, lines continued by a backslash, ${NAME} for a variable of the
// caller's Getenv. A wheel's or sdist's path or address stands for name @ URL, the name being the file's (ParseRequirement); a path counts from the working directory, as in
// pip. Text is UTF-8, with or without byte order mark, or UTF-16 with one. Of the options
//
//   - read are -r and -c (from the folder of the file that names them, or from its address; no cycles), --hash, --index-url, --extra-index-url, --no-index,
//     --find-links (folders), --no-binary, --only-binary, --pre and --require-hashes;
//   - refused by name are all others: -e, --prefer-binary, --no-require-hashes, --all-releases, --only-final, --trusted-host, --use-feature and
//     --config-settings.
//
// Files at addresses are read where the caller gives a Fetch. They may name other addresses and indexes; they are told no variables, and name no file or folder of this
// machine: pip does both.
//
// As in pip, a constraints file that has -r takes in requirements, and once a --hash or --require-hashes is there everything that is installed needs hashes
// (CheckHashes, which compares what was asked for by address too). Other than in pip nothing is passed over in silence: pip ignores what follows an option's value, options behind a requirement that are not its
// own, a second -r in a line and a --hash without a requirement, takes short forms of options (--req), leaves ${NAME} in place where it is not set, and installs
// from folders, version control and archives whose names say no project; here these are errors, all in one answer, each with file and line. pip asks that a requirement with hashes is
// pinned by ==; here the hashes alone say which file it may be. They are compared with what the index tells, so that an index must know the algorithm.
//
// # Text out of our hands
//
// Parse reads MaxLock bytes at most, MaxKeys keys of one table and MaxDepth levels, so that time and memory stay bounded whatever it is given. Marshal
// writes keys in the specification's order and sorts what has none, so that equal locks are equal bytes. A Read takes in MaxRequirements bytes, MaxLines
// requirements and MaxIncludes files, and reports MaxProblems lines.
package pylock
