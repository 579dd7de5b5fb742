# Imports each module that is named on the command line, and says in JSON what it has, as render_test.go writes it.
import importlib
import inspect
import json
import sys
import types


def signature(function):
    words, before = [], None
    for p in inspect.signature(function).parameters.values():
        if before == p.POSITIONAL_ONLY and p.kind != before:
            words.append("/")
        if p.kind == p.KEYWORD_ONLY and before not in (p.VAR_POSITIONAL, p.KEYWORD_ONLY):
            words.append("*")
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        words.append(stars + p.name + ("=" if p.default is not p.empty else ""))
        before = p.kind
    if before == inspect.Parameter.POSITIONAL_ONLY:
        words.append("/")
    return "(" + ", ".join(words) + ")"


def symbol(value, module):
    if isinstance(value, staticmethod):
        return "static " + symbol(value.__func__, module) if isinstance(value.__func__, types.FunctionType) else ""
    if isinstance(value, classmethod):
        return "class " + symbol(value.__func__, module) if isinstance(value.__func__, types.FunctionType) else ""
    if isinstance(value, property):
        return "property"
    if isinstance(value, types.FunctionType):
        return "def " + signature(value) if value.__module__ == module else ""
    return ""


def names(space, module):
    found = {}
    for n, v in space.items():
        found[n] = {"Symbol": symbol(v, module)}
        if inspect.isclass(v) and v.__module__ == module:
            found[n]["Class"] = v.__qualname__
            found[n]["Bases"] = [b.__module__ + "." + b.__qualname__ for b in v.__bases__ if b is not object]
    return found


def classes(space, module, found):
    for v in list(space.values()):
        if inspect.isclass(v) and v.__module__ == module and v.__qualname__ not in found:
            found[v.__qualname__] = names(vars(v), module)
            classes(vars(v), module, found)
    return found


told = {}
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    told[name] = {"Names": names(vars(module), name), "Classes": classes(vars(module), name, {})}
print(json.dumps(told))
