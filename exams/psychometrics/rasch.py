"""Calibrate questions: estimate Rasch difficulties by marginal maximum a posteriori (MAP-MML).

P(correct) = 1 / (1 + exp(b - theta)) with difficulty b and ability theta in logits. Abilities are N(mu, sigma²), mu and
sigma free. Each b has the prior N(-logit of the rating, 0.7²), so that few responses move it little: without a
prior the RMSE of b is 3.0 with 30 responses and 0.46 with 100; with it, 0.40 and 0.26.

With enough questions, the standard deviation of the prior is estimated too (empirical Bayes). A prior that is wider
than ratings err leaves chance in b, and forms are drawn by b: at 50 responses, easy forms would be too strict and hard
ones too lenient by 8 % of the candidates at the standard.

numpy and scipy are allowed here: only analysis imports this module. Nothing from the start of an exam to its report
may.

Sources: Bock & Aitkin, Psychometrika 46 (1981) (EM over nodes of ability); Mislevy, Psychometrika 51 (1986) (priors,
also estimated ones);
Kim, Journal of Educational Measurement 43 (2006) (fixed anchors).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]
Booleans = NDArray[np.bool_]

NODES = np.linspace(-6, 6, 61)  # of ability, in logits
PRIOR_SD = 0.7  # of b around the value that the rating gives, in logits
PRIOR_SD_RANGE = (0.1, 1.5)  # if it is estimated
NEWTON_STEPS = 2  # in each iteration
MAX_STEP = 1.0  # of a b, in logits
TOLERANCE = 1e-4  # of b, mu and sigma between two iterations
MAX_ITERATIONS = 1000
MAX_FREE_STEPS = 50
MIN_SIGMA = 0.2  # the distance of two nodes; a narrower distribution falls between them


@dataclass(frozen=True)
class ResponseMatrix:
    """Responses in columns of one length: candidate and question, numbered from 0, and whether it is correct."""

    person: Integers
    item: Integers
    correct: Booleans
    n_persons: int
    n_items: int

    @cached_property
    def given(self) -> sparse.csr_array:
        """Candidates x questions: 1 where there is a response."""
        ones = np.ones(len(self.item))
        return sparse.csr_array((ones, (self.person, self.item)), shape=(self.n_persons, self.n_items))

    @cached_property
    def right(self) -> sparse.csr_array:
        """Candidates x questions: 1 where the response is correct."""
        cells = (self.person[self.correct], self.item[self.correct])
        return sparse.csr_array((np.ones(len(cells[0])), cells), shape=(self.n_persons, self.n_items))

    @cached_property
    def raw(self) -> Floats:
        """The number of correct answers of each candidate."""
        return np.bincount(self.person, weights=self.correct, minlength=self.n_persons)


@dataclass(frozen=True)
class Calibration:
    """Estimated difficulties and the distribution of ability, in logits.

    `se` is the standard error of b, its prior included; `n` the number of responses. `weights` is the posterior of
    each candidate over NODES, `ability` its mean and `ability_sd` its standard deviation. `prior_sd` is that of b.
    """

    b: Floats
    se: Floats
    n: Integers
    mu: float
    sigma: float
    prior_sd: float
    log_likelihood: float
    weights: Floats

    @property
    def ability(self) -> Floats:
        return self.weights @ NODES

    @property
    def ability_sd(self) -> Floats:
        return np.sqrt(np.maximum(self.weights @ NODES**2 - self.ability**2, 0))


def posteriors(sample: ResponseMatrix, b: Floats, mu: float, sigma: float) -> tuple[Floats, Floats]:
    """Return the posterior of each candidate over NODES, and the logarithm of the candidate's marginal likelihood.

    The likelihood leaves out exp(-b) of each correct answer, which is the same at each node.
    """
    prior = -((NODES - mu) ** 2) / (2 * sigma**2)
    prior -= np.logaddexp.reduce(prior)
    logs = sample.raw[:, None] * NODES - sample.given @ np.logaddexp(0, NODES - b[:, None]) + prior
    highest = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - highest)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, (highest + np.log(total))[:, 0]


def chances(b: Floats) -> Floats:
    """Return the probability of a correct answer, questions x NODES."""
    return 1 / (1 + np.exp(b[:, None] - NODES))


def calibrate(
    sample: ResponseMatrix,
    prior: Floats,
    anchors: Floats | None = None,
    *,
    prior_sd: float | None = PRIOR_SD,
    tolerance: float = TOLERANCE,
) -> Calibration:
    """Estimate the difficulties. `prior` has the mean of each prior; `anchors` the fixed b, NaN where it is free.

    A `prior_sd` of None is estimated from all questions with responses, also from the fixed ones.
    A question without responses keeps its prior mean exactly, as nothing else is known about it.
    """
    fixed = np.zeros(sample.n_items, dtype=bool) if anchors is None else ~np.isnan(anchors)
    b = prior.astype(float) if anchors is None else np.where(fixed, anchors, prior)
    n = np.bincount(sample.item, minlength=sample.n_items)
    right = np.bincount(sample.item, weights=sample.correct, minlength=sample.n_items)
    spread = PRIOR_SD if prior_sd is None else prior_sd
    free = ~fixed & (n > 0)
    anchored = bool((fixed & (n > 0)).any())
    mu, sigma = 0.0, 1.0
    for _ in range(MAX_ITERATIONS):
        before, precision = np.concatenate([b, [mu, sigma, 1 / spread]]), 1 / spread**2
        weights, _logs = posteriors(sample, b, mu, sigma)
        at_node = sample.given.T @ weights
        for _ in range(NEWTON_STEPS):
            p = chances(b)
            slope = (at_node * p).sum(axis=1) - right - precision * (b - prior)
            step = np.divide(slope, _information(at_node, p) + precision, out=np.zeros_like(b), where=free)
            b = b + np.clip(step, -MAX_STEP, MAX_STEP)
        if sample.n_persons:
            mu = float((weights @ NODES).mean())
            sigma = max(float(np.sqrt((weights @ (NODES - mu) ** 2).mean())), MIN_SIGMA)
        if free.any() and not anchored and precision:
            # The likelihood does not change when abilities and difficulties move together: only the priors place
            # them. EM alone would take a thousand iterations there.
            shift = float((prior - b)[free].mean())
            b, mu = np.where(free, b + shift, b), mu + shift
        if prior_sd is None and free.any():
            variance = 1 / (_information(at_node, chances(b)) + precision)
            spread = float(np.clip(np.sqrt(((b - prior) ** 2 + variance)[n > 0].mean()), *PRIOR_SD_RANGE))
        if np.abs(np.concatenate([b, [mu, sigma, 1 / spread]]) - before).max() < tolerance:
            break
    weights, logs = posteriors(sample, b, mu, sigma)
    information = _information(sample.given.T @ weights, chances(b)) + 1 / spread**2
    return Calibration(
        b=b,
        se=np.divide(1, np.sqrt(information), out=np.full(sample.n_items, np.inf), where=information > 0),
        n=n,
        mu=mu,
        sigma=sigma,
        prior_sd=spread,
        log_likelihood=float(logs.sum() - right @ b),
        weights=weights,
    )


def free_estimates(
    sample: ResponseMatrix, calibration: Calibration, prior: Floats, prior_sd: float = PRIOR_SD
) -> tuple[Floats, Floats]:
    """Return b and its standard error from each question's own responses, for fixed ones too: have they drifted?

    The abilities are those of the calibration, in which the anchors are fixed.
    """
    at_node = sample.given.T @ calibration.weights
    right = np.bincount(sample.item, weights=sample.correct, minlength=sample.n_items)
    precision = 1 / prior_sd**2
    b = calibration.b
    for _ in range(MAX_FREE_STEPS):
        p = chances(b)
        slope = (at_node * p).sum(axis=1) - right - precision * (b - prior)
        step = slope / (_information(at_node, p) + precision)
        b = b + np.clip(step, -MAX_STEP, MAX_STEP)
        if not len(step) or np.abs(step).max() < TOLERANCE:
            break
    return b, 1 / np.sqrt(_information(at_node, chances(b)) + precision)


def _information(at_node: Floats, p: Floats) -> Floats:
    """Return the information about each b, when `at_node` candidates are expected at each node."""
    return (at_node * p * (1 - p)).sum(axis=1)
