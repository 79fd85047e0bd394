"""A number goes round a ring of a thousand actors and is counted down; the cost is that of one hop."""

from actors import receive, send, spawn
from actors.runtime import Down, give_way
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import Ratio, Subject, clock

SIZE = 1000


def ours(n: int) -> float:
    """Wait for the end of the node that receives 0; then the others get a 0 as well, untimed."""

    def node() -> None:
        following = receive()
        while (hops := receive()) > 0:
            send(following, hops - 1)

    def owner() -> float:
        nodes = [spawn(node, monitor=True) for _ in range(SIZE)]
        give_way()
        for one, following in zip(nodes, nodes[1:] + nodes[:1], strict=True):
            send(one, following)
        give_way()
        start = clock()
        send(nodes[0], n)
        last = receive()
        seconds = clock() - start
        assert isinstance(last, Down)
        assert last.ref == nodes[n % SIZE]
        for one in nodes:
            if one != last.ref:
                send(one, 0)
        assert all(isinstance(receive(), Down) for _ in range(SIZE - 1))
        return seconds / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Do the same."""
    send, receive, give_way = baseline.send, baseline.receive, baseline.pause

    def node(number: int) -> int:
        following = receive()
        while (hops := receive()) > 0:
            send(following, hops - 1)
        return number

    def owner() -> float:
        nodes = [baseline.spawn(node, number) for number in range(SIZE)]
        give_way()
        for one, following in zip(nodes, nodes[1:] + nodes[:1], strict=True):
            send(one, following)
        give_way()
        start = clock()
        send(nodes[0], n)
        last = receive()[1]
        seconds = clock() - start
        assert last == n % SIZE
        for number, one in enumerate(nodes):
            if number != last:
                send(one, 0)
        assert all(receive()[1] >= 0 for _ in range(SIZE - 1))
        return seconds / n

    return float(baseline.run(owner))


SUBJECT = Subject(
    name="ring", works={"ours": ours, "baseline": theirs}, target=Ratio(3.5, 5), count=100_000, quick=2 * SIZE + 7
)
