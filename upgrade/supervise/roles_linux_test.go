package supervise

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

func rolesOfProcesses() map[string]func([]string) int {
	return map[string]func([]string) int{
		"witness": witness, "resident": resident, "server": server, "starter": starter, "commander": commander,
	}
}

// seen is what a service finds itself with.
type seen struct {
	Argv, Env, Descriptors []string
	Dir, Stdin             string
	Umask, Uid, Gid        int
	Groups                 []int
	Leads                  bool
}

// witness prints what it finds.
func witness([]string) int {
	var s seen
	s.Argv, s.Env = os.Args, os.Environ()
	for fd := 3; fd < 64; fd++ {
		target, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		own := strings.HasPrefix(target, "anon_inode:") || strings.HasPrefix(target, "/sys/fs/cgroup/") // Go's runtime opens these itself
		if err == nil && !own {
			s.Descriptors = append(s.Descriptors, target)
		}
	}
	s.Dir, _ = os.Getwd()
	s.Stdin, _ = os.Readlink("/proc/self/fd/0")
	s.Umask = syscall.Umask(0)
	s.Uid, s.Gid = os.Getuid(), os.Getgid()
	s.Groups, _ = os.Getgroups()
	st, _ := readStat(os.Getpid())
	s.Leads = st.session == os.Getpid()
	json.NewEncoder(os.Stdout).Encode(s)
	return 0
}

// resident is a witness that stays, as a service must.
func resident(args []string) int {
	witness(args)
	time.Sleep(time.Hour)
	return 0
}

// server writes "serves" to its output and stays. With "fork" it has a child in its session that writes its pid into a file; with "deaf" neither ends when asked to.
func server(args []string) int {
	deaf := len(args) > 0 && args[0] == "deaf"
	if deaf {
		signal.Ignore(syscall.SIGTERM)
	}
	if len(args) > 1 {
		child := exec.Command(os.Args[0], "as", "server", args[0])
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			return 1
		}
		os.WriteFile(args[1], []byte(fmt.Sprint(child.Process.Pid)), 0o600)
	}
	fmt.Println("serves as", os.Getpid())
	time.Sleep(time.Hour)
	return 0
}

// starter starts a server with plain processes and is to be killed; with "unfinished" it ends, as if it was killed, before it writes the pid.
func starter(args []string) int {
	dir, how := args[0], args[1]
	p := &Processes{Dir: dir}
	s := upgrade.Subject{}
	svc := upgrade.Service{Name: "served", Argv: []string{os.Args[0], "as", "server", "ready"}}
	if how == "unfinished" {
		l, err := launchOf(s, svc)
		place, err2 := p.place(s, svc)
		lock, err3 := place.lock(context.Background())
		after, err4 := ticks()
		for _, err := range []error{err, err2, err3, err4} {
			if err != nil {
				return 1
			}
		}
		if place.writeNote(note{Argv: l.Argv, After: after, Marks: marksOf([]string{place.Output})}) != nil {
			return 1
		}
		if _, _, err := place.spawn(l); err != nil {
			return 1
		}
		_ = lock
		return 0
	}
	if _, err := p.Start(context.Background(), s, svc); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("started")
	time.Sleep(time.Hour)
	return 0
}

// commander runs a command that does not end.
func commander(args []string) int {
	argv := []string{os.Args[0], "as", "server", "deaf", args[0]}
	(&Processes{}).Run(context.Background(), upgrade.Subject{}, upgrade.Command{Name: "endless", Argv: argv})
	return 0
}
