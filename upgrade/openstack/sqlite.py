"""Works on a SQLite database for chandlery: save FROM TO | settle FILE | query FILE (the SQL of each line on standard input).

query prints the rows of each statement, one JSON array a line, and a line with a dot after each statement.
"""
import contextlib
import pathlib
import sqlite3
import sys


def connect(path, timeout=30):
    return contextlib.closing(sqlite3.connect(pathlib.Path(path).absolute().as_uri() + "?mode=rw", uri=True, timeout=timeout, isolation_level=None))


def save(source, target):
    with connect(source) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
        found = new.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        sys.exit("the database is damaged: " + found)


def settle(path):
    """Leave no journal beside the file; needs it alone."""
    with connect(path, timeout=2) as db:
        db.execute("BEGIN EXCLUSIVE")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        db.execute("ROLLBACK")
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if db.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
            sys.exit("database is locked")


def query(path):
    with connect(path) as db:
        for sql in sys.stdin.read().splitlines():
            for (row,) in db.execute(sql):
                print(row)
            print(".")


if __name__ == "__main__":
    {"save": save, "settle": settle, "query": query}[sys.argv[1]](*sys.argv[2:])
