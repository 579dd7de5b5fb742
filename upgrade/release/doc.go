// Package release decides the version to move to from a platform's own releases: OpenStack's releases repository (series_status.yaml and the
// deliverables) and the upper-constraints of each series.
//
// Why not the newest version on the index: date versions (2012.2) sort above 28.0.0, an index may be ahead of the releases data, and a version without
// its series' upper-constraints is untested. So a target is a final release that a deliverable file lists, of a series whose status and place in the support window
// the policy admits, that the index has for this interpreter, greater than the current one.
//
// The rules of the data:
//
//   - A series is known by its codename (epoxy, the folder of its deliverables) and, from 2023.1 on, its release-id (2025.1). YAML would read 2025.1 as a
//     number: values are taken as they are written.
//   - Versions with a, b or rc are no releases, nor are tags that end with -eol, -eom, -em or -last.
//   - Upgrades go from a series to the next one, or from one SLURP series to the next SLURP series (Path).
//   - upper-constraints lines are NAME===VERSION with an optional marker; services are not listed in them.
package release
