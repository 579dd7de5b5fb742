# From uses to needs: who is early, which guards hold, what the driver's classes have by themselves.


def finish(world):
    spread(world)
    needs, seen = [], set()
    for use in world.uses:
        for need in told(use, world):
            key = repr(sorted((k, v) for k, v in need.items() if k != "Line"))
            if key not in seen:
                seen.add(key)
                needs.append(need)
    needs += overrides(world)
    return sorted(needs, key=lambda n: (n["File"], n["Line"], n["Kind"], n["Symbol"]))


def spread(world):
    """spread marks the functions that run when the driver is imported, made and set up: by calls that can be seen."""
    todo = [f for f in world.funcs if f.klass is not None and f.name in EARLY]
    for call in world.early:
        todo += targets_of(call)
    while todo:
        func = todo.pop()
        if not func.early:
            func.early = True
            for call in func.calls:
                todo += targets_of(call)


def targets_of(call):
    if call[0] == "func":
        return [call[1]]
    kind, klass, name, above = call
    found = methods_named(klass, name, above)
    return found if kind == "method" else [f for f in found if binding(f.node) == PROPERTY]


def told(use, world):
    """told gives the needs of a use."""
    need = {"Kind": use.kind, "Symbol": use.name, "File": use.file, "Line": use.line}
    if use.call is not None:
        need["Call"] = use.call
    guarded = not use.sure or any(world.guarded(b) for b in use.via)
    if use.late or (use.func is not None and not use.func.early):
        need["Late"] = True
    if guarded or any(g.holds(use.way, world) for g in use.guards):
        need["Guarded"] = True
    if use.kind in ("attribute", "method"):
        return members(need, use, world)
    if use.kind == "construct":
        return constructions(need, use)
    if use.kind == "option":
        return options(need, use, world)
    if use.kind == "call" and need.get("Guarded") and not guarded and not any(g.holds("name", world) for g in use.guards):
        name = {k: v for k, v in need.items() if k not in ("Call", "Guarded")}  # except TypeError: the name must be there
        name["Kind"] = "name"
        return [name, need]
    return [need]


def members(need, use, world):
    """members gives the needs of self.X: one for each set of host classes that it may come from."""
    name, klass = use.name, use.klass
    private = name.startswith("__") and not name.endswith("__")
    if private or world.loose or name in world.assigned or not klass.top:
        return []
    if use.above:
        return super_member(need, klass, name)
    if name in OBJECT:
        return []
    found = {}
    for leaf in leaves(klass):
        if hosts(leaf) and name not in known_members(leaf):
            chosen = klass if hosts(klass) == hosts(leaf) else leaf
            if chosen.top:
                found.setdefault(hosts(leaf), chosen)
    return [of_class(need, k, name) for k in found.values()]


def super_member(need, klass, name):
    """super_member gives the need of super().X where no class of the driver's own may stand between."""
    below = descendants(klass)
    if below is None or not hosts(klass):
        return []
    for leaf in leaves(klass):
        if hosts(leaf) is None or any(has_name(k, name) for k in lineage(leaf) if k not in below):
            return []
    found = of_class(need, klass, name)
    found["Super"] = True
    return [found]


def of_class(need, klass, name):
    found = dict(need)
    found["Symbol"], found["Class"] = klass.name + "." + name, klass.name
    return found


def constructions(need, use):
    """constructions gives the need of Class(…) where the host's class makes the instance."""
    if use.call is None or not use.klass.top or not hosts(use.klass):
        return []
    if any({"__init__", "__new__", "__call__"} & set(k.scope.names) or k.node.keywords for k in lineage(use.klass)):
        return []
    need["Kind"] = "call"
    return [need]


def options(need, use, world):
    if use.name in world.options or use.name in world.assigned or (use.alias and use.alias not in world.conf_attrs):
        return []
    if use.backend is not None and not use.backend.configured and not (use.klass is not None and any(is_driver(k) for k in leaves(use.klass))):
        return []  # another's configuration: an SDK's client has one too
    if world.any_option:
        need["Guarded"] = True
    if use.group:
        need["Group"] = use.group
    return [need]


def ordered_drivers(world):
    found = [k for k in world.classes if is_driver(k)]
    return [k for k in found if k.registered] + [k for k in found if not k.registered]


def driver_classes(world):
    return list(dict.fromkeys(k.name for k in ordered_drivers(world)))


def overrides(world):
    """overrides gives the methods by which the driver answers the host: of its driver classes, and of what these inherit from among its own."""
    needs, seen = [], set()
    for driver in ordered_drivers(world):
        if driver.subs and not driver.registered:
            continue
        names = set()
        for klass in lineage(driver) or []:
            for name in klass.methods:
                if name not in names and (klass, name) not in seen and klass.top:
                    seen.add((klass, name))
                    needs += override(klass, name)
            names |= set(klass.scope.names)
    return needs


def override(klass, name):
    """override gives the need of one method whose signature is what its text says."""
    found = klass.methods[name]
    func = found[0]
    if len(klass.scope.names.get(name, [])) != 1 or (name.startswith("_") and name != "__init__"):
        return []
    bound = binding(func.node)
    if bound == PROPERTY or not all(keeps_signature(d) for d in func.node.decorator_list):
        return []
    need = {"Kind": "override", "Sig": signature(func.node.args, bound), "File": klass.module.file, "Line": func.node.lineno}
    if name not in EARLY:
        need["Late"] = True
    return [of_class(need, klass, name)]


KEEPING = ABSTRACT | {"staticmethod", "classmethod", "trace", "trace_method", "trace_api", "synchronized", "retry", "require_driver_initialized", "wraps", "override"}


def keeps_signature(decorator):
    return last(decorator) in KEEPING
