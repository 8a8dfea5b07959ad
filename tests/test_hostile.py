"""A moment of what `python -m bench.hostile` does for a minute: a member at their worst."""

from bench.hostile import KINDS, run


async def test_a_member_at_their_worst_costs_bounded_memory_and_nobody_waits() -> None:
    found = await run(6, list(KINDS))
    assert all(found["eve"][kind] for kind in ("messages", "queries", "cursors")), found
    grown = found["grown_mb"]
    assert grown["server"] < 150, found
    assert grown["decoder"] < 300, found  # 256 MB beyond an idle one; see SECURITY.md
    assert grown["mongod"] < 350, found  # its cache has 250
    assert found["p50_ms"][1] < 1_000, found  # Others use this machine, too.
