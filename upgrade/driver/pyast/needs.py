# What a driver asks of its host, as api.Driver has it. A request is {"Component", "Files": [wireSource, …]}.
import builtins
import sys

EARLY = {"__init__", "__new__", "do_setup", "check_for_setup_error"}  # the host calls these when it starts the driver

MAX_GUARDS = 50  # that are kept around one place

PARTIALS = {"functools.partial", "functools.partialmethod"}


class World:
    """World is the driver as a whole."""

    def __init__(self, component):
        self.component = component
        self.modules, self.classes, self.funcs, self.uses = {}, [], [], []
        self.assigned = set()      # attributes that are assigned on anything that is not told
        self.loose = False         # setattr with a name that is not told, on something that is not told
        self.options, self.any_option = set(), False
        self.conf_attrs = set()
        self.early = []            # calls that the import makes

    def guarded(self, bound):
        return any(g.holds("import", self) for g in bound.guards if not isinstance(g, IfImported))


class Use:
    """Use is a need before it is known who the driver's classes are, what is early, and what guards hold."""

    def __init__(self, kind, name, reader, node, way, sure=True, via=(), late=False, **rest):
        self.kind, self.name, self.file, self.line = kind, name, reader.module.file, getattr(node, "lineno", 0)
        self.way, self.sure, self.via, self.guards = way, sure, via, reader.guards
        self.func, self.late = reader.func, late or reader.late
        self.klass, self.call, self.group, self.alias = rest.get("klass"), rest.get("call"), rest.get("group"), rest.get("alias")
        self.above, self.backend = rest.get("above", False), rest.get("backend")


