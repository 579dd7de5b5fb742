# What one source binds at its top level, as api.Module.


class Reading:
    """One source that is being read."""

    def __init__(self, source):
        self.name, self.package = source["Name"], source.get("Package", False)
        self.text = base64.b64decode(source["Text"])
        self.walrus = b":=" in self.text
        self.stars, self.dynamic = [], False

    def starred(self, module):
        if not module:
            self.dynamic = True
        elif module not in self.stars:
            self.stars.append(module)

    def has(self, *words):
        return any(w in self.text for w in words)


def answer(source):
    tree, r = parse(source), Reading(source)
    names = Names()
    Block(r, [], None).run(tree.body, names)
    names = {n: s for n, s in names.own.items() if s is not Names.GONE}
    if r.has(b"global"):
        add_globals(tree, names)
    if r.has(b"globals", b"locals", b"vars", b"exec", b"modules"):
        made = made_names(tree)
        r.dynamic = r.dynamic or None in made
        for n in made - {None}:
            names.setdefault(n, {"Kind": VALUE})
    settle(r.name, names)
    module = {"Names": names}
    exported = all_names(tree) if "__all__" in names else None
    for key, told in (
        ("Package", r.package),
        ("Stars", r.stars),
        ("Options", options(tree, names) if r.has(b"Opt(") else None),
        ("Calls", host_calls(tree, names) if r.has(b"driver") and is_host(r.name) else None),
        ("Registered", registered(tree)),
        ("Dynamic", r.dynamic or "__getattr__" in names),
    ):
        if told:
            module[key] = told
    if exported is not None:
        module["All"] = exported
    return module


def settle(path, names):
    """Gives each class one place, the outermost and first; wherever else it is bound, there is an Alias to that."""
    at, pending = {}, [(path, names)]
    for path, symbols in pending:
        for n, s in symbols.items():
            if s["Kind"] == CLASS and id(s["Class"]) in at:
                symbols[n] = {"Kind": ALIAS, "Target": at[id(s["Class"])]}
            elif s["Kind"] == CLASS:
                at[id(s["Class"])] = path + "." + n
                pending.append((path + "." + n, s["Class"]["Members"]))


def registered(tree):
    """The classes under a decorator …Registry.register or …Registry.register_if(…)."""
    found = []
    for s in statements(tree.body, into=()):
        if isinstance(s, ast.ClassDef) and any(is_registering(d) for d in s.decorator_list):
            found.append(s.name)
    return found


def is_registering(decorator):
    path = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator) or [""]
    return path[-1] in ("register", "register_if") and len(path) > 1 and path[-2].endswith("Registry")


def add_globals(tree, names):
    """Adds what functions bind by `global`. Where the module binds it to something else too, it is a Value."""
    for f in statements(tree.body):
        if not isinstance(f, FUNCTIONS):
            continue
        own = list(statements(f.body, into=()))
        declared = {n for s in own if isinstance(s, ast.Global) for n in s.names}
        if not declared:
            continue
        for s in own:
            bound = [t.id for t in targets(s) if isinstance(t, ast.Name)]
            if isinstance(s, FUNCTIONS + (ast.ClassDef,)):
                bound.append(s.name)
            elif isinstance(s, (ast.Import, ast.ImportFrom)):
                bound += [(a.asname or a.name).split(".")[0] for a in s.names]
            for n in declared.intersection(bound):
                names[n] = {"Kind": VALUE}


def all_names(tree):
    """The strings of __all__, over all statements that give it some, or None where one is no plain list."""
    found = []
    for s in statements(tree.body, into=()):
        given = None
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets(s)):
            given = strings(s.value) if isinstance(s, (ast.Assign, ast.AnnAssign, ast.AugAssign)) else None
        elif isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) and dotted(s.value.func) in (["__all__", "extend"], ["__all__", "append"]) and s.value.args:
            one = string(s.value.args[0])
            given = strings(s.value.args[0]) if one is None else [one]
        else:
            continue
        if given is None:
            return None
        found += [n for n in given if n not in found]
    return found


# Calls that only read the namespace that they get.
READING = {"eval", "__import__", "dict", "list", "sorted", "len", "set", "getattr", "hasattr", "dir", "vars", "getmembers", "isinstance", "print", "getmodule", "getdoc", "getsource"}
READING_METHODS = {"get", "items", "keys", "values", "copy", "iteritems"}


def made_names(tree):
    """The names that a module gets otherwise than by binding, None for those that the text does not show: globals()[x] = …, setattr(sys.modules[__name__], x, …), exec."""
    nodes, top = list(ast.walk(tree)), {id(n) for n in outside(tree.body)}
    spaces = {id(n) for n in nodes if is_space(n, id(n) in top)}
    kept = [n for n in nodes if isinstance(n, ast.Assign) and is_this_module(n.value) and all(isinstance(t, ast.Name) for t in n.targets)]
    variables = {t.id for n in kept for t in n.targets}
    made, harmless = set(), {id(n.value) for n in kept}

    def is_module(n):
        return is_this_module(n) or isinstance(n, ast.Name) and n.id in variables

    for n in nodes:
        if isinstance(n, ast.Call) and last(n) == "exec" and id(n) in top:
            made.add(None)
        elif isinstance(n, ast.Call) and last(n) == "setattr" and len(n.args) == 3 and is_module(n.args[0]):
            made.add(string(n.args[1]))
            harmless.add(id(n.args[0]))
        elif isinstance(n, ast.Attribute) and is_module(n.value):
            if n.attr in ("__dict__", "__class__"):
                made.add(None)
            elif isinstance(n.ctx, ast.Store):
                made.add(n.attr)
            harmless.add(id(n.value))
        else:
            harmless.update(id(r) for r in only_read(n))
    if spaces - harmless:
        made.add(None)
    return made


def is_space(node, at_top):
    """Whether an expression is the namespace of the module, or the module itself."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
        return node.func.id == "globals" or at_top and node.func.id in ("locals", "vars")
    return is_this_module(node)


def only_read(node):
    """The expressions that a node does no more to than to read them."""
    if isinstance(node, ast.Attribute) and node.attr in READING_METHODS:
        return [node.value]
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return [node.value]
    if isinstance(node, ast.Compare):
        return node.comparators
    if isinstance(node, (ast.For, ast.comprehension)):
        return [node.iter]
    if isinstance(node, ast.Call) and last(node) in READING:
        return node.args
    if isinstance(node, ast.Return) and is_this_module(node.value):  # get_backend() of a database API
        return [node.value]
    return []


def is_this_module(node):
    """Whether an expression is sys.modules[__name__]."""
    if not isinstance(node, ast.Subscript) or last(node.value) != "modules":
        return False
    key = node.slice.value if type(node.slice).__name__ == "Index" else node.slice
    return isinstance(key, ast.Name) and key.id == "__name__"
