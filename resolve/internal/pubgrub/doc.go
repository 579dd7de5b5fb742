// Package pubgrub is the core of the solver: it decides which version of each package to select, learns from every conflict, and
// when there is no solution leaves a proof.
//
// It knows neither versions nor networks. A package is a number, a set of versions is any type with the algebra of [Set]. A
// [Term] says that the selected version of a package is in a set ("flask is 2.x") or that no such version is selected ("not flask 2.x":
// true too where flask is not selected at all). An [Incompatibility] is a list of terms that are never all true; every rule of the problem is
// one: "flask 2.3 needs click 8" is {flask 2.3, not click 8}, "the request needs flask" is {not flask}.
//
// A [Source] drives the search: asked for the next step, it states facts, or decides a version, or says that all is decided. What it decides, and in which
// order, is its own policy; facts must be true in every solution. Then the solver
//
//   - propagates: where all terms of an incompatibility but one are true, the last must be false (unit propagation);
//   - on a conflict, replaces the incompatibility by what follows from it and from the cause of its latest assignment, until the result
//     would have forced something at an earlier level (the partial-satisfier rule decides what remains of a term that several
//     assignments made true together), and jumps back there;
//   - ends with the decisions, or with the empty incompatibility, whose causes are the proof ([Failure], rendered by [Explain]).
//
// Learned incompatibilities only cut branches without a solution. So where a Source picks the package from the decisions alone (not from what was
// derived), and the first version of a fixed preference that is still allowed, the outcome is exactly the first solution that plain
// backtracking would meet, whatever the core learns on the way.
//
// The algorithm is that of Natalie Weizenbaum's "PubGrub" (2018). The code is deterministic: it ranges over no map.
package pubgrub
