from proxy import Proxy
from support import PG_BIN, execute, minimal_environment, name_of


def test_the_proxy_counts_answers_that_follow_something_sent(server, database):
    with Proxy(server.port) as proxy:
        url = server.url(name_of(database), port=proxy.port)
        counts = []
        for commands in ([], ["SELECT 1"], ["SELECT 1", "SELECT repeat('x', 1000)", "SELECT 2"]):
            before = proxy.round_trips
            arguments = [a for c in commands for a in ("-c", c)] or ["-c", "\\echo"]
            assert execute([PG_BIN / "psql", "-XAtq", *arguments, url], minimal_environment("/")).exit == 0
            counts.append(proxy.round_trips - before)
        # TLS asked for and refused, start, SASL's two, then one a statement.
        assert counts == [4, 5, 7]
        assert proxy.connections == 3
