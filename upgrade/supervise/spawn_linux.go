package supervise

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
)

// onThread runs f on an operating system thread of its own that has a umask of its own and ends with f: a process that f starts inherits it, and nothing else in this process
// sees it (unshare(2), CLONE_FS).
func onThread(umask fs.FileMode, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // without an unlock: the thread ends with the goroutine
		err := setUmask(int(umask.Perm()))
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

func setUmask(mask int) error {
	b, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return err
	}
	if _, rest, ok := bytes.Cut(b, []byte("\nUmask:\t")); ok {
		now, _, _ := bytes.Cut(rest, []byte("\n"))
		if n, err := strconv.ParseInt(string(now), 8, 32); err == nil && int(n) == mask {
			return nil
		}
	}
	if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
		return fmt.Errorf("this system lets no thread have a umask of its own (%w): run with umask %04o", err, mask)
	}
	syscall.Umask(mask)
	return nil
}

// closeInherited keeps the descriptors that this process got from its own parent from its children; those that Go opens are kept anyway. A lock that a service
// inherits would be held as long as it runs.
func closeInherited() error {
	names, err := os.ReadDir("/proc/self/fd")
	for _, e := range names {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	return err
}

// attributes are those of a process in a session of its own, run by a user with all of that user's groups.
func attributes(name string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setsid: true}
	if name == "" {
		return attr, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	me := os.Geteuid()
	if me != 0 {
		if uint64(me) == uid {
			return attr, nil
		}
		return nil, fmt.Errorf("only root can run a process as %s", name)
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid)}
	for _, id := range append([]string{u.Gid}, ids...) {
		gid, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return nil, err
		}
		attr.Credential.Groups = append(attr.Credential.Groups, uint32(gid))
	}
	attr.Credential.Gid = attr.Credential.Groups[0]
	return attr, nil
}

// spawn starts a service. The process exists when it returns without error.
func (p Place) spawn(l launch) (*exec.Cmd, handle, error) {
	attr, err := attributes(l.User)
	if err != nil {
		return nil, handle{}, err
	}
	out, err := appendRegular(p.Output)
	if err != nil {
		return nil, handle{}, err
	}
	defer out.Close()
	cmd := &exec.Cmd{Path: l.Argv[0], Args: l.Argv, Env: environList(l.Env), Dir: p.Dir, Stdout: out, Stderr: out, SysProcAttr: attr}
	if err := errors.Join(closeInherited(), onThread(p.Umask, cmd.Start)); err != nil {
		return nil, handle{}, err
	}
	st, ok := readStat(cmd.Process.Pid)
	if !ok { // it is a child that nobody has waited for: only a /proc that is not there can hide it
		return nil, handle{}, errors.Join(errors.New("/proc does not show a process that was just started"), cmd.Process.Kill(), cmd.Wait())
	}
	return cmd, handle{cmd.Process.Pid, st.start}, nil
}
