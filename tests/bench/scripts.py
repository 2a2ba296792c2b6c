"""`pgprimer sql FILE` beside `psql -f FILE`, each on a database of its own: time as a ratio, peak memory of both.

SIZE=N: megabytes of the dump with COPY data (1024 without it). The same as INSERTs is a tenth of it: psql commits them one by one, which takes it minutes."""
import gzip
import os
import shutil
import subprocess
from dataclasses import replace

from measure import compare, in_turn, support

PGPRIMER = support.binary()
MOST_MEMORY = 24 * 1024  # KiB
MEGABYTE = 1 << 20

SCHEMA = """CREATE TABLE customer (id bigint PRIMARY KEY, name text NOT NULL, mail text UNIQUE, born date);
CREATE TABLE item (id bigint PRIMARY KEY, customer bigint NOT NULL REFERENCES customer, name text NOT NULL, price numeric(12, 2), note text, at timestamptz);
CREATE INDEX item_customer ON item (customer);
"""
FILL = """INSERT INTO customer SELECT i, 'customer ' || i, 'customer' || i || '@example.org', date '1960-01-01' + i % 20000 FROM generate_series(1, {customers}) i;
INSERT INTO item SELECT i, 1 + i % {customers}, 'item ' || i, i % 100000 / 100.0, CASE WHEN i % 3 > 0 THEN md5(i::text) || E'\\n' || md5((-i)::text) END,
    timestamptz '2024-01-01' + i * interval '1 second' FROM generate_series(1, {items}) i;
"""
BYTES_OF_AN_ITEM = 101  # in a dump, its customer's share too


def dump(bench, name, megabytes, *options):
    """What pg_dump writes of a database with so much data."""
    url = bench.server.database()
    items = megabytes * MEGABYTE // BYTES_OF_AN_ITEM
    fill = SCHEMA + FILL.format(items=items, customers=max(1, items // 50))
    subprocess.run([support.PG_BIN / "psql", "-Xq", "-v", "ON_ERROR_STOP=1", url], input=fill, text=True, check=True)  # takes its minutes
    file = bench.folder / f"{name}.sql"
    subprocess.run([support.PG_BIN / "pg_dump", *options, "-f", file, url], check=True)
    bench.server.drop(url)
    return file


def pack(file, ending):
    packed = file.with_name(file.name + ending)
    if ending == ".gz":
        with open(file, "rb") as plain, gzip.open(packed, "wb", compresslevel=6) as out:
            shutil.copyfileobj(plain, out, 1 << 20)
    else:
        subprocess.run(["zstd", "-q", file, "-o", packed], check=True)
    return packed


def write(file, lines):
    with open(file, "w", encoding="utf-8") as out:
        out.writelines(lines)
    return file


def inserts(bench):
    return write(bench.folder / "inserts.sql", ["CREATE TABLE item (id bigint, name text, price numeric);\n",
                                                *(f"INSERT INTO item VALUES ({i}, 'name of item {i}', {i}.50);\n" for i in range(100_000))])


def ddl(bench):
    return write(bench.folder / "ddl.sql", (f"CREATE TABLE thing_{i} (id bigint, name text);\nCREATE INDEX thing_{i}_name ON thing_{i} (name);\n"
                                            f"ALTER TABLE thing_{i} ADD COLUMN more int DEFAULT 3;\nCOMMENT ON TABLE thing_{i} IS 'thing {i}';\n"
                                            for i in range(2500)))


def sizes():
    return int(os.environ.get("SIZE", "1024"))


def beside_psql(what, make, target, rounds, unpack=None):
    def measure(bench):
        file = make(bench)
        label = f"sql: {what}, {file.stat().st_size / MEGABYTE:.1f} MB / " + ("psql -f" if unpack is None else f"{unpack} | psql")

        def run(argv):
            url = bench.server.database()
            bench.settle()
            figures = bench.run([*argv(url)])
            bench.server.drop(url)
            return figures

        if unpack is None:
            def psql(url): return bench.psql(url, "-f", file)
        else:  # the memory of the largest of the pipe's programs
            def psql(url): return ["/bin/sh", "-c", f'{unpack} "$0" | "$@"', file, *bench.psql(url)]
        ours, other = in_turn(rounds, lambda: run(lambda url: [PGPRIMER, "sql", "--database-url", url, file]), lambda: run(psql))
        file.unlink()
        line = compare(label, ours, other, target, unit="s")
        yield replace(line, met=line.met and max(each.peak for each in ours) <= MOST_MEMORY)

    return measure


def benches(rounds):
    def packed(ending): return lambda bench: pack(dump(bench, "packed", sizes()), ending)

    return {
        "sql-copy": beside_psql("a dump", lambda bench: dump(bench, "copy", sizes()), 1.0, rounds(3)),
        "sql-gz": beside_psql("a dump, .gz", packed(".gz"), 1.0, rounds(3), "gunzip -c"),
        "sql-zst": beside_psql("a dump, .zst", packed(".zst"), 1.0, rounds(3), "zstd -dc"),
        "sql-dump-inserts": beside_psql("a dump as INSERTs", lambda bench: dump(bench, "inserts", sizes() // 10, "--inserts"), 0.5, rounds(1)),
        "sql-inserts": beside_psql("100,000 INSERTs", inserts, 0.25, rounds(3)),
        "sql-ddl": beside_psql("10,000 DDL statements", ddl, 1.0, rounds(3)),
    }
