"""Build one candidate form: pick questions by exam domain, then swap questions to approach the target pass line."""

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

MAX_SWAP_ROUNDS = 8
SWAP_WINDOW = 32  # unused questions of a topic that a swap considers
TOPIC_JITTER = 2  # topics whose numbers of unused questions differ by less are drawn in any order

type Shelf = dict[int, dict[str | None, list[PoolItem]]]  # by exam domain and topic
type Enmity = Mapping[int, Set[int]]


@dataclass(frozen=True, slots=True)
class PoolItem:
    """A question in its current revision: live, or a pilot with its number of `responses` so far.

    `rating` is in whole percent. A `topic` of None stands for no topic, which has no limit.
    """

    revision: int
    question: int
    domain: int
    topic: str | None
    rating: int
    pilot: bool = False
    responses: int = 0


class Supply:
    """The pool from the view of one candidate; the question to take first is at the front of each list.

    `fresh` and `spare` are live questions not shown yet, least exposed first; the spare ones are over the exposure
    limit. `old` were shown before, oldest first. `pilots` were not shown, those with the fewest responses first.
    `links`, which have several enemies, are taken last. `fair_share` is the mean exposure in each exam domain, for
    a first exam: later ones take what is left.
    """

    def __init__(
        self,
        items: Iterable[PoolItem],
        last_shown: Mapping[int, int],
        exposures: Mapping[int, int],
        worn: Set[int],
        links: Set[int],
        rng: random.Random,
    ) -> None:
        self.fair_share: dict[int, float] = {}
        if exposures:
            items = sorted(items, key=lambda item: exposures.get(item.question, 0))
            if not last_shown:
                self.fair_share = _fair_share(items, exposures)
        self.last_shown, self.exposures, self.worn = last_shown, exposures, worn
        self.fresh: Shelf = {}
        self.spare: Shelf = {}
        self.links: Shelf = {}
        self.old: dict[int, list[PoolItem]] = {}
        self.pilots: dict[int, list[PoolItem]] = {}
        for item in items:
            if item.pilot:
                if item.question not in last_shown:
                    self.pilots.setdefault(item.domain, []).append(item)
            elif item.question in last_shown:
                self.old.setdefault(item.domain, []).append(item)
            else:
                shelf = self.fresh
                if item.question in links:
                    shelf = self.links
                elif item.question in worn:
                    shelf = self.spare
                shelf.setdefault(item.domain, {}).setdefault(item.topic, []).append(item)
        for pilots in self.pilots.values():
            rng.shuffle(pilots)
            pilots.sort(key=lambda item: (item.question in links, item.responses))
        for old in self.old.values():
            rng.shuffle(old)
            old.sort(key=lambda item: (item.question in links, item.question in worn, last_shown[item.question]))