class Reader(OptionReader):
    """Reader reads the uses of one module, whose scopes the Binder has made."""

    def __init__(self, module, world):
        self.module, self.world, self.scope = module, world, module.scope
        self.resolver, self.tests = Resolver(world.modules), Tests(self)
        self.guards, self.func, self.late = (), None, False

    def resolve(self, node):
        return self.resolver.resolve(node, self.scope)

    def builtin(self, name):
        return self.scope.lookup(name) is None

    def use(self, *args, **rest):
        self.world.uses.append(Use(args[0], args[1], self, args[2], *args[3:], **rest))

    # What opens a scope.

    def visit_Module(self, node):
        self.block(node.body)

    def within(self, scope, visit, func=None):
        """within visits in a scope; in that of a function, a try around it does not count."""
        saved = self.scope, self.func, self.guards
        self.scope = scope
        if func is not None:
            self.func, self.guards = func, tuple(g for g in self.guards if not isinstance(g, Caught))
        visit()
        self.scope, self.func, self.guards = saved

    def visit_ClassDef(self, node):
        klass = node.klass_
        for part in node.decorator_list:
            self.decorator(part)
            klass.registered |= self.registers(part)

        def bases():
            for part in node.bases + [k.value for k in node.keywords]:
                self.visit(part)
            self.within(klass.scope, lambda: self.block(node.body))
        self.within(getattr(node, "typed_", self.scope), bases)

    def registers(self, node):
        """registers says whether a decorator registers a driver: @interface.volumedriver."""
        names = [r.value for r in self.resolve(node.func if isinstance(node, ast.Call) else node) if r.kind == "host"]
        return any("interface" in n.split(".")[:-1] and n.endswith("driver") for n in names)

    def decorator(self, node):
        """decorator reads a decorator: it is called with what it decorates."""
        if not isinstance(node, (ast.Name, ast.Attribute)) or not self.calls(node, {"Positional": 1}, node):
            self.visit(node)

    def visit_FunctionDef(self, node):
        for part in node.decorator_list:
            self.decorator(part)
        self.within(getattr(node, "typed_", self.scope), lambda: self.function(node, lambda: self.block(node.body)))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        self.function(node, lambda: self.visit(node.body))

    def function(self, node, body):
        for part in node.args.defaults + [d for d in node.args.kw_defaults if d is not None]:
            self.visit(part)
        for part in [p.annotation for p in parameters(node.args)] + [getattr(node, "returns", None)]:
            self.annotation(part)
        self.within(node.scope_, body, node.func_)

    def annotation(self, node):
        if node is not None and not self.module.lazy_annotations:
            self.visit(node)

    def visit_AnnAssign(self, node):
        if self.scope.kind != "function":  # PEP 526: in a function they are not evaluated
            self.annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_TypeAlias(self, node):
        """visit_TypeAlias skips it: its value is evaluated when somebody asks for it."""

    def comprehension(self, node):
        self.visit(node.generators[0].iter)

        def inner():
            for i, part in enumerate(node.generators):
                self.visit(part.target)
                for n in ([part.iter] if i else []) + part.ifs:
                    self.visit(n)
            for field in ("elt", "key", "value"):
                if getattr(node, field, None) is not None:
                    self.visit(getattr(node, field))
        self.within(node.scope_, inner)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    # What guards.

    def guarded(self, guards, visit):
        saved = self.guards
        self.guard(guards)
        visit()
        self.guards = saved

    def guard(self, guards):
        self.guards = (self.guards + tuple(guards))[-MAX_GUARDS:]

    def block(self, body):
        """block visits statements; what follows `if not hasattr(…): return` is decided by that test."""
        saved = self.guards
        for s in body:
            self.visit(s)
            if isinstance(s, ast.If) and (leaves_block(s.body) or leaves_block(s.orelse)):
                self.guard(g for g in self.tests.guards(s.test) if not isinstance(g, IfImported))
        self.guards = saved

    def branches(self, node):
        self.visit(node.test)
        guards = self.tests.guards(node.test)

        def both():
            for part in (node.body, node.orelse):
                self.block(part) if isinstance(part, list) else self.visit(part)
        self.guarded(guards, both)

    visit_If = visit_While = visit_IfExp = branches

    def visit_BoolOp(self, node):
        saved = self.guards
        for value in node.values:
            self.visit(value)
            self.guard(self.tests.guards(value))
        self.guards = saved

    def visit_Try(self, node):
        names = swallowed(node.handlers)
        self.guarded([Caught(names)] if names else [], lambda: self.block(node.body))
        for handler in node.handlers:
            self.handler(handler)
        self.block(node.orelse)
        self.block(node.finalbody)

    visit_TryStar = visit_Try

    def handler(self, node):
        """handler visits a handler: its exception is evaluated only when something is raised, and behind `except ImportError` stands what is done without the host's."""
        if node.type is not None:
            saved, self.late = self.late, True
            self.visit(node.type)
            self.late = saved
        instead = caught(node.type) & {"ImportError", "ModuleNotFoundError", "AttributeError"}
        self.guarded([Branch()] if instead else [], lambda: self.block(node.body))

    def visit_With(self, node):
        names = set()
        for item in node.items:
            self.visit(item)
            call = item.context_expr
            if isinstance(call, ast.Call) and any(r.value == "contextlib.suppress" for r in self.resolve(call.func)):
                names |= {n for a in call.args for n in caught(a)}
        self.guarded([Caught(names)] if names else [], lambda: self.block(node.body))

    visit_AsyncWith = visit_With

    def visit_For(self, node):
        self.visit(node.iter)
        self.visit(node.target)
        self.block(node.body)
        self.block(node.orelse)

    visit_AsyncFor = visit_For

    # Imports.

    def visit_Import(self, node):
        for alias in node.names:
            alias.binding_.guards = self.guards
            self.imports(alias.name, alias.name, "module", node)

    def visit_ImportFrom(self, node):
        base = absolute(self.module.name, self.module.package, node.level, node.module)
        if not base or node.module == "__future__":
            return
        for alias in node.names:
            if alias.name == "*":
                self.imports(base, base, "module", node)
            else:
                alias.binding_.guards = self.guards
                self.imports(base + "." + alias.name, base, "name", node)

    def imports(self, name, module, kind, node):
        """imports uses what an import names: a module of the driver's own is no need, nor is what it has."""
        if is_standard(name):
            return
        self.module.configured |= name.startswith(("oslo_config", "oslo.config")) or name.endswith(".configuration")
        for ref in self.resolver.dotted(name):
            if ref.kind == "host" and (ref.value == name or kind == "module"):
                self.use(kind, name, node, "import")
        top = module.split(".")[0]
        if self.outside(top):
            self.use("distribution", top, node, "import")

    def outside(self, top):
        return top != self.world.component and not is_standard(top) and not any(m.split(".")[0] == top for m in self.world.modules)

    # Names, attributes and calls.

    def visit_Assign(self, node):
        self.visit(node.value)
        for target in node.targets:
            if hasattr(target, "binding_"):
                target.binding_.guards = self.guards
            if isinstance(target, ast.Attribute) and target.attr in CONF_ALIASES and self.configuration(node.value):
                self.world.conf_attrs.add(target.attr)
            self.visit(target)

    def visit_AugAssign(self, node):
        self.visit(node.value)
        self.visit(node.target)

    def visit_Attribute(self, node):
        if not isinstance(node.ctx, ast.Load):
            self.stores(node)
            return
        self.module.configured |= node.attr in MARKS
        if not self.reads(node):
            self.visit(node.value)

    def stores(self, node):
        owners = [r.value for r in self.resolve(node.value) if r.kind in ("self", "cls", "class")]
        for klass in owners:
            klass.assigned.add(node.attr)
        if not owners:
            self.world.assigned.add(node.attr)
        self.visit(node.value)

    def reads(self, node, call=None, optional=False):
        """reads uses what an attribute, or the call of one, asks for; False where that is not told, and what it is an attribute of is to be read."""
        refs = self.resolve(node)
        for ref in refs:
            self.reaches(ref, node, call, optional)
        if refs:
            return True
        if self.option(node, call is not None, optional):
            self.visit(node.value)
            return True
        for ref in self.resolve(node.value):
            if ref.kind in ("self", "cls", "super"):
                self.member(ref, node, call, optional)
                return True
        return False

    def reaches(self, ref, node, call, optional=False):
        if ref.kind != "host" or is_standard(ref.value):
            return
        if self.conf_chain(ref, node, call is not None, optional):
            return
        kind, way = ("call", "call") if call is not None else ("name", "name")
        self.use(kind, ref.value, node, way, sure=ref.sure and not optional, via=ref.via, call=call)

    def member(self, ref, node, call, optional=False):
        kind = "method" if call is not None else "attribute"
        above = ref.kind == "super"
        self.use(kind, node.attr, node, "call" if call is not None else "name", sure=ref.sure and not optional, klass=ref.value, call=call, above=above)
        self.edge(("method" if call is not None else "property", ref.value, node.attr, above))

    def edge(self, target):
        (self.func.calls if self.func is not None else self.world.early).append(target)

    def visit_Call(self, node):
        special = getattr(self, "call_" + node.func.id, None) if isinstance(node.func, ast.Name) and self.builtin(node.func.id) else None
        if special is not None and special(node):
            return
        self.by_name(node)
        told = self.calls(node.func, call_shape(node), node)
        if not told:
            self.visit(node.func)
        for part in node.args + [k.value for k in node.keywords]:
            self.visit(part)

    def calls(self, func, shape, node):
        """calls uses the call of an expression; False where that is not told."""
        if isinstance(func, ast.Attribute):
            return self.called_member(func) or self.reads(func, shape)
        if not isinstance(func, ast.Name):
            return False
        refs = self.resolve(func)
        for ref in refs:
            self.calls_own(ref, shape, node)
            self.reaches(ref, func, shape)
        return bool(refs)

    def calls_own(self, ref, shape, node):
        if ref.kind == "func":
            self.edge(("func", ref.value))
        elif ref.kind == "class":
            self.edge(("method", ref.value, "__init__", False))
            self.use("construct", ref.value.name, node, "call", sure=ref.sure, klass=ref.value, call=shape)

    def called_member(self, func):
        """called_member follows Base.method(self) and module.function() of the driver's own."""
        told = False
        for ref in self.resolve(func):
            if ref.kind in ("func", "class"):
                self.calls_own(ref, None, func)
                told = True
        for ref in [] if told else self.resolve(func.value):
            if ref.kind == "class":
                self.edge(("method", ref.value, func.attr, False))
                told = True
        return told

    def by_name(self, node):
        """by_name reads partial(f, …), and imports whose module is a string."""
        for ref in self.resolve(node.func):
            if ref.kind != "host" or not node.args:
                continue
            if ref.value in PARTIALS:
                shape = call_shape(node, 1)
                shape["Star"] = shape["StarStar"] = True  # more may come when it is called
                self.calls(node.args[0], shape, node)
            text = string(node.args[0])
            if text and ref.value in IMPORTERS | OBJECTS:
                self.string_import(ref.value, text, node)
            elif text and ref.value.rpartition(".")[0] in self.confs():
                self.conf_import(ref.value.rpartition(".")[2], text, node)

    def conf_import(self, method, text, node):
        """conf_import reads CONF.import_opt('option', 'module', group='group') and CONF.import_group('group', 'module')."""
        if method not in ("import_opt", "import_group") or len(node.args) < 2:
            return
        self.string_import("importlib.import_module", string(node.args[1]) or "", node)
        if method == "import_opt":
            groups = [string(k.value) for k in node.keywords if k.arg == "group"] + [string(a) for a in node.args[2:3]]
            self.use("option", text.replace("-", "_"), node, "option", group=(groups or [""])[0])

    def string_import(self, importer, text, node):
        if not all(p.isidentifier() for p in text.split(".")) or len(text) > MAX_SYMBOL:
            return
        guard = [Branch()] if importer in TRIERS else []
        kind = "module" if importer.endswith("_module") or importer in TRIERS else "name"
        self.guarded(guard, lambda: self.imports(text, text, kind, node))

    def call_super(self, node):
        return True

    def call_hasattr(self, node):
        if len(node.args) == 2 and string(node.args[1]):
            self.visit(node.args[0])
            return True
        return False

    def call_getattr(self, node):
        """call_getattr reads getattr(x, 'name'); with a default, the driver can do without."""
        if len(node.args) not in (2, 3) or not string(node.args[1]) or not string(node.args[1]).isidentifier():
            return False
        chain = ast.copy_location(ast.Attribute(value=node.args[0], attr=string(node.args[1]), ctx=ast.Load()), node)
        if not self.reads(chain, optional=len(node.args) == 3):
            self.visit(node.args[0])
        for part in node.args[2:]:
            self.visit(part)
        return True

    def call_setattr(self, node):
        if len(node.args) != 3:
            return False
        name, owners = string(node.args[1]), [r for r in self.resolve(node.args[0]) if r.kind in ("self", "cls", "class")]
        if name is not None:
            for ref in owners:
                ref.value.assigned.add(name)
            self.world.assigned |= set() if owners else {name}
        elif owners:
            for ref in owners:
                ref.value.dynamic = True
        elif not self.configuration(node.args[0]):
            self.world.loose |= isinstance(node.args[0], ast.Name)
        return False

    def call_vars(self, node):
        for arg in node.args:
            for ref in self.resolve(arg):
                if ref.kind in ("self", "cls"):
                    ref.value.dynamic = True
        return False


OBJECTS = {i.rpartition(".")[0] + ".import_object" for i in IMPORTERS if i.endswith(".try_import")}


def answer(request):
    world = World(request["Component"])
    trees = []
    for source in request["Files"]:
        tree = parse(source)
        module = Module(source["Name"], source.get("Package", False), source["File"])
        world.modules[module.name] = module
        trees.append((module, tree))
    for step in (lambda m, t: Binder(m, t, world), lambda m, t: registered_options(m, t, world)):
        read_each(trees, step)
    link(world)
    read_each(trees, lambda m, t: Reader(m, world).visit(t))
    return {"Needs": finish(world), "Classes": driver_classes(world)}


def read_each(trees, step):
    for module, tree in trees:
        try:
            step(module, tree)
        except RecursionError:
            raise Refused(File=module.file, Reason="is nested too deeply")
