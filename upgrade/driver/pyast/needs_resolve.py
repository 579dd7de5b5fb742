# What a name or a chain of attributes leads to, across the driver's own modules.

MAX_SYMBOL = 512      # characters of a dotted name
MAX_CHAIN = 40        # attributes in one expression
MAX_FOLLOW = 20       # aliases that are followed one after another
MAX_ALTERNATIVES = 4  # things that one name may be
MAX_STARS = 50        # modules that are searched for a name that a star imports


class Ref:
    """Ref is what an expression leads to. Kind: host (a dotted name outside of the driver), own (a Module), class, func, self, cls, super. Sure is False where the name may be something else too."""

    __slots__ = ("kind", "value", "sure", "via")

    def __init__(self, kind, value, sure=True, via=()):
        self.kind, self.value, self.sure, self.via = kind, value, sure, via


class Resolver:
    """Resolver follows expressions to Refs across the driver's own modules."""

    def __init__(self, modules):
        self.modules = modules

    def resolve(self, node, scope, depth=0):
        if depth > MAX_FOLLOW:
            return []
        if isinstance(node, ast.Name):
            bindings = scope.lookup(node.id)
            if bindings is None:
                return self.from_stars(scope.module, node.id, depth + 1)
            return self.bound(bindings, depth + 1)
        attrs = []
        while isinstance(node, ast.Attribute):
            attrs.append(node.attr)
            node = node.value
            if len(attrs) > MAX_CHAIN:
                return []
        if attrs:
            refs = self.resolve(node, scope, depth + 1)
            for attr in reversed(attrs):
                refs = [r for ref in refs for r in self.extend(ref, attr, depth + 1)]
            return refs
        return self.called(node, scope, depth + 1) if isinstance(node, ast.Call) else []

    def bound(self, bindings, depth):
        """bound gives what a name with these bindings may be: nothing where one of them cannot be told."""
        if depth > MAX_FOLLOW or len(bindings) > MAX_ALTERNATIVES or any(b.kind == OTHER for b in bindings):
            return []
        found, sure = [], True
        for b in bindings:
            refs = self.follow(b, depth)
            if not refs and b.kind != NONE:
                return []
            found += [Ref(r.kind, r.value, r.sure, r.via + (b,)) for r in refs if len(r.via) < MAX_FOLLOW]
            sure = sure and b.kind != NONE
        distinct = {}
        for r in found:
            distinct.setdefault((r.kind, r.value), r)
        for r in distinct.values():
            r.sure = r.sure and sure and len(distinct) == 1
        return list(distinct.values())[:MAX_ALTERNATIVES]

    def follow(self, b, depth):
        if b.refs is None:
            b.refs = []  # what leads to itself leads nowhere
            b.refs = self.followed(b, depth)
        return b.refs

    def followed(self, b, depth):
        if b.kind == IMPORT:
            return self.dotted(b.value, depth)
        if b.kind == CHAIN:
            return self.resolve(b.value, b.scope, depth)
        if b.kind == SELF:
            return [Ref(b.value[0], b.value[1])]
        if b.kind in (DEF, KLASS):
            return [Ref("func" if b.kind == DEF else "class", b.value)]
        return []

    def dotted(self, name, depth=0):
        """dotted leads an absolute name through the driver's own modules; the longest module of its own counts."""
        if len(name) > MAX_SYMBOL or depth > MAX_FOLLOW:
            return []
        parts = name.split(".")
        for i in range(len(parts), 0, -1):
            module = self.modules.get(".".join(parts[:i]))
            if module is not None:
                break
        else:
            return [Ref("host", name)]
        if i == len(parts):
            return [Ref("own", module)]
        refs = self.member(module, parts[i], ".".join(parts[:i + 1]), depth + 1)
        for attr in parts[i + 1:]:
            refs = [r for ref in refs for r in self.extend(ref, attr, depth + 1)]
        return refs

    def member(self, module, name, dotted, depth):
        bindings = module.scope.names.get(name)
        if bindings is not None:
            return self.bound(bindings, depth)
        refs = self.from_stars(module, name, depth)
        if refs or module.stars or "__getattr__" in module.scope.names:
            return refs
        return [Ref("host", dotted)] if module.package else []  # the host's package may have such a module

    def from_stars(self, module, name, depth):
        """from_stars looks a name up in the driver's own modules that are imported with a star."""
        seen, todo = {module.name}, list(module.stars)
        while todo and len(seen) <= MAX_STARS:
            own = self.modules.get(todo.pop(0))
            if own is None or own.name in seen:
                continue
            seen.add(own.name)
            if name in own.scope.names:
                return self.bound(own.scope.names[name], depth + 1)
            todo += own.stars
        return []

    def constant(self, node, scope, depth=0):
        """constant gives the string that an expression is: a literal, or a name of the driver's own that is bound to one."""
        if string(node) is not None or depth > MAX_FOLLOW:
            return string(node)
        if isinstance(node, ast.Attribute):
            own = [r.value for r in self.resolve(node.value, scope) if r.kind == "own"]
            bindings = own[0].scope.names.get(node.attr) if own else None
        else:
            bindings = scope.lookup(node.id) if isinstance(node, ast.Name) else None
        if not bindings or len(bindings) != 1:
            return None
        if bindings[0].kind == IMPORT and bindings[0].value.rpartition(".")[0] in self.modules:
            module, _, name = bindings[0].value.rpartition(".")
            return self.constant(ast.Name(id=name, ctx=ast.Load()), self.modules[module].scope, depth + 1)
        return string(bindings[0].value) if bindings[0].kind == NONE else None

    def extend(self, ref, attr, depth):
        if ref.kind == "host":
            dotted = ref.value + "." + attr
            found = self.dotted(dotted, depth)  # import a.b.own binds a, and a.b.own is the driver's
        elif ref.kind == "own":
            found = self.dotted(ref.value.name + "." + attr, depth)
        else:
            return []
        return [Ref(r.kind, r.value, r.sure and ref.sure, ref.via + r.via) for r in found]

    def called(self, node, scope, depth):
        """called gives what a few calls lead to: super, and the imports by name."""
        if isinstance(node.func, ast.Name) and node.func.id == "super" and scope.lookup("super") is None:
            return self.super_of(node, scope, depth)
        if not node.args or string(node.args[0]) is None:
            return []
        found = []
        for ref in self.resolve(node.func, scope, depth):
            if ref.kind == "host" and ref.value in IMPORTERS:
                found += [Ref(r.kind, r.value, r.sure and ref.value not in TRIERS, r.via) for r in self.dotted(string(node.args[0]), depth)]
        return found

    def super_of(self, node, scope, depth):
        if node.args:
            refs = self.resolve(node.args[0], scope, depth)
            return [Ref("super", r.value, r.sure) for r in refs if r.kind == "class"][:1]
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        return [Ref("super", scope.klass)] if scope is not None else []


IMPORTERS = {p + f for p in ("oslo_utils.importutils.", "cinder.openstack.common.importutils.") for f in ("import_module", "try_import", "import_class")} | {"importlib.import_module"}
TRIERS = {i for i in IMPORTERS if i.endswith(".try_import")}
