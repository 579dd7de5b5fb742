# Guards: what lets a driver do without something.

# What an exception of each kind of need is caught by. A bare except is ''.
ALL = {"", "Exception", "BaseException"}
CATCHES = {
    "import": ALL | {"ImportError", "ModuleNotFoundError"},
    "name": ALL | {"AttributeError"},
    "call": ALL | {"AttributeError", "TypeError"},
    "option": ALL | {"AttributeError", "NoSuchOptError"},
}

BRANCHES = {"sys.version_info", "sys.version", "sys.hexversion", "six.PY2", "six.PY3", "six.PY34"}
VERSIONS = ("platform.python_version", "pkg_resources.", "importlib.metadata.", "importlib_metadata.", "pbr.version.")
INSPECTORS = ("inspect.", "oslo_utils.reflection.")


class Caught:
    """Caught guards what is inside a try: names are the exceptions that its handlers swallow."""

    def __init__(self, names):
        self.names = names

    def holds(self, kind, world):
        return bool(self.names & CATCHES[kind])


class Branch:
    """Branch guards what a test about the host decides."""

    def holds(self, kind, world):
        return True


class IfImported(Branch):
    """IfImported guards what a test on a name decides that tells whether an import worked: `if rbd is not None`, `if HAS_RBD`."""

    def __init__(self, bindings):
        self.bindings = bindings

    def holds(self, kind, world):
        return any(self.tells(b, world) for b in self.bindings)

    def tells(self, b, world):
        if b.kind == NONE:
            return any(isinstance(g, Caught) and g.names & {"ImportError", "ModuleNotFoundError"} for g in b.guards)
        tried = b.kind == CHAIN and isinstance(b.value, ast.Call) and last(b.value) == "try_import"
        return tried or (b.kind == IMPORT and world.guarded(b))


class IfHas(Branch):
    """IfHas guards what hasattr(self, name) decides, where the driver does not define the name itself."""

    def __init__(self, klass, name):
        self.klass, self.name = klass, name

    def holds(self, kind, world):
        return self.name not in world.assigned and any(self.name not in known_members(k) for k in leaves(self.klass))


class IfSet:
    """IfSet guards the options that a test on configuration.safe_get decides: it gives None for one that nobody registers."""

    def holds(self, kind, world):
        return kind == "option"


def swallowed(handlers):
    """swallowed gives the exceptions that handlers catch and do not raise again or turn into another."""
    names = set()
    for handler in handlers:
        if not raises(handler.body):
            names |= caught(handler.type)
    return frozenset(names)


def caught(node):
    if node is None:
        return {""}
    if isinstance(node, ast.Tuple):
        return {name for e in node.elts for name in caught(e)}
    return {last(node)} - {""}


def raises(body):
    """raises says whether a block always ends by an exception, also by save_and_reraise_exception whose reraise nobody changes."""
    for s in body:
        if isinstance(s, ast.Raise):
            return True
        if isinstance(s, ast.With) and (raises(s.body) or any(reraising(i.context_expr, s) for i in s.items)):
            return True
        if isinstance(s, ast.If) and s.orelse and raises(s.body) and raises(s.orelse):
            return True
        if isinstance(s, ast.Expr) and last(s.value) in ("exit", "abort") and isinstance(s.value, ast.Call):
            return True
    return False


def reraising(node, block):
    if last(node) != "save_and_reraise_exception" or not isinstance(node, ast.Call) or node.args or node.keywords:
        return False
    return not any(isinstance(n, ast.Attribute) and n.attr == "reraise" and isinstance(n.ctx, ast.Store) for n in ast.walk(block))


def leaves_block(body):
    """leaves_block says whether what follows a block does not run after it."""
    return bool(body) and (isinstance(body[-1], (ast.Return, ast.Continue, ast.Break)) or raises(body))


class Tests:
    """Tests reads the tests of branches."""

    def __init__(self, reader):
        self.reader = reader

    def guards(self, test):
        """guards gives what a test decides by: an empty list where it says nothing of the host."""
        found, todo = [], [test]
        while todo:
            node = todo.pop()
            if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
                continue
            if isinstance(node, ast.Call):
                found += self.call(node)
            elif isinstance(node, (ast.Name, ast.Attribute)):
                found += self.name(node)
            if not isinstance(node, ast.Attribute):
                todo.extend(ast.iter_child_nodes(node))
            elif not isinstance(node.value, ast.Name):
                todo.append(node.value)
        return found

    def call(self, node):
        func = node.func.id if isinstance(node.func, ast.Name) and self.reader.builtin(node.func.id) else ""
        attr = string(node.args[1]) if len(node.args) > 1 else None
        if func == "hasattr" or (func == "getattr" and len(node.args) > 2):
            refs = self.reader.resolve(node.args[0])
            if any(r.kind in ("host", "super") for r in refs) or self.reader.configuration(node.args[0]):
                return [Branch()]
            return [IfHas(r.value, attr) for r in refs if r.kind in ("self", "cls") and attr]
        return [IfSet()] if last(node) == "safe_get" else []

    def name(self, node):
        if last(node) == "TYPE_CHECKING" or last(node) == "__version__":
            return [Branch()]
        found = []
        for r in self.reader.resolve(node):
            if r.kind == "host" and decides(r.value, self.reader.world.component):
                return [Branch()]
        if isinstance(node, ast.Name):
            bindings = self.reader.scope.lookup(node.id)
            if bindings:
                found.append(IfImported(bindings))
        return found


def decides(name, component):
    """decides says whether a dotted name tells a version, or the shape of the host."""
    return name in BRANCHES or name.startswith(VERSIONS) or name.startswith(INSPECTORS) or (component and name.startswith(component + ".version."))
