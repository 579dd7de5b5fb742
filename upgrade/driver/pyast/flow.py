# What a block binds, followed through its branches in the order in which they run.
import builtins


class Names:
    """What is bound at one place: the changes of this branch over what was bound before it. A value is an api.Symbol, GONE for what is deleted."""

    GONE = None

    def __init__(self, below=None):
        self.own, self.below, self.dead = {}, below, False

    def get(self, name):
        names = self
        while names is not None:
            if name in names.own:
                return names.own[name]
            names = names.below
        return self.GONE

    def join(self, branches):
        """Takes over what branches over these names have changed. What only some of them bind is bound; what they bind differently is a Value. Branches that raise or return do not count, unless all do."""
        alive = [b for b in branches if not b.dead]
        if not alive:
            self.dead = True
            alive = branches
        for name in {n: 0 for b in alive for n in b.own}:
            self.own[name] = either([b.get(name) for b in alive])


def either(symbols):
    bound = [s for s in symbols if s is not Names.GONE]
    if not bound:
        return Names.GONE
    if all(s is bound[0] or s == bound[0] for s in bound):
        return bound[0]
    return {"Kind": VALUE}


def constant_test(node):
    """False for a test that never holds when a module is imported by a running program, else None. What depends on the interpreter or the system is not decided."""
    if last(node) == "TYPE_CHECKING" or isinstance(node, ast.Constant) and not node.value or type(node).__name__ == "Num" and not node.n:
        return False
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
        if "__main__" in (string(node.left), string(node.comparators[0])) and "__name__" in (last(node.left), last(node.comparators[0])):
            return False
    return None


