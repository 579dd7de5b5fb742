// Package txn changes a folder by a journalled transaction of renames: whatever kills the process, after Recover the folder is as before the
// transaction or as after it.
//
// A transaction keeps its files in a state folder below the folder that it changes, so that all lies on one volume:
//
//	<root>/<state>/stage/<id>/   what comes in, written and verified before anything is touched
//	<root>/<state>/trash/<id>/   what went out, under the same paths; what a step back takes
//	<root>/<state>/journal       there from INTENT to COMMIT
//
// The steps of Commit:
//
//  1. The journal, which lists every rename, is written beside its place, and all that is staged is made durable with it.
//  2. INTENT: the journal is renamed into its place. This is the point of no return: before it Recover removes the stage, after it Recover completes the transaction.
//  3. The renames, each of a file or a whole folder. A replacement is an exchange of two names where the system has that, so that no moment lacks the
//     file; else the old one is renamed aside and the new one in. An end of the context no longer stops anything.
//  4. The changed folders are synced.
//  5. COMMIT: the journal is renamed into the trash of its transaction.
//
// Where a rename is refused (a file in use, a permission) those done are taken back in reverse order and the folder is the old one.
//
// How far an interrupted transaction came is read from the disk, never from a log of progress. An Op has two places beside its path: New, where the new one
// waits, and Old, where the old one goes. Which of them exist says what was done, as a rename leaves no copy. One case needs more: after an exchange New
// holds the old one. It is told from the state before by the file numbers that the journal has of both; where these are unknown, as after a copy of
// the folder to another volume, the answer is ErrUndecided and nothing is changed. Recovery renames, and removes; it writes no byte, so a full disk does not stop it.
//
// As the journal gets its name only when it is whole and synced, there is no torn journal: one that does not read is damaged (durable.ErrDamaged) or written by a
// newer program (durable.ErrNewer), and nothing is guessed.
//
// A Folder excludes nobody: its user holds a lock from Begin to the end of Commit, and around Recover.
package txn
