// Package supervise runs the services and commands of a component, and makes one of its generations the one that runs: the roles
// upgrade.Runner, upgrade.Process and upgrade.Switcher for three ways in which a host keeps its services.
//
//	Processes   plain processes with pid files; StateFile is their Switcher
//	Supervisor  programs of a supervisord: Runner and Switcher
//	Systemd     units of systemd: Runner and Switcher
//
// What holds for all of them:
//
//   - A service's argv is its template with the subject put in (Argv), its environment is Service.Env with Config.Env above it, and PATH begins with the
//     environment's scripts (Environ). Nothing is taken from the caller's own environment. What supervisord and systemd themselves add stays.
//   - A Command runs as a process of the caller, whichever manager the services have: exact environment, a session of its own, no standard input. It ends with its caller: a
//     migration that outlived the one that restores the database would write into what was restored.
//   - Start refuses a service that runs (ErrRunning). Attach finds what runs, also after a crash of its caller.
//   - Wait gives nil where the service ended well or was stopped, the context's error where that ended first, and a *StateError where it failed, or its manager started it anew. How a plain
//     process ended is known to its starter alone: whoever attached to it gets nil.
//   - Attach gives a service that has ended beside ErrNotRunning, where its log is known: Log reads what it wrote since its last start, Wait returns at once, Stop clears what it left.
//   - Every Process also has Started() time.Time: when it began by this host's clock, rounded up so that it is never too early, or zero.
//   - A Switch is one rename of one name, so a kill leaves the old or the new generation, and the pointer holds the record of what it points to. Current reads that record, and
//     reports a pointer that somebody edited. Going back to the real environment removes the pointer, and the host is as it was.
//
// A service stays in the foreground and in the session that it was started in: a daemon that leaves it is found by nobody.
//
// # Plain processes
//
// The pid stands in the pid file, and beside it, in <pidfile>.start, the process's start time: field 22 of /proc/PID/stat, clock ticks since boot (proc(5)). A pid counts only with
// its start time, so a recycled pid is never signalled. A zombie is dead, as process 1 of a container may not reap. <pidfile>.note remembers where the logs ended at the start; it is written
// before the process exists, so that a process whose starter was killed before it wrote the pid is found again by its argv. <pidfile>.lock keeps two starters apart.
// They need Linux; elsewhere the methods give errors.ErrUnsupported.
//
// # supervisord
//
// The pointer is a file of overrides that supervisord includes after the operator's own: a later file's options replace those of the same [program:x] in an earlier one. It holds
// command, environment, user, stopwaitsecs and killasgroup of every service of the component; all else stays the operator's. Programs are reached over supervisord's XML-RPC socket.
//
// # systemd
//
// Each unit gets one drop-in, 50-chandlery.conf, that is a symbolic link into the folder current of the component, which is itself a link to a generation: one rename switches all
// units. Without current the links lead nowhere, which systemd takes for no drop-in.
package supervise
