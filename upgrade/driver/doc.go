// Package driver finds the releases of a component that a vendor's driver runs on.
//
//	tree, err := driver.Open(ctx, driver.Source{Path: "rbd.py", Index: ix})    // the files, each under the name that it has once installed
//	d, err := driver.Read(ctx, tree, reader, ix)                               // what they ask of their host
//	current, err := driver.Installed(ctx, sites, "cinder", reader)             // what is installed now, from its files
//	in, err := driver.Infer(ctx, driver.Question{Driver: d, Index: ix, Current: current})
//	err = in.WriteText(os.Stdout)
//
// Picker does all of that for an upgrade, and leaves to a policy which of the feasible releases is taken. Learn says what the errors of a service's log show about the version: a lower bound, an upper bound, or, as most do, nothing.
//
// Nothing of the driver is ever run. Its text is hostile until read: files, bytes and entries are bounded (MaxFiles, MaxFile, MaxText, MaxEntries, MaxUnpacked, MaxNeeds), links out of a folder are not followed.
//
// # Where a driver belongs
//
// A driver is judged under the names that its files have once they are installed, since relative imports start there and its modules lie on top of the release's. Open takes the first of these that says something:
//
//  1. The folders: what lies in …/cinder/volume/drivers/x/y.py is cinder.volume.drivers.x.y, and what lies below … beside it is placed likewise. Roots are the places of drivers of each component.
//  2. A vendor's package of its own top-level name, of a wheel, an sdist or a project's folder, stays as it is.
//  3. The class as the configuration names it (volume_driver). A single file of another name is taken for the class's module.
//  4. The absolute imports that the driver's files make of each other.
//  5. The releases: a module of that file name below a root of drivers; of several, the one whose classes the file defines.
//  6. Else the component's usual root: cinder.volume.drivers.<file>, or that of backups or zone managers where their bases are imported.
//
// Where a class is named, only what its module leads to is read. Of a single file, what it imports from its own folder counts too, if no release has it. Tests, hidden folders and caches are not read. A whole component with all its drivers is refused unless the class is named.
//
// # What is inferred
//
// Every release is judged for itself. Changes are taken back to older series, each at its own time, so satisfaction is not monotone: neither bisecting nor the series tell.
//
//   - A release is feasible if it lacks nothing. What cannot be told (api.Unknown) speaks neither for nor against it. A guarded need is not judged; a late one counts like any other, and is told apart: a release that lacks late
//     needs alone starts cleanly and fails when they are called.
//   - A symbol that no release below X has, and X has, is a floor; one that the releases from X on have no more is a ceiling; one that no release has makes the driver unsatisfiable. A release that lacks what an older and a newer one have
//     is a hole.
//   - What is asked of a library (os-brick) is judged with the version that a release's series pins. So a library's symbol bounds the component, and the witness names the library's versions that have it.
//   - What is installed counts by its own files in place of the release whose version it has.
//   - A distribution that a driver imports is no evidence for a release: what a release does not install can be added. Inference.SDKs lists it.
//   - An unsatisfiable driver has a Conflict: a smallest set of symbols that no one release has together.
//
// # The JSON of an Inference
//
//	component, files, classes  what was judged
//	confidence                 upgrade.Inferred
//	feasible                   runs of neighbouring releases that lack nothing: from, to, count, newest (to is the newest release known)
//	floor, ceiling             version, series and witnesses: what the release right below the lowest feasible one lacks, or the one right above the highest
//	bounds                     op (>= or <), version, series, witness, holes (versions on the right side that lack it all the same)
//	nowhere, otherwise         witnesses of what no release has; and what would be feasible without them
//	flaws                      witnesses of what no release has, but which are asked for only when they are called: for and against none
//	conflict                   of an empty feasible, bounds; op is "" for what no release has
//	current                    the installed release: version, series, feasible, late, unknown, missing (witnesses)
//	releases                   each release: version, series, installed, feasible, unknown, missing (symbols)
//	distributions              name, module, where, guarded, present, with_driver, extra, required (runs of releases)
//	needs, untold, guarded     counts: judged; of these, those of which no release could tell; not judged
//
// A witness has symbol, kind (api.NeedKind), where (file, line, late), late, and of a library's symbol library: distribution, from, before, nowhere. Fields that are empty, zero or false are left out where the list of them says nothing else.
package driver
