# What a class brings by itself, as api.ClassBody.

# Decorators and metaclasses that leave a class's attributes as its text shows them, by their last name. Any other makes the class dynamic.
KEEPING = {"add_metaclass", "python_2_unicode_compatible", "total_ordering", "unique", "final", "runtime_checkable", "trace_cls", "ddt"}
KEEPING |= {"volumedriver", "backupdriver", "fczmdriver", "register", "register_if", "deprecated", "removed_class", "remove", "interface"}
KEEPING |= {"has_registry_receivers", "has_resource_extenders", "implementer"}
MAKING_INIT = {"dataclass", "attrs", "s", "define", "frozen", "mutable", "attributes"}
METACLASSES = {"type", "ABCMeta", "EnumMeta", "EnumType", "Singleton", "TraceWrapperMetaclass", "TraceWrapperWithABCMetaclass"}

# Bases that bring nothing that is asked of an instance.
PLAIN_BASES = {"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}


def class_symbol(block, node, names):
    """api.Symbol of a class statement in a block."""
    outer = block.outer if block.owner else names
    inner = Block(block.module, block.owner + [node.name], outer)
    members = Names()
    inner.run(node.body, members)
    body = {"Bases": [], "Members": {n: s for n, s in members.own.items() if s is not Names.GONE}}
    for n in node.bases:
        add_bases(body, block, node.name, n, names)
    metas = [k.value for k in node.keywords if k.arg == "metaclass"]
    metas += [d.args[0] for d in node.decorator_list if last(d) == "add_metaclass" and isinstance(d, ast.Call) and d.args]
    decorators = {last(d) for d in node.decorator_list}
    if not decorators <= KEEPING | MAKING_INIT or not {last(m) for m in metas} <= METACLASSES or is_dynamic(node, body["Members"]):
        body["Dynamic"] = True
    add_methods(body, node)
    made = ["__init__"] if decorators & MAKING_INIT else []
    if "total_ordering" in decorators:
        made += ["__lt__", "__le__", "__gt__", "__ge__"]
    for name in made:
        body["Members"].setdefault(name, {"Kind": FUNCTION})
    return {"Kind": CLASS, "Class": body}


def add_bases(body, block, own, node, names):
    """Adds a base; of six.with_metaclass(Meta, Base) those behind the metaclass."""
    if isinstance(node, ast.Call) and last(node) == "with_metaclass" and node.args:
        if last(node.args[0]) not in METACLASSES:
            body["Dynamic"] = True
        for n in node.args[1:]:
            add_bases(body, block, own, n, names)
        return
    name = block.base(node, names)
    if name == ".".join([block.module.name] + block.owner + [own]):
        name = ""  # class A(A): the A that was there before
    if name not in PLAIN_BASES:
        body["Bases"].append(name)


def is_dynamic(node, members):
    """Whether a class body has names that its text does not show."""
    if "__getattr__" in members or "__getattribute__" in members:
        return True
    calls = (n.func.id for n in outside(node.body) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    return any(c in ("locals", "vars", "exec") for c in calls)


def add_methods(body, node):
    """Adds what the methods of a class assign to self, how they are bound, and which are abstract; and what __slots__ and annotations declare."""
    members, abstract = body["Members"], set()
    for s in statements(node.body, into=()):
        if isinstance(s, FUNCTIONS):
            if is_abstract(s):
                abstract.add(mangled(s.name, node.name))
            add_assigned(body, s, node.name)
        elif isinstance(s, ast.AnnAssign) and s.value is None and isinstance(s.target, ast.Name):
            members.setdefault(mangled(s.target.id, node.name), {"Kind": VALUE, "Instance": True})
        elif isinstance(s, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__slots__" for t in s.targets):
            slots = [string(s.value)] if string(s.value) else strings(s.value) or []
            for name in slots:
                members.setdefault(mangled(name, node.name), {"Kind": VALUE})
        elif isinstance(s, ast.Assign) and isinstance(s.value, ast.Dict) and dotted(s.targets[0]) == ["fields"]:
            for name in filter(None, map(string, s.value.keys)):  # oslo.versionedobjects makes these attributes of the class when it is registered, and of its heirs
                members.setdefault(name, {"Kind": VALUE})
    abstract = sorted(n for n in abstract if members.get(n, {}).get("Kind") == FUNCTION)
    if abstract:
        body["Abstract"] = abstract


def add_assigned(body, method, owner):
    """Adds the attributes that a method assigns to its first parameter, in functions inside it too. A class method assigns them to the class."""
    arguments = getattr(method.args, "posonlyargs", []) + method.args.args
    way = binding(method)
    if way == STATIC or not arguments:
        return
    me, members = arguments[0].arg, body["Members"]
    for s in statements(method.body, into=FUNCTIONS):
        for t in targets(s):
            if isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id == me:
                add_attribute(members, mangled(t.attr, owner), way)
            elif isinstance(t, ast.Subscript) and is_dict(t.value, me):
                body["Dynamic"] = True
        call = s.value if isinstance(s, ast.Expr) else None
        if not isinstance(call, ast.Call) or method.name == "__setattr__":
            continue
        if isinstance(call.func, ast.Attribute) and is_dict(call.func.value, me):  # self.__dict__.update(…)
            body["Dynamic"] = True
        elif last(call) in ("setattr", "__setattr__") and call.args and isinstance(call.args[0], ast.Name) and call.args[0].id == me:
            name = string(call.args[1]) if len(call.args) > 1 else None
            if name is None:
                body["Dynamic"] = True
            else:
                add_attribute(members, name, way)


def is_dict(node, me):
    """Whether an expression is self.__dict__ or vars(self)."""
    if isinstance(node, ast.Call):
        return last(node) == "vars" and len(node.args) == 1 and dotted(node.args[0]) == [me]
    return dotted(node) == [me, "__dict__"]


def add_attribute(members, name, way):
    """Adds an attribute. It hides a method, but not a property, which takes what is assigned."""
    old = members.get(name)
    if old is None:
        members[name] = {"Kind": VALUE} if way == CLASS_WAY else {"Kind": VALUE, "Instance": True}
    elif old["Kind"] != VALUE and old.get("Sig", {}).get("Binding") != PROPERTY:
        members[name] = {"Kind": VALUE}
