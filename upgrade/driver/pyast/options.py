# Options of oslo.config, and calls on drivers, in one source.


def options(tree, names):
    """api.Option for each call of something named …Opt whose first argument is a string. The group is that of a register_opts or register_opt in the same source which gets the call itself, or a variable or sum with it."""
    found, held, registered = {}, {}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            held.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            held.setdefault(node.target.id, []).append(node.value)
        elif isinstance(node, ast.Call):
            o = option(node)
            if o:
                found[id(node)] = o
            elif last(node).startswith("register") and last(node).endswith(("opt", "opts")) and node.args:
                registered.append(node)
    groups = {}
    for call in registered:
        group = group_name(call, held)
        for o in within(call.args[0], held, found):
            groups.setdefault(o, set()).add(group)
    told = set()
    for o, (name, shape) in found.items():
        told.update((name, group, shape) for group in groups.get(o, {""}))
    return [{"Name": n, "Group": g, "Shape": s} for n, g, s in sorted(told)]


def option(call):
    """The name, as an attribute of the configuration has it, and the shape of the option that a call makes, or None."""
    shape = last(call)
    if not shape.endswith("Opt") or shape in ("SubCommandOpt", "DeprecatedOpt"):
        return None
    given = {k.arg: string(k.value) for k in call.keywords if k.arg in ("name", "dest")}
    name = given.get("dest") or (string(call.args[0]) if call.args else given.get("name"))
    return (name.replace("-", "_"), shape) if name else None


def within(node, held, found):
    """The options that an expression has in it, through the variables of the source."""
    seen, pending = set(), [node]
    while pending:
        for n in ast.walk(pending.pop()):
            if id(n) in found:
                yield id(n)
            elif isinstance(n, ast.Name) and n.id not in seen:
                seen.add(n.id)
                pending.extend(held.get(n.id, ()))


def group_name(call, held):
    """The group that a register_opts names: a string, a variable with one, or an OptGroup with one; "" where that is not told."""
    group = next((k.value for k in call.keywords if k.arg == "group"), call.args[1] if len(call.args) > 1 else None)
    for _ in range(8):
        if isinstance(group, ast.Name) and len(held.get(group.id, ())) == 1:
            group = held[group.id][0]
        elif isinstance(group, ast.Call) and last(group) == "OptGroup":
            group = group.args[0] if group.args else next((k.value for k in group.keywords if k.arg == "name"), None)
    name = group is not None and string(group) or ""
    return "" if name == "DEFAULT" else name


def host_calls(tree, names):
    """api.HostCall for each call of a method of something named driver: self.driver.x(…), driver.x(…). A name driver that the module binds is another thing, unless a function around the call binds it itself."""
    found = []
    pending = [(tree, "driver" not in names)]
    while pending:
        node, free = pending.pop()
        if isinstance(node, FUNCTIONS + (ast.Lambda,)):
            free = free or binds(node, "driver")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            on = node.func.value
            if isinstance(on, ast.Attribute) and on.attr == "driver" or isinstance(on, ast.Name) and on.id == "driver" and free:
                found.append({"Method": node.func.attr, "Call": call_shape(node), "Line": node.lineno})
        pending.extend((child, free) for child in ast.iter_child_nodes(node))
    return sorted(found, key=lambda c: c["Line"])


def binds(function, name):
    """Whether a function has a parameter or assigns a variable of that name."""
    a = function.args
    if name in [p.arg for p in getattr(a, "posonlyargs", []) + a.args + a.kwonlyargs + [a.vararg, a.kwarg] if p]:
        return True
    pending = list(function.body) if isinstance(function, FUNCTIONS) else []
    while pending:
        node = pending.pop()
        if isinstance(node, FUNCTIONS + (ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        pending.extend(ast.iter_child_nodes(node))
    return False


def is_host(name):
    """Whether the calls on drivers in a module are the host's: drivers call each other, and tests call what they made up."""
    return not {"drivers", "tests", "test"} & set(name.split("."))
