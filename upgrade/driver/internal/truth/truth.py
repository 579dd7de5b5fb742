"""Answers, inside a real environment of a component, what getattr and inspect.signature say of symbols.

One JSON object comes on standard input: {"questions": [...]}; one goes to standard output. The environment is brought up in the order
in which the volume service does it, so that what is registered at start is there.
"""
import ast
import importlib
import importlib.machinery
import importlib.util
import inspect
import io
import json
import logging
import os
import re
import sys
import types
import warnings

YES, NO, INSTANCE, UNKNOWN = 'yes', 'no', 'instance', 'unknown'


class Undecided(Exception):
    """Nothing here can tell: an import fails for a reason of its own."""


class Absent(Exception):
    """The symbol is not there."""


def start():
    """Brings the service's process up, short of its main loop."""
    importlib.import_module('cinder.cmd.volume')  # patches before anything else is imported
    importlib.import_module('cinder.objects').register_all()
    importlib.import_module('cinder.volume.manager')


def load(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as e:
        if e.name and (name == e.name or name.startswith(e.name + '.')):
            raise Absent('no module ' + e.name)
        raise Undecided('import %s: %s' % (name, e))
    except BaseException as e:  # a module may do anything, sys.exit included
        raise Undecided('import %s: %s: %s' % (name, type(e).__name__, e))


def resolve(dotted):
    """What `from a.b import c` or a.b.c gives, modules imported on the way as the import statement does."""
    parts = dotted.split('.')
    found = load(parts[0])
    for n, part in enumerate(parts[1:], 1):
        try:
            found = getattr(found, part)
            continue
        except AttributeError:
            if not isinstance(found, types.ModuleType) or not hasattr(found, '__path__'):
                raise Absent('.'.join(parts[:n]) + ' has no attribute ' + part)
        except Exception as e:
            raise Undecided('%s: %s' % (type(e).__name__, e))
        found = load('.'.join(parts[:n + 1]))
    return found


def bind(signature, call, first=()):
    args = list(first) + [None] * call.get('positional', 0)
    kwargs = dict.fromkeys(call.get('keywords') or ())
    partial = call.get('star') or call.get('starstar')
    try:
        (signature.bind_partial if partial else signature.bind)(*args, **kwargs)
    except TypeError as e:
        raise Absent('call: %s' % e)


def signature_of(thing):
    try:
        return inspect.signature(thing)
    except (TypeError, ValueError) as e:
        raise Undecided('no signature: %s' % e)


def ask_module(q):
    load(q['symbol'])
    return YES


def ask_name(q):
    resolve(q['symbol'])
    return YES


def ask_call(q):
    thing = resolve(q['symbol'])
    if not callable(thing):
        raise Absent('not callable')
    bind(signature_of(thing), q['call'])
    return YES


def bases_of(names):
    """The host's classes that a driver's class inherits from. One that is not here is another question's affair."""
    found = []
    for name in names:
        try:
            base = resolve(name)
        except Absent as e:
            raise Undecided('base %s: %s' % (name, e))
        if not inspect.isclass(base):
            raise Undecided('base %s is no class' % name)
        found.append(base)
    return found


def joined(bases):
    """The order in which Python looks: that of a class made of the bases, as far as one can be."""
    order = []
    try:
        order = list(types.new_class('Driver', tuple(dict.fromkeys(bases)), {}).__mro__[1:])
    except TypeError:
        for base in bases:
            order += [c for c in base.__mro__ if c not in order]
    return order


def assigned(order, name):
    """Whether a method of a class assigns to self.name, by the class's text."""
    pattern = re.compile(r'\bself\.%s\b(?:\s*,[^=\n]*)?\s*(?::[^=\n]+)?=(?!=)' % re.escape(name))
    more = re.compile(r'(?:\bself\.\w+\s*,\s*)+self\.%s\b|\bas\s+self\.%s\b|setattr\(self' % (re.escape(name), re.escape(name)))
    for c in order:
        try:
            text = inspect.getsource(c)
        except (OSError, TypeError):
            continue
        if pattern.search(text) or more.search(text):
            return True
    return False


def member(q, names):
    order = joined(bases_of(names))
    name = q['name']
    for c in order:
        if name in vars(c):
            return c, vars(c)[name]
    if any('__getattr__' in vars(c) for c in order):
        raise Undecided('a base has __getattr__')
    if hasattr(type, name) and name.startswith('__'):
        return type, getattr(type, name)
    return None, assigned(order, name)


def through_any(ask):
    """Asks through each of the driver's classes that the object may be of: what one of them has will do."""
    def asked(q):
        said = []
        for names in q['bases']:
            try:
                said.append((ask(q, names), ''))
            except Absent as e:
                said.append((NO, str(e)))
            except Undecided as e:
                said.append((UNKNOWN, str(e)))
        for best in (YES, INSTANCE, UNKNOWN, NO):
            for answer, why in said:
                if answer == best and best == NO:
                    raise Absent(why)
                if answer == best and best == UNKNOWN:
                    raise Undecided(why)
                if answer == best:
                    return answer
        raise Undecided('no class of the host')
    return asked


def attribute(q, names):
    owner, value = member(q, names)
    if owner is not None:
        return YES
    if value:
        return INSTANCE
    raise Absent('no base has it')


def method(q, names):
    owner, value = member(q, names)
    if owner is None:
        return attribute(q, names)
    if isinstance(value, staticmethod):
        bind(signature_of(value.__func__), q['call'])
    elif isinstance(value, classmethod):
        bind(signature_of(value.__func__), q['call'], (None,))
    elif inspect.isfunction(value):
        bind(signature_of(value), q['call'], (None,))
    elif isinstance(value, property):
        return YES
    elif callable(value):
        bind(signature_of(value), q['call'])
    else:
        raise Undecided('a value that is called')
    return YES


OPTIONS = {}


def options():
    """Names of all options that the component lists or has registered by now. Deprecated names count in files alone, not for who reads them."""
    if not OPTIONS:
        for _, listed in importlib.import_module('cinder.opts').list_opts():
            for o in listed:
                OPTIONS[o.dest] = o
        conf = importlib.import_module('oslo_config.cfg').CONF
        groups = [conf._opts] + [g._opts for g in conf._groups.values()]
        for known in groups:
            for o in known.values():
                OPTIONS[o['opt'].dest] = o['opt']
    return OPTIONS


def ask_option(q):
    if q['symbol'].replace('-', '_') not in options():
        raise Absent('no option')
    return YES


def ask_distribution(q):
    """Whether Python finds the module; looking does not import it."""
    name = q['symbol'].split('.')[0]
    if name in sys.builtin_module_names or importlib.machinery.PathFinder.find_spec(name):
        return YES
    raise Absent('no module')


CALLS = {}


def host_calls(package):
    """How the host calls a driver's methods, by the text of a package of its: driver.name(...) and x.driver.name(...), drivers themselves left out."""
    if package not in CALLS:
        CALLS[package] = found = {}
        top = os.path.dirname(load(package).__file__)
        for folder, below, files in os.walk(top):
            below[:] = [d for d in below if d not in ('drivers', 'tests')]
            for name in files:
                if name.endswith('.py'):
                    with open(os.path.join(folder, name), encoding='utf-8') as f:
                        gather(ast.parse(f.read()), found)
    return CALLS[package]


def gather(tree, found):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if getattr(of, 'attr', getattr(of, 'id', '')) == 'driver':
                found.setdefault(node.func.attr, []).append({
                    'positional': sum(not isinstance(a, ast.Starred) for a in node.args), 'keywords': [k.arg for k in node.keywords if k.arg],
                    'star': any(isinstance(a, ast.Starred) for a in node.args), 'starstar': any(not k.arg for k in node.keywords)})


def ask_override(q):
    calls = host_calls('.'.join(q['symbol'].split('.')[:2])).get(q['name'])
    if not calls:
        raise Undecided('the host does not call it on a driver')
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.KEYWORD_ONLY,
             inspect.Parameter.VAR_KEYWORD)
    signature = inspect.Signature([inspect.Parameter(p['name'], kinds[p['kind']], default=None if p['default'] else inspect.Parameter.empty) for p in q['params']])
    for call in calls:
        bind(signature, call, (None,) * q['given'])
    return YES


ASK = {
    'module': ask_module, 'name': ask_name, 'call': ask_call, 'attribute': through_any(attribute), 'method': through_any(method), 'option': ask_option,
    'override': ask_override, 'distribution': ask_distribution,
}


def answer(q):
    try:
        return {'answer': ASK[q['kind']](q)}
    except Absent as e:
        return {'answer': NO, 'why': str(e)}
    except Undecided as e:
        return {'answer': UNKNOWN, 'why': str(e)[:300]}


def distributions():
    try:
        from importlib import metadata
    except ImportError:
        import importlib_metadata as metadata
    return {d.metadata['Name']: d.version for d in metadata.distributions() if d.metadata['Name']}


def main():
    out = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)  # what is imported may print
    warnings.simplefilter('ignore')
    logging.disable(logging.CRITICAL)
    questions = json.load(io.TextIOWrapper(sys.stdin.buffer, 'utf-8'))['questions']
    sys.argv = ['truth']
    start()
    answers = [answer(q) for q in questions]
    json.dump({'python': '%d.%d' % sys.version_info[:2], 'distributions': distributions(), 'answers': answers}, out)
    out.flush()
    os._exit(0)


main()
