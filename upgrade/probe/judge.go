package probe

import (
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/oslolog"
)

// judge says what one exception, or a message, is evidence of.
func judge(x oslolog.Exception) (class upgrade.Class, symbol, text string) {
	text = whole(x)
	for _, r := range rules {
		m := r.match(text)
		if m == nil {
			continue
		}
		class, symbol = r.class, string(r.re.Get().ExpandString(nil, r.symbol, text, m))
		note := r.note
		if r.refine != nil {
			class, symbol, note = r.refine(x, class, symbol, note)
		}
		if class == upgrade.Unclassified {
			break
		}
		if inHelper(x) && ofEnvironment(class) {
			return upgrade.OldHelper, symbol, join(text, "raised by the privileged helper: judged against the helper's environment, not the service's")
		}
		return class, symbol, join(text, note)
	}
	return upgrade.Unclassified, "", text
}

func whole(x oslolog.Exception) string {
	x.Message = x.Message[:min(len(x.Message), oslolog.MaxMessage)]
	switch {
	case x.Type == "":
		return x.Message
	case x.Message == "":
		return x.Type
	}
	return x.Type + ": " + x.Message
}

func join(text, note string) string {
	if note == "" {
		return text
	}
	const room = MaxText - 100
	return text[:min(len(text), room)] + " (" + note + ")"
}

// inHelper: an exception of a privileged helper is raised again in the service, where the traceback ends in oslo.privsep.
func inHelper(x oslolog.Exception) bool {
	return len(x.Frames) > 0 && strings.Contains(x.Frames[len(x.Frames)-1].File, "/oslo_privsep/")
}

// ofEnvironment tells the classes that speak of the code that ran.
func ofEnvironment(c upgrade.Class) bool {
	return slices.Contains([]upgrade.Class{upgrade.MissingAPI, upgrade.MissingDependency, upgrade.MissingOption, upgrade.BrokenEnvironment}, c)
}

// notInitialized is what cinder logs in place of each call of a driver that did not start.
var notInitialized = lazy.Regexp{Expr: `^Volume driver \S+ not initialized`}

// isConsequence tells messages that follow from a fault said elsewhere in the log.
func isConsequence(text string) bool {
	for _, s := range []string{
		"DriverNotInitialized", "driver isn't initialized properly", "Volume driver not ready", "service(s) started successfully, terminating",
		"is reporting problems, not sending heartbeat",
	} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return notInitialized.MatchString(text)
}

// components are the platform's own packages: without them an environment is broken, not short of a dependency.
var components = []string{"cinder", "glance", "keystone", "neutron", "nova"}

// gone are symbols that a release took away: their absence says that the driver is for an older version. (The API of every release,
// indexed, says it of all; these are the well-known ones.)
var gone = map[string]string{
	"cinder.volume.utils":                         "14.x",
	"cinder.i18n._LE":                             "10.x",
	"cinder.i18n._LI":                             "10.x",
	"cinder.i18n._LW":                             "10.x",
	"cinder.keymgr.API":                           "11.x",
	"cinder.volume.driver.SnapshotVD":             "11.x",
	"cinder.volume.driver.LocalVD":                "11.x",
	"cinder.volume.driver.ConsistencyGroupVD":     "11.x",
	"cinder.volume.driver.ReplicaVD":              "9.x",
	"cinder.utils.require_driver_initialized":     "18.x",
	"cinder.utils.brick_get_connector_properties": "17.x",
}

const (
	asksLess = "asked for by the driver: this version has it not yet or no more"
	asksMore = "asked of the driver: it is for another version, or incomplete"
)

// direction notes who asked, as far as the innermost frame of the platform's code tells it.
func direction(x oslolog.Exception, class upgrade.Class, symbol, note string) (upgrade.Class, string, string) {
	if last, ok := gone[symbol]; ok {
		return class, symbol, "last in " + last + ": the driver is for that or an older version"
	}
	if len(x.Frames) == 0 {
		return class, symbol, note
	}
	f := x.Frames[len(x.Frames)-1]
	switch {
	case strings.Contains(f.File, "/drivers/"):
		return class, symbol, asksLess + " (" + path.Base(f.File) + ")"
	case strings.HasSuffix(f.File, "/importutils.py"):
		return class, symbol, asksMore
	}
	return class, symbol, note
}

// clients are the packages by which a component talks to its neighbours.
var clients = map[string]string{
	"glanceclient": "glance", "keystoneauth1": "keystone", "keystoneclient": "keystone", "keystonemiddleware": "keystone",
	"novaclient": "nova", "barbicanclient": "barbican", "swiftclient": "swift", "cinderclient": "cinder",
}

