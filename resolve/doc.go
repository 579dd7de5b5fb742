// Package resolve finds the complete set of distributions that a request needs on a target platform, from any host: no Python is asked.
//
// [Solver] is the default [Resolver]. It reads an [Index] and takes the [Platform] as data: tags, marker values and the interpreter's full version. All is decided
// by value for that platform: a marker is true or not (or unknown, which counts as true and is noted in the [Reason]), Requires-Python is
// tested as a whole specifier, both the index page's and the metadata's.
//
// # Several variants
//
// A platform may have several variants, as Windows has 32-bit and 64-bit interpreters. A project has one version for all of them; each variant has its own file of it,
// with that file's own metadata, and its own markers. A project that only one variant needs has to suit only that one; [Pin.Files] says which.
//
// # What may be chosen
//
//   - A version that has a file for every variant that needs it ([Candidates]), of a kind that the policy admits ([Formats]), uploaded in time
//     ([Policy.ExcludeNewer]), whose metadata is valid and admits the platform's Python.
//   - A yanked one only where a requirement in force pins it with == or === (PEP 592). Then the other requirements have it too, provided that the
//     pin is the request's or was met in the survey (below).
//   - A pre-release as PEP 440 has it: in its place by version where a requirement in force names one; else only after every final release, and not where a
//     final release satisfies all requirements in force. [Policy.Prereleases] can allow them, in their place by version, or forbid them.
//   - What is required by address (PEP 440, "Direct references") never. A requirement on a project that the index does not know excludes who requires it.
//   - An extra that a version does not provide asks for nothing; [Pin.UnknownExtras] lists it, as pip warns of it.
//
// Constraints limit what is chosen anyhow. Overrides replace every requirement on their project. What the [Policy] says of a single project stands in place of what it says
// of all.
//
// # The preferred solution
//
// Of many solutions one is defined to be the answer, so that it can be computed by other means and compared:
//
//  1. The survey ranks projects. In rounds from the request on, it takes for every project the first release of its preference (newest first, what
//     was said above and [Lowest] apart) that the requirements met so far admit, else the first at all, and follows what that release requires, whether or not it all fits. The rank is
//     the reverse postorder of a depth-first walk over what was met, last dependency first: a project comes before what it depends on,
//     cycles apart, and else in the order of the lists.
//  2. Of the projects that the request and the chosen releases require, the one of the smallest rank is next (after them those that the survey did not
//     reach, by name). Its releases are tried by preference. The first solution that plain backtracking meets so is the candidate answer.
//  3. If a requirement in force names a pre-release of a project, its pre-releases are admitted; if a pre-release was chosen although a final release satisfies
//     what is in force, the project's are refused; if a yanked release was chosen that no requirement in force pins, only requirements that pin one themselves admit one. Where
//     that changes anything the search of step 2 is done again with it.
//
// So the newest of what was asked for wins over the newest of what that depends on: of boto3 and urllib3, urllib3 gives way, in whichever order they are
// asked for.
//
// With [Lowest] the preference of every project is the oldest first, with [LowestDirect] that of the projects that a requirement of the request in force names (a constraint
// names none). It is turned within each kind: the oldest final release first, after all of them the oldest pre-release (in its place by version where it is admitted),
// after all these the oldest yanked one. All else is as above, so the lowest of what was asked for wins over the lowest of what that depends on.
//
// PubGrub finds that same solution without walking through the failures (package internal/pubgrub says why), and from a failure its proof: a
// [NoSolutionError] tells it in sentences.
//
// # Speed
//
// The survey asks the index for a whole round at once, and a scout goes ahead of it: what an answer names is asked for when that answer is there, not when the round's last is. So a resolution
// without conflicts costs about as many waits as its dependencies are deep, and a slow answer holds up what follows from it alone. The scout guesses by the answers that it has; a guess
// that was wrong costs a question, and never changes the answer, as the survey takes in what it asks for itself. No sdist is built on a guess. In a search, every wait for
// a project doubles what is known of it, so that many releases are tried in few waits and at most about twice as many are asked for as were tried. What a project that is hard to
// fit in asks for is told before its turn: that none of its releases fits shows then before what comes first by rank is tried again. What is
// concluded from answers is concluded when all of a round are there, so their order does not matter. No goroutine is left when Resolve returns.
//
// Of a page a resolution reads a [dist.Listing]: of every file what a choice looks at, by version, of the chosen ones all. An Index that is a [Lister], as index.Client is, gives it without
// making any file but those; the Project of another is listed. A listing of a [dist.Sheet] says which releases have files of the same kinds, and those are judged once. A resolution keeps bit sets over the versions, in which a requirement finds its own by binary search. The index's
// files and requirements are pointed to, not copied. So a project costs some bytes for each version, however many it has.
package resolve
