"""Migrations of five dialects, and what is said of files that changed, vanished, came late, or are older than the ledger."""
import pytest

from plans import marker, marks

CONCURRENTLY = "CREATE INDEX CONCURRENTLY i{n} ON mark (n);\n"
MARKS = {n: marker(n) for n in range(1, 10)}

# Files, what is applied in which order, what is added later, and what then.
DIALECTS = {
    "golang-migrate": ({
        "000001_one.up.sql": MARKS[1], "000001_one.down.sql": "DROP TABLE mark;", "000002_two.up.sql": MARKS[2], "000002_two.down.sql": "SELECT 1/0;",
        "000010_ten.up.sql": CONCURRENTLY.format(n=10), "000010_ten.down.sql": "SELECT 1/0;"}, ["1", "2", "10"],
        {"000011_more.up.sql": MARKS[3]}, ["11"]),
    "dbmate": ({
        "20240101000000_one.sql": f"-- migrate:up\n{MARKS[1]}\n-- migrate:down\nSELECT 1/0;\n",
        "20240102000000_two.sql": f"-- migrate:up\n{MARKS[2]}\n-- migrate:down\nDROP TABLE mark;\n",
        "20240103000000_three.sql": f"-- migrate:up transaction:false\n{CONCURRENTLY.format(n=3)}\n-- migrate:down transaction:false\nSELECT 1/0;\n"},
        ["20240101000000", "20240102000000", "20240103000000"],
        {"20240104000000_more.sql": f"-- migrate:up\n{MARKS[3]}\n-- migrate:down\n"}, ["20240104000000"]),
    "goose": ({
        "00001_one.sql": f"-- +goose Up\n{MARKS[1]}\n-- +goose Down\nSELECT 1/0;\n",
        "00002_two.sql": "-- +goose Up\n-- +goose StatementBegin\nCREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 2;\nEND;\n$$;\n-- +goose StatementEnd\n"
                         "INSERT INTO mark VALUES (two());\n-- +goose Down\nDROP TABLE mark;\n",
        "00003_three.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{CONCURRENTLY.format(n=3)}-- +goose Down\nSELECT 1/0;\n"}, ["1", "2", "3"],
        {"00004_more.sql": f"-- +goose Up\n{MARKS[3]}"}, ["4"]),
    "flyway": ({
        "V1__one.sql": MARKS[1], "V1.2__two.sql": "INSERT INTO mark VALUES (${two});\n", "V1_10__ten.sql": CONCURRENTLY.format(n=10),
        "V1_10__ten.sql.conf": "executeInTransaction=false\n", "R__view.sql": "CREATE OR REPLACE VIEW v AS SELECT n FROM mark;\n", "U1__one.sql": "DROP TABLE mark;"},
        ["1", "1.2", "1.10", "R__view"], {"V2__more.sql": MARKS[3], "R__view.sql": "CREATE OR REPLACE VIEW v AS SELECT n, n + 1 AS m FROM mark;\n"}, ["2", "R__view"]),
    "plain": ({
        "1_one.sql": MARKS[1], "2-two.sql": "\\set two 2\nINSERT INTO mark VALUES (:two);\n", "010.sql": CONCURRENTLY.format(n=10), "README.md": "of no meaning"},
        ["1", "2", "010"], {"011_more.sql": MARKS[3]}, ["011"]),
}


def applied(result):
    """Names of the units in the order of the log."""
    return [line.split("] ")[1].split(": done in")[0] for line in result.err.splitlines() if ": done in" in line]


def units(plan):
    return plan.sql("SELECT string_agg(unit, ' ' ORDER BY applied_at) FROM pgprimer.unit WHERE state = 'done'").split()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialect(plan, dialect):
    files, first, more, then = DIALECTS[dialect]
    placeholders = 'placeholders = { two = "2" }\n' if dialect == "flyway" else ""
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\n' + placeholders, {f"m/{name}": text for name, text in files.items()})
    plan.ok()
    assert marks(plan) == [1, 2]
    assert units(plan) == first
    assert plan.sql("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname ~ '^i[0-9]' AND indisvalid") == "1"
    plan.ok("nothing to do")
    plan.add({f"m/{name}": text for name, text in more.items()})
    result = plan.ok()
    assert marks(plan) == [1, 2, 3]
    assert units(plan)[-len(then):] == then, result
    assert len(applied(result)) == len(then), result


def test_dialect_named(plan):
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\ndialect = "flyway"\n', {"m/001_one.sql": MARKS[1]})
    plan.exits(2, "not named as Flyway wants it", "001_one.sql")
    plan.change('"flyway"', '"flywy"').exits(2, 'there is no dialect "flywy"', 'did you mean "flyway"?')


@pytest.mark.parametrize("files,says", [
    ({"m/001_one.sql": "", "m/1_other.sql": ""}, "two files of one version"),
    ({"m/one.txt": ""}, "no migrations were recognised"),
    ({"m/001_one.sql": "SELECT 1;\n\\prompt x\n"}, "\\prompt"),
], ids=["one version twice", "nothing known", "refused command"])
def test_refused_before_anything_runs(plan, files, says):
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\n', files)
    plan.exits(2, says)
    assert plan.sql("SELECT to_regnamespace('pgprimer') IS NULL OR (SELECT count(*) FROM pg_class WHERE relname = 't') = 0") == "t"


