"""Draws symbols out of wheels by regular expressions over their text, with the exact set of releases that has each, and writes drivers that
use them. It shares no code with what it judges: no syntax tree, no index.

    scan.py SEED COUNT FOLDER WHEEL...

Prints one JSON object a line: {"file": ..., "expect": [versions], "symbols": [...]}. A symbol is drawn only where every release either defines
it in exactly one plain way, or does not have the word at all in the module that would define it, so that its set is certain.
"""
import functools
import inspect
import json
import os
import random
import re
import sys
import zipfile

DEF = re.compile(r'^(?:async )?def (\w+)\(', re.M)
CLASS = re.compile(r'^class (\w+)(?:\(([^)]*)\))?:', re.M)
CONSTANT = re.compile(r'^([A-Z][A-Z0-9_]+) = \S', re.M)
METHOD = re.compile(r'^    def (\w+)\(', re.M)
ATTRIBUTE = re.compile(r'^    ([A-Za-z]\w*) = \S', re.M)
IMPORTED = re.compile(r'^(?:from ([\w.]+) import (\w+)(?: as (\w+))?|import ([\w.]+) as (\w+))$', re.M)
UNCERTAIN = re.compile(r'^\s*from \S+ import \*|__getattr__|^\s*exec\(|globals\(\)', re.M)
# What drivers mostly use.
USUAL = ('cinder.volume.', 'cinder.image.', 'cinder.objects.', 'cinder.zonemanager.', 'cinder.common.', 'cinder.interface.', 'cinder.utils', 'cinder.exception', 'cinder.context',
         'cinder.coordination', 'cinder.i18n', 'cinder.keymgr', 'cinder.privsep', 'cinder.ssh_utils', 'cinder.flow_utils', 'cinder.volume_utils')
BASE = 'cinder.volume.driver.VolumeDriver'
SKIPPED = ('cinder/tests/', 'cinder/db/', 'cinder/api/', 'cinder/cmd/', 'cinder/wsgi/', 'cinder/scheduler/', 'cinder/policies/', 'cinder/volume/flows/', 'cinder/test.py')


def closing(text, start):
    """The place of the bracket that closes the one before start; -1 where the text is not plain enough."""
    depth, i = 1, start
    while i < len(text):
        c = text[i]
        if c in '\'"#':
            if c == '#':
                i = text.find('\n', i)
            else:
                end = re.compile(r'(?<!\\)' + c).search(text, i + 1)
                if not end or text.startswith(c * 3, i):
                    return -1
                i = end.start()
        elif c in '([{':
            depth += 1
        elif c in ')]}':
            depth -= 1
            if not depth:
                return i
        i += 1
    return -1


def parameters(text):
    """inspect.Parameter of each part between top-level commas; None where one is not plain."""
    parts, depth, last = [], 0, 0
    for i, c in enumerate(text + ','):
        depth += (c in '([{') - (c in ')]}')
        if c == ',' and not depth:
            parts.append(re.sub(r'#[^\n]*', '', text[last:i]).strip())
            last = i + 1
    out, kind = [], inspect.Parameter.POSITIONAL_OR_KEYWORD
    for part in parts:
        if not part:
            continue
        found = re.match(r'(\*{0,2})\s*(\w*)\s*(?::[^=]*)?(=.*)?$', part, re.S)
        if not found:
            return None
        star, name, default = found.groups()
        if star == '*' and not name:
            kind = inspect.Parameter.KEYWORD_ONLY
        elif star == '*':
            out.append(inspect.Parameter(name, inspect.Parameter.VAR_POSITIONAL))
            kind = inspect.Parameter.KEYWORD_ONLY
        elif star:
            out.append(inspect.Parameter(name, inspect.Parameter.VAR_KEYWORD))
        elif not name:
            return None
        else:
            out.append(inspect.Parameter(name, kind, default=None if default else inspect.Parameter.empty))
    try:
        return inspect.Signature(out)
    except ValueError:
        return None


def decorated(text, start):
    before = text[:start].rstrip('\n').rsplit('\n', 1)[-1]
    return before.lstrip().startswith(('@', ')'))


