"""From facts to what a scenario's picture shows: lanes of bars, marks, counts and steps. Pure; nothing is judged here.

All times in a picture are seconds since its scenario began.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from harness.facts.history import Fact

Tone = Literal["good", "bad", "warn", "wait", "plain"]
"""good: as one wishes; bad: refused or failed; warn: an alert fires; wait: not there yet; plain: neither."""

_SLICES = 90
"""Hits are counted in this many slices of a scenario: each still a few pixels wide on a phone."""
_LOOKS_APART_S = 10.0
"""Looks at the same thing with the same answer are drawn as one bar, unless this much time lies between them."""
_MOST_ROWS = 40
"""Rows of one lane that are drawn; what more there is the lane says in words."""
_MOST_POINTS = 400
"""Points of a line that are drawn: about one a pixel on a phone."""


@dataclass(frozen=True)
class Bar:
    """Something that lasted. `open`: its end was not seen, it is drawn to the end of the picture."""

    start: float
    end: float
    tone: Tone
    text: str
    open: bool = False


@dataclass(frozen=True)
class Mark:
    """Something that happened at an instant."""

    at: float
    tone: Tone
    text: str


@dataclass(frozen=True)
class Row:
    """Bars and marks on one line."""

    label: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Slice:
    """How much was counted between two instants, good and bad."""

    start: float
    end: float
    good: int
    bad: int
    text: str


@dataclass(frozen=True)
class Lane:
    """One kind of thing over the whole scenario: rows, or counts, or a line of (second, value) steps."""

    title: str
    note: str = ""
    rows: tuple[Row, ...] = ()
    slices: tuple[Slice, ...] = ()
    steps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Window:
    """When a fault was there. `effective`: when it was seen to act, None when it never was."""

    name: str
    start: float
    end: float
    effective: float | None


@dataclass(frozen=True)
class Picture:
    """A scenario over time."""

    scenario: str
    duration: float
    windows: tuple[Window, ...]
    lanes: tuple[Lane, ...]


@dataclass
class _Scene:
    """A scenario's own facts, and what held when it began."""

    name: str
    began: float
    ended: float
    facts: list[Fact] = field(default_factory=list)
    before: dict[tuple[str, str], Fact] = field(default_factory=dict)

    def second(self, fact: Fact) -> float:
        """When the fact happened; what a slow source told of late is drawn no earlier than the scenario's start."""
        return min(max(fact.at - self.began, 0.0), self.duration)

    @property
    def duration(self) -> float:
        return max(self.ended - self.began, 0.001)

    def of(self, kind: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind == kind]

    def standing(self, kind: str) -> list[Fact]:
        """The last fact of that kind on each subject before the scenario began."""
        return [fact for (of_kind, _), fact in self.before.items() if of_kind == kind]


_DRAWN = frozenset(("fault", "job", "build", "alert", "notification", "hit", "sample", "act", "control", "observation"))
_LASTING = frozenset(("alert", "sample"))
"""Kinds that tell of changes only: what was told before a scenario still holds in it."""


def pictures(facts: Iterable[Fact]) -> list[Picture]:
    """A picture of each scenario, in their order. Reads `facts` once and keeps only what is drawn."""
    return [_picture(scene) for scene in _scenes(facts)]


def _scenes(facts: Iterable[Fact]) -> list[_Scene]:
    scenes: list[_Scene] = []
    current: _Scene | None = None
    lasting: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        if fact.kind == "scenario":
            if fact.data["event"] == "started":
                current = _Scene(fact.subject, fact.at, fact.at, before=dict(lasting))
                scenes.append(current)
            elif current is not None:
                current.ended = fact.seen
                current = None
        elif current is not None:
            current.ended = max(current.ended, fact.seen)
            if fact.kind in _DRAWN:
                current.facts.append(fact)
        if fact.kind in _LASTING:
            lasting[fact.kind, fact.subject] = fact
    return scenes


def _picture(scene: _Scene) -> Picture:
    lanes = (
        _builds(scene),
        *_samples(scene),
        _alerts(scene),
        _told(scene),
        _hits(scene),
        _acts(scene),
        _looks(scene, "control", "Controls"),
        _looks(scene, "observation", "Steady state"),
    )
    return Picture(
        scenario=scene.name,
        duration=scene.duration,
        windows=tuple(_windows(scene)),
        lanes=tuple(lane for lane in lanes if lane.rows or lane.slices or lane.steps),
    )


def _windows(scene: _Scene) -> list[Window]:
    """From injecting to healed. One fault may be injected several times at once: the last one is healed first."""
    found: list[Window] = []
    standing: list[int] = []
    for fact in scene.of("fault"):
        at, event = scene.second(fact), fact.data["event"]
        if event == "injecting":
            standing.append(len(found))
            found.append(Window(fact.subject, at, scene.duration, None))
            continue
        index = next((i for i in reversed(standing) if found[i].name == fact.subject), None)
        if index is None:
            continue
        if event == "effective" and found[index].effective is None:
            found[index] = replace(found[index], effective=at)
        elif event in ("healed", "expired"):
            found[index] = replace(found[index], end=at)
            standing.remove(index)
    return found


