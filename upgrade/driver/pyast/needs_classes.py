# Classes of the driver: what they inherit among themselves, and what they have by themselves.

MAX_CLASSES = 300  # that one class inherits from, or that inherit from it

OBJECT = set(dir(object)) | set(dir(type)) | {"__dict__", "__weakref__", "__module__", "__annotations__", "__slots__", "__orig_class__"}
METACLASSES = {"type", "ABCMeta"}


def link(world):
    """link finds the bases of every class. What is not known of a base makes the class dynamic."""
    for klass in world.classes:
        reader = Resolver(world.modules)
        for base in bases_of(klass, reader):
            link_base(klass, base, reader)
        if {"__getattr__", "__getattribute__"} & set(klass.scope.names):
            klass.dynamic = True
    for klass in world.classes:
        for base in klass.own:
            base.subs.append(klass)


def bases_of(klass, reader):
    """bases_of gives the expressions of the bases; six.with_metaclass(Meta, Base) stands for Base."""
    found = []
    for base in klass.node.bases:
        if isinstance(base, ast.Call) and last(base) == "with_metaclass":
            found += base.args[1:]
        elif isinstance(base, ast.Subscript):  # Generic[T]
            found.append(base.value)
        else:
            found.append(base)
    return found


def link_base(klass, base, reader):
    scope = getattr(klass.node, "typed_", klass.outer)
    refs = reader.resolve(base, scope)
    if isinstance(base, ast.Name) and scope.lookup(base.id) is None and not klass.module.stars:
        members = builtin_members(base.id)
        klass.builtin |= members
        klass.unknown |= not members and base.id != "object"
        return
    for ref in refs:
        if not ref.sure:
            klass.unknown = True
        if ref.kind == "class":
            klass.own.append(ref.value)
        elif ref.kind == "host" and is_standard(ref.value):
            klass.unknown |= ref.value not in ("abc.ABC", "typing.Generic", "typing.Protocol")
        elif ref.kind == "host":
            klass.outside.append(ref.value)
        else:
            klass.unknown = True
    klass.unknown |= not refs


def builtin_members(name):
    """builtin_members gives what a built-in class has; this interpreter's stands for all."""
    found = getattr(builtins, name, None)
    return set(dir(found)) | {"message"} if isinstance(found, type) and found is not object else set()


def has_name(klass, name):
    """has_name says whether a class's own part has a name."""
    return name in klass.scope.names or name in klass.assigned or name in klass.builtin


def lineage(klass):
    """lineage gives a class and what it inherits from among the driver's own, in about the order of the MRO; None where there are too many."""
    if not hasattr(klass, "lineage_"):
        found, todo, steps = {}, [klass], 0
        while todo and steps <= MAX_CLASSES:
            k = todo.pop()
            found.pop(k, None)
            found[k] = True
            todo += reversed(k.own)
            steps += 1
        klass.lineage_ = None if todo else list(found)
    return klass.lineage_


def descendants(klass):
    """descendants gives a class and what inherits from it, None where there are too many."""
    if not hasattr(klass, "descendants_"):
        found, todo = {}, [klass]
        while todo and len(found) <= MAX_CLASSES:
            k = todo.pop()
            if k not in found:
                found[k] = True
                todo += k.subs
        klass.descendants_ = None if todo else list(found)
    return klass.descendants_


def leaves(klass):
    """leaves gives the classes whose instances a method's self may be: those below that nobody inherits from, and those that are registered as drivers."""
    if not hasattr(klass, "leaves_"):
        klass.leaves_ = [k for k in descendants(klass) or [] if not k.subs or k.registered]
    return klass.leaves_


def known_members(klass):
    """known_members gives the names that a class has by the driver's own doing."""
    if not hasattr(klass, "members_"):
        klass.members_ = set()
        for k in lineage(klass) or []:
            klass.members_ |= k.assigned | k.builtin
            klass.members_.update(k.scope.names)
    return klass.members_


def hosts(klass):
    """hosts gives the classes outside of the driver that a class inherits from; None where that cannot be told in full, or anything may be among its attributes."""
    if not hasattr(klass, "hosts_"):
        line = lineage(klass)
        told = line is not None and not any(k.dynamic or k.unknown for k in line)
        klass.hosts_ = frozenset(b for k in line for b in k.outside) if told else None
    return klass.hosts_


def looks_like_driver(base):
    """looks_like_driver says whether a class of the host's is one that drivers inherit from, by its name (SanISCSIDriver, CloneableImageVD) or its module's (cinder.volume.driver, cinder.backup.chunkeddriver)."""
    parts = base.lower().split(".")
    if parts[-1].endswith(("exception", "error")) or "exception" in parts or "exceptions" in parts:
        return False
    return "driver" in parts[-1] or base.endswith("VD") or any(p.endswith("driver") for p in parts[:-1]) or parts[-2:-1] == ["interface"]


def is_driver(klass):
    line = lineage(klass) or []
    return klass.top and (klass.registered or any(looks_like_driver(b) for k in line for b in k.outside))


def methods_named(klass, name, above=False):
    """methods_named gives the methods of the driver that a call of self.name may run; above: of super()."""
    found = []
    for leaf in [klass] if above else (leaves(klass) or [klass]):
        line = lineage(leaf) or []
        for k in line[1:] if above else line:
            found += k.methods.get(name, [])
    return found