class Module:
    """What regular expressions find in one text."""

    def __init__(self, text):
        self.text = text
        self.words = set(re.findall(r'\w+', text))
        self.uncertain = bool(UNCERTAIN.search(text))
        self.functions, self.classes, self.constants = {}, {}, {}
        for m in DEF.finditer(text):
            self.functions.setdefault(m.group(1), []).append(m)
        for m in CLASS.finditer(text):
            self.classes.setdefault(m.group(1), []).append(m)
        for m in CONSTANT.finditer(text):
            self.constants.setdefault(m.group(1), []).append(m)

    @functools.lru_cache(maxsize=None)
    def bound(self, name):
        """How often a line at any depth may bind the name at the top level."""
        return len(re.findall(r'^\s*(?:(?:async )?def|class) %s\b|^%s\s*(?::[^=\n]*)?=[^=]|\bimport\b.*\b%s\b|^\s+%s,?$|\bglobal\b.*\b%s\b' % ((name,) * 5), self.text, re.M))

    @functools.lru_cache(maxsize=None)
    def signature(self, name):
        """Of a plain function: 'absent', a Signature, or None where it is not certain."""
        if self.uncertain:
            return None
        if name not in self.words:
            return 'absent'
        found = self.functions.get(name, [])
        if len(found) != 1 or self.bound(name) != 1 or decorated(self.text, found[0].start()):
            return None
        return signature_at(self.text, found[0].end())

    @functools.lru_cache(maxsize=None)
    def constant(self, name):
        """'there', 'absent', or None where it is not certain."""
        if self.uncertain:
            return None
        if name not in self.words:
            return 'absent'
        found = self.constants.get(name, []) + self.classes.get(name, [])
        return 'there' if len(found) == 1 and self.bound(name) == 1 else None

    def body(self, name):
        """The text of a class, its bases as written, or None."""
        found = self.classes.get(name, [])
        if len(found) != 1:
            return None
        rest = re.compile(r'^[^\s#)]', re.M).search(self.text, found[0].end())
        end = rest.start() if rest else len(self.text)
        bases = [b.strip() for b in (found[0].group(2) or '').split(',') if b.strip() and not b.strip().startswith('metaclass')]
        return self.text[found[0].end():end], bases

    def imported(self, alias):
        for m in IMPORTED.finditer(self.text):
            package, name, renamed, whole, as_name = m.groups()
            if package and alias == (renamed or name):
                return package + '.' + name
            if whole and alias == as_name:
                return whole
        return None


def signature_at(text, start):
    end = closing(text, start)
    return parameters(text[start:end]) if end >= 0 else None


@functools.lru_cache(maxsize=None)
def module_of(text):
    return Module(text)


class Release:
    def __init__(self, path):
        self.version = os.path.basename(path).split('-')[1]
        self.modules = {}
        with zipfile.ZipFile(path) as z:
            for name in z.namelist():
                if name.startswith('cinder/') and name.endswith('.py') and not name.startswith(SKIPPED):
                    dotted = re.sub(r'/__init__$', '', name[:-3]).replace('/', '.')
                    self.modules[dotted] = module_of(z.read(name).decode('utf-8', 'replace'))
        self.usual = sorted(n for n in self.modules if n.startswith(USUAL) and not n.startswith('cinder.volume.drivers.'))
        self.rest = sorted(n for n in self.modules if n not in self.usual and n.count('.') <= 3)

    def chain(self, dotted, seen=()):
        """The bodies of a class and of all that it inherits from, or None where one is not plain. 'absent' where the class is not there."""
        module, _, name = dotted.rpartition('.')
        m = self.modules.get(module)
        if m is None or not m.uncertain and name not in m.words:
            return 'absent'
        if m.uncertain or m.bound(name) != 1 or m.body(name) is None or dotted in seen:
            return None
        body, bases = m.body(name)
        out = [(m, body)]
        for base in bases:
            if base == 'object':
                continue
            if '.' in base:
                head, _, tail = base.partition('.')
                target = m.imported(head)
                target = target and target + '.' + tail
            else:
                target = module + '.' + base if base in m.classes else m.imported(base)
            above = self.chain(target, seen + (dotted,)) if target else None
            if above is None or above == 'absent':
                return None
            out += above
        return out

    def member(self, dotted, name):
        """Of a class: 'absent', 'there' for an attribute, a Signature for a method, or None."""
        chain = self.chain(dotted)
        if chain is None or chain == 'absent':
            return chain
        bodies = {body: None for _, body in chain}
        holders = [b for b in bodies if re.search(r'\b%s\b' % name, b)]
        if not holders:
            return 'absent' if not any(name in m.words and re.search(r'setattr', m.text) for m, _ in chain) else None
        found = [(b, k, m) for b in holders for k, p in (('method', METHOD), ('value', ATTRIBUTE)) for m in p.finditer(b) if m.group(1) == name]
        if len(found) != 1:
            return None
        body, kind, m = found[0]
        if kind == 'value':
            return 'there'
        return None if decorated(body, m.start()) else signature_at(body, m.end())


