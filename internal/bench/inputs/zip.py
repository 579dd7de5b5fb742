"""zip.py FROM TO: each library of a folder of `--target` into a zip of its own, by its RECORD, at zipfile's default level."""
import csv
import os
import sys
import zipfile

source, target = os.path.abspath(sys.argv[1]), sys.argv[2]
os.makedirs(target)
for info in sorted(os.listdir(source)):
    if not info.endswith(".dist-info"):
        continue
    with open(os.path.join(source, info, "RECORD"), newline="", encoding="utf-8") as record:
        names = sorted({row[0] for row in csv.reader(record) if row})
    with zipfile.ZipFile(os.path.join(target, info[: -len(".dist-info")] + ".zip"), "w", zipfile.ZIP_DEFLATED) as out:
        for name in names:
            path = os.path.normpath(os.path.join(source, name))
            if path.startswith(source + os.sep) and os.path.isfile(path):
                out.write(path, name)
