// Package probe has the Verifiers that say whether a storage service with a third party's driver in it does its work, and what its errors
// are evidence of.
//
//	L0  Process           its services are alive over several heartbeats, and their logs hold no error that speaks against them
//	L1  ServiceState      the platform sees them up, and has heard of them since they started
//	L2  Pools             the scheduler knows the backend's capacity, from a report after the start: ready rather than "up"
//	L3  VolumeOperations  create, snapshot, clone, extend, attach, images both ways, delete: what the platform requires of a driver
//	L4  Data              what was written before the upgrade reads back after it
//	L5  Unchanged         the real environment's files and the other services' processes are as they were
//	    External          whatever else: a command of the operator's
//
// They are struct literals; upgrade.AllOf puts them together, in this order, as each waits for what the next needs. Classify reads a log
// alone. Levels fail for reasons of their own: a driver that is newer than the component can pass L0 to L2 and most of L3, and fail at the one
// operation that calls what is missing.
//
// Rules that all of them keep:
//
//   - A level that has no meaning for the subject is reported NotApplicable. During a trial nothing asks production's services: the
//     verifiers that ask an API judge a trial only where that API is the trial's own (API.Trial).
//   - An error says that nothing could be judged: an API that does not answer, a log that cannot be read. A backend that cannot be reached
//     is Fail with the class Unreachable, as the component answers and says so.
//   - A fault is looked up in the services' logs, as the APIs do not tell causes: its Evidence is of a class and names the symbol.
//   - What is made is removed, also after a failure and when ctx ends; what could not be removed is named.
//   - No credential is in an error, a Detail or an Evidence.
//
// Times of the platform are compared with those of this host, so their clocks must agree.
package probe