_OUTCOMES: dict[str, Tone] = {"succeeded": "good", "failed": "bad"}


def _builds(scene: _Scene) -> Lane:
    """A row for each build: what it waited for its job, and each of its jobs from start to end."""
    by_build: dict[str, list[Fact]] = {}
    for fact in scene.of("job"):
        by_build.setdefault(fact.subject, []).append(fact)
    # Of a build that ended before the scenario no more may be told than that its job was deleted.
    rows = [row for row in (_build_row(scene, told) for told in by_build.values()) if row.bars]
    ended = Counter(fact.data["outcome"] for fact in scene.of("build"))
    note = ", ".join(f"{count} {outcome}" for outcome, count in sorted(ended.items(), reverse=True))
    return _lane("Builds", note, rows)


def _build_row(scene: _Scene, told: Sequence[Fact]) -> Row:
    parser = next((fact.data["parser"] for fact in told if fact.data.get("parser")), told[0].subject)
    bars: list[Bar] = []
    # Since when the build waits for its next job: since it was asked for, or since a job failed.
    idle: Fact | None = None
    started: dict[str, Fact] = {}
    for fact in told:
        event, job = fact.data["event"], fact.data.get("job", "")
        attempt = f"{parser}, attempt {fact.data.get('attempt') or 1}"
        if event == "requested":
            idle = fact
        elif event == "started":
            if idle is not None:
                waited = f"{attempt}: waited {fact.at - idle.at:.1f} s"
                bars.append(Bar(scene.second(idle), scene.second(fact), "wait", waited))
            idle, started[job] = None, fact
        elif event in _OUTCOMES and job in started:
            begun = started.pop(job)
            text = f"{attempt}: {event} after {fact.at - begun.at:.1f} s"
            bars.append(Bar(scene.second(begun), scene.second(fact), _OUTCOMES[event], text))
            idle = fact if event == "failed" else None
    bars += [
        Bar(scene.second(fact), scene.duration, "plain", f"{parser}: its end was not seen", open=True)
        for fact in started.values()
    ]
    if not bars and idle is not None:
        bars.append(Bar(scene.second(idle), scene.duration, "wait", f"{parser}: no job was seen to start", open=True))
    return Row(parser, tuple(bars))


_STATES: dict[str, Tone] = {"pending": "wait", "firing": "warn"}


def _alerts(scene: _Scene) -> Lane:
    """A row for each alert that was more than inactive."""
    rows = []
    told = {fact.subject: fact for fact in scene.standing("alert")}
    alerts = dict.fromkeys([*told, *(fact.subject for fact in scene.of("alert"))])
    for alert in alerts:
        changes = [fact for fact in scene.of("alert") if fact.subject == alert]
        if alert in told:
            changes.insert(0, told[alert])
        bars = []
        for index, change in enumerate(changes):
            tone = _STATES.get(change.data["state"])
            after = changes[index + 1] if index + 1 < len(changes) else None
            if tone is None:
                continue
            start, end = scene.second(change), scene.second(after) if after else scene.duration
            bars.append(Bar(start, end, tone, f"{alert} {change.data['state']} for {end - start:.1f} s", after is None))
        if bars:
            rows.append(Row(alert, tuple(bars)))
    return _lane("Alerts", "", rows)


_STATUSES: dict[str, Tone] = {"firing": "warn", "resolved": "good", "failed": "bad"}


def _told(scene: _Scene) -> Lane:
    """A row for each channel, a mark for each message that arrived there."""
    channels: dict[str, list[Mark]] = {}
    for fact in scene.of("notification"):
        text = f"{fact.data['channel']} was told: {fact.subject} {fact.data['status']}"
        tone = _STATUSES.get(fact.data["status"], "plain")
        channels.setdefault(fact.data["channel"], []).append(Mark(scene.second(fact), tone, text))
    return _lane("Delivered", "", [Row(channel, marks=tuple(marks)) for channel, marks in channels.items()])


def _hits(scene: _Scene) -> Lane:
    """Requests that a rule of the fault proxy matched, counted: answered well, or refused."""
    hits = scene.of("hit")
    if not hits:
        return Lane("HTTP hits")
    width = scene.duration / _SLICES
    slices: dict[int, Counter[tuple[bool, str]]] = {}
    for hit in hits:
        index = min(int(scene.second(hit) / width), _SLICES - 1)
        slices.setdefault(index, Counter())[_answer(hit)] += 1
    total: Counter[tuple[bool, str]] = sum(slices.values(), Counter())
    return Lane(
        "HTTP hits",
        _counted(total),
        slices=tuple(
            Slice(
                start=index * width,
                end=(index + 1) * width,
                good=sum(count for (good, _), count in counted.items() if good),
                bad=sum(count for (good, _), count in counted.items() if not good),
                text=_counted(counted),
            )
            for index, counted in sorted(slices.items())
        ),
    )