def shape(rng, signature, method):
    """A call that a signature takes: some by position, perhaps one by keyword."""
    plain = [p for p in signature.parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD][1 if method else 0:]
    required = sum(p.default is p.empty for p in plain)
    keywords = [p.name for p in signature.parameters.values() if p.kind == p.KEYWORD_ONLY and p.default is p.empty]
    optional = [p.name for p in plain[required:]] + [p.name for p in signature.parameters.values() if p.kind == p.KEYWORD_ONLY and p.default is not p.empty]
    if optional and rng.random() < 0.8:
        keywords.append(rng.choice(optional))
    return required, keywords


def takes(signature, call, method):
    positional, keywords = call
    try:
        signature.bind(*[0] * (positional + method), **dict.fromkeys(keywords))
    except TypeError:
        return False
    return True


def releases_of(releases, judge):
    """The releases that have it, or None where one cannot be told."""
    out = []
    for r in releases:
        there = judge(r)
        if there is None:
            return None
        if there:
            out.append(r.version)
    return out


def draw(rng, releases, weights):
    """One symbol: (text that names it, code lines of imports, expression, set of releases) or None."""
    r = rng.choice(releases)
    kind = rng.choices(['module', 'call', 'constant', 'method', 'attribute', 'class attribute'], weights)[0]
    if kind in ('method', 'attribute'):
        return draw_member(rng, releases, r, kind)
    module = rng.choice(r.usual if rng.random() < 0.6 else r.rest)
    m = r.modules[module]
    package, _, last = module.rpartition('.')
    if not package:
        return None
    if kind == 'module':
        found = releases_of(releases, lambda o: module in o.modules)
        return module, ['import %s' % module], '%s.__name__' % module, found
    style = rng.choice(['from', 'as', 'plain'])
    imports, alias = {'from': ('from %s import %s' % (package, last), last), 'as': ('from %s import %s as host_%s' % (package, last, last), 'host_' + last),
                      'plain': ('import %s' % module, module)}[style]
    if last in ('driver', 'self'):
        imports, alias = 'from %s import %s as host_%s' % (package, last, last), 'host_' + last
    if kind == 'call':
        return draw_call(rng, releases, module, m, imports, alias)
    if kind == 'constant':
        if not m.constants and not m.classes:
            return None
        name = rng.choice(sorted(set(m.constants) | set(m.classes)))
        if name.startswith('_'):
            return None

        def judge(o):
            if module not in o.modules:
                return False
            got = o.modules[module].constant(name)
            return None if got is None else got == 'there'
        found = releases_of(releases, judge)
        if rng.random() < 0.5:
            return module + '.' + name, ['from %s import %s as taken_%s' % (module, name, name)], 'taken_' + name, found
        return module + '.' + name, [imports], '%s.%s' % (alias, name), found
    return draw_class_attribute(rng, releases, module, m, imports, alias)


