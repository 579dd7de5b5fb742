# The build backend of made-up sdists: a wheel with nothing but metadata.
import base64
import hashlib
import os
import zipfile


def fields():
    with open("PKG-INFO") as f:
        text = f.read()
    of = dict(line.split(": ", 1) for line in text.splitlines())
    return text, "%s-%s" % (of["Name"], of["Version"])


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    text, name = fields()
    os.mkdir(os.path.join(folder, name + ".dist-info"))
    with open(os.path.join(folder, name + ".dist-info", "METADATA"), "w") as f:
        f.write(text)
    return name + ".dist-info"


def build_wheel(folder, config_settings=None, metadata_directory=None):
    text, name = fields()
    info = name + ".dist-info/"
    files = {info + "METADATA": text, info + "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = ""
    for path, body in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\n" % (path, digest, len(body))
    files[info + "RECORD"] = record + info + "RECORD,,\n"
    file = name + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, file), "w") as z:
        for path, body in files.items():
            z.writestr(path, body)
    return file
