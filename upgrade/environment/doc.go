// Package environment makes the virtual environment of an upgrade's target, from Go, without pip: the default upgrade.Provisioner and upgrade.Lister.
//
//	p := &environment.Provisioner{Index: client, Fetcher: fetcher, Cache: "/var/cache/x/built", Store: "/var/cache/x/store", Pythons: found}
//	resolution, err := p.Resolve(ctx, wanted)           // the component == its target, under upper-constraints, sdists built
//	env, err := p.Provision(ctx, wanted, resolution)    // at wanted.Root, its lock beside it
//
// # What an environment consists of
//
//   - The component in exactly the target's version, what the live configuration implies (PyMySQL for mysql+pymysql://), what was learned (Target.Extra) and Provisioner.Extra, with all
//     dependencies, under the series' upper-constraints. Those are no lock: what they do not name floats, but for DefaultConstraints, so the whole is written down (below). What
//     has no wheel is built (venv/build), which runs the code of its sdist.
//   - The host's bindings (Component.Host.Bindings: rbd, rados), which no index has: each is linked by itself, extension and metadata, from the library folders of the host. System site
//     packages stay off: they would bring the old libraries with them. A binding that the host lacks is a Note, as not every driver needs it. A wheel's module of that name wins.
//   - The vendor's files (Provisioner.Files), over what the wheels bring. RECORD says so, so that what is installed stays provable.
//   - Bytecode, as services run as users who cannot write it. All is readable for everybody (0755, 0644), whatever the umask.
//
// # The interpreter
//
// The real environment's own comes first, then Provisioner.Pythons in their order; one that the target's Requires-Python does not admit is passed over. Of the rest the first counts that
// can load every binding which the host has at all: rbd.cpython-311-x86_64-linux-gnu.so is for CPython 3.11 alone, rbd.abi3.so and rbd.py for any. Where none can, it is the first, and a
// Note says so.
//
// # Whole or not
//
// Scripts hold the environment's path, so it is made in its final place, and a kill may leave a part of it there. What counts is the lock beside it, <root>.lock.toml (LockPath): it is
// written last, after all else is durable, and removed first. So what has no lock is no environment, to this package and to whoever asks for LockPath before using one; the next
// Provision removes it. In order:
//
//  1. <folder>/.<base>.guard is locked: one process at a time makes an environment. The file stays.
//  2. What a kill left aside is deleted.
//  3. An environment with a lock of the same text, whose interpreter answers, whose distributions are those of the resolution, whose every file is as RECORD says (hashed) and whose
//     links lead where they are to lead is kept. If that cannot be told, as a disk does not answer, the error is returned and nothing is removed.
//  4. Else the lock is removed, what is there renamed aside, then deleted. Only a folder with a pyvenv.cfg, or an empty one, is ever removed, and never the one that runs now.
//  5. The environment is created, the wheels are installed in one transaction (venv), files are put, bindings linked, modes set; all is synced.
//  6. The lock is written.
//
// A failure in 5 or 6 removes what was made.
//
// # The lock
//
// It is a PEP 751 lock file of what was resolved: versions, addresses without user info and query, hashes; of a wheel that was built here, the sdist. [tool.chandlery] adds
//
//	schema, component, target, series, bytecode
//	interpreter  path, version, suffix (of its extension modules)
//	built        name, sdist, wheel, sha256 of the wheel
//	bindings     name, link (below the library folder), target
//	files        from, to (below the library folder), size, sha256
//
// The same wish gives the same text, byte for byte: that is how one knows that an environment is as wanted.
//
// # The vendor's own component
//
// VendorPicker is an upgrade.TargetPicker whose target is a wheel, an sdist or a source tree of the vendor's. A tree is packed into an sdist, reproducibly, and built like any other.
package environment
