package durable

import (
	"os"

	"golang.org/x/sys/windows"
)

// SyncDir does nothing: Windows has no sync of a folder, and NTFS journals names itself.
func SyncDir(*os.Root, string) error { return nil }

// Writable reports why this process cannot create and rename files in the folder at path; nil where it can.
func Writable(path string) error {
	f, err := os.CreateTemp(path, TempPrefix)
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// FreeSpace is the bytes that this user may still write on the volume of the folder at path.
func FreeSpace(path string) (uint64, error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(p, &free, nil, nil); err != nil {
		return 0, &os.PathError{Op: "GetDiskFreeSpaceEx", Path: path, Err: err}
	}
	return free, nil
}
