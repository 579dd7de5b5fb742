// Package build makes wheels of sdists (PEP 517) in isolated environments of its own.
//
//	b := &build.Builder{Index: client, Fetcher: fetcher, Python: found, Cache: dir}
//	defer b.Close()
//	platform, err := found.Platform("this machine")
//	solver := &resolve.Solver{Index: b.For(platform)}                     // Policy.Sdists: true
//	resolution, err := solver.Resolve(ctx, request)                       // an sdist has metadata
//	resolution, err = b.Wheels(ctx, resolution)                           // an sdist has a wheel
//	installer := &venv.WheelInstaller{Fetcher: b}
//
// # What a build may do
//
// A build runs the code that the sdist brings, and that of its build requirements, as the user who runs this program: it may read and write whatever
// that user may, and use the network. Isolation here is for a right result, not against an evil sdist: who wants the latter runs the whole
// program in a container. So it is the caller who decides that sdists are built at all: by a request's Policy.Sdists, by giving a Builder in place of
// an Index, and by the index and the hashes that the sdist is taken from. A Builder without Python never runs anything.
//
// What it does not do: run an sdist's code for a target that Python is not of (For, Suits); run it to learn metadata that the sdist states as final;
// install anything outside its own folders; hand environment variables of this process on.
//
// # The sdist
//
// An sdist is a .tar.gz, formerly a .zip, of one folder (PyPA "Source distribution format"). It is hostile until checked:
//
//   - S1 Names are relative, without "..", backslash or NUL, and such as this system can have (no colon on Windows). "./a" is a.
//   - S2 All entries lie in one folder at the top, whose name begins with the project's, in whatever spelling.
//   - S3 Files, folders and links only: no device, pipe, socket or sparse file. Modes are 0644 or 0755.
//   - S4 Links lead to something within the top folder, however many links they pass on their way. They are made when all files stand, so that
//     nothing is written through one. A hard link is a copy of a file that stood before it.
//   - S5 No file stands twice, and none is also a folder.
//   - S6 Limits: MaxFiles, MaxUnpacked, MaxDepth, MaxName.
//
// A zip is held to the rules of internal/archive, which are stricter, and to S2. Everything is written below an os.Root. All violations end the reading
// of the sdist with a *SdistError.
//
// # Metadata
//
// PKG-INFO is believed where its Metadata-Version is 2.2 or later and Requires-Dist, Requires-Python and Provides-Extra are not dynamic (PEP 643).
// Else the backend's prepare_metadata_for_build_wheel tells, and where it has none, the built wheel. Wheels checks that the wheel asks for what
// the metadata said, rather than to hand the prepared folder on: a wheel is then the same whether or not its metadata was asked for before.
//
// # The build
//
//  1. pyproject.toml says which backend and which requirements (PEP 518); without it, or without a build-backend, it is setuptools on setup.py
//     (PEP 517, "Source trees"): LegacyBackend, LegacyRequires.
//  2. The requirements are resolved for the interpreter's own platform, sdists included: those are built first. A cycle is a *CycleError.
//  3. An environment is made with exactly these; builds that ask for the same share it until Close.
//  4. get_requires_for_build_wheel may ask for more: then all are resolved together, and another environment is made where the answer differs.
//  5. build_wheel runs in that environment: a process group of its own, a time limit, a home and a temporary folder of its own, PATH, locale, time
//     zone, hash seed and SOURCE_DATE_EPOCH fixed, no other variable but those of Builder.Environ. When it ends, for whatever reason, its group is killed.
//  6. The wheel is opened, its RECORD verified; its name and version must be the sdist's, and its tags the interpreter's.
//
// # Cache
//
// What is learned of an sdist without a build (its PKG-INFO, its pyproject.toml, whether it has a setup.py) is kept under its sha256, which is taken of the bytes for that: an sdist that the index names by
// this hash alone is then neither fetched nor unpacked to learn the same. To be built it is fetched, verified and checked as ever.
//
// A wheel is kept under the sdist's sha256, the interpreter, and the versions and hashes of the build requirements, so that a new setuptools means a new
// build. Any number of processes may use one folder at once without locks: every file is written aside and renamed, and is checked when it is read.
// Deleting the folder, or anything in it, is always safe while no Resolution names its files. Environments and builds lie in a temporary folder until Close; only
// a process that is killed leaves it behind.
package build
