// Package explain tells why a resolution is as it is, and what would have to change where there is none.
//
// [Explainer.Ask] puts one [Question] to any number of platforms and lists the answers side by side, equal ones once:
//
//   - without more, the tree of what was chosen ([Tree]), or the conflict;
//   - why a project is there ([Why]): the chains of requirements that lead to it, and what limits its version;
//   - why not a newer version of it, or a given one ([Explainer.WhyNot]): what its page says against it, which requirement of a pin excludes it, and where that is a pin's,
//     what comes of asking for it: a proof that nothing can, or what would have to give way;
//   - why there is no solution ([Conflict]), and the nearest change of the request that has one ([Explainer.Nearest]).
//
// Every answer has a text form, Lines, and a JSON form, whose field names are part of the promise.
//
// Nothing here knows how a [resolve.Resolver] works. An Explainer asks it again, with a changed request, and looks at what the [resolve.Index] was asked for; so it explains
// any Resolver, and what it claims was solved and not guessed.
//
// # The nearest change
//
// A [Change] is one edit of a request. A [Remedy] is a set of changes with which the Resolver finds a solution, and without any of which it finds none. Single changes
// are tried first; where none works, or none that leaves all requirements in, pairs are too. Of as many changes the less intrusive comes first:
//
//  1. loosen a constraint (leave out one clause, then pin another version), or drop it
//  2. loosen an override (leave out one clause), or drop it
//  3. loosen a requirement: leave out one clause, all of them, or an extra. What was pinned by == is pinned to the version found instead
//  4. move exclude-newer, to the earliest time that will do, or lift it
//  5. allow pre-releases
//  6. allow source distributions, or wheels
//  7. another version of Python, the nearest first: the patches of this minor version, then other minor versions by their distance
//  8. a newer system as the oldest that is supported: manylinux_2_28 for manylinux_2_17
//  9. drop a requirement
//
// and of equal ones what stands first in the request; of 4 to 6, the change for a single project, by name, before that for all. A pair is as intrusive as the worse of its two. An entry is changed in one way at a time; one that asks
// for a file by its address is left as it is, as addresses may hold credentials; and a change that leaves nothing to resolve is none. Changes 4 to 8 are tried only where a release of a concerned
// project is refused for that reason; another Python also where a marker in such a project's metadata says otherwise for it.
//
// # What is taken for granted
//
// Two things keep the number of solves small. A change that takes more away admits all that a lesser one does, so where an entry can be dropped in vain it is not loosened.
// And a report names every project that it rests on, so a change of an entry on another project is in vain; a report that names none of the request's projects
// rules out nothing. Where it depends on pins whether a yanked release is there, neither need be so, and a remedy may be missed. [Remedies.Complete] says whether the search came to its end within [Explainer.MaxSolves].
package explain
