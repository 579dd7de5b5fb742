package durable

import "io/fs"

// FileStat is what tells that a file is as it was: its size in bytes and the time of its last change, in nanoseconds since 1970.
type FileStat struct {
	Mode fs.FileMode // its kind, and the permissions that the system has
	Size int64
	Time int64
}
