package api

import "github.com/chandlery-go/chandlery/resolve/pep508"

// NeedKind says in which way a driver asks for something.
type NeedKind string

const (
	NeedModule       NeedKind = "module"       // import a.b: Symbol is the module
	NeedName         NeedKind = "name"         // from a.b import c, or alias.c.d: Symbol is the absolute dotted name
	NeedCall         NeedKind = "call"         // a call of Symbol with the arguments of Call
	NeedAttribute    NeedKind = "attribute"    // self.X or cls.X, or super().X: Symbol is "<Class>.X", Class one of the driver's own; what the driver's classes define or assign themselves is no need
	NeedMethod       NeedKind = "method"       // self.X(…) or super().X(…): as attribute, with Call
	NeedOverride     NeedKind = "override"     // the driver's method Symbol ("<Class>.X") takes Sig; Release's calls of X on drivers must fit
	NeedOption       NeedKind = "option"       // Symbol is an option's name that is read from the configuration and that the driver does not register itself; Group where told
	NeedDistribution NeedKind = "distribution" // a top-level module that is neither the component's nor the standard library's: Symbol is the module
)

// Need is one thing that a driver asks of its host. It says where.
type Need struct {
	Kind   NeedKind
	Symbol string     // absolute dotted name: cinder.volume.volume_utils.upload_volume
	Class  string     // of NeedAttribute, NeedMethod and NeedOverride: the absolute dotted name of the driver's own class
	Super  bool       // of NeedAttribute and NeedMethod: asked of super(), so the class's own members do not count
	Call   *Call      // of NeedCall and NeedMethod
	Sig    *Signature // of NeedOverride
	Group  string     // of NeedOption
	File   string     // within the driver, with slashes
	Line   int
	// Guarded is a need that the driver can do without: under try with an except for ImportError, AttributeError or all, in a branch that a hasattr or a version decides, or read by getattr with a default.
	Guarded bool
	// Late is a need that shows only when a function runs that is neither the import nor a constructor nor do_setup or check_for_setup_error.
	Late bool
}

// Driver is what was read of a driver.
type Driver struct {
	Modules map[string]*Module // the driver's own, by absolute dotted name as installed
	Needs   []Need
	Classes []string      // absolute dotted names of the classes that look like drivers: those that inherit, through the driver's own modules, from a class of the host's
	Source  []string      // its files, with slashes
	SDK     []pep508.Name // distributions that its own metadata require; nil where it has none
}
