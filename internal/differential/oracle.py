"""Answers the differential test's inputs with `packaging`.

usage: oracle.py INPUTS ANSWERS

INPUTS has a line of JSON with the marker environments, then one line a question: {"kind": ..., "args": [...]}.
ANSWERS gets one line a question: a list of strings.
"""

import json
import sys
import sysconfig

from packaging import _manylinux, _musllinux, markers, requirements, specifiers, tags, utils, version

INVALID = (
    markers.InvalidMarker,
    requirements.InvalidRequirement,
    specifiers.InvalidSpecifier,
    tags.InvalidTag,
    utils.InvalidName,
    utils.InvalidSdistFilename,
    utils.InvalidWheelFilename,
    version.InvalidVersion,
)
ENVIRONMENTS = []


def flags(*values):
    return "".join("1" if v else "0" for v in values)


def version_kind(text, other):
    v = version.Version(text)
    try:
        w = version.Version(other)
        order = str((v > w) - (v < w))
    except version.InvalidVersion:
        order = "none"
    release = ".".join(str(n) for n in (v.release + (0, 0, 0))[:3])
    return [
        str(v),
        flags(v.is_prerelease, v.is_postrelease, v.is_devrelease),
        v.local or "",
        v.public,
        release if max(v.release[:3]) < 2**63 - 1 else "large",
        order,
    ]


def clause_text(s):
    if s.operator == "===":
        return "===" + s.version
    base = s.version.removesuffix(".*")
    return s.operator + str(version.Version(base)) + s.version[len(base) :]


def set_text(specs):
    return ",".join(sorted({clause_text(s) for s in specs}))


def specifier_kind(text, *candidates):
    specs = specifiers.SpecifierSet(text)
    pairs = list(enumerate(candidates))

    def filtered(prereleases):
        kept = {i for i, _ in specs.filter(pairs, prereleases=prereleases, key=lambda p: p[1])}
        return flags(*(i in kept for i, _ in pairs))

    return [
        set_text(specs),
        flags(specs.prereleases),
        flags(*(specs.contains(c, prereleases=True) for c in candidates)),
        filtered(True),
        filtered(None),
        filtered(False),
    ]


def range_kind(left, right):
    a, b = specifiers.SpecifierSet(left), specifiers.SpecifierSet(right)
    both = a & b
    return [
        flags(a.is_unsatisfiable(), b.is_unsatisfiable(), both.is_unsatisfiable()),
        flags(a.is_subset(b), b.is_subset(a), a.is_disjoint(b)),
    ]


def evaluations(marker, extra):
    extras = frozenset([extra] if extra else [])
    out = []
    for environment in ENVIRONMENTS:
        groups = frozenset(environment["dependency_groups"].split())
        environment = {**environment, "extra": extra, "extras": extras, "dependency_groups": groups}
        try:
            out.append(flags(marker.evaluate(environment)))
        except (markers.UndefinedComparison, markers.UndefinedEnvironmentName):
            out.append("undefined")
    return out


def requirement_kind(text, ours):
    out = []
    for source in (text, ours) if ours else (text,):
        r = requirements.Requirement(source)
        extras = sorted({utils.canonicalize_name(e) for e in r.extras})
        out += [utils.canonicalize_name(r.name), ",".join(extras), set_text(r.specifier), r.url or ""]
        out += evaluations(r.marker, "") if r.marker else ["no marker"]
    return out


def marker_kind(text, ours, extra):
    m = markers.Marker(text)
    out = evaluations(m, extra)
    if ours:
        out += evaluations(markers.Marker(ours), extra)
    return out


def wheel_kind(filename):
    name, v, build, found = utils.parse_wheel_filename(filename)
    return [name, str(v), "-".join(str(b) for b in build), *sorted(str(t) for t in found)]


def sdist_kind(filename):
    name, v = utils.parse_sdist_filename(filename)
    return [name, str(v)]


def platforms_of(platform):
    """The platform tags of a machine whose floor is the given tag, most preferred first."""
    family, _, rest = platform.partition("_")
    if family == "macosx":
        major, minor, arch = rest.split("_", 2)
        return list(tags.mac_platforms((int(major), int(minor)), arch))
    if family not in ("manylinux", "musllinux"):
        return [platform]
    major, minor, arch = rest.split("_", 2)
    libc = (int(major), int(minor))
    glibc = libc if family == "manylinux" else (-1, -1)
    _manylinux._get_glibc_version = lambda: _manylinux._GLibCVersion(*glibc)
    _manylinux._have_compatible_abi = lambda executable, archs: True
    _manylinux._get_manylinux_module = lambda: None
    musl = _musllinux._MuslVersion(*libc) if family == "musllinux" else None
    _musllinux._get_musl_version = lambda executable: musl
    sysconfig.get_platform = lambda: "linux-" + arch
    return list(tags._linux_platforms(is_32bit=False))


def tags_kind(major, minor, threaded, platform):
    python = (int(major), int(minor))
    interpreter = f"cp{major}{minor}"
    abi = interpreter + ("m" if python < (3, 8) else "") + ("t" if threaded else "")
    platforms = platforms_of(platform)
    found = [*tags.cpython_tags(python, [abi], platforms), *tags.compatible_tags(python, interpreter, platforms)]
    return [str(t) for t in found]


KINDS = {
    "version": version_kind,
    "specifier": specifier_kind,
    "range": range_kind,
    "requirement": requirement_kind,
    "marker": marker_kind,
    "wheel": wheel_kind,
    "sdist": sdist_kind,
    "tags": tags_kind,
}


def answer(question):
    try:
        return KINDS[question["kind"]](*question["args"])
    except INVALID:
        return ["invalid"]
    except Exception as err:
        return [f"oracle: {type(err).__name__}: {err}"]


def main():
    with open(sys.argv[1], encoding="utf-8") as questions, open(sys.argv[2], "w", encoding="utf-8") as answers:
        ENVIRONMENTS.extend(json.loads(next(questions)))
        for line in questions:
            print(json.dumps(answer(json.loads(line))), file=answers)


main()
