"""The connection cut at any byte of a script of psql's: what ran is a beginning of it, no line of data runs as SQL, and the message has a place."""
import re

import pytest

from cut import Cut
from support import psql

ROWS = 50
LINES = "".join(f"INSERT INTO evil VALUES ({n});\n" for n in range(ROWS))
SCRIPT = ("CREATE TABLE mark (n int);\nCREATE TABLE evil (n int);\nCREATE TABLE data (line text);\n"
          + "".join(f"INSERT INTO mark VALUES ({n});\n" for n in range(1, 7))
          + f"COPY data FROM stdin;\n{LINES}\\.\nINSERT INTO mark VALUES (7);\n"
          "SELECT format('INSERT INTO mark VALUES (%s)', g) FROM generate_series(8, 10) g \\gexec\n"
          "\\copy data from 'rows.txt'\nINSERT INTO mark VALUES (11);\n"
          f"\\copy data from stdin\n{LINES}\\.\nINSERT INTO mark VALUES (12);\n"
          "\\copy (SELECT * FROM data) to 'out.txt'\nINSERT INTO mark VALUES (13);\nSELECT n FROM mark;\n")
# Marks that are there before and after each COPY's rows.
ROWS_AT = {6: 0, 10: ROWS, 11: 2 * ROWS}


@pytest.mark.parametrize("on_error", ["stop", "continue"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_cut_anywhere(server, database, folder, run, direction, on_error):
    (folder / "s.sql").write_text(SCRIPT)
    (folder / "rows.txt").write_text(LINES)

    def through(count):
        psql(database, "DROP TABLE IF EXISTS mark, evil, data")
        with Cut(server.port, direction, count) as proxy:
            url = database.replace(f":{server.port}/", f":{proxy.port}/")
            result = run(["sql", "--database-url", url, "--on-error", on_error, "s.sql"], cwd=folder, timeout=20)
        marks = rows = 0
        if psql(database, "SELECT to_regclass('data') IS NOT NULL") == "t":
            marks, beginning, rows, evil = map(int, psql(database, "SELECT (SELECT count(*) FROM mark), (SELECT coalesce(max(n), 0) FROM mark), "
                                                         "(SELECT count(*) FROM data), (SELECT count(*) FROM evil)").split("|"))
            assert marks == beginning and evil == 0, (count, result)
        done = sum(ROWS for last in ROWS_AT if marks > last)
        assert rows in ({done, done + ROWS} if marks in ROWS_AT else {done}), (count, marks, rows, result)
        if result.exit == 0:
            assert marks == 13 and result.err.count("error:") == 0, (count, result)
        else:
            assert result.exit == 1, (count, result)
            assert len(re.findall("^error: ", result.err, re.MULTILINE)) == 1, (count, result)
            assert re.search(r"^error: s\.sql(:\d+){0,2}: .*(closed|lost|terminated|reset|broken).*", result.err, re.MULTILINE), (count, result)
            if marks and "had been sent ahead" not in result.err:
                line = int(re.search(r"^error: s\.sql:(\d+)", result.err, re.MULTILINE).group(1))
                assert line > 3, (count, result)
        return proxy, result.exit

    proxy, status = through(10**9)
    assert status == 0
    total = proxy.passed
    outcomes = [through(count) for count in range(100, total, max(total // 18, 1))]
    assert sum(proxy.cut for proxy, _ in outcomes) > 12
    assert sum(status for _, status in outcomes) > 12
