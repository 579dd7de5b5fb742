"""Judges answers of resolvers. It shares no code with the solver: versions, specifiers, markers, tags and file names are those of `packaging`, pages are read as
the index sent them, and METADATA as the wheels have it.

usage: checker.py PAGES METADATA MIRROR

PAGES/{project}.json is an index page as it came (PEP 691), METADATA/{ab}/{sha256} that of the wheel of this hash; what is not there yet the mirror at the address
MIRROR is asked for. Each line of the input is a question, each line of the output its verdict:

  {"target": {...}, "before": time, "requirements": [text, ...], "pins": [{"name", "version", "file", "sha256", "extras", "unknown"}, ...]}
  {"faults": [[kind, project, text], ...], "newer": [[project, version], ...], "files": {project: file}}

A pin without "file" stands for the best file of its version; one without "sha256" or "extras" is not judged for these. "newer" lists what could be newer while
everything else stays as it is: an answer that is as new as can be has nothing there.
"""

import collections
import datetime
import email.parser
import functools
import json
import os
import sys
import urllib.error
import urllib.request

from packaging import tags
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

File = collections.namedtuple("File", "name python yanked uploaded sha256")
Metadata = collections.namedtuple("Metadata", "name version python requires provides")


class Unsound(Exception):
    """A fault: its kind, project and text."""


# ---- what the index and the wheels say


def get(path):
    try:
        with urllib.request.urlopen(MIRROR + path) as answer:
            return answer.read()
    except urllib.error.HTTPError as e:
        if e.code == 404:
            return None
        raise


@functools.lru_cache(256)
def page(project):
    """The wheels of a project by version; None where the index does not know it."""
    path = os.path.join(PAGES, project + ".json")
    if not os.path.exists(path) and get(f"/simple/{project}/") is None:
        return None
    with open(path, "rb") as f:
        files = json.load(f)["files"]
    versions = collections.defaultdict(list)
    for f in files:
        name = f["filename"]
        try:
            if not name.endswith(".whl") or canonicalize_name(name.split("-")[0]) != project:
                continue
            version = version_of(name.split("-")[1])
        except (IndexError, InvalidVersion):
            continue
        uploaded = f.get("upload-time")
        versions[version].append(
            File(name, f.get("requires-python") or "", bool(f.get("yanked")), uploaded and datetime.datetime.fromisoformat(uploaded), f.get("hashes", {}).get("sha256", ""))
        )
    return versions


@functools.lru_cache(4000)
def metadata(project, file, sha256):
    """METADATA of a wheel; Unsound where it is invalid."""
    path = os.path.join(METADATA, sha256[:2], sha256)
    try:
        with open(path, "rb") as f:
            raw = f.read()
    except FileNotFoundError:
        raw = get(f"/files/{project}/{file}.metadata")
        if raw is None:
            raise RuntimeError(f"no METADATA of {file}")
    head = email.parser.BytesHeaderParser().parsebytes(raw)
    try:
        requires = tuple(requirement(" ".join(str(r).split())) for r in head.get_all("Requires-Dist", ()))
        return Metadata(
            canonicalize_name(str(head["Name"])), Version(str(head["Version"])), str(head.get("Requires-Python", "")), requires, frozenset(canonicalize_name(str(e)) for e in head.get_all("Provides-Extra", ()))
        )
    except (InvalidRequirement, InvalidVersion) as e:
        raise Unsound("metadata", project, f"METADATA of {file}: {e}")


requirement = functools.lru_cache(20000)(Requirement)
version_of = functools.lru_cache(50000)(Version)


@functools.lru_cache(10000)
def admits_python(specifier, python):
    try:
        return SpecifierSet(specifier).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True  # as none: so has pip


def descending(build):
    """A key that sorts build tags from the highest down; none comes last."""
    return (0, -build[0], "".join(chr(0x10FFFE - ord(c)) for c in build[1]) + chr(0x10FFFF)) if build else (1,)


# ---- the target