class FormBuilder:
    """The questions picked so far, and the questions they exclude."""

    def __init__(self, supply: Supply, enmity: Enmity, limit: int, rng: random.Random) -> None:
        self.scored: list[PoolItem] = []
        self.unscored: list[PoolItem] = []
        self.missing_scored: dict[int, int] = {}
        self.missing_unscored: dict[int, int] = {}
        self.topics: Counter[str | None] = Counter()
        self._supply, self._enmity, self._limit, self._rng = supply, enmity, limit, rng
        self._barred: Counter[int] = Counter()  # number of picked questions that exclude it: itself or an enemy
        self._fresh = _copy(supply.fresh)
        self._spare = _copy(supply.spare)
        self._links = _copy(supply.links)

    @property
    def pass_line_100(self) -> int:
        return sum(item.rating for item in self.scored)

    @property
    def missing(self) -> int:
        return sum(self.missing_scored.values()) + sum(self.missing_unscored.values())

    @property
    def repeats(self) -> int:
        return sum(item.question in self._supply.last_shown for item in (*self.scored, *self.unscored))

    def fill(self, scored: Mapping[int, int], unscored: Mapping[int, int], pilots_first: bool) -> None:
        """Fill the positions of each exam domain as far as the supply allows, and record what is missing.

        With `pilots_first` the scored questions avoid the topics of the pilots; without it they have more choice.
        """
        domains = list(scored)
        self._rng.shuffle(domains)
        for domain in domains:
            pilots: list[PoolItem] = []
            if pilots_first:
                pilots = self._in_order(self._supply.pilots.get(domain, ()), unscored[domain])
            scored_items = self._live(domain, scored[domain])
            if not pilots_first:
                pilots = self._in_order(self._supply.pilots.get(domain, ()), unscored[domain])
            pilots += self._live(domain, unscored[domain] - len(pilots))
            self.scored += scored_items
            self.unscored += pilots
            if len(scored_items) < scored[domain]:
                self.missing_scored[domain] = scored[domain] - len(scored_items)
            if len(pilots) < unscored[domain]:
                self.missing_unscored[domain] = unscored[domain] - len(pilots)

    def steer(self, target_100: int, tolerance: int) -> None:
        """Swap scored questions until the pass line is within `tolerance` of the target, or no swap helps.

        A swap uses an unused question of the same exam domain and topic, or an unscored question of the same exam
        domain that is equally new to the candidate. Neither changes the topics or the number of repeats.
        """
        gap = target_100 - self.pass_line_100
        for _ in range(MAX_SWAP_ROUNDS):
            before = gap
            for place in self._rng.sample(range(len(self.scored)), len(self.scored)):
                if abs(gap) <= tolerance:
                    return
                gap = self._swap(place, gap)
            if gap == before:
                return

    def _swap(self, place: int, gap: int) -> int:
        """Make the swap at this scored position that brings the pass line closest, if any; return the remaining gap."""
        item = self.scored[place]
        target_rating = item.rating + gap
        best = abs(gap)
        source: list[PoolItem] | None = None
        index = 0
        for n, other in enumerate(self.unscored):
            if abs(target_rating - other.rating) < best and self._may_trade(item, other):
                best, source, index = abs(target_rating - other.rating), self.unscored, n
        repeat = item.question in self._supply.last_shown
        unused = [] if repeat else self._fresh.get(item.domain, {}).get(item.topic, [])
        start = self._rng.randrange(max(1, len(unused) - SWAP_WINDOW + 1))
        for n in range(start, min(start + SWAP_WINDOW, len(unused))):
            other = unused[n]
            if abs(target_rating - other.rating) < best and self._may_replace(item, other):
                best, source, index = abs(target_rating - other.rating), unused, n
        if source is None:
            return gap
        other = source[index]
        self.scored[place], source[index] = other, item
        if source is not self.unscored:
            self._leave(item)
            self._enter(other)
        return target_rating - other.rating

    def _live(self, domain: int, places: int) -> list[PoolItem]:
        """Take live questions: new ones by topic in turn, then repeats, oldest first."""
        taken = self._in_turn(self._fresh.get(domain, {}), places)
        taken += self._in_turn(self._spare.get(domain, {}), places - len(taken))
        taken += self._in_order(self._supply.old.get(domain, ()), places - len(taken))
        taken += self._in_turn(self._links.get(domain, {}), places - len(taken))
        return taken

    def _in_turn(self, topics: dict[str | None, list[PoolItem]], places: int) -> list[PoolItem]:
        """Take one question of each topic before a second of any. Questions without a topic count as one topic.

        Topics with many unused questions come first, so that the last new exams of a candidate need not take more
        questions of one topic than a form may have. So do topics that were drawn less than others in a first exam, or
        the only question of a topic would never be drawn.
        """
        taken: list[PoolItem] = []
        waiting: list[str | None] = []
        if places:
            order = {
                topic: len(items) + self._arrears(items) + TOPIC_JITTER * self._rng.random()
                for topic, items in topics.items()
            }
            waiting = sorted(order, key=order.__getitem__, reverse=True)
        turn = 0
        while waiting and len(taken) < places:
            again = []
            for topic in waiting:
                if len(taken) == places:
                    break
                if topic is None or self.topics[topic] <= turn:
                    item = self._pick(topics[topic])
                    if item is None:
                        continue
                    taken.append(item)
                again.append(topic)
            waiting, turn = again, turn + 1
        return taken

    def _pick(self, items: list[PoolItem]) -> PoolItem | None:
        """Remove and return one of the least exposed questions of a topic; None if no more of them fit.

        Among equals, questions with new enemies come first: left for the end, two enemies would be on one form.
        """
        while items and self._has_room(items[0].topic):
            equals = bisect_right(items, self._exposure(items[0]), key=self._exposure)
            item = items.pop(max(range(equals), key=lambda n: (self._new_enemies(items[n]), self._rng.random())))
            if not self._barred[item.question]:
                self._enter(item)
                return item
        return None

    def _in_order(self, items: Iterable[PoolItem], places: int) -> list[PoolItem]:
        taken: list[PoolItem] = []
        for item in items:
            if len(taken) == places:
                break
            if self._has_room(item.topic) and not self._barred[item.question]:
                self._enter(item)
                taken.append(item)
        return taken

    def _new_enemies(self, item: PoolItem) -> int:
        return sum(enemy not in self._supply.last_shown for enemy in self._enmity.get(item.question, ()))

    def _exposure(self, item: PoolItem) -> int:
        return self._supply.exposures.get(item.question, 0)

    def _arrears(self, items: Sequence[PoolItem]) -> float:
        """Return how many times more these questions would have been drawn if all were drawn alike."""
        if not items or not self._supply.fair_share:
            return 0.0
        share = self._supply.fair_share[items[0].domain]
        return share * len(items) - sum(self._exposure(item) for item in items)

    def _has_room(self, topic: str | None) -> bool:
        return topic is None or self.topics[topic] < self._limit

    def _may_trade(self, item: PoolItem, other: PoolItem) -> bool:
        """Return whether the unscored `other` and the scored `item` may trade places."""
        last_shown, worn = self._supply.last_shown, self._supply.worn
        return (
            other.domain == item.domain
            and not other.pilot
            and (other.question in last_shown) == (item.question in last_shown)
            and (other.question not in worn or item.question in worn)
        )

    def _may_replace(self, item: PoolItem, other: PoolItem) -> bool:
        """Return whether `other`, unused and of the same topic, may replace `item`."""
        return self._barred[other.question] == (other.question in self._enmity.get(item.question, ()))

    def _enter(self, item: PoolItem) -> None:
        self.topics[item.topic] += 1
        self._barred[item.question] += 1
        self._barred.update(self._enmity.get(item.question, ()))

    def _leave(self, item: PoolItem) -> None:
        self.topics[item.topic] -= 1
        self._barred[item.question] -= 1
        self._barred.subtract(self._enmity.get(item.question, ()))


def _fair_share(items: Iterable[PoolItem], exposures: Mapping[int, int]) -> dict[int, float]:
    """Return the mean exposure of the live questions of each exam domain."""
    live: Counter[int] = Counter()
    drawn: Counter[int] = Counter()
    for item in items:
        if not item.pilot:
            live[item.domain] += 1
            drawn[item.domain] += exposures.get(item.question, 0)
    return {domain: drawn[domain] / n for domain, n in live.items()}


def _copy(shelf: Shelf) -> Shelf:
    return {domain: {topic: items[:] for topic, items in topics.items()} for domain, topics in shelf.items()}
