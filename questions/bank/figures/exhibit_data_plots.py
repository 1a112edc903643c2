"""Pictures of questions about data: residuals, box plots, and scatter plots."""

from itertools import pairwise

import numpy as np
from matplotlib import pyplot as plt

from questions.bank.figures.exhibits import WIDTH, exhibit, values
from questions.bank.figures.palette import BLUE, BLUE_WASH, INK, ORANGE_WASH

HOMES = {  # predicted price from and to: homes, mean and standard deviation of their residuals; in thousands of dollars
    (100, 200): (4_100, 0.9, 13.5),
    (200, 400): (2_700, -1.2, 27.2),
    (400, 800): (800, 1.9, 54.8),
    (800, 1_600): (110, -2.8, 109.0),
}
DENSITIES = [4_450, 3_750, 1_900, 250, 35]  # at the ends of the ranges, so that the number of homes has no steps


def homes() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return predicted prices and residuals of each range; in a range, the spread grows with the price, too."""
    random = np.random.default_rng(11)
    ranges = []
    for ((low, high), (count, mean, deviation)), (start, end) in zip(HOMES.items(), pairwise(DENSITIES), strict=True):
        share = np.log1p(random.uniform(0, 1, count) * (end / start - 1)) / np.log(end / start)
        prices = low * (high / low) ** share
        residuals = prices * random.normal(0, 1, count)
        residuals = mean + deviation * (residuals - residuals.mean()) / residuals.std()
        ranges.append((prices, residuals))
    return ranges


def homes_text() -> str:
    parts = [
        f"{low:,} to {high:,}: {len(errors):,} homes, mean {errors.mean():.1f}, SD {errors.std():.1f}."
        for (low, high), (_prices, errors) in zip(HOMES, homes(), strict=True)
    ]
    return (
        "Scatter plot of residuals against predicted prices, in thousands of dollars, with mean and standard deviation "
        "(SD) of the residuals by predicted price. " + " ".join(parts)
    )


@exhibit("d2-home-prices-residual-fan", homes_text)
def residual_plot() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 4.4), layout="constrained")
    for prices, residuals in homes():
        axis.plot(prices, residuals, "o", color=BLUE, markersize=2.5, alpha=0.35, markeredgewidth=0)
    axis.axhline(0, color=INK, linewidth=1.2)
    axis.set(xlabel="Predicted price (thousands of dollars)", ylabel="Residual (thousands of dollars)")
    axis.set(xlim=(0, 1_600), ylim=(-350, 350), xticks=range(0, 1_601, 400))
    axis.xaxis.set_major_formatter(lambda tick, _place: f"{tick:,.0f}")
    return figure


DISCOUNTS = [0, 10, 20, 30, 40]
PROMOTED = {"With display": [41, -12, -28, -13, 38], "Without display": [39, -10, -31, -11, 40]}


def promotion_text() -> str:
    parts = " ".join(values(name, residuals, "d") for name, residuals in PROMOTED.items())
    return f"Mean residuals in units for discounts of 0%, 10%, 20%, 30%, and 40%. {parts}"


@exhibit("d2-promo-price-interaction", promotion_text)
def promotion() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 3.8), layout="constrained")
    for (name, residuals), style in zip(PROMOTED.items(), ("o-", "s--"), strict=True):
        axis.plot(DISCOUNTS, residuals, style, label=name)
    axis.axhline(0, color=INK, linewidth=1.2)
    axis.set(xlabel="Discount (%)", ylabel="Mean residual (units)", xticks=DISCOUNTS, ylim=(-40, 60))
    axis.legend(loc="upper center")
    return figure


BOXES = {  # lower whisker, quartiles, and upper whisker of customers who stayed and who churned
    "Tenure (months)": ((1, 22, 36, 50, 86), (1, 6, 35, 68, 117)),
    "Monthly fee ($)": ((9, 31, 52, 74, 128), (11, 36, 59, 83, 136)),
    "Data volume (GB)": ((0, 12, 40, 88, 190), (1, 20, 61, 110, 225)),
    "Negative messages": ((0, 0, 1, 1, 2), (0, 3, 4, 6, 10)),
}


def boxes_text() -> str:
    parts = [
        f"{name}: stayed {', '.join(map(str, stayed[1:4]))}; churned {', '.join(map(str, churned[1:4]))}."
        for name, (stayed, churned) in BOXES.items()
    ]
    return "Box plots by group. Lower quartile, median, and upper quartile. " + " ".join(parts)


@exhibit("d2-churn-plots-conclusions", boxes_text)
def boxes() -> plt.Figure:
    figure, axes = plt.subplots(2, 2, figsize=(WIDTH, 6), layout="constrained")
    for axis, (name, groups) in zip(axes.flat, BOXES.items(), strict=True):
        marks = [dict(zip(("whislo", "q1", "med", "q3", "whishi"), group, strict=True)) for group in groups]
        lines = {"color": INK, "linestyle": "-", "linewidth": 1.6}
        drawing = axis.bxp(
            marks, showfliers=False, widths=0.55, patch_artist=True, whiskerprops=lines, capprops=lines,
            medianprops={**lines, "linewidth": 3}, boxprops={"linewidth": 1.6},
        )  # fmt: skip
        for box, color in zip(drawing["boxes"], (BLUE_WASH, ORANGE_WASH), strict=True):
            box.set_facecolor(color)
        axis.set_xticks([1, 2], ["Stayed", "Churned"])
        axis.set_title(name)
        axis.set_ylim(bottom=0 if groups[0][0] else -0.03 * groups[1][4])
        axis.grid(visible=False, axis="x")
    return figure
