package api

import (
	"sync"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Index is what the releases of a component and of the libraries beside it offer. It is read-only once made, and safe for concurrent use.
type Index struct {
	Component pep508.Name                // cinder
	Releases  []*Release                 // of the component, ascending
	Libraries map[pep508.Name][]*Release // os-brick, oslo.utils, …: each ascending

	once sync.Once
	has  known // what any release has, for Views
}

// Release is one version of one distribution.
type Release struct {
	Distribution   pep508.Name
	Version        pep440.Version
	Series         string                         // 2025.1, zed, queens; "" where the releases data do not know it
	RequiresPython string                         // as METADATA has it; "" for none
	Requires       []string                       // Requires-Dist of METADATA, as written
	EntryPoints    map[string]map[string]string   // group, name: object reference
	Modules        map[string]*Module             // by dotted name: cinder.volume.volume_utils. Files that are the same in two releases are one *Module.
	Libraries      map[pep508.Name]pep440.Version // of the component: what its series' upper-constraints pin, for those in the Index
}

// Module is what one source file binds at its top level.
type Module struct {
	Package bool               // an __init__.py: relative imports start here, and submodules are its attributes once imported
	Names   map[string]*Symbol // what `import *` and attribute access see, private names included
	Stars   []string           // absolute modules of `from x import *`
	All     []string           // __all__ where it is a plain list of strings, for `import *`; nil where absent
	Options []Option           // that the file defines or registers
	Calls   []HostCall         // on objects that a driver implements: how the host calls it
	// Registered are the classes under a decorator …Registry.register or …Registry.register_if(…), which makes each an attribute of the package that the module is in: cinder.objects.Volume. PlaceRegistered puts them there.
	Registered []string
	Dynamic    bool // may have names that its text does not show
}

// SymbolKind says what a name is bound to.
type SymbolKind uint8

const (
	Value    SymbolKind = iota // anything that is no other kind: no attribute of it is judged
	Function                   // Sig is its signature
	Class                      // Class has its members
	Alias                      // Target says of what
)

// Symbol is what one name is bound to. Where branches bind it differently, it is a Value.
type Symbol struct {
	Kind     SymbolKind
	Sig      *Signature // of a Function; nil: any call is taken
	Class    *ClassBody // of a Class
	Target   string     // of an Alias: the absolute dotted name that it leads to, module or name in one
	Instance bool       // of a member of a class: assigned to self by a method, so an instance has it, the class has not
}

// ClassBody is a class's own part: what it inherits is found by its bases.
type ClassBody struct {
	Bases    []string           // absolute dotted names, of builtins with their module: builtins.Exception; "" for one that cannot be told, which makes the class dynamic
	Members  map[string]*Symbol // methods, attributes of the body, attributes of self
	Abstract []string           // methods under an abstract decorator
	Dynamic  bool               // has __getattr__, an unknown decorator or metaclass
}

// ParamKind is inspect's kind of a parameter.
type ParamKind uint8

const (
	PositionalOnly ParamKind = iota
	PositionalOrKeyword
	VarPositional
	KeywordOnly
	VarKeyword
)

// Param is one parameter of a signature.
type Param struct {
	Name    string
	Kind    ParamKind
	Default bool // has a default
}

// Signature is what a function takes. The first parameter of a method is among Params unless Binding is Static.
type Signature struct {
	Params  []Param
	Binding Binding
}

// Binding says what a function of a class body is bound to when it is called through an instance.
type Binding uint8

const (
	Plain    Binding = iota // a function of a module, or a method that gets self
	ClassWay                // @classmethod
	Static                  // @staticmethod
	Property                // @property: it is read, not called, and what it gives is not known
)

// Option is one option of oslo.config.
type Option struct {
	Name  string
	Group string // where it is registered, when the text says so; "" for DEFAULT or not told
	Shape string // StrOpt, IntOpt, …
}

// HostCall is one call of the host on the driver: self.driver.create_volume(volume).
type HostCall struct {
	Method string
	Call   Call
	Line   int
}

// Call is the shape of one call.
type Call struct {
	Positional int      // arguments by position, self not counted
	Keywords   []string // names of the arguments by keyword
	Star       bool     // *args: there may be more by position
	StarStar   bool     // **kwargs: there may be more by keyword
}
