package python

import (
	"fmt"
	"syscall"
)

// system is the kernel, as platform_release, platform_version and platform_machine have it.
func system() string {
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		return ""
	}
	return fmt.Sprint(u.Sysname, u.Release, u.Version, u.Machine)
}