class Target:
    def __init__(self, told):
        self.key, self.python = told["key"], told["python"]
        minor = tuple(int(n) for n in self.python.split(".")[:2])
        platforms = list(self.platforms(told))
        interpreter = "cp%d%d" % minor
        abi = interpreter + ("m" if minor < (3, 8) else "")
        order = [*tags.cpython_tags(minor, [abi], platforms), *tags.compatible_tags(minor, interpreter, platforms)]
        self.ranks = {}
        for tag in order:
            self.ranks.setdefault(tag, len(self.ranks))
        common = {name: told[name] for name in ("os_name", "sys_platform", "platform_system")}
        common |= {"python_version": "%d.%d" % minor, "python_full_version": self.python, "implementation_name": "cpython", "implementation_version": self.python}
        common |= {"platform_python_implementation": "CPython", "platform_release": "", "platform_version": ""}
        self.machines = [common | {"platform_machine": machine} for machine in told["platform_machine"]]
        self.bests, self.truths = {}, {}

    @staticmethod
    def platforms(told):
        tag = told["tag"]
        if tag.startswith("win"):
            return [tag]
        if tag.startswith("macosx"):
            _, major, minor, arch = tag.split("_", 3)
            return tags.mac_platforms((int(major), int(minor)), arch)
        _, _, newest, arch = tag.split("_", 3)
        names = []
        for minor in range(int(newest), 4, -1):
            names.append(f"manylinux_2_{minor}_{arch}")
            names += {17: [f"manylinux2014_{arch}"], 12: [f"manylinux2010_{arch}"], 5: [f"manylinux1_{arch}"]}.get(minor, [])
        return [f"linux_{arch}", *names]  # the order of packaging 26.3

    def holds(self, marker, extra):
        """Whether a marker asks on any machine of the target, of whatever release and version its system is, as nobody knows these."""
        if marker is None:
            return True
        key = str(marker), extra
        if key not in self.truths:
            environments = [m | {"extra": extra} for m in self.machines]
            for unknown in ("platform_release", "platform_version"):
                if unknown in key[0]:
                    environments += [e | {unknown: value} for e in environments for value in ("0", "99999")]
            self.truths[key] = any(marker.evaluate(e) for e in environments)
        return self.truths[key]

    def rank(self, file):
        """The place of a wheel in the target's order; None where it cannot be used."""
        try:
            name, version, build, its = parse_wheel_filename(file.name)
        except InvalidWheelFilename:
            return None
        ranks = [self.ranks[t] for t in its if t in self.ranks]
        return (file.yanked, min(ranks), descending(build), file.name) if ranks else None

    def refuses(self, file, before):
        """Why a file cannot be chosen; None where it can."""
        if file.uploaded is None or file.uploaded >= before:
            return "too-new", f"{file.name} was uploaded at {file.uploaded}"
        if not admits_python(file.python, self.python):
            return "python", f"{file.name}: Requires-Python {file.python} of the page excludes {self.python}"
        if self.rank(file) is None:
            return "tags", f"{file.name} is for another platform"
        return None

    def best(self, project, version, before):
        """The best file of a version; Unsound where there is none."""
        key = project, version, before
        if key not in self.bests:
            self.bests[key] = self.find(project, version, before)
        if isinstance(self.bests[key], Unsound):
            raise self.bests[key]
        return self.bests[key]

    def find(self, project, version, before):
        files = (page(project) or {}).get(version, [])
        usable = [f for f in files if self.refuses(f, before) is None]
        if usable:
            return min(usable, key=self.rank)
        kinds = ["tags", "python", "too-new"]
        why = min((self.refuses(f, before) for f in files), key=lambda w: kinds.index(w[0]), default=("no-file", "no wheel of it is on the index"))
        return Unsound(why[0], project, f"{project} {version}: {why[1]}")


# ---- an answer


class Pin:
    def __init__(self, target, before, project, version, file=None):
        self.project, self.version = project, version
        self.file = target.best(project, version, before) if file is None else file

    @functools.cached_property
    def metadata(self):
        m = metadata(self.project, self.file.name, self.file.sha256)
        if m.name != self.project or m.version != self.version:
            raise Unsound("metadata", self.project, f"{self.file.name} is in truth {m.name} {m.version}")
        return m


class Walk:
    """What the requirements reach among pins, and what is not satisfied. A pin named last is read after all else that can be reached without it."""

    def __init__(self, target, requirements, pins, last=None):
        self.target, self.pins, self.last = target, pins, last
        self.needs, self.onto, self.faults = {}, collections.defaultdict(list), []
        self.queue, self.later = collections.deque(), collections.deque()
        for r in requirements:
            if target.holds(r.marker, ""):
                self.ask("", r)

    def ask(self, by, r):
        project = canonicalize_name(r.name)
        self.onto[project].append((by, r))
        asker = by or "the request"
        pin = self.pins.get(project)
        if r.url:
            return self.faults.append(("address", project, f"{asker} requires {r}: by address"))
        if pin is None:
            return self.faults.append(("missing", project, f"{asker} requires {r}: it is not in the answer"))
        if not r.specifier.contains(pin.version, prereleases=True):
            self.faults.append(("unsatisfied", project, f"{asker} requires {r}: the answer has {pin.version}"))
        for extra in ("", *(canonicalize_name(e) for e in r.extras)):
            if extra not in self.needs.setdefault(project, set()):
                self.needs[project].add(extra)
                (self.later if project == self.last else self.queue).append((project, extra))

    def run(self, stop):
        """Follows all; with stop it ends at the first fault."""
        while (self.queue or self.later) and not (stop and self.faults):
            project, extra = (self.queue or self.later).popleft()
            try:
                requires = self.pins[project].metadata.requires
            except Unsound as e:
                self.faults.append(e.args)
                continue
            for r in requires:
                if self.target.holds(r.marker, extra):
                    self.ask(project, r)
        return self


def names_prerelease(onto):
    return any(r.specifier.prereleases for _, r in onto)


