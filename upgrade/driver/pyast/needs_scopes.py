# Scopes: which name is bound where (Python's language reference, "Naming and binding").

IMPORT, CHAIN, DEF, KLASS, SELF, NONE, OTHER = "import", "chain", "def", "class", "self", "none", "other"


class Binding:
    """Binding is one place that binds a name. Guarded is set when the place is read: it may be skipped when the host lacks what it names."""

    __slots__ = ("kind", "value", "scope", "guards", "refs")

    def __init__(self, kind, value=None, scope=None):
        self.kind, self.value, self.scope, self.guards = kind, value, scope, ()
        self.refs = None  # what it leads to, once followed


class Scope:
    """Scope is one of module, class, function (also lambda and comprehension)."""

    def __init__(self, kind, module, parent, klass=None, func=None):
        self.kind, self.module, self.parent, self.klass, self.func = kind, module, parent, klass, func
        self.names, self.globals, self.nonlocals, self.comprehension = {}, set(), set(), False

    def bind(self, name, binding):
        scope = self.owner(name)
        scope.names.setdefault(name, []).append(binding)
        return binding

    def owner(self, name):
        if name in self.globals:
            return self.module.scope
        scope = self
        while name in scope.nonlocals and scope.parent is not None:
            scope = scope.parent
            while scope.kind == "class" and scope.parent is not None:
                scope = scope.parent
        return scope

    def lookup(self, name):
        """lookup gives the bindings that a read of the name sees, None for a built-in or nothing. A class body's names are seen by itself alone."""
        scope = self
        while scope is not None:
            if name in scope.globals:
                return scope.module.scope.names.get(name)
            if name in scope.names and (scope.kind != "class" or scope is self):
                return scope.names[name]
            scope = scope.parent
        return None


class Module:
    """Module is one file of the driver."""

    def __init__(self, name, package, file):
        self.name, self.package, self.file = name, package, file
        self.scope, self.stars, self.lazy_annotations = None, [], False
        self.configured = False  # it has to do with oslo.config, or with the backend's configuration


class Klass:
    """Klass is one class of the driver."""

    def __init__(self, node, module, scope):
        self.node, self.module, self.outer, self.scope = node, module, scope, None
        self.name = module.name + "." + node.name
        self.top = scope.kind == "module"
        self.assigned, self.dynamic, self.registered = set(), False, False
        self.own, self.outside, self.unknown, self.subs = [], [], False, []
        self.methods, self.builtin = {}, set()


class Func:
    """Func is one function, method or lambda of the driver, with the calls that it makes."""

    def __init__(self, node, module, klass, parent):
        self.node, self.module, self.klass, self.parent = node, module, klass, parent
        self.name = getattr(node, "name", "<lambda>")
        self.calls, self.early = [], False


def is_constant(node):
    return type(node).__name__ in ("Constant", "NameConstant", "Num", "Str")


def parameters(args):
    found = list(getattr(args, "posonlyargs", [])) + list(args.args) + list(args.kwonlyargs)
    return found + [a for a in (args.vararg, args.kwarg) if a is not None]


