"""Pictures of questions about models in production: forecasts, a stream of requests, and weekly checks."""

import numpy as np
from matplotlib import pyplot as plt

from questions.bank.figures.exhibits import WIDTH, exhibit, values
from questions.bank.figures.palette import BLUE, GREEN, INK, ORANGE

MONTHS = list(range(-5, 5))  # the last six months of the training data, then four in production
CUSTOMERS = [68, 72, 76, 80, 83, 86, 90, 95, 103, 106]  # thousands
ACTUAL = [8_130, 8_621, 9_075, 9_571, 9_934, 10_284, 10_746, 11_467, 12_315, 12_701]
PREDICTED = [8_158, 8_602, 9_091, 9_560, 9_925, 10_247, 10_149, 10_198, 10_129, 10_175]
WEEKS = 4  # points of a month


def weekly(monthly: list[int], seed: int, trend: bool) -> np.ndarray:
    """Return averages of weeks whose mean is that of their month."""
    random = np.random.default_rng(seed)
    slope = np.gradient(monthly)[:, None] if trend else np.zeros((len(monthly), 1))
    within = slope * (np.arange(WEEKS) - (WEEKS - 1) / 2) / WEEKS + random.normal(0, 45, (len(monthly), WEEKS))
    return (np.array(monthly)[:, None] + within - within.mean(axis=1, keepdims=True)).ravel()


def weeks() -> dict[str, np.ndarray]:
    """Return actual and predicted orders of each week."""
    fitted = weekly(PREDICTED[:6], 3, trend=True)
    return {
        "Actual": weekly(ACTUAL, 2, trend=True),
        "Predicted": np.r_[fitted, weekly(PREDICTED[6:], 4, trend=False)],
    }


def orders_text() -> str:
    highest = weeks()["Actual"][: 6 * WEEKS].max()
    parts = [
        values(f"{name} orders", series.reshape(-1, WEEKS).mean(axis=1), ",.0f") for name, series in weeks().items()
    ]
    return (
        "Average daily orders and active customers, six months of training data, then four months in production. "
        f"{' '.join(parts)} Highest week in training: {highest:,.0f}. "
        + values("Thousands of customers", CUSTOMERS, "d")
    )


@exhibit("d3-growing-sales-flat-forecast", orders_text)
def orders() -> plt.Figure:
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(WIDTH, 5.6), sharex=True, layout="constrained", height_ratios=(3, 2)
    )
    middles = np.arange(len(MONTHS) * WEEKS) / WEEKS - 6 + 0.5 / WEEKS
    for (name, series), style in zip(weeks().items(), ("-", "--"), strict=True):
        top.plot(middles, series / 1_000, style, label=name)
    top.axhline(weeks()["Actual"][: 6 * WEEKS].max() / 1_000, color=INK, linestyle=":", linewidth=1.5)
    top.text(3.95, 10.55, "Highest in training", fontsize=11, ha="right", va="bottom")
    top.set_title("Daily orders, 7-day average (thousands)")
    top.set(ylim=(7.5, 13.5), yticks=range(8, 14))
    top.legend(loc="upper left")
    bottom.plot(np.array(MONTHS) - 0.5, CUSTOMERS, "o-", color=GREEN)
    bottom.set_title("Active customers (thousands)")
    bottom.set(xlabel="Months since deployment", ylim=(60, 115), xticks=range(-6, 5), xlim=(-6, 4))
    for axis in (top, bottom):
        axis.axvline(0, color=INK, linewidth=1.2)
    top.text(-0.1, 13.1, "Training", ha="right", va="center", fontsize=11)
    top.text(0.1, 13.1, "Production", va="center", fontsize=11)
    return figure


HOURS = [8, 9, 10, 11, 12]
METRICS: dict[str, list[float]] = {
    "Incoming records/s": [310, 470, 640, 810, 980],
    "Throttled reads/writes": [0, 0, 0, 0, 0],
    "Model latency (ms)": [22, 40, 75, 134, 240],
    "Batch duration (s)": [2.6, 4.5, 7.9, 13.8, 24.4],
    "Function memory (%)": [31, 31, 31, 32, 32],
    "Iterator age (s)": [1, 6, 48, 320, 1_150],
}


def metrics_text() -> str:
    return "Metrics at 08:00, 09:00, 10:00, 11:00, and 12:00. " + " ".join(
        values(name, numbers, ",g") for name, numbers in METRICS.items()
    )


@exhibit("d1-scoring-function-falls-behind", metrics_text)
def metrics() -> plt.Figure:
    figure, axes = plt.subplots(3, 2, figsize=(WIDTH, 6.4), sharex=True, layout="constrained")
    tops = (1_200, 10, 300, 30, 100, 1_500)
    for axis, (name, numbers), top in zip(axes.flat, METRICS.items(), tops, strict=True):
        axis.plot(HOURS, numbers, "o-", markersize=5, clip_on=False)
        axis.set_title(name, fontsize=12)
        axis.set(ylim=(0, top), yticks=[0, top / 2, top])
        axis.set_xticks([8, 10, 12], ["08:00", "10:00", "12:00"], fontsize=12)
        axis.yaxis.set_major_formatter(lambda tick, _place: f"{tick:,g}")
    return figure


WEEK = range(1, 9)
CHECKS = {
    "Largest distance of a feature from the training data": [0.02, 0.02, 0.01, 0.02, 0.02, 0.02, 0.02, 0.02],
    "Orders predicted as bots (%)": [9.6, 9.9, 10.2, 10.3, 10.7, 10.0, 10.0, 10.0],
    "Recall": [0.73, 0.74, 0.73, 0.72, 0.70, 0.66, 0.61, 0.57],
}
LIMIT = 0.10


def checks_text() -> str:
    parts = [
        values(name, numbers, form) for (name, numbers), form in zip(CHECKS.items(), (".2f", ".1f", ".2f"), strict=True)
    ]
    return f"Weeks 1 to 8. {' '.join(parts)} Limit of the distance: {LIMIT:.2f}."


@exhibit("d4-bots-change-their-habits", checks_text)
def checks() -> plt.Figure:
    figure, axes = plt.subplots(3, 1, figsize=(WIDTH, 6.6), sharex=True, layout="constrained")
    ranges = ((0, 0.12), (0, 15), (0.5, 0.8))
    for axis, (name, numbers), limits, color in zip(axes, CHECKS.items(), ranges, (BLUE, GREEN, ORANGE), strict=True):
        axis.plot(WEEK, numbers, "o-", color=color)
        axis.set_title(name.replace(" from", "\nfrom"))
        axis.set(ylim=limits, xticks=list(WEEK))
    axes[0].axhline(LIMIT, color=INK, linestyle="--", linewidth=1.5)
    axes[0].text(8, LIMIT - 0.005, "Limit", ha="right", va="top")
    axes[0].set_yticks([0, 0.04, 0.08, 0.12])
    axes[1].set_yticks([0, 5, 10, 15])
    axes[2].set_yticks([0.5, 0.6, 0.7, 0.8])
    axes[2].set_xlabel("Week")
    return figure
