"""A database rich enough that its dumps hold all that dumps can hold, and those dumps."""
import subprocess
from pathlib import Path

from support import PG_BIN, minimal_environment

HERE = Path(__file__).resolve().parent
SAMPLE = HERE / "sample.sql"
PG_DUMP = {
    "plain": [],
    "inserts": ["--inserts"],
    "column_inserts": ["--column-inserts", "--rows-per-insert=3"],
    "on_conflict": ["--inserts", "--on-conflict-do-nothing", "--load-via-partition-root"],
    "clean": ["--clean", "--if-exists"],
    "create": ["--create"],
    "create_clean": ["--create", "--clean", "--if-exists"],
    "schema_only": ["--schema-only"],
    "data_only": ["--data-only", "--disable-triggers"],
    "bare": ["--no-owner", "--no-privileges", "--no-comments", "--no-publications", "--no-blobs"],
    "session_authorization": ["--use-set-session-authorization", "--quote-all-identifiers"],
    "latin1": ["--encoding=LATIN1", "--exclude-table=app.(wide|kana)"],
    "sjis": ["--encoding=SJIS", "--table=app.kana"],
    "one_table": ["--table=app.orders*", "--enable-row-security"],
}
PG_DUMPALL = {
    "all": ["--exclude-database=subject"],
    "all_clean": ["--exclude-database=subject", "--clean", "--if-exists"],
    "all_inserts": ["--exclude-database=subject", "--inserts"],
    "globals": ["--globals-only"],
}


def make(cluster, folder) -> dict[str, Path]:
    """Dumps by name, made from a cluster that is then put back."""
    def program(name, *arguments):
        argv = [PG_BIN / name, "-h", str(cluster.sockets), "-p", str(cluster.port), "-U", "postgres", *arguments]
        subprocess.run(argv, env=minimal_environment("/nonexistent"), cwd=HERE, check=True, stdout=subprocess.DEVNULL)

    cluster.psql("CREATE DATABASE sample ENCODING 'UTF8' TEMPLATE template0")
    try:
        program("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", SAMPLE, "-d", "sample")
        for name, options in PG_DUMP.items():
            program("pg_dump", *options, "-f", folder / f"{name}.sql", "-d", "sample")
        for name, options in PG_DUMPALL.items():
            program("pg_dumpall", *options, "-f", folder / f"{name}.sql")
    finally:
        cluster.renew()
    return {path.stem: path for path in sorted(folder.glob("*.sql"))}
