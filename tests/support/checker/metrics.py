"""What a program at rest must show: nothing waits (I9), and it says of itself that it is ready."""

import json
import re
import time
import urllib.error
import urllib.request

AT_REST = re.compile(
    r"^(dicom_middleware_(?:lane_depth|sink_lag_events|source_requests_in_flight|source_lag_changes)(?:\{.*\})?) (\S+)$", re.M
)
PATIENCE_SECONDS = 10


def _get(url):
    try:
        return urllib.request.urlopen(url, timeout=10).read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def _once(http):
    gauges = AT_REST.findall(_get(f"{http}/metrics"))
    found = [f"{name} is {value}, and nothing waits" for name, value in gauges if float(value) != 0]
    if not gauges:
        found.append("there is no gauge of what waits")
    status = json.loads(_get(f"{http}/ready")).get("status")
    if status not in ("ok", "ready"):
        found.append(f"/ready says {status}, and nothing is wrong")
    return found


def disagreements(http):
    """Gauges are refreshed each few seconds: what they say must become right."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := _once(http)) and time.monotonic() < until:
        time.sleep(0.3)
    return found