FINDINGS = {
    "changed": (lambda f: (f / "m/002_m.sql").write_text(marker(22)), "was changed after it was applied", [1, 2, 4]),
    "missing": (lambda f: (f / "m/002_m.sql").unlink(), "is gone", [1, 2, 4]),
    "out_of_order": (lambda f: (f / "m/003_m.sql").write_text(marker(3)), "older than", [1, 2, 4]),
    "ahead": (lambda f: (f / "m/004_m.sql").unlink(), "ahead of the files", [1, 2, 4]),
}


POLICIES = [(finding, policy) for finding in FINDINGS for policy in ("default", "error", "warn", "ignore")] + [("out_of_order", "apply")]


@pytest.mark.parametrize("finding,policy", POLICIES)
def test_policy(plan, finding, policy):
    make, says, rows = FINDINGS[finding]
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\n', {f"m/{n:03}_m.sql": MARKS[n] for n in (1, 2, 4)}).ok()
    make(plan.folder)
    if policy != "default":
        plan.write(plan.text + f'{finding} = "{policy}"\n')
    effective = policy if policy != "default" else "warn" if finding == "ahead" else "error"
    planned = plan.run("plan")
    result = plan.run()
    if effective == "error":
        for one in (planned, result):
            assert one.exit == 5 and says in one.err and "m" in one.err, one
        assert f"{finding} = " in result.err, "the way on is said"
    else:
        assert planned.exit == 0 and result.exit == 0, result
        assert (says in result.err) == (effective == "warn"), result
    assert marks(plan) == ([1, 2, 3, 4] if effective == "apply" else rows)


def test_all_findings_in_one_message(plan):
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\n', {f"m/{n:03}_m.sql": MARKS[n] for n in (1, 2, 4, 5)}).ok()
    plan.add({"m/001_m.sql": "changed", "m/003_m.sql": MARKS[3]})
    (plan.folder / "m/004_m.sql").unlink()
    plan.exits(5, "001_m.sql was changed", "003_m.sql is older", "version 004, applied")


def test_a_changed_one_that_is_accepted_costs_nothing_again(plan):
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\nchanged = "ignore"\n', {"m/001_m.sql": MARKS[1]}).ok()
    plan.add({"m/001_m.sql": marker(11)})
    plan.ok()
    plan.ok("nothing to do")
    assert marks(plan) == [1]


def test_an_error_says_file_line_and_statement(plan):
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\n', {
        "m/00001_one.sql": "-- +goose Up\nCREATE TABLE mark (n int);\n", "m/00002_two.sql": "-- a comment\n-- +goose Up\nSELECT 1;\nINSERT INTO mark\n  VALUES (nothing);\n-- +goose Down\n"})
    result = plan.exits(1, "00002_two.sql:5:11", 'column "nothing" does not exist', "42703", "VALUES (nothing)", "^")
    assert plan.states() == {("m", "1"): "done", ("m", "2"): "failed"}, result
    plan.add({"m/00002_two.sql": "-- a comment\n-- +goose Up\nINSERT INTO mark VALUES (2);\n"})
    plan.ok("failed last time")
    assert marks(plan) == [2]


def test_several_folders_are_one_history(plan):
    plan.write('[[step]]\nname = "m"\nmigrations = ["a", "b"]\n', {"a/1_x.sql": MARKS[1], "b/2_y.sql": "INSERT INTO mark VALUES (2);", "a/3_z.sql": "INSERT INTO mark SELECT 3 WHERE (SELECT max(n) FROM mark) = 2;"})
    plan.ok()
    assert marks(plan) == [1, 2, 3]


def test_renumbered_files_keep_their_rows(plan):
    """Zeros and dialects come and go; the number says which migration it is."""
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\nmissing = "ignore"\n', {"m/001_a.sql": MARKS[1], "m/002_b.sql": MARKS[2]}).ok()
    for old, new in (("001_a.sql", "1_a.up.sql"), ("002_b.sql", "2_b.up.sql")):
        (plan.folder / "m" / old).rename(plan.folder / "m" / new)
    plan.ok("nothing to do")
    plan.add({"m/3_c.up.sql": "INSERT INTO mark SELECT 1/0;"}).exits(1, "division by zero")
    (plan.folder / "m/3_c.up.sql").rename(plan.folder / "m/003_c.up.sql")
    plan.add({"m/003_c.up.sql": MARKS[3]}).ok("failed last time")
    (plan.folder / "m/2_b.up.sql").write_text(MARKS[9])
    plan.exits(5, "was changed after it was applied", "--unit 002")
    plan.ok("recorded as applied: m/2_b.up.sql", arguments=["baseline", "--step", "m", "--unit", "002"])
    plan.ok()
    assert marks(plan) == [1, 2, 3]
    assert plan.states() == {("m", "001"): "done", ("m", "002"): "baseline", ("m", "3"): "done"}


def test_a_down_part_is_never_run_as_plain_sql(plan):
    plan.write('[[step]]\nname = "m"\nmigrations = "m"\n', {"m/1_a.sql": MARKS[1], "m/2_b.sql": f"-- migrate:up\n{MARKS[2]}\n-- migrate:down\nDROP TABLE mark;\n"})
    plan.exits(2, "1_a.sql", "has no line `-- migrate:up`", 'dialect = "plain"')
    assert plan.sql("SELECT to_regclass('mark') IS NULL") == "t"
