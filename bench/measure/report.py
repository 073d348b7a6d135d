"""Figures: what was measured, beside what, and what is wanted."""

import dataclasses
import statistics


@dataclasses.dataclass
class Figure:
    name: str  # such as "P5"
    what: str
    unit: str
    ours: list  # one a round
    peer: list = dataclasses.field(default_factory=list)
    peer_name: str = ""
    goal: str = ""
    more_is_better: bool = True
    notes: dict = dataclasses.field(default_factory=dict)

    def ratio(self):
        """How many times better than the peer, by medians."""
        if not self.peer:
            return None
        ours, peer = statistics.median(self.ours), statistics.median(self.peer)
        if min(ours, peer) <= 0:
            return None
        return ours / peer if self.more_is_better else peer / ours

    def as_json(self):
        ratio = self.ratio()
        return {**dataclasses.asdict(self), "ours_median": statistics.median(self.ours), "ratio": ratio}


def short(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(values):
    if not values:
        return "-"
    middle = short(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({short(min(values))}-{short(max(values))})"


def table(figures):
    rows = [("", "what", "ours: median (min-max)", "peer", "ratio", "goal")]
    for figure in figures:
        ratio = figure.ratio()
        peer = f"{spread(figure.peer)} {figure.unit}, {figure.peer_name}" if figure.peer else "-"
        rows.append(
            (figure.name, figure.what, f"{spread(figure.ours)} {figure.unit}", peer, f"{ratio:.3g}" if ratio else "-", figure.goal or "-")
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
