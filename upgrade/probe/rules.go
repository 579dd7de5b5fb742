package probe

import (
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/oslolog"
)

// rule is one shape of an error.
type rule struct {
	class  upgrade.Class
	has    string // what every such text holds: looked for before re is tried
	re     *lazy.Regexp
	symbol string // template for re
	note   string
	refine func(x oslolog.Exception, class upgrade.Class, symbol, note string) (upgrade.Class, string, string)
}

func (r rule) match(text string) []int {
	if !strings.Contains(text, r.has) {
		return nil
	}
	return r.re.FindStringSubmatchIndex(text)
}

// words is a rule that needs no more than a text.
func words(class upgrade.Class, has, symbol, note string) rule {
	return shaped(class, has, "", symbol, note)
}

// shaped is a rule with a pattern.
func shaped(class upgrade.Class, has, pattern, symbol, note string) rule {
	return rule{class: class, has: has, re: &lazy.Regexp{Expr: pattern}, symbol: symbol, note: note}
}

func (r rule) by(f func(oslolog.Exception, upgrade.Class, string, string) (upgrade.Class, string, string)) rule {
	r.refine = f
	return r
}

const (
	noVersion    = "no question of the component's version"
	busyDatabase = "the database was busy with another transaction, " + noVersion
	busyMonitor  = "Ceph's monitor turned a command away, as it does for a moment when it is busy, " + noVersion
)