def draw_call(rng, releases, module, m, imports, alias):
    if not m.functions:
        return None
    name = rng.choice(sorted(m.functions))
    signature = m.signature(name)
    if not isinstance(signature, inspect.Signature):
        return None
    call = shape(rng, signature, False)

    def judge(o):
        if module not in o.modules:
            return False
        got = o.modules[module].signature(name)
        return None if got is None else got != 'absent' and takes(got, call, False)
    args = ', '.join(['None'] * call[0] + [k + '=None' for k in call[1]])
    return '%s.%s(%s)' % (module, name, args), [imports], '%s.%s(%s)' % (alias, name, args), releases_of(releases, judge)


def draw_class_attribute(rng, releases, module, m, imports, alias):
    classes = [c for c in m.classes if not c.startswith('_') and m.body(c)]
    if not classes:
        return None
    name = rng.choice(sorted(classes))
    members = [x.group(1) for x in ATTRIBUTE.finditer(m.body(name)[0])]
    if not members:
        return None
    attribute = rng.choice(sorted(members))

    def judge(o):
        got = o.member(module + '.' + name, attribute)
        return None if got is None else got == 'there'
    return '%s.%s.%s' % (module, name, attribute), [imports], '%s.%s.%s' % (alias, name, attribute), releases_of(releases, judge)


def draw_member(rng, releases, r, kind):
    chain = r.chain(BASE)
    if not chain or chain == 'absent':
        return None
    _, body = rng.choice(chain)
    pattern = METHOD if kind == 'method' else ATTRIBUTE
    members = sorted({x.group(1) for x in pattern.finditer(body)})
    if not members:
        return None
    name = rng.choice(members)
    if name.startswith('__'):
        return None
    got = r.member(BASE, name)
    if got is None or got == 'absent' or (kind == 'method') != isinstance(got, inspect.Signature):
        return None
    if kind == 'attribute':
        def judge(o):
            there = o.member(BASE, name)
            return None if there is None else there != 'absent'
        return 'self.' + name, [], 'self.' + name, releases_of(releases, judge)
    call = shape(rng, got, True)

    def judge(o):
        there = o.member(BASE, name)
        if there is None or there == 'there':
            return None
        return there != 'absent' and takes(there, call, True)
    args = ', '.join(['None'] * call[0] + [k + '=None' for k in call[1]])
    return 'self.%s(%s)' % (name, args), [], 'self.%s(%s)' % (name, args), releases_of(releases, judge)


def driver_text(rng, n, chosen):
    imports = ['from cinder.volume import driver']
    for _, lines, _, _ in chosen:
        imports += [i for i in lines if i not in imports]
    place = rng.choice(['def do_setup(self, context):', 'def create_volume(self, volume):', 'def check_for_setup_error(self):'])
    body = ['        ' + expression for _, _, expression, _ in chosen]
    return '\n'.join(imports + ['', '', 'class Generated%dDriver(driver.VolumeDriver):' % n, "    VERSION = '1.0.%d'" % n, '', '    ' + place] + body) + '\n'


def main():
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    releases = [Release(p) for p in sys.argv[4:]]
    rng = random.Random(seed)
    weights = [2, 6, 3, 3, 2, 2]
    n = 0
    while n < count:
        chosen = []
        for _ in range(rng.choice([1, 1, 2, 3])):
            symbol = None
            # Three of four symbols are not in every release: the rest would prove little.
            telling = rng.random() < 0.75
            while symbol is None or symbol[3] is None or telling and len(symbol[3]) == len(releases) or any(symbol[0] == c[0] for c in chosen):
                symbol = draw(rng, releases, weights)
            chosen.append(symbol)
        expect = set(r.version for r in releases)
        for c in chosen:
            expect &= set(c[3])
        path = os.path.join(folder, 'generated_%03d.py' % n)
        with open(path, 'w') as f:
            f.write(driver_text(rng, n, chosen))
        order = [r.version for r in releases if r.version in expect]
        print(json.dumps({'file': path, 'expect': order, 'symbols': [c[0] for c in chosen]}))
        n += 1


main()
