# What the readers share: how a source is parsed, and what its names, imports, signatures and constants say. Keys of what goes to Go are the names of package api's fields.
import ast
import base64
import re
import warnings

# api.SymbolKind, api.ParamKind, api.Binding
VALUE, FUNCTION, CLASS, ALIAS = range(4)
POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)
PLAIN, CLASS_WAY, STATIC, PROPERTY = range(4)

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
TRIES = tuple(t for t in (ast.Try, getattr(ast, "TryStar", None)) if t)


class Refused(Exception):
    """A source that is not read: told is pyast's refusal."""

    def __init__(self, **told):
        Exception.__init__(self)
        self.told = told


def parse(source):
    """The tree of a wireSource. A source that is not Python is Refused."""
    text = base64.b64decode(source["Text"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as e:
        line = e.lineno or 0
        raise Refused(File=source["File"], Line=line, Text="%.300s" % (e.msg,), Python2=python2(text, e))
    except RecursionError:
        raise Refused(File=source["File"], Reason="is nested too deeply")
    except MemoryError:
        raise Refused(File=source["File"], Reason="needs more memory than is allowed, or is nested too deeply")
    except (ValueError, OverflowError) as e:  # a zero byte, a text that its encoding does not have
        raise Refused(File=source["File"], Line=0, Text="%.300s" % (e,), Python2=False)


# Strings and comments, which are blanked before syntax of Python 2 is looked for. Line ends stay, so that lines can be counted.
LITERAL = re.compile(
    r"""(?s)\#[^\n]*|(?P<prefix>\b[a-zA-Z]{1,2})?(?P<quoted>'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^\\\n']|\\.)*'|"(?:[^\\\n"]|\\.)*")"""
)

# Syntax of Python 2 alone, in a text whose strings are '' and whose comments are gone.
PYTHON2 = re.compile(
    r"""(?mx)
    (?:^|[;:])[ \t]*print[ \t]+(?:>>|(?!(?:and|or|is|in|not|if)\b)['"\w{`\[~-]|\([^\n]*\)[ \t]*%?[ \t]*,)  # print x; print >>f
    | (?:^|[;:])[ \t]*exec[ \t]+(?!(?:and|or|is|in|not|if)\b)['"\w]                                        # exec code
    | ^[ \t]*except\b[^\n:]*,[ \t]*(?:[A-Za-z_][\w.]*(?:\[[^\n\]]*\])?|\([^\n()]*\))[ \t]*:                 # except X, e:
    | (?:^|[;:])[ \t]*raise[ \t]+[\w.]+(?:\([^()]*\)|\[[^\n\]]*\])*[ \t]*,                                  # raise X, "why"
    | `                                                                                                   # `x`
    | <>                                                                                                  # a <> b
    | \b[uU][rR]['"]                                                                                       # ur"x"
    | (?<![\w.])0[0-7]*[1-7][0-7]*[lL]?(?![\w.])                                                           # 0777
    | (?<![\w.])(?:0[xX][0-9a-fA-F]+|[0-9]+)[lL](?!\w)                                                       # 10L
    | (?:\bdef[ \t]+\w+[ \t]*\((?:[^()\n]*,)?|\blambda\b(?:[^:()\n]*,)?)[ \t]*\([ \t]*\w+[ \t]*,                 # def f(a, (b, c)):
    """
)


def python2(text, error):
    """Whether a source that does not parse has syntax of Python 2 alone no later than where the parser stopped. Tabs mixed with spaces are that too."""
    if isinstance(error, TabError):
        return True
    if re.search("EOF|unterminated", str(error.msg)):  # then text may look like code
        return False
    lines = re.split("\r\n|\r|\n", text.decode("latin-1"))
    stop = min(error.lineno or 0, len(lines))
    blank = LITERAL.sub(blanked, "\n".join(lines[: stop + 1]))
    found = PYTHON2.search(blank)
    return found is not None and blank.count("\n", 0, found.end()) < stop


def blanked(literal):
    if not literal.group("quoted"):
        return ""
    return (literal.group("prefix") or "") + "''" + "\n" * literal.group().count("\n")


def string(node):
    """The text of a string constant, or None (for no node too)."""
    if type(node).__name__ == "Str":  # before 3.8
        return node.s
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def strings(node):
    """The texts of a list, tuple or set of string constants, and of sums of these, or None."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        texts = [string(e) for e in node.elts]
        return None if None in texts else texts
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = strings(node.left), strings(node.right)
        return None if left is None or right is None else left + right
    return None


def dotted(node):
    """The names of a, a.b, a.b.c as a list, or None for another expression."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    names.append(node.id)
    names.reverse()
    return names


def last(node):
    """The last name of a, a.b, a.b(…), or "" for another expression."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def mangled(name, owner):
    """The name that __x has inside the class owner. What is told of members and of self.__x has the names of the running class."""
    owner = owner.lstrip("_")
    if owner and name.startswith("__") and not name.endswith("__"):
        return "_" + owner + name
    return name


def absolute(name, package, level, module):
    """The absolute module of `from {level dots}{module} import` in the module name, or "" where that leads out of the top."""
    if not level:
        return module or ""
    parts = name.split(".")
    drop = level - 1 if package else level
    if drop >= len(parts):
        return ""
    base = ".".join(parts[: len(parts) - drop])
    return base + "." + module if module else base


def imported(node, name, package):
    """What an import statement binds: pairs of a name and the absolute dotted name that it leads to ("": out of the top). `import a.b` binds a. A star is not among them."""
    if isinstance(node, ast.Import):
        for a in node.names:
            yield (a.asname, a.name) if a.asname else (a.name.split(".")[0],) * 2
        return
    base = absolute(name, package, node.level, node.module)
    for a in node.names:
        if a.name != "*":
            yield a.asname or a.name, base and base + "." + a.name


def star(node, name, package):
    """The absolute module of `from x import *`, "" where it leads out of the top, or None for another import."""
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        return absolute(name, package, node.level, node.module)
    return None


def param(name, kind, default=False):
    p = {"Name": name, "Kind": kind}
    if default:
        p["Default"] = True
    return p


def signature(arguments, binding=PLAIN):
    """api.Signature of an ast.arguments."""
    only = getattr(arguments, "posonlyargs", [])
    plain = only + arguments.args
    first = len(plain) - len(arguments.defaults)
    params = [param(a.arg, POSITIONAL_ONLY if i < len(only) else POSITIONAL_OR_KEYWORD, i >= first) for i, a in enumerate(plain)]
    if arguments.vararg:
        params.append(param(arguments.vararg.arg, VAR_POSITIONAL))
    params += [param(a.arg, KEYWORD_ONLY, d is not None) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    if arguments.kwarg:
        params.append(param(arguments.kwarg.arg, VAR_KEYWORD))
    s = {"Params": params}
    if binding:
        s["Binding"] = binding
    return s


# Decorators are told by their last name: abc.abstractmethod, functools.cached_property, x.setter, oslo's remotable_classmethod.
ABSTRACT = {"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"}
PROPERTIES = {"setter", "getter", "deleter", "reify", "declared_attr", "hybrid_method", "lazy", "lazyattr", "comparator", "expression"}
# Those that give a function of another signature, or no function: what the text says of the parameters is not said of these.
REPLACING = {"partial", "partialmethod", "wsgify", "patch", "object", "multiple", "fixture", "singledispatchmethod", "command", "group"}


def binding(function):
    """How a function of a class body is bound (api.Binding), by its decorators."""
    for d in function.decorator_list:
        name = last(d)
        if name.endswith("staticmethod"):
            return STATIC
        if name.endswith("classmethod"):
            return CLASS_WAY
        if name.endswith(("property", "_attribute")) or name in PROPERTIES:
            return PROPERTY
    if function.name == "__new__":
        return STATIC
    if function.name in ("__init_subclass__", "__class_getitem__"):
        return CLASS_WAY
    return PLAIN


def is_abstract(function):
    return any(last(d) in ABSTRACT for d in function.decorator_list)


def function_symbol(function, bound=PLAIN):
    """api.Symbol of a def. Other decorators than the REPLACING are taken to keep the signature, as functools.wraps does for inspect."""
    if any(last(d) in REPLACING for d in function.decorator_list):
        return {"Kind": FUNCTION}
    return {"Kind": FUNCTION, "Sig": signature(function.args, bound)}


def call_shape(call, skip=0):
    """api.Call of an ast.Call, without its first skip arguments by position."""
    positional = [a for a in call.args if not isinstance(a, ast.Starred)]
    shape = {"Positional": max(0, len(positional) - skip)}
    keywords = [k.arg for k in call.keywords if k.arg]
    if keywords:
        shape["Keywords"] = keywords
    if len(positional) < len(call.args):
        shape["Star"] = True
    if len(keywords) < len(call.keywords):
        shape["StarStar"] = True
    return shape


def flat(target):
    """The single targets of a, (a, b), [a, *b]."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for e in target.elts:
            yield from flat(e)
    elif isinstance(target, ast.Starred):
        yield from flat(target.value)
    else:
        yield target


def targets(statement):
    """The single targets that a statement assigns to by itself, not by its blocks."""
    if isinstance(statement, ast.Assign):
        found = statement.targets
    elif isinstance(statement, (ast.AugAssign, ast.For, ast.AsyncFor)):
        found = [statement.target]
    elif isinstance(statement, ast.AnnAssign):
        found = [statement.target] if statement.value is not None else []
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        found = [i.optional_vars for i in statement.items if i.optional_vars is not None]
    else:
        return
    for t in found:
        yield from flat(t)


def blocks(statement):
    """The lists of statements inside a statement."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if isinstance(block, list) and block:
            yield block
    for field in ("handlers", "cases"):
        for h in getattr(statement, field, ()):
            yield h.body


def statements(block, into=(ast.stmt,)):
    """All statements of a block and of the blocks inside, in order. Of functions and classes, it goes into those that are of the types into."""
    pending = list(reversed(block))
    while pending:
        s = pending.pop()
        yield s
        if isinstance(s, FUNCTIONS + (ast.ClassDef,)) and not isinstance(s, into):
            continue
        for inner in reversed(list(blocks(s))):
            pending.extend(reversed(inner))


def outside(block):
    """All nodes of a block that run when the block does: not those in functions, lambdas and classes."""
    pending = list(block)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, FUNCTIONS + (ast.Lambda, ast.ClassDef)):
            pending.extend(ast.iter_child_nodes(node))