def _answer(hit: Fact) -> tuple[bool, str]:
    status = hit.data.get("status")
    told = str(status) if status else "no answer"
    return bool(status and int(status) < 400), f"{hit.data['outcome']} {told}"


def _counted(answers: Counter[tuple[bool, str]]) -> str:
    return ", ".join(f"{count} {text}" for (_, text), count in sorted(answers.items(), key=lambda item: item[0][1]))


def _samples(scene: _Scene) -> list[Lane]:
    """A line for each sampled value, the queue's depth first."""
    values: dict[str, list[tuple[float, float]]] = {}
    for fact in [*scene.standing("sample"), *scene.of("sample")]:
        value = fact.data["value"]
        if isinstance(value, int | float):
            values.setdefault(fact.subject, []).append((scene.second(fact), float(value)))
    lanes = []
    for name, points in sorted(values.items(), key=lambda item: (item[0] != "queue depth", item[0])):
        lowest, highest = (edge(value for _, value in points) for edge in (min, max))
        note = f"{lowest:g}" if lowest == highest else f"{lowest:.3g} to {highest:.3g}"
        drawn = [*_thinned(points), (scene.duration, points[-1][1])]
        lanes.append(Lane(name.capitalize(), note, steps=tuple(drawn)))
    return lanes


def _thinned(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """At most about _MOST_POINTS of them: of each stretch its lowest and its highest, so that no peak is lost."""
    if len(points) <= _MOST_POINTS:
        return points
    stretch = -(-len(points) // (_MOST_POINTS // 2))
    kept: list[tuple[float, float]] = []
    for begin in range(0, len(points), stretch):
        part = points[begin : begin + stretch]
        edges = {min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])}
        kept += sorted(edges)
    return kept


def _acts(scene: _Scene) -> Lane:
    """A row for each remedy, from begun to done, with what followed."""
    by_name: dict[str, list[Fact]] = {}
    for fact in scene.of("act"):
        by_name.setdefault(fact.subject, []).append(fact)
    rows = []
    for name, told in by_name.items():
        bars, marks, begun = [], [], None
        for fact in told:
            who, event = fact.data.get("who", ""), fact.data["event"]
            if event == "begun":
                begun = fact
            elif event == "done" and begun is not None:
                bars.append(Bar(scene.second(begun), scene.second(fact), "plain", f"{who}: {name}, done"))
                begun = None
            else:
                tone: Tone = "bad" if event in ("refused", "not-yet") else "good"
                marks.append(Mark(scene.second(fact), tone, f"{name}: {event}"))
        if begun is not None:
            bars.append(Bar(scene.second(begun), scene.duration, "bad", f"{name}: never done", open=True))
        rows.append(Row(name, tuple(bars), tuple(marks)))
    return _lane("Responder", "", rows)


def _looks(scene: _Scene, kind: str, title: str) -> Lane:
    """A row for each thing looked at; looks that found the same become one bar."""
    by_name: dict[str, list[Fact]] = {}
    for fact in scene.of(kind):
        by_name.setdefault(fact.subject, []).append(fact)
    rows = [_look_row(scene, name, told) for name, told in by_name.items()]
    looks = [fact for told in by_name.values() for fact in told]
    bad = sum(not fact.data["accepted"] for fact in looks)
    return _lane(
        title, f"{len(looks)} look{'s' if len(looks) != 1 else ''}, {f'{bad} not well' if bad else 'all well'}", rows
    )


def _look_row(scene: _Scene, name: str, looks: Sequence[Fact]) -> Row:
    bars, marks = [], []
    for run in _runs(looks):
        accepted = run[0].data["accepted"]
        tone: Tone = "good" if accepted else "bad"
        text = f"{name}: {'well' if accepted else 'not well'}, {run[-1].data.get('detail', '')}"
        start, end = scene.second(run[0]), scene.second(run[-1])
        if end > start:
            bars.append(Bar(start, end, tone, f"{text} ({len(run)} looks)"))
        else:
            marks.append(Mark(start, tone, text))
    return Row(name, tuple(bars), tuple(marks))


def _runs(looks: Sequence[Fact]) -> list[list[Fact]]:
    """Neighbouring looks that found the same, together."""
    runs: list[list[Fact]] = []
    for look in looks:
        last = runs[-1][-1] if runs else None
        alike = last is not None and last.data["accepted"] == look.data["accepted"]
        if last is not None and alike and look.at - last.at <= _LOOKS_APART_S:
            runs[-1].append(look)
        else:
            runs.append([look])
    return runs


def _lane(title: str, note: str, rows: Sequence[Row]) -> Lane:
    left = len(rows) - _MOST_ROWS
    if left > 0:
        note = "; ".join(part for part in (note, f"{left} more not drawn") if part)
    return Lane(title, note, rows=tuple(rows[:_MOST_ROWS]))
