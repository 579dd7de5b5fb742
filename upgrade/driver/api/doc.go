// Package api is the vocabulary of what a component's releases offer to a vendor's driver, and of what a driver asks of them; and it judges the one by the other.
//
//	Index      every release of a component, and of the libraries beside it
//	Release    one version of one distribution: its modules, its requirements
//	Module     what one source file defines, as its syntax tree shows; nothing is imported or run
//	Need       one thing that a driver asks of its host, with the line where it does
//	View       one release of the component together with the libraries of its series and the driver's own modules on top: what a driver would find there
//
// # What a module offers
//
// A Module lists the names that its file binds at its top level, in whichever branch (a name that is bound in one branch only is there: a release is never called lacking for what a branch may bring). A class lists its own
// members: methods, attributes of its body, and what its methods assign to self. A name that is imported is an Alias, and is followed through other modules when it is looked up, so that what a module re-exports counts.
//
// What cannot be seen in the text is Dynamic (a module with __getattr__ or names made by setattr or exec, a class with __getattr__ or an unknown base). Whatever is asked of something dynamic is Unknown, never missing: a missing symbol
// is said only where the whole chain was read.
//
// # What is judged
//
// View.Judge answers Satisfied, Missing or Unknown for one Need. Unknown speaks neither for nor against a release. View.Next is the view of another release, which takes over what is the same there.
//
//   - A module is the driver's own before the release's, and that before the libraries'. A package that none of them has is another distribution's affair: its names are Unknown.
//   - A dotted name is followed part by part: what the file binds, else a submodule, else what `import *` brings (of the names in __all__, or without one of the public ones). Below a Value, or what is imported from elsewhere, all is
//     Unknown. What a release imports is there, though it may not be found, as it was published so; what the driver's own modules import may be missing.
//   - Members of a class are looked for in its method resolution order (C3). An instance has what methods assign to self too, a class and super() have not. self may be of any of the driver's classes that inherit from the one that asks,
//     so what one of them has will do; and where none of its bases is the host's, nothing is asked of the host.
//   - A call binds as CPython binds it; a method gets self, a class method its class, a class is called by its __init__.
//   - An override has to take the host's calls of it. The host calls drivers of several kinds, so a call counts only where the declaration in a base of the driver's class takes it, and not in the release's own drivers and tests.
//   - An option may be of any module of the view; - and _ are alike; groups count only where both sides tell them.
//   - A distribution is looked for among the requirements of the release and its libraries. Verdict.Supply tells an SDK that has to be added from what comes with the release.
//
// # The form of an index
//
// Write and Read speak a text that gzip compresses. Numbers are varints, those that may be negative zigzag. Lists and maps begin with their length plus one, 0 for nil. After the line "chandlery api index 1" come
//
//	strings      sorted; each: the length that it shares with the one before, that of the rest, the rest
//	signatures   each: its Binding; of each parameter the name and a byte of kind and default
//	symbols      each: a byte of kind and of which parts follow; signature, class, target
//	modules      each: a byte of flags; names, stars, all, registered, options, calls
//	releases     the component's name and its releases; each library's likewise, by name
//
// Each distinct signature, symbol and module is there once, and named by its number: in symbols and modules, only by those that come after it, so that there are no circles. Keys of maps are sorted, each written as the distance of its
// string from the one before. A release's modules are what differs from the release before in the same list: the names that went, and those that came or have another module. Releases ascend, names are normalised.
package api
