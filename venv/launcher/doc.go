// Package launcher makes the programs that start console_scripts and gui_scripts (PyPA "Entry points specification", "Use for scripts") on another machine than this
// one: the bytes depend on nothing of this host, and nothing is run.
//
//	stubs, err := launcher.ReadStubs(ctx, wheel, wheel.Size(), "distlib-….whl")      // for Windows alone
//	target, err := launcher.NewTarget("../python.exe", "win32", "win_amd64")         // the interpreter as seen from the libraries' folder
//	files, err := target.Make(entryPoints, wheel.FlatScheme(), stubs)                // bin/NAME.exe
//	tree, err := opened.LayoutWith(wheel.FlatScheme(), "chandlery", files)           // in RECORD with all else
//
// A launcher finds its interpreter by a path relative to itself, so that the folder may lie, and be moved, anywhere. What it starts sets sys.argv[0] to its own path without
// ".exe", adds the folder of the libraries behind sys.path where it is not there, and ends with sys.exit(module.attr()).
//
// # macOS and Linux
//
// A launcher is bin/NAME: a script that is of the shell up to its third line, and to Python begins with a string that nobody takes. The shell follows symbolic links from the
// launcher's own name to its folder, and puts the interpreter in its place.
//
// # Windows
//
// A launcher is bin/NAME.exe, three things one behind the other: a stub, which is a program of somebody else's; the line "#!<launcher_dir>\..\python.exe"; and a zip whose
// __main__.py is run, with no bytes but those of its file, dated 1980-01-01. The stub starts the interpreter of the line with its own path as the first argument, and Python
// runs the zip at the end of it. Chandlery ships no program: stubs come out of a wheel that has them, which is to be one of a hash that the user knows. distlib is such a wheel, pip another.
//
//   - L1 The wheel keeps the rules of venv/wheel and its RECORD is true. Each stub is there once, in whatever folder: t32.exe, t64.exe and t64-arm.exe of the console, and
//     w32.exe, w64.exe and w64-arm.exe without one.
//   - L2 A stub is at most MaxStub bytes and a program (PE) for the machine and of the kind that its name says (Microsoft "PE Format").
//   - L3 Its sections reach to its end: nothing is appended to it, a signature no more than an archive, which would be broken or be taken for ours.
//   - L4 It knows "<launcher_dir>\", the sign of an interpreter relative to the launcher. Stubs that do not would look in the folder that a user happens to be in.
//   - L5 The line has at most MaxShebang bytes, as stubs read 260 with its end.
//
// 32-bit stubs run on every Windows, as what they start is another process. So a target of several kinds of machine gets these, and one launcher serves all.
package launcher