class Binder(ast.NodeVisitor):
    """Binder makes the scopes of one module, and hangs each on its node as scope_."""

    def __init__(self, module, tree, world):
        self.module, self.world = module, world
        module.scope = self.scope = Scope("module", module, None)
        self.klass, self.func = None, None
        self.declare(tree.body)
        for node in tree.body:
            self.visit(node)

    def declare(self, body):
        """declare reads the global and nonlocal statements of a scope: they hold for all of it."""
        todo = list(body)
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Global):
                self.scope.globals.update(node.names)
            elif isinstance(node, ast.Nonlocal):
                self.scope.nonlocals.update(node.names)
            elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.expr)):
                todo.extend(ast.iter_child_nodes(node))

    def inside(self, scope, klass, func, visit):
        saved = self.scope, self.klass, self.func
        self.scope, self.klass, self.func = scope, klass, func
        visit()
        self.scope, self.klass, self.func = saved

    def other(self, name):
        if name:
            self.scope.bind(name, Binding(OTHER))

    # Statements that bind.

    def visit_Import(self, node):
        for alias in node.names:
            top = alias.name if alias.asname else alias.name.split(".")[0]
            alias.binding_ = self.scope.bind(alias.asname or top, Binding(IMPORT, top))

    def visit_ImportFrom(self, node):
        if node.module == "__future__":
            self.module.lazy_annotations |= any(a.name == "annotations" for a in node.names)
            return
        base = absolute(self.module.name, self.module.package, node.level, node.module) or None
        for alias in node.names:
            if alias.name == "*":
                self.module.stars.append(base)
            elif base is None:
                self.other(alias.asname or alias.name)
            else:
                alias.binding_ = self.scope.bind(alias.asname or alias.name, Binding(IMPORT, base + "." + alias.name))

    def visit_Assign(self, node):
        self.visit(node.value)
        for target in node.targets:
            self.target(target, node.value)

    def visit_AnnAssign(self, node):
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        if node.value is not None or self.scope.kind == "function":
            self.target(node.target, node.value)
        elif isinstance(node.target, ast.Name) and self.scope.kind == "class":
            self.scope.names.setdefault(node.target.id, [])

    def target(self, target, value):
        if not isinstance(target, ast.Name):
            self.visit(target)
        elif value is not None and is_constant(value):
            target.binding_ = self.scope.bind(target.id, Binding(NONE, value))
        elif isinstance(value, (ast.Name, ast.Attribute, ast.Call)):
            target.binding_ = self.scope.bind(target.id, Binding(CHAIN, value, self.scope))
        else:
            self.other(target.id)

    def visit_Name(self, node):
        if not isinstance(node.ctx, ast.Load):
            self.other(node.id)

    def visit_NamedExpr(self, node):
        self.visit(node.value)
        scope = self.scope
        while scope.comprehension:
            scope = scope.parent
        scope.bind(node.target.id, Binding(OTHER))

    def visit_ExceptHandler(self, node):
        self.other(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node):
        self.other(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node):
        self.other(node.rest)
        self.generic_visit(node)

    def visit_TypeAlias(self, node):
        self.other(node.name.id)
        self.typed(node, lambda: self.visit(node.value))

    # Nodes that open a scope.

    def typed(self, node, visit):
        """typed visits within the scope of type parameters, where there are any (PEP 695)."""
        found = getattr(node, "type_params", [])
        if not found:
            return visit()
        node.typed_ = Scope("function", self.module, self.scope, func=self.func)
        for param in found:
            node.typed_.bind(param.name, Binding(OTHER))
        self.inside(node.typed_, self.klass, self.func, visit)

    def visit_ClassDef(self, node):
        klass = Klass(node, self.module, self.scope)
        node.klass_ = klass
        self.world.classes.append(klass)
        self.scope.bind(node.name, Binding(KLASS, klass))
        for part in node.decorator_list:
            self.visit(part)
        self.typed(node, lambda: self.class_body(node, klass))

    def class_body(self, node, klass):
        for part in node.bases + [k.value for k in node.keywords]:
            self.visit(part)
        klass.scope = Scope("class", self.module, self.scope, klass=klass, func=self.func)

        def body():
            self.declare(node.body)
            for part in node.body:
                self.visit(part)
        self.inside(klass.scope, klass, self.func, body)

    def visit_FunctionDef(self, node):
        for part in node.decorator_list:
            self.visit(part)
        klass = self.klass if self.scope.kind == "class" else None
        func = Func(node, self.module, klass, self.func)
        node.func_ = func
        self.world.funcs.append(func)
        self.scope.bind(node.name, Binding(DEF, func))
        if klass is not None:
            klass.methods.setdefault(node.name, []).append(func)
        self.typed(node, lambda: self.function(node, func, klass, node.body))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        func = Func(node, self.module, None, self.func)
        node.func_ = func
        self.world.funcs.append(func)
        self.function(node, func, None, [node.body])

    def function(self, node, func, klass, body):
        for default in node.args.defaults + [d for d in node.args.kw_defaults if d is not None]:
            self.visit(default)
        scope = Scope("function", self.module, self.scope, func=func)
        node.scope_ = scope
        for param in parameters(node.args):
            if param.annotation is not None:
                self.visit(param.annotation)
            scope.names[param.arg] = [Binding(OTHER)]
        self.bind_self(node, klass, scope)

        def inner():
            if not isinstance(node, ast.Lambda):
                self.declare(body)
            for part in body:
                self.visit(part)
        self.inside(scope, None, func, inner)

    def bind_self(self, node, klass, scope):
        first = (list(getattr(node.args, "posonlyargs", [])) + list(node.args.args))[:1]
        if klass is None or not first:
            return
        bound = CLASS_WAY if node.name == "__new__" else binding(node)
        if bound != STATIC:
            scope.names[first[0].arg] = [Binding(SELF, ("cls" if bound == CLASS_WAY else "self", klass))]

    def comprehension(self, node):
        self.visit(node.generators[0].iter)
        scope = Scope("function", self.module, self.scope, func=self.func)
        scope.comprehension = True
        node.scope_ = scope

        def inner():
            for i, part in enumerate(node.generators):
                self.visit(part.target)
                if i:
                    self.visit(part.iter)
                for test in part.ifs:
                    self.visit(test)
            for field in ("elt", "key", "value"):
                if getattr(node, field, None) is not None:
                    self.visit(getattr(node, field))
        self.inside(scope, None, self.func, inner)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension
