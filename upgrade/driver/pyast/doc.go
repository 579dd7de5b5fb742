// Package pyast reads Python sources by the ast of a CPython that the host has: what a module binds (Reader.Surface), and what a driver asks of its host (Reader.Needs).
//
// Nothing that is read is imported, compiled to code or run: a source goes through ast.parse alone. The interpreter runs isolated (-I -S -B: no PYTHON… variables, no site-packages, no bytecode written), gets its program and the
// sources on standard input, and touches no file but its own standard library.
//
// # The programs
//
//	serve.py    takes requests and gives answers, one JSON text a line, in order
//	names.py    what the readers share: names, imports, signatures, constants, decorators, what is Python 2
//	surface.py  what a module binds, with flow.py (branches), classes.py and options.py
//	needs.py    what a driver asks of its host, with the other needs_*.py
//
// They run on CPython 3.6 and later, and read what the ast of that interpreter can: a source with newer syntax is a *SyntaxError, as is one that only Python 2 reads, which says so (SyntaxError.Python2).
//
// # What a module binds
//
// The statements of a module, and of each class body, are followed in the order in which they run. Where branches meet:
//
//   - A name that only some branches bind is bound, as they bind it. One that they bind in the same way (the same target, signature or class) is that; one that they bind differently is a Value: it is there, and nothing of it is judged.
//     So `try: from a import x / except ImportError: from b import x`, or `x = None` in its place, gives a Value x.
//   - A branch that ends in raise does not count, nor does one under `if TYPE_CHECKING`, `if __name__ == "__main__"` or `if 0`. What depends on the system, or on the version of the interpreter, is not decided.
//   - `del` takes a name away, except where only one branch does. A later binding takes the place of an earlier one. What a function binds by `global` is bound.
//   - x = y takes over what y is; x = a.b, of an imported a, is an Alias; x = lambda … a Function; every other x = … a Value, but for namedtuple(…), type(…, …, …) and enum.Enum(…), which are dynamic classes.
//   - A class that is bound twice (Same = Other) is a class in its first place, and an Alias to that in the other.
//   - An import that leads out of the top level is a Value, and as a star makes the module Dynamic.
//
// A module is Dynamic with a __getattr__, and where it changes its own namespace by names that its text does not show: globals()[x] = …, setattr(sys.modules[__name__], x, …), sys.modules[__name__] = …, exec at its top level, and
// globals() or the module itself given to what may change it. All is the union of the strings that __all__ gets by =, +=, extend and append, and nil where one of these is no plain list.
//
// # Functions
//
// A Signature has the parameters as written. Decorators are told by their last name. Those named …staticmethod, …classmethod, …property, …_attribute, and setter, getter, deleter, reify, declared_attr say how a method is bound.
// Those that give something else than what they get (partial, wsgify, mock's patch, pytest's fixture, click's command, see REPLACING in names.py) take the signature away: any call is taken. All others are taken to keep it, as
// functools.wraps does, and as contextmanager does; one that adds parameters of its own is read wrongly.
//
// # Classes
//
// Members are what the body binds; what methods assign to self (Instance), in functions inside them too, unless the class has the name already; what class methods assign to cls; __slots__; annotations without a value (Instance); the keys
// of `fields`, which oslo.versionedobjects makes attributes of; and what the module assigns later: Class.x = …. A method that some method assigns over is a Value. Private names are mangled as in the running class: _Class__x.
// A dataclass, or a class of attrs, gets an __init__ of any call.
//
// Bases are absolute; of builtins with their module; object, abc.ABC, typing.Generic and typing.Protocol are left out; a base of unknown origin in a module with a star import is taken to be the module's own name, which the star may
// bring. A class is Dynamic with __getattr__ or __getattribute__, a decorator or metaclass that is not known to leave attributes alone (KEEPING and METACLASSES in classes.py), and where it changes its own namespace.
//
// # Options, calls, registers
//
// An Option is a call of something named …Opt with a literal name, which is given as an attribute of the configuration has it, with underscores. Its group is a string, or a variable or OptGroup of the same source. A HostCall is a call
// of a method of something that is named driver, as an attribute (self.driver.x()) or a variable (driver.x(), unless the module binds driver itself); not in modules below a package drivers, test or tests.
//
// # Hostile sources
//
// A source costs its own result and no other: one that is too large, too deep, not decodable, or too slow is a *SourceError of that file. Where the interpreter itself dies (a deep nesting can break its parser), it is begun anew behind
// that file. Memory is bounded by MaxMemory in each process where the system can, answers by MaxAnswer and MaxOutput.
package pyast