def pins_exactly(onto, version):
    """Whether a requirement pins the version (PEP 592)."""
    return any(s.operator in ("==", "===") and not s.version.endswith(".*") and s.contains(version, prereleases=True) for _, r in onto for s in r.specifier)


class Judge:
    def __init__(self, target, question):
        self.target = target
        self.before = datetime.datetime.fromisoformat(question["before"])
        self.requirements = [Requirement(r) for r in question["requirements"]]
        self.told = {canonicalize_name(p["name"]): p for p in question["pins"]}
        self.pins, self.faults, self.newer = {}, [], []
        if len(self.told) < len(question["pins"]):
            self.faults.append(("duplicate", "", "a project is pinned twice"))

    def verdict(self):
        for project, told in self.told.items():
            self.collect(self.pin, project, told)
        if len(self.pins) == len(self.told):
            walk = Walk(self.target, self.requirements, self.pins).run(stop=False)
            self.faults += walk.faults
            for project, pin in self.pins.items():
                self.collect(self.judge, project, pin, walk)
            if not self.faults:
                for project in self.pins:
                    self.look_for_newer(project, walk.onto[project])
        files = {project: pin.file.name for project, pin in self.pins.items()}
        return {"faults": list(dict.fromkeys(self.faults)), "newer": self.newer, "files": files}

    def collect(self, judge, *args):
        try:
            judge(*args)
        except Unsound as e:
            self.faults.append(e.args)

    def pin(self, project, told):
        version = version_of(told["version"])
        file = None
        if told.get("file"):
            file = next((f for f in (page(project) or {}).get(version, []) if f.name == told["file"]), None)
            if file is None:
                raise Unsound("no-file", project, f"{told['file']} is not on the page of {project}")
            refused = self.target.refuses(file, self.before)
            if refused:
                raise Unsound(refused[0], project, refused[1])
            if told.get("sha256") not in (None, file.sha256):
                raise Unsound("hash", project, f"the sha256 of {file.name} is {file.sha256}")
        self.pins[project] = Pin(self.target, self.before, project, version, file)

    def judge(self, project, pin, walk):
        onto, text = walk.onto[project], f"{project} {pin.version}"
        if project not in walk.needs:
            raise Unsound("superfluous", project, f"{text}: nothing asks for it")
        if not admits_python(pin.metadata.python, self.target.python):
            raise Unsound("python", project, f"{text}: Requires-Python {pin.metadata.python} of its METADATA excludes {self.target.python}")
        if pin.file.yanked and not pins_exactly(onto, pin.version):
            raise Unsound("yanked", project, f"{text} is yanked, and no requirement pins it")
        best = self.target.best(project, pin.version, self.before)
        if best != pin.file:
            raise Unsound("file", project, f"{text}: {best.name} suits the target better than {pin.file.name}")
        if pin.version.is_prerelease and not names_prerelease(onto):
            for version, _ in self.candidates(project, onto, lambda v: not v.is_prerelease):
                raise Unsound("prerelease", project, f"{text} is a pre-release that no requirement names, and {version} would do")
        told = self.told[project]
        if told.get("extras") is not None:
            self.judge_extras(project, pin, walk.needs[project] - {""}, told)

    def judge_extras(self, project, pin, asked, told):
        known = {e for e in asked if e in pin.metadata.provides or any(self.target.holds(r.marker, e) and not self.target.holds(r.marker, "") for r in pin.metadata.requires)}
        for field, want in (("extras", known), ("unknown", asked - known)):
            if set(told[field]) != want:
                raise Unsound("extras", project, f"{project} {pin.version}: its {field} are {sorted(want)}, not {sorted(told[field])}")

    def candidates(self, project, onto, which):
        """Versions that the requirements in force admit, newest first, each with its file; their METADATA is sound."""
        for version in sorted(filter(which, page(project)), reverse=True):
            if not all(r.specifier.contains(version, prereleases=True) for _, r in onto):
                continue
            try:
                pin = Pin(self.target, self.before, project, version)
                if not pin.file.yanked and admits_python(pin.metadata.python, self.target.python):
                    yield version, pin
            except Unsound:
                continue

    def look_for_newer(self, project, onto):
        """The first version above the chosen one with which, all else as it is, the requirements are satisfied too."""
        now, named = self.pins[project].version, names_prerelease(onto)
        for version in sorted((v for v in page(project) if v > now and (named or not v.is_prerelease)), reverse=True):
            try:
                pin = Pin(self.target, self.before, project, version)
                if pin.file.yanked:
                    continue
                walk = Walk(self.target, self.requirements, self.pins | {project: pin}, last=project).run(stop=True)
                if not walk.faults and admits_python(pin.metadata.python, self.target.python):
                    self.newer.append((project, str(version)))
                    return
            except Unsound:
                continue


def main():
    targets = {}
    for line in sys.stdin:
        question = json.loads(line)
        key = question["target"]["key"]
        if key not in targets:
            targets[key] = Target(question["target"])
        print(json.dumps(Judge(targets[key], question).verdict()), flush=True)


if __name__ == "__main__":
    PAGES, METADATA, MIRROR = sys.argv[1:]
    main()
