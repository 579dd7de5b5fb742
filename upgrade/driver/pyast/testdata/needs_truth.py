# Says which needs the modules that are installed here do not meet. It imports them, and asks them by getattr and inspect: no other way than ours has a part in it.
# Input: a JSON text a line, {"Tree": …, "Needs": [api.Need, …]}. Output: a JSON list of {"Tree", "File", "Line", "Kind", "Symbol", "Why"}, and how many were asked.
import ast
import functools
import importlib
import inspect
import json
import os
import re
import sys
import warnings


def find(symbol):
    """The object of a dotted name and what it was got from, or why there is none."""
    parts = symbol.split(".")
    for i in range(len(parts), 0, -1):
        try:
            found, owner = importlib.import_module(".".join(parts[:i])), None
        except ImportError as e:
            missing = e
            continue
        for name in parts[i:]:
            if not hasattr(found, name):
                return None, None, "%s has no %s" % (found, name)
            found, owner = getattr(found, name), found
        return found, owner, None
    return None, None, repr(missing)


def options(*packages):
    """The names of all options that the files of packages make."""
    found = set()
    for package in packages:
        for folder, _, files in os.walk(os.path.dirname(importlib.import_module(package).__file__)):
            for file in files:
                if file.endswith(".py"):
                    with open(os.path.join(folder, file), encoding="utf-8") as f:
                        found.update(option_names(ast.parse(f.read())))
    return found


def option_names(tree):
    for node in ast.walk(tree):
        name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        if name.endswith("Opt") and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            yield node.args[0].value.replace("-", "_")


def binds(function, call, bound):
    """Why a call does not fit, or None. Built-in functions tell no signature."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    keywords = {k: None for k in call.get("Keywords") or ()}
    bind = signature.bind_partial if call.get("Star") or call.get("StarStar") else signature.bind
    try:
        bind(*[None] * (call["Positional"] + bound), **keywords)
    except TypeError as e:
        return "%s: %s" % (e, signature)


source = functools.lru_cache(maxsize=None)(inspect.getsource)


def asked_of_class(need):
    cls, _, why = find(need["Class"])
    if why:
        return why
    name = need["Symbol"].rpartition(".")[2]
    classes = cls.__mro__[1:] if need.get("Super") else cls.__mro__
    for c in classes:
        if name in c.__dict__:
            return fits(c.__dict__[name], need)
        if c is not object and re.search(r"\bself\.%s\b[^=\n]*=[^=]" % name, source(c)):
            return None
    return "%s has no %s" % (cls, name)


def fits(member, need):
    if not need.get("Call") or isinstance(member, property):
        return None
    static = isinstance(member, staticmethod)
    if isinstance(member, (staticmethod, classmethod)):
        member = member.__func__
    return binds(member, need["Call"], 0 if static else 1)


def judge(need, known_options):
    kind = need["Kind"]
    if kind == "option":
        return None if need["Symbol"] in known_options else "no such option"
    if kind in ("attribute", "method"):
        return asked_of_class(need)
    found, _, why = find(need["Symbol"])
    if why or kind != "call":
        return why
    return binds(found, need["Call"], 0)


def main():
    warnings.simplefilter("ignore")
    from cinder import objects

    objects.register_all()
    known_options, asked, missing = options("cinder", "oslo_service", "oslo_messaging", "oslo_log", "oslo_db", "oslo_concurrency"), 0, []
    for line in sys.stdin:
        tree = json.loads(line)
        for need in tree["Needs"]:
            if need.get("Guarded") or need["Kind"] in ("override", "distribution"):
                continue
            asked += 1
            why = judge(need, known_options)
            if why:
                missing.append({"Tree": tree["Tree"], "Why": "%.200s" % why, **{k: need[k] for k in ("File", "Line", "Kind", "Symbol")}})
    json.dump({"Asked": asked, "Missing": missing}, sys.stdout)


main()