// rules are tried in this order; the first that matches decides. Their shapes are those of CPython, oslo libraries and cinder, as real
// services wrote them.
var rules = []rule{
	// An environment that is not whole.
	words(upgrade.BrokenEnvironment, "undefined symbol: ", "", "a compiled module does not fit this interpreter or its libraries"),
	words(upgrade.BrokenEnvironment, "invalid ELF header", "", "a compiled module does not fit this machine"),
	words(upgrade.BrokenEnvironment, "bad magic number in ", "", "bytecode of another interpreter"),
	words(upgrade.BrokenEnvironment, "marshal data too short", "", "bytecode is damaged"),
	words(upgrade.BrokenEnvironment, "source code string cannot contain null bytes", "", "a source file is damaged"),
	shaped(upgrade.BrokenEnvironment, "PackageNotFoundError", `PackageNotFoundError: (?:No package metadata was found for )?([\w.-]+)`, "$1", "a distribution's metadata is missing"),
	shaped(upgrade.BrokenEnvironment, "DistributionNotFound", `DistributionNotFound: The '([\w.-]+)`, "$1", "a distribution is missing"),
	shaped(upgrade.BrokenEnvironment, "VersionConflict", `VersionConflict: \(([\w.-]+)`, "$1", "distributions do not fit together"),
	shaped(upgrade.BrokenEnvironment, "NoMatches: ", `NoMatches: No '([^']+)' driver found, looking for '([^']+)'`, "$1:$2", "an entry point is missing"),
	shaped(upgrade.MissingDependency, "Can't load plugin: ", `Can't load plugin: ([\w.:]+)`, "$1", ""),

	// Imports.
	words(upgrade.Misconfigured, "partially initialized module", "", "modules import each other in a circle, "+noVersion),
	shaped(upgrade.MissingDependency, "No module named '", `No module named '([\w.]+)'`, "$1", noVersion).by(module),
	shaped(upgrade.MissingDependency, "No module named ", `No module named ([\w.]+)`, "$1", noVersion).by(oldModule),
	shaped(upgrade.MissingAPI, "cannot import name '", `cannot import name '(\w+)' from '([\w.]+)'`, "$2.$1", "").by(direction),
	shaped(upgrade.MissingAPI, "cannot import name ", `cannot import name '?(\w+)'?(?:$|[^\w'])`, "$1", "").by(oldName),
	shaped(upgrade.MissingExecutable, "cannot open shared object file", `([\w.+-]+\.so[\w.]*): cannot open shared object file`, "$1", "a library of the host"),
	shaped(upgrade.Misconfigured, " cannot be found (", `ImportError: Class (\w+) cannot be found`, "$1", "the configuration names a class that its module has not"),

	// Names and calls.
	shaped(upgrade.MissingAPI, "' has no attribute '", `module '([\w.]+)' has no attribute '(\w+)'`, "$1.$2", "").by(direction),
	shaped(upgrade.MissingAPI, "' has no attribute '", `type object '([\w.]+)' has no attribute '(\w+)'`, "$1.$2", "").by(attribute),
	shaped(upgrade.MissingAPI, "' object has no attribute '", `'([\w.]+)' object has no attribute '(\w+)'`, "$1.$2", asksMore).by(attribute),
	shaped(upgrade.MissingAPI, "unexpected keyword argument", `([\w.<>]+)\(\) got an unexpected keyword argument '(\w+)'`, "$1($2=)", "").by(direction),
	shaped(upgrade.MissingAPI, "got multiple values for argument", `([\w.<>]+)\(\) got multiple values for (?:keyword )?argument '(\w+)'`, "$1($2= twice)", "").by(direction),
	shaped(upgrade.MissingAPI, "missing ", `([\w.<>]+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: '(\w+)'`, "$1(without $2)", "").by(direction),
	shaped(upgrade.MissingAPI, "positional argument", `([\w.<>]+)\(\) takes .*?positional arguments? but (\d+) (?:was|were|positional)`, "$1($2 by position)", "").by(direction),
	shaped(upgrade.MissingAPI, " given)", `([\w.<>]+)\(\) takes (?:exactly|at most|no) ?\d* ?(?:non-keyword )?arguments? \((\d+) given\)`, "$1($2 by position)", "").by(direction), // Python 2
	shaped(upgrade.MissingAPI, "Can't instantiate abstract class", `Can't instantiate abstract class (\w+) (?:with|without an implementation for) abstract methods? '?(\w+)`, "$1.$2", asksMore),
	words(upgrade.Misconfigured, "SyntaxError: ", "", "").by(syntax),
	words(upgrade.Misconfigured, "TabError: ", "", "").by(syntax),

	// Options.
	shaped(upgrade.MissingOption, "no such option ", `no such option ([\w-]+)(?: in group|$|[^\w-])`, "$1", ""),
	shaped(upgrade.MissingOption, "no such group ", `no such group \[([\w.-]+)\]`, "$1", ""),
	shaped(upgrade.Misconfigured, "duplicate option: ", `duplicate option: ([\w-]+)`, "$1", "two modules register it, such as a copy of a driver beside the stock one: an artefact of the installation"),
	shaped(upgrade.Misconfigured, "RequiredOptError: ", `RequiredOptError: value required for option ([\w-]+)`, "$1", ""),
	shaped(upgrade.Misconfigured, "ConfigFile", `ConfigFile(?:Value|Parse)Error: .*?(?:option ([\w-]+)|$)`, "$1", ""),
	shaped(upgrade.Misconfigured, "ConfigFilesNotFoundError: ", `ConfigFilesNotFoundError: Failed to find some config files: (\S+)`, "$1", ""),
	words(upgrade.Misconfigured, "Unsupported drivers are disabled", "enable_unsupported_driver", "a policy, no question of versions"),

	// The database and the peers.
	shaped(upgrade.MissingAPI, "Can't locate revision identified by ", `Can't locate revision identified by '(\w+)'`, "$1", "the database is newer than the code: this revision's release or a later one"),
	words(upgrade.Misconfigured, "CappedVersionUnknown", "", "stale rows in services, or mixed versions"),
	words(upgrade.Misconfigured, "services is too old to accept", "", "stale rows in services, or mixed versions"),
	shaped(upgrade.Misconfigured, "does not support RPC version ", `does not support RPC version (\d+(?:\.\d+)*)`, "$1", "a peer is older than the version that is pinned"),
	words(upgrade.Misconfigured, "Active-Active configuration is not currently supported by driver", "cluster", "the driver cannot do it"),
	words(upgrade.Unready, "No weighed backends available", "", "the scheduler knows no backend yet, or none that fits"),
	words(upgrade.Unready, "No valid backend was found", "", "the scheduler knows no backend yet, or none that fits"),
	shaped(upgrade.Unready, "_fanout'", `no exchange '([\w.-]+)_fanout'`, "$1", "it does not listen yet; what was to be told it is told again later"),
	words(upgrade.Contention, "database is locked", "database", busyDatabase),
	words(upgrade.Contention, "Deadlock found when trying to get lock", "database", busyDatabase),
	words(upgrade.Contention, "Lock wait timeout exceeded", "database", busyDatabase),
	words(upgrade.Contention, "problem getting command descriptions from mon", "ceph", busyMonitor),
	words(upgrade.Misconfigured, "no such table", "", "the database is older than the code: migrate it"),
	words(upgrade.Misconfigured, "Unknown column", "", "the database is older than the code: migrate it"),
	words(upgrade.Misconfigured, "no such column", "", "the database is older than the code: migrate it"),

	// Programs and files.
	shaped(upgrade.MissingExecutable, "Executable not found: ", `Executable not found: (\S+)`, "$1", "a program of the host"),
	shaped(upgrade.MissingExecutable, "command not found", `(?:^|[\s'"])([\w./-]+): command not found`, "$1", "a program of the host"),
	shaped(upgrade.Misconfigured, "Unauthorized command: ", `Unauthorized command: (\S+)`, "$1", "rootwrap has no filter for it"),
	words(upgrade.Misconfigured, "a password is required", "sudo", "sudo asks: its rule does not cover this command"),
	words(upgrade.Misconfigured, "privsep helper command exited non-zero", "privsep-helper", "the privileged helper does not start: sudo or rootwrap refuse it"),
	shaped(upgrade.MissingExecutable, "No such file or directory: ", `No such file or directory: b?'([^']+)'`, "$1", "").by(file),
	shaped(upgrade.Misconfigured, "Permission denied: ", `Permission denied: b?'([^']+)'`, "$1", ""),
	words(upgrade.Misconfigured, "No space left on device", "", "the disk is full"),
	shaped(upgrade.Misconfigured, "config file at ", `config file at (\S+) doesn't exist`, "$1", ""),

	// Neighbours, before what is said of connections in general.
	shaped(upgrade.Neighbour, "GlanceConnectionFailed", `GlanceConnectionFailed`, "glance", "glance does not answer"),
	shaped(upgrade.Neighbour, "glanceclient.exc.", `glanceclient\.exc\.\w+`, "glance", "glance answers with an error"),
	shaped(upgrade.Neighbour, "keystoneauth1.exceptions", `keystoneauth1\.exceptions[\w.]+`, "keystone", "keystone does not answer as expected"),
	shaped(upgrade.Neighbour, "KeyError: ", `KeyError: .*`, "", "").by(ofNeighbour),
	shaped(upgrade.Neighbour, "JSONDecodeError: ", `JSONDecodeError: .*`, "", "").by(ofNeighbour),

	// Backends that refuse, then backends that do not answer.
	words(upgrade.Misconfigured, "ACCESS_REFUSED", "amqp", "the message queue refuses the credentials"),
	words(upgrade.Misconfigured, "PRECONDITION_FAILED", "amqp", "a queue exists with other arguments"),
	words(upgrade.Misconfigured, "Access denied for user", "database", "the database refuses the credentials"),
	words(upgrade.Misconfigured, "RADOS permission denied", "ceph", "Ceph refuses the credentials"),
	words(upgrade.Misconfigured, "RADOS object not found (error connecting", "ceph", "Ceph's configuration or keyring is missing"),
	shaped(upgrade.Misconfigured, "Invalid", `cinder\.exception\.(Invalid(?:Input|ParameterValue|ConfigurationValue)): `, "$1", "the configuration, "+noVersion),
	shaped(upgrade.Unreachable, "RADOS ", `RADOS (?:timed out|\w+ \(error connecting)`, "ceph", "Ceph does not answer: "+noVersion),
	shaped(upgrade.Unreachable, "rror connecting to ceph cluster", `rror connecting to ceph cluster`, "ceph", "Ceph does not answer: "+noVersion),
	shaped(upgrade.Unreachable, "AMQP server on ", `AMQP server on (\S+) is unreachable`, "amqp", noVersion),
	words(upgrade.Unreachable, "Can't connect to MySQL server", "database", noVersion),
	words(upgrade.Unreachable, "Lost connection to MySQL server", "database", noVersion),
	words(upgrade.Unreachable, "Timed out waiting for a reply to message ID", "amqp", "a peer does not answer: "+noVersion),
	shaped(upgrade.Unreachable, "rror", `\b(ConnectionRefusedError|ConnectionResetError|BrokenPipeError|TimeoutError|ConnectTimeout|ReadTimeout|ConnectionError|NewConnectionError|MaxRetryError|NoValidConnectionsError|NoRouteToHost)\b`, "", noVersion),
	shaped(upgrade.Unreachable, "", `ECONNREFUSED|EHOSTUNREACH|ETIMEDOUT|(?i:connection refused|connection timed out|no route to host|network is unreachable|name or service not known|temporary failure in name resolution)`, "", noVersion),
}
