"""Answers the oracle test's questions with pip's own parsers.

usage: oracle.py QUESTIONS ANSWERS

QUESTIONS has a line of JSON a question. {"text": ...} is a requirements file: the answer is a list of what its lines say, or null where pip refuses it.
{"lock": ...} is a lock file: the answer is [] or null. Where ANSWERS lies is also the folder of the files.
"""

import base64
import json
import logging
import os
import sys
import tomllib
from optparse import Values
from urllib.parse import unquote

from pip._internal.exceptions import InstallationError, PipError
from pip._internal.models.format_control import FormatControl
from pip._internal.models.release_control import ReleaseControl
from pip._internal.models.search_scope import SearchScope
from pip._internal.req import req_file
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._vendor.packaging.pylock import Pylock, PylockValidationError
from pip._vendor.packaging.utils import canonicalize_name
from pip._vendor.packaging.version import Version

os.environ.update(NAME_1="lib", NAME_2="1.0")
logging.disable(logging.CRITICAL)


def clause(s):
    if s.operator == "===":
        return "===" + s.version
    base = s.version.removesuffix(".*")
    return s.operator + str(Version(base)) + s.version[len(base) :]


def here(url):
    """The address without what names this folder, as Python and Go escape some characters otherwise."""
    if not url.startswith("file:"):
        return url
    url, folder = unquote(url), "file://" + os.getcwd()
    return url.replace(folder, "HERE").replace(os.path.dirname(folder), "ABOVE")


def requirement(line):
    parsed = req_file.handle_requirement_line(line)
    if parsed.options.get("config_settings") or line.is_editable:
        return ["unsupported"]
    r = install_req_from_parsed_requirement(parsed)
    if r.req is None or r.link is not None and not r.link.is_wheel and r.req.url is None:
        return ["unsupported"]
    unnamed = r.link is not None and r.req.url is None  # a wheel: pip takes its version for a specifier
    hashes = sorted(f"{a}:{h.lower()}" for a, all_ in r.hash_options.items() for h in all_)
    return [
        "constraint" if r.constraint else "requirement",
        os.path.basename(line.filename),
        str(line.lineno),
        canonicalize_name(r.req.name),
        ",".join(sorted({canonicalize_name(x) for x in r.extras})),
        "" if unnamed else ",".join(sorted({clause(s) for s in r.req.specifier})),
        here(r.link.url) if unnamed else r.req.url or "",
        str(r.markers or ""),
        " ".join(hashes),
    ]


class Finder:
    """What a finder is for the lines of a requirements file."""

    def __init__(self):
        self.search_scope = SearchScope([], [], False)
        self.format_control = FormatControl()
        self.release_control = ReleaseControl()

    find_links = property(lambda self: self.search_scope.find_links)
    index_urls = property(lambda self: self.search_scope.index_urls)

    def set_release_control(self, control):
        self.release_control = control

    def set_prefer_binary(self):
        pass


def requirements(path):
    finder = Finder()
    options = Values({"require_hashes": False, "no_require_hashes": False, "features_enabled": []})
    out = []
    for line in req_file.RequirementsFileParser(None, req_file.get_line_parser(finder)).parse(path, False):
        if line.requirement is not None:
            out.append(requirement(line))
        else:
            req_file.handle_option_line(line.opts, line.filename, line.lineno, finder, options)
    out.append(
        [
            " ".join(finder.index_urls),
            str(finder.search_scope.no_index),
            " ".join(finder.find_links),
            ",".join(sorted(finder.format_control.no_binary)),
            ",".join(sorted(finder.format_control.only_binary)),
            str(":all:" in finder.release_control.all_releases),
            str(options.require_hashes),
        ]
    )
    return out


def lock(text):
    Pylock.from_dict(tomllib.loads(text))
    return []


def answer(question, path):
    try:
        if "lock" in question:
            return lock(question["lock"])
        with open(path, "wb") as f:
            f.write(base64.b64decode(question["text"]))
        return requirements(path)
    except (PipError, PylockValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError, UnicodeEncodeError, ValueError, LookupError) as e:
        return None


def main(questions, answers):
    folder = os.path.dirname(os.path.abspath(answers))
    os.chdir(folder)
    with open("nested", "w") as f:
        f.write("nested-one\nnested-two>1\n")
    with open(questions) as f, open(answers, "w") as out:
        for line in f:
            json.dump(answer(json.loads(line), "f"), out)
            out.write("\n")


main(*sys.argv[1:])
