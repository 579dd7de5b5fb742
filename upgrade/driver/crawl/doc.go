// Package crawl builds an api.Index out of a package index: what every final release of a component offers to a driver, and what the libraries beside it offer.
//
//	plan, err := crawl.PlanOf(ctx, "cinder", release.Embedded())
//	c := &crawl.Crawler{Index: client, Fetcher: fetcher, Reader: reader, Cache: dir}
//	index, report, err := c.Update(ctx, plan, old)
//
// # What is read
//
// A Plan names the releases: those that the releases data list, never what an index has besides (date versions such as 2012.2 sort above all others, and a release that the data do not know has no constraints). Of the libraries
// it has the versions that the upper-constraints of the plan's series pin.
//
// A release is read from its wheel, else from its sdist; yanked files do not count. Every file is verified by its sha256 before it is opened, and is held to the limits of room internal/archive and to those here. Of it are read
// the Python files, METADATA (PKG-INFO of an sdist) and entry_points.txt. Nothing is installed, imported or run.
//
// What is there but not read stands in the Index as a module that is Dynamic, so that nothing is said to be missing from it: tests, what Plan.Skip names, extension modules, and files that cannot be parsed.
//
// # Registered names
//
// A class that registers itself (its decorator ends in Registry.register or Registry.register_if) is set as an attribute of the package that its file lies in when that file is imported: cinder.objects.Volume is
// cinder.objects.volume.Volume. Such names are put into the package as aliases.
//
// # Again and again
//
// Releases differ in a few files, so each text is parsed once, whatever number of releases has it under the same dotted name. With a Cache that holds between runs, too: a release whose file was read before is not fetched again,
// and neither is one that the old Index has. A Cache may be deleted at any time; what an earlier pyast.Revision read is not found in it, while an old Index is taken as it is. A release that cannot be read is left out and reported, and the rest goes on. When the context ends, what was read so far stays in the Cache.
package crawl
