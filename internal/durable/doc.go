// Package durable changes files so that a kill or a loss of power leaves the old or the new state.
//
// What it promises, and by which means:
//
//   - WriteFile and Create replace a file as a whole: a temporary file in the same folder is written, synced and renamed over the old one, then
//     the folder is synced. Readers see the old bytes or the new ones; a kill may leave a temporary file (TempPrefix).
//   - RemovePath removes a file and syncs its folder.
//   - SyncTree makes a written tree durable, and the names in some folders besides: one syncfs on Linux (3000 files cost about one journal commit), elsewhere every file and folder is
//     synced, several at a time.
//   - Dir is an open folder below which thousands of files are looked at and linked without walking to it each time.
//   - Exchange swaps two names in one step where the system can (Linux renameat2, macOS renameatx_np); else it is errors.ErrUnsupported and the caller
//     renames one aside and the other in.
//   - AcquireLock takes a lock of the operating system. It ends with its process, however that ends, so a process id in the lock file is a message for
//     people and never decides anything.
//   - OpenScratch gives a process a folder of its own to build in, and removes those of dead processes, at whatever moment they died.
//
// All but Dir, which is for trees of the caller's own making, works below an *os.Root, so that no name and no symbolic link leads out of the folder that the caller opened. A folder cannot be
// synced on Windows; there NTFS journals names itself.
package durable
