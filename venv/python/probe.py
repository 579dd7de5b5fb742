# Runs in any Python from 2.7 on, and says what that is in one line of JSON behind the word in argv[1].
import json
import os
import platform
import sys
import sysconfig


def text(value):
    if isinstance(value, bytes):
        return value.decode(sys.getfilesystemencoding() or "utf-8")
    return value


def version(v):
    short = {"alpha": "a", "beta": "b", "candidate": "rc"}
    full = "%d.%d.%d" % tuple(v[:3])
    return full + short[v[3]] + str(v[4]) if v[3] in short else full


def glibc():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):
        return ""


def macos():
    found = platform.mac_ver()[0]
    if found.startswith("10.16"):  # what Big Sur and later tell a build for older systems
        import subprocess

        ask = "import platform; print(platform.mac_ver()[0])"
        answer = subprocess.check_output([sys.executable, "-sS", "-c", ask], env={"SYSTEM_VERSION_COMPAT": "0"})
        found = text(answer).strip()
    return found


def site_packages():
    try:
        import site

        return site.getsitepackages()
    except (ImportError, AttributeError):
        return [sysconfig.get_paths()["purelib"]]


def venv_scheme():
    if "venv" not in sysconfig.get_scheme_names():
        return {}
    base = os.path.abspath(os.sep + "environment")
    names = dict.fromkeys(("base", "platbase", "installed_base", "installed_platbase"), base)
    return {key: os.path.relpath(sysconfig.get_path(key, "venv", names), base) for key in ("purelib", "platlib", "scripts", "include")}


def files():
    """What this answer was made of: modules, and where the system tells it the program and its libraries."""
    found = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    try:
        with open("/proc/self/maps") as maps:
            found.extend("/" + line.split("/", 1)[1].rstrip("\n") for line in maps if "/" in line)
        paths = sorted(set(os.path.abspath(text(path)) for path in found if path))
        "\n".join(paths).encode("utf-8")
    except (EnvironmentError, UnicodeError):
        return []  # then it must be asked again each time
    return paths


implementation = getattr(sys, "implementation", None)
name = implementation.name if implementation else platform.python_implementation().lower()
answer = {
    "implementation": name,
    "version": version(sys.version_info),
    "executable": sys.executable,
    "base_executable": getattr(sys, "_base_executable", None) or sys.executable,
    "prefix": sys.prefix,
    "base_prefix": getattr(sys, "base_prefix", None) or getattr(sys, "real_prefix", None) or sys.prefix,
    "platform": sysconfig.get_platform(),
    "bits": 64 if sys.maxsize > 2**32 else 32,
    "glibc": glibc(),
    "macos": macos(),
    "paths": sysconfig.get_paths(),
    "site": site_packages(),
    "venv": venv_scheme(),
    "ext_suffix": sysconfig.get_config_var("EXT_SUFFIX") or sysconfig.get_config_var("SO") or "",
    "cache_tag": (getattr(implementation, "cache_tag", None) if implementation else None) or "",
    "abiflags": getattr(sys, "abiflags", ""),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "markers": {
        "implementation_name": name if implementation else "",
        "implementation_version": version(implementation.version) if implementation else "0",
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
}
answer["files"] = files()


def texts(value):
    if isinstance(value, dict):
        return dict((text(key), texts(each)) for key, each in value.items())
    if isinstance(value, list):
        return [texts(each) for each in value]
    return text(value)


sys.stdout.write("\n" + sys.argv[1] + json.dumps(texts(answer)) + "\n")
sys.stdout.flush()
