"""One try at a paper: picks questions exam domain by exam domain, then swaps towards the pass line wanted."""

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

SWEEPS = 8  # rounds of swaps towards the target
WINDOW = 32  # how many questions of a topic a swap looks at

type Shelf = dict[int, dict[str | None, list[Item]]]  # by exam domain and topic
type Enmity = Mapping[int, Set[int]]


@dataclass(frozen=True, slots=True)
class Item:
    """A question of the pool in its current revision: live, or a pilot with its number of `responses` so far.

    `rating` is in whole per cents; `topic` is None where none is assigned, and then has no limit.
    """

    revision: int
    question: int
    domain: int
    topic: str | None
    rating: int
    pilot: bool = False
    responses: int = 0


class Supply:
    """The pool as one candidate may be served from it, each list with the question to take first in front.

    `fresh` and `spare` are unseen live questions, least exposed first, the spare ones worn; `old` are seen
    ones, oldest first; `pilots` are unseen, those with the fewest responses first. `links`, which would block
    several others, wait until all else is taken.
    """

    def __init__(
        self,
        items: Iterable[Item],
        seen: Mapping[int, int],
        exposures: Mapping[int, int],
        worn: Set[int],
        links: Set[int],
        rng: random.Random,
    ) -> None:
        if exposures:
            items = sorted(items, key=lambda item: exposures.get(item.question, 0))
        self.seen, self.exposures, self.worn = seen, exposures, worn
        self.fresh: Shelf = {}
        self.spare: Shelf = {}
        self.links: Shelf = {}
        self.old: dict[int, list[Item]] = {}
        self.pilots: dict[int, list[Item]] = {}
        for item in items:
            if item.pilot:
                if item.question not in seen:
                    self.pilots.setdefault(item.domain, []).append(item)
            elif item.question in seen:
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
            old.sort(key=lambda item: (item.question in links, item.question in worn, seen[item.question]))