class Block:
    """Reads the statements of one body, a module's or a class's."""

    def __init__(self, module, owner, outer):
        self.module = module  # a Reading
        self.owner = owner  # names of the classes around, outermost first
        self.outer = outer  # Names of the module, seen from a class; None for the module itself

    def run(self, body, names):
        for s in body:
            if names.dead:
                return
            self.statement(s, names)

    def branch(self, body, names):
        inner = Names(names)
        self.run(body, inner)
        return inner

    def statement(self, s, names):
        step = getattr(self, "on_" + type(s).__name__, None)
        if self.module.walrus:
            self.walrus(s, names)
        if step:
            step(s, names)

    def walrus(self, s, names):
        own = [n for n in ast.iter_child_nodes(s) if not isinstance(n, (ast.stmt, ast.excepthandler)) and not hasattr(n, "body") or isinstance(n, ast.IfExp)]
        for node in outside(own):
            if type(node).__name__ == "NamedExpr":
                names.own[node.target.id] = {"Kind": VALUE}

    # What ends a block.

    def on_Raise(self, s, names):
        names.dead = True

    # Branches.

    def on_If(self, s, names):
        if constant_test(s.test) is False:
            self.run(s.orelse, names)
            return
        names.join([self.branch(s.body, names), self.branch(s.orelse, names)])

    def on_For(self, s, names):
        inner = Names(names)
        self.bind_targets(s, inner)
        self.run(s.body, inner)
        inner.dead = False
        names.join([Names(names), inner])
        self.run(s.orelse, names)

    def on_While(self, s, names):
        inner = self.branch(s.body, names)
        inner.dead = False
        names.join([Names(names), inner])
        self.run(s.orelse, names)

    def on_With(self, s, names):
        self.bind_targets(s, names)
        self.run(s.body, names)

    def on_Try(self, s, names):
        body = self.branch(s.body, names)
        ends = []
        for h in s.handlers:
            start = Names(names)  # somewhere in the body
            start.own = {n: either([names.get(n), body.own[n]]) for n in body.own}
            self.run(h.body, start)
            ends.append(start)
        if not body.dead:
            self.run(s.orelse, body)
        names.join([body] + ends)
        dead, names.dead = names.dead, False
        self.run(s.finalbody, names)
        names.dead = names.dead or dead

    on_TryStar = on_Try

    def on_Match(self, s, names):
        ends = [Names(names)]
        for case in s.cases:
            inner = Names(names)
            for node in ast.walk(case.pattern):
                for field in ("name", "rest"):
                    if isinstance(getattr(node, field, None), str):
                        inner.own[getattr(node, field)] = {"Kind": VALUE}
            self.run(case.body, inner)
            ends.append(inner)
        names.join(ends)

    # What binds.

    def on_Import(self, s, names):
        source = star(s, self.module.name, self.module.package)
        if source is not None:
            self.module.starred(source)
        for name, target in imported(s, self.module.name, self.module.package):
            self.bind(name, {"Kind": ALIAS, "Target": target} if target else {"Kind": VALUE}, names)

    on_ImportFrom = on_Import

    def on_FunctionDef(self, s, names):
        self.bind(s.name, function_symbol(s, binding(s) if self.owner else PLAIN), names)

    def on_AsyncFunctionDef(self, s, names):
        self.on_FunctionDef(s, names)

    def on_ClassDef(self, s, names):
        self.bind(s.name, class_symbol(self, s, names), names)

    def on_Assign(self, s, names):
        symbol = self.value(s.value, names)
        for whole in s.targets:
            for t in flat(whole):
                self.assign(t, symbol if t is whole else {"Kind": VALUE}, names)

    def on_AnnAssign(self, s, names):
        if s.value is not None:
            self.assign(s.target, self.value(s.value, names), names)

    def on_AugAssign(self, s, names):
        self.assign(s.target, {"Kind": VALUE}, names)

    def on_TypeAlias(self, s, names):
        self.bind(s.name.id, {"Kind": VALUE}, names)

    def on_Delete(self, s, names):
        for whole in s.targets:
            for t in flat(whole):
                if isinstance(t, ast.Name):
                    self.bind(t.id, Names.GONE, names)

    def on_Expr(self, s, names):
        """setattr(Class, "name", value) of a class of this body."""
        call = s.value
        if not (isinstance(call, ast.Call) and last(call) == "setattr" and len(call.args) == 3 and isinstance(call.args[0], ast.Name)):
            return
        symbol, name = names.get(call.args[0].id), string(call.args[1])
        if symbol and symbol["Kind"] == CLASS:
            if name is None:
                symbol["Class"]["Dynamic"] = True
            else:
                symbol["Class"]["Members"][name] = self.value(call.args[2], names)

    def bind_targets(self, s, names):
        for t in targets(s):
            self.assign(t, {"Kind": VALUE}, names)

    def assign(self, target, symbol, names):
        """Binds a name, or a member of a class of this body: Class.x = …."""
        if isinstance(target, ast.Name):
            self.bind(target.id, symbol, names)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            owner = names.get(target.value.id)
            if owner and owner["Kind"] == CLASS:
                owner["Class"]["Members"][target.attr] = symbol

    def bind(self, name, symbol, names):
        names.own[mangled(name, self.owner[-1]) if self.owner else name] = symbol

    # What an expression is.

    def look(self, name, names):
        found = names.get(mangled(name, self.owner[-1]) if self.owner else name)
        return self.outer.get(name) if found is Names.GONE and self.outer else found

    def value(self, node, names):
        """The api.Symbol of a value: a name that is bound, an attribute of something imported, a lambda, property(…) and such; else a Value."""
        path = dotted(node)
        if path:
            found = self.look(path[0], names)
            if found and len(path) == 1:
                return found
            if found and found["Kind"] == ALIAS and not any(p.startswith("__") for p in path):
                return {"Kind": ALIAS, "Target": ".".join([found["Target"]] + path[1:])}
        elif isinstance(node, ast.Lambda):
            return {"Kind": FUNCTION, "Sig": signature(node.args)}
        elif isinstance(node, ast.IfExp):
            return either([self.value(node.body, names), self.value(node.orelse, names)])
        elif isinstance(node, ast.Call):
            return self.made(node, names)
        return {"Kind": VALUE}

    BINDINGS = {"staticmethod": STATIC, "classmethod": CLASS_WAY, "property": PROPERTY, "cached_property": PROPERTY, "abstractproperty": PROPERTY}

    def made(self, call, names):
        """The api.Symbol of what a call gives."""
        maker = last(call)
        if maker in self.BINDINGS and self.owner:
            inner = self.value(call.args[0], names) if call.args else {}
            params = inner.get("Sig", {}).get("Params")
            bound = self.BINDINGS[maker]
            if params is None and bound != PROPERTY:
                return {"Kind": FUNCTION}
            return {"Kind": FUNCTION, "Sig": {"Params": params or [], "Binding": bound}}
        if maker in ("namedtuple", "NamedTuple", "TypedDict", "Enum", "IntEnum", "Flag", "IntFlag", "StrEnum") or maker == "type" and len(call.args) == 3:
            return {"Kind": CLASS, "Class": {"Bases": [""], "Members": {}, "Dynamic": True}}
        return {"Kind": VALUE}

    def base(self, node, names):
        """The absolute dotted name of a base class, "" where the text does not tell."""
        if isinstance(node, ast.Subscript):  # Generic[T]
            node = node.value
        path = dotted(node)
        if not path:
            return ""
        found = self.look(path[0], names)
        if found is Names.GONE:
            if hasattr(builtins, path[0]):
                return ".".join(["builtins"] + path)
            return ".".join([self.module.name] + path) if self.module.stars else ""
        if found["Kind"] == ALIAS:
            return ".".join([found["Target"]] + path[1:])
        if found["Kind"] != CLASS:
            return ""
        inner = self.owner if names.get(path[0]) is not Names.GONE else []
        return ".".join([self.module.name] + inner + path)
