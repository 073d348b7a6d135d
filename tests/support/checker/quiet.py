"""Waits until an installation has nothing left to do."""

import time

from . import catalog, objects


def moving(world):
    """What still moves, as sentences, and a number that rises while something does."""
    one, cursors = catalog.standing(world.catalog_url)
    said = []
    if one["dirty"]:
        said.append(f"{one['dirty']} studies wait for their revision")
    if one["condemned"]:
        said.append(f"{one['condemned']} objects of erased studies are to be removed")
    told, kept, adopted = catalog.named_manifests(world.catalog_url)
    unnamed = objects.manifests(world.store_root) - {objects.manifest_key(*which) for which in told} - kept
    unnamed = {key for key in unnamed if objects.beginning(key) not in adopted}
    if unnamed:
        said.append(f"{len(unnamed)} manifests that no revision names are to be removed")
    if one["open"]:
        said.append(f"{one['open']} requests are open")
    if world.bootstrap and one["sunk"] < one["head"]:
        said.append(f"the sink is at {one['sunk']} of {one['head']}")
    if world.orthanc:
        last = world.orthanc.last_change()
        behind = [f"the cursor of {name} is at {at} of {last}" for name, at in cursors.items() if at < last]
        said += behind if cursors else [f"no cursor, Orthanc is at {last}"]
    depth = objects.Inbox(world.inbox_directories).items
    if depth:
        said.append(f"{depth} instances are in the inbox")
    return said, (one["head"], one["versions"])


def wait(world, timeout_seconds, still_seconds=3.0):
    """Nothing open and nothing new for `still_seconds`. Returns what still moves at the end."""
    until = time.monotonic() + timeout_seconds
    before, since, said = None, time.monotonic(), ["it was not looked at"]
    while time.monotonic() < until:
        try:
            said, mark = moving(world)
        except Exception as error:  # a server that starts: the last reason is told when time is up
            said, mark = [f"{type(error).__name__}: {error}".strip()], None
        if said or mark != before:
            before, since = mark, time.monotonic()
        elif time.monotonic() - since >= still_seconds:
            return []
        time.sleep(0.2)
    return said or ["something new came all the time"]