// neighbour names the component that the innermost frames speak to; "" where they speak to none.
func neighbour(x oslolog.Exception) string {
	for _, f := range slices.Backward(x.Frames[max(0, len(x.Frames)-4):]) {
		for name, component := range clients {
			if strings.Contains(f.File, "/"+name+"/") {
				return component
			}
		}
	}
	return ""
}

var builtin = lazy.Regexp{Expr: `^(str|bytes|dict|list|tuple|set|int|float|bool|NoneType|function|method|generator|module|type|object)\.`}

// attribute: of a class of the platform it is an API; of a built-in type it is a fault of the code, or of what a neighbour answered.
func attribute(x oslolog.Exception, class upgrade.Class, symbol, note string) (upgrade.Class, string, string) {
	if !builtin.MatchString(symbol) {
		return direction(x, class, symbol, note)
	}
	return ofNeighbour(x, class, symbol, note)
}

func ofNeighbour(x oslolog.Exception, _ upgrade.Class, _, _ string) (upgrade.Class, string, string) {
	if n := neighbour(x); n != "" {
		return upgrade.Neighbour, n, n + " answers otherwise than this version's client library expects"
	}
	return upgrade.Unclassified, "", ""
}

// module: Python names the first part of a dotted name that is not there, so a dotted one has a parent that is.
func module(x oslolog.Exception, class upgrade.Class, symbol, note string) (upgrade.Class, string, string) {
	top, _, dotted := strings.Cut(symbol, ".")
	switch {
	case dotted:
		return direction(x, upgrade.MissingAPI, symbol, note)
	case slices.Contains(components, top):
		return upgrade.BrokenEnvironment, symbol, "the component itself is not in its environment"
	}
	return class, symbol, note
}

// oldModule is module for Python 2, whose text names the whole of what was asked for: only the platform's own packages are known to be there.
func oldModule(x oslolog.Exception, class upgrade.Class, symbol, note string) (upgrade.Class, string, string) {
	top, _, dotted := strings.Cut(symbol, ".")
	if !dotted || slices.Contains(components, top) || strings.HasPrefix(top, "os_brick") {
		return module(x, class, symbol, note)
	}
	return class, top, note
}

var fromImport = lazy.Regexp{Expr: `^from ([\w.]+) import\b`}

// oldName finds in the source text the module that Python 2 does not name.
func oldName(x oslolog.Exception, class upgrade.Class, symbol, note string) (upgrade.Class, string, string) {
	if len(x.Frames) > 0 {
		if m := fromImport.FindStringSubmatch(x.Frames[len(x.Frames)-1].Source); m != nil {
			symbol = m[1] + "." + symbol
		}
	}
	return direction(x, class, symbol, note)
}

// python2 are what CPython 3 says of Python 2's statements, and such statements, where it says no more than "invalid syntax".
var python2 = lazy.Regexp{Expr: `Missing parentheses in call to|multiple exception types must be parenthesized|leading zeros in decimal integer literals|inconsistent use of tabs`}

var python2Source = lazy.Regexp{Expr: "^(?:except [\\w.]+, *\\w+:|except \\(.*\\), *\\w+:|raise [\\w.]+, |print\\b|exec [\"'\\w])|<>|`|\\b0\\d+\\b|\\b\\d+[lL]\\b"}

// syntax tells Python 2 from what is newer than the interpreter or plainly wrong.
func syntax(x oslolog.Exception, class upgrade.Class, _, _ string) (upgrade.Class, string, string) {
	var source string
	if len(x.Frames) > 0 {
		source = x.Frames[len(x.Frames)-1].Source
	}
	if python2.MatchString(x.Message) || python2Source.MatchString(source) {
		return class, "python2", "the driver's code is for Python 2: that concludes the interpreter, not the component's version"
	}
	return class, "", "the driver's code is for another Python: that concludes the interpreter, not the component's version"
}

// file tells programs, parts of the environment and what a configuration names apart.
func file(x oslolog.Exception, class upgrade.Class, symbol, _ string) (upgrade.Class, string, string) {
	runs := len(x.Frames) > 0 && (strings.Contains(x.Frames[len(x.Frames)-1].File, "subprocess") || strings.Contains(x.Frames[len(x.Frames)-1].File, "processutils"))
	switch {
	case strings.Contains(symbol, "site-packages/") || strings.Contains(symbol, "dist-packages/"):
		return upgrade.BrokenEnvironment, symbol, "a file of the environment is missing"
	case strings.Contains(symbol, "keyring"):
		return upgrade.Misconfigured, symbol, "os-brick reads the keyring of the user from this path and no other"
	case !strings.Contains(symbol, "/") || runs || strings.Contains(symbol, "/bin/") || strings.Contains(symbol, "/sbin/"):
		return class, symbol, "a program of the host"
	}
	return upgrade.Misconfigured, symbol, "a file that the configuration or the host should have"
}