class FormBuilder:
    """The questions picked so far, and what they rule out."""

    def __init__(self, supply: Supply, enmity: Enmity, limit: int, rng: random.Random) -> None:
        self.scored: list[Item] = []
        self.unscored: list[Item] = []
        self.missing_scored: dict[int, int] = {}
        self.missing_unscored: dict[int, int] = {}
        self.topics: Counter[str | None] = Counter()
        self._supply, self._enmity, self._limit, self._rng = supply, enmity, limit, rng
        self._barred: Counter[int] = Counter()  # by how many questions in the paper: itself or an enemy
        self._fresh = _copy(supply.fresh)
        self._spare = _copy(supply.spare)
        self._links = _copy(supply.links)

    @property
    def kappa_100(self) -> int:
        return sum(item.rating for item in self.scored)

    @property
    def missing(self) -> int:
        return sum(self.missing_scored.values()) + sum(self.missing_unscored.values())

    @property
    def repeats(self) -> int:
        return sum(item.question in self._supply.seen for item in (*self.scored, *self.unscored))

    def fill(self, scored: Mapping[int, int], unscored: Mapping[int, int], pilots_first: bool) -> None:
        """Fill the places of each exam domain as far as the supply goes, and note what is missing.

        Pilots go first, by need, so that the scored questions can look for other topics; last, where that
        leaves too few questions for the scored places.
        """
        domains = list(scored)
        self._rng.shuffle(domains)
        for domain in domains:
            trials: list[Item] = []
            if pilots_first:
                trials = self._in_order(self._supply.pilots.get(domain, ()), unscored[domain])
            counting = self._live(domain, scored[domain])
            if not pilots_first:
                trials = self._in_order(self._supply.pilots.get(domain, ()), unscored[domain])
            trials += self._live(domain, unscored[domain] - len(trials))
            self.scored += counting
            self.unscored += trials
            if len(counting) < scored[domain]:
                self.missing_scored[domain] = scored[domain] - len(counting)
            if len(trials) < unscored[domain]:
                self.missing_unscored[domain] = unscored[domain] - len(trials)

    def steer(self, target_100: int, tolerance: int) -> None:
        """Swap scored questions until the pass line is within `tolerance` of the target, or no swap helps.

        Swaps stay inside exam domain and topic, or trade places with an unscored question of the exam domain
        that is as new to the candidate: neither changes which topics, or how many repeats, the paper has.
        """
        gap = target_100 - self.kappa_100
        for _ in range(SWEEPS):
            before = gap
            for place in self._rng.sample(range(len(self.scored)), len(self.scored)):
                if abs(gap) <= tolerance:
                    return
                gap = self._swap(place, gap)
            if gap == before:
                return

    def _swap(self, place: int, gap: int) -> int:
        """Make the best swap for this scored place, if any brings the pass line closer; the gap left."""
        item = self.scored[place]
        wanted = item.rating + gap
        best = abs(gap)
        source: list[Item] | None = None
        index = 0
        for n, other in enumerate(self.unscored):
            if abs(wanted - other.rating) < best and self._may_trade(item, other):
                best, source, index = abs(wanted - other.rating), self.unscored, n
        repeat = item.question in self._supply.seen
        unused = [] if repeat else self._fresh.get(item.domain, {}).get(item.topic, [])
        start = self._rng.randrange(max(1, len(unused) - WINDOW + 1))
        for n in range(start, min(start + WINDOW, len(unused))):
            other = unused[n]
            if abs(wanted - other.rating) < best and self._may_replace(item, other):
                best, source, index = abs(wanted - other.rating), unused, n
        if source is None:
            return gap
        other = source[index]
        self.scored[place], source[index] = other, item
        if source is not self.unscored:
            self._leave(item)
            self._enter(other)
        return wanted - other.rating

    def _live(self, domain: int, places: int) -> list[Item]:
        """Live questions: unseen ones by topic in turn, then seen ones, oldest first."""
        taken = self._in_turn(self._fresh.get(domain, {}), places)
        taken += self._in_turn(self._spare.get(domain, {}), places - len(taken))
        taken += self._in_order(self._supply.old.get(domain, ()), places - len(taken))
        taken += self._in_turn(self._links.get(domain, {}), places - len(taken))
        return taken

    def _in_turn(self, topics: dict[str | None, list[Item]], places: int) -> list[Item]:
        """One question of each topic before a second of any; questions without a topic take turns as one."""
        taken: list[Item] = []
        waiting = self._rng.sample(list(topics), len(topics)) if places else []
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

    def _pick(self, items: list[Item]) -> Item | None:
        """One of the least exposed questions of a topic, taken off its list; None if no more of it fit."""
        while items and self._has_room(items[0].topic):
            equals = bisect_right(items, self._exposure(items[0]), key=self._exposure)
            item = items.pop(self._rng.randrange(equals))
            if not self._barred[item.question]:
                self._enter(item)
                return item
        return None

    def _in_order(self, items: Iterable[Item], places: int) -> list[Item]:
        taken: list[Item] = []
        for item in items:
            if len(taken) == places:
                break
            if self._has_room(item.topic) and not self._barred[item.question]:
                self._enter(item)
                taken.append(item)
        return taken

    def _exposure(self, item: Item) -> int:
        return self._supply.exposures.get(item.question, 0)

    def _has_room(self, topic: str | None) -> bool:
        return topic is None or self.topics[topic] < self._limit

    def _may_trade(self, item: Item, other: Item) -> bool:
        """Whether the unscored `other` may be scored instead of `item`, which is then unscored."""
        seen, worn = self._supply.seen, self._supply.worn
        return (
            other.domain == item.domain
            and not other.pilot
            and (other.question in seen) == (item.question in seen)
            and (other.question not in worn or item.question in worn)
        )

    def _may_replace(self, item: Item, other: Item) -> bool:
        """Whether `other`, unused and of the same topic, may stand where `item` stands."""
        return self._barred[other.question] == (other.question in self._enmity.get(item.question, ()))

    def _enter(self, item: Item) -> None:
        self.topics[item.topic] += 1
        self._barred[item.question] += 1
        self._barred.update(self._enmity.get(item.question, ()))

    def _leave(self, item: Item) -> None:
        self.topics[item.topic] -= 1
        self._barred[item.question] -= 1
        self._barred.subtract(self._enmity.get(item.question, ()))


def _copy(shelf: Shelf) -> Shelf:
    return {domain: {topic: items[:] for topic, items in topics.items()} for domain, topics in shelf.items()}
