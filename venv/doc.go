// Package venv makes virtual environments and installs distributions into them, all or nothing.
//
//	env, err := (&venv.Builder{}).Create(ctx, venv.Spec{Root: "/opt/venvs/demo", Python: interpreter})
//	installed, err := env.Installed(ctx)
//	plan, err := venv.NewPlan(installed, resolution, false)
//	change, err := (&venv.WheelInstaller{Fetcher: client, Store: cache}).Apply(ctx, env, plan)
//	err = change.Commit(ctx) // or change.Rollback(ctx)
//
// # Environments
//
// Create makes what `python -m venv --without-pip` of that interpreter's version makes, without running Python (PEP 405): folders by the interpreter's own venv scheme,
// lib64 as a link to lib on 64-bit Linux, pyvenv.cfg with the keys of that version, the interpreter as a link or a copy under the names of that version, and the
// activation scripts, whose templates are read from the interpreter's standard library. CPython 3.7 and later. The environment is built beside its place and appears by a
// rename; what a killed Create left is removed by the next one in that folder.
//
// # Installing
//
// Apply brings the whole set of a Plan, in this order: it fetches what the store has not, verifies each wheel against its RECORD once per sha256 and unpacks it into the
// store, lays the files of each out, while others come, in a staging tree below the environment (StateFolder), checks that no two distributions claim one path, writes launchers and
// RECORDs, checks that nothing that stays is in the way, and switches by one journalled transaction (internal/txn). Until then nothing of the environment is touched.
//
//   - Files come from the store by reflink, hard link or copy. What the environment may rewrite (scripts with an interpreter's path, RECORD, INSTALLER) is never linked.
//     A hard-linked file that is edited in place in one environment differs in all; the store notices by time and size, and unpacks the wheel anew.
//   - A script of .data/scripts that begins with "#!python" gets the environment's interpreter (PyPA "Binary distribution format", "Installing a wheel"). console_scripts and
//     gui_scripts become launchers; scripts of the same name that the wheel brings for old installers are left out, as pip does. A "#!" line that is too long for the kernel, or whose
//     path has spaces, starts the interpreter through /bin/sh.
//   - INSTALLER, REQUESTED and direct_url.json (PEP 610) are written; RECORD lists all that was installed, with sha256 and size, and bytecode without, as pip does.
//   - Uninstalling takes exactly what RECORD lists below the environment, the bytecode of its modules, and the folders that are empty then. What another distribution
//     owns too, and the environment's own files (pyvenv.cfg, the interpreter, activation scripts), stay. What has no RECORD, or is an egg, cannot be removed: that is an error.
//
// # What is believed
//
// NewPlan believes what is installed by its .dist-info: one of the wanted version stays, and none of its files is read (wheel.Installed.Check hashes them, for who asks). A wheel of the store was verified when it was unpacked,
// and its sha256 vouches for that verdict; before files are taken from it each is held to the size and the time of change that it had, and nothing is hashed again. What an interpreter says of itself may be kept (OpenWith),
// and is held to the files that it was said by. Nothing else is kept between runs.
//
// All that a change brings is made durable by one sync of the file system before the first rename, its journal with it (of a large one the disk has written most by then, as it is told to while files are laid out); the renames are made durable before the journal goes, and Commit's one removal after. That is what an installation costs
// beside one that promises nothing.
//
// # Kills
//
// An applied Change holds the environment's lock and can be taken back until Commit. Whatever kills the process, Recover, which is safe and cheap at every start, leaves the environment
// as it was before Apply, byte for byte, unless Commit had begun to answer: an Apply whose Commit never came is rolled back. StateFolder stays, with a lock file in it.
package venv
