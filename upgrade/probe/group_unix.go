//go:build unix

package probe

import (
	"os/exec"
	"syscall"
)

// endWithGroup has the end of a command's context end what the command started, too.
func endWithGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
