"""The connection cut at any byte, in either direction: what was committed is found, what was not is done, nothing twice."""
import pytest

from cut import Cut
from plans import marker, marks


OUTSIDE = ["CREATE UNIQUE INDEX CONCURRENTLY i ON mark (n);\nCREATE INDEX CONCURRENTLY j ON mark (n);\n", "VACUUM mark;\nDROP INDEX CONCURRENTLY j;\n",
           "REINDEX TABLE CONCURRENTLY mark;\n"]


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("mode", ["whole", "stepwise", "outside"])
def test_cut_anywhere(server, plan, direction, mode):
    """outside: among statements that no transaction covers."""
    setting = "" if mode == "outside" else f'transaction = "{mode}"\n'
    plan.write(f'[[step]]\nname = "m"\nmigrations = "m"\n{setting}[[step]]\nname = "rely"\nexpect = {{ relations = ["mark"] }}\n',
               {f"m/{n}_m.sql": marker(n) + (OUTSIDE[n - 1] if mode == "outside" else "") for n in range(1, 4)})
    direct = plan.url

    def through(count):
        plan.sql("DROP SCHEMA IF EXISTS pgprimer CASCADE; DROP TABLE IF EXISTS mark")
        with Cut(server.port, direction, count) as proxy:
            plan.url = direct.replace(f":{server.port}/", f":{proxy.port}/")
            result = plan.run()
            plan.url = direct
        assert result.exit == 0, (count, result)
        assert marks(plan) == [1, 2, 3], (count, result)
        assert set(plan.states().values()) == {"done"}, (count, result)
        if mode == "outside":
            assert plan.sql("SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'mark'::regclass") == "i|t", (count, result)
        assert plan.sql("SELECT count(*) FROM pgprimer.primed") == "1"
        return proxy

    total = through(10**9).passed
    begin = total // 3  # before it the sessions are opened and the ledger is made
    cuts = [through(count).cut for count in [*range(100, begin, begin // 3), *range(begin, total, (total - begin) // 9)]]
    assert sum(cuts) > 9
