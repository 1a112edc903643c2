"""Plots of the study guide about data: distributions, encodings, imbalance, streams, scaling of servers."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from questions.bank.figures.palette import (
    BLUE,
    BLUE_WASH,
    GREEN,
    ORANGE,
    ORANGE_WASH,
    QUIET,
    WASH,
)  # fmt: skip
from questions.bank.figures.plots import axes, bare, plot


def _histogram(axis, values, color: str = BLUE, wash: str = BLUE_WASH, **options: object) -> None:  # type: ignore[no-untyped-def]
    axis.hist(values, color=wash, edgecolor=color, linewidth=1.2, **options)


@plot("plot-types")
def plot_types() -> Figure:
    figure, all_axes = axes(4.6, 2, 3)
    random = np.random.default_rng(0)
    histogram, box, scatter, line, bars, heat = all_axes.flat
    _histogram(histogram, random.gamma(2, 1, 300), bins=14)
    box.boxplot(
        [random.normal(5, 1, 50), np.r_[random.normal(6.5, 0.7, 50), 10]], widths=0.5,
        medianprops={"color": ORANGE}, flierprops={"markeredgecolor": QUIET},
    )  # fmt: skip
    x = random.uniform(0, 1, 40)
    scatter.plot(x, x + random.normal(0, 0.15, 40), "o", color=BLUE, markersize=3.5)
    t = np.arange(48)
    line.plot(t, 0.06 * t + np.sin(t * 2 * np.pi / 12), color=BLUE)
    bars.bar(range(4), [5, 3.4, 2.2, 1], color=BLUE_WASH, edgecolor=BLUE)
    for row, values in enumerate(((2, 1, 0), (1, 2, 1), (0, 1, 2))):
        for column, value in enumerate(values):
            color = (WASH, ORANGE_WASH, ORANGE)[value]
            heat.add_patch(Rectangle((column, row), 1, 1, facecolor=color, edgecolor=QUIET))
    heat.set(xlim=(0, 3), ylim=(3, 0))
    for axis, title, text in (
        (histogram, "Histogram", "one distribution"), (box, "Box plot", "groups, outliers"),
        (scatter, "Scatter plot", "two features"), (line, "Line chart", "trend, season"),
        (bars, "Bar chart", "categories"), (heat, "Heat map", "correlations"),
    ):  # fmt: skip
        axis.set_title(title)
        axis.set_xlabel(text)
        bare(axis)
    return figure


@plot("box-plot")
def box_plot() -> Figure:
    figure, axis = axes(2.4)
    axis.add_patch(Rectangle((3, 0.35), 3, 0.5, facecolor=BLUE_WASH, edgecolor=BLUE))
    axis.plot([4, 4], [0.35, 0.85], color=ORANGE)
    for start, end in ((3, 1), (6, 9.6)):
        axis.plot([start, end], [0.6, 0.6], color=BLUE)
        axis.plot([end, end], [0.48, 0.72], color=BLUE)
    axis.plot([11.6, 12.4], [0.6, 0.6], "o", color=ORANGE)
    for x, y, text in ((3, 0.9, "25%"), (4, 1.08, "median"), (6, 0.9, "75%")):
        axis.text(x, y, text, ha="center", va="bottom", color=ORANGE if text == "median" else BLUE)
    axis.text(12, 0.7, "outliers", ha="center", color=ORANGE)
    axis.annotate("", (6, 0.24), (3, 0.24), arrowprops={"arrowstyle": "<->"})
    axis.text(4.5, 0.16, "IQR", ha="center", va="top")
    axis.text(9.6, 0.4, "up to 1.5 × IQR", ha="center", va="top", color=QUIET)
    axis.set(xlim=(0.4, 13.2), ylim=(0, 1.25))
    axis.set_axis_off()
    return figure


@plot("feature-scaling")
def feature_scaling() -> Figure:
    figure, all_axes = axes(2.4, 3)
    values = np.random.default_rng(1).gamma(3, 20, 400)
    rows = (
        ("Raw", values),
        ("Min-max", (values - values.min()) / np.ptp(values)),
        ("z-score", (values - values.mean()) / values.std()),
    )
    for axis, (title, numbers) in zip(all_axes, rows, strict=True):
        _histogram(axis, numbers, bins=16)
        axis.set_title(title)
        axis.set_yticks([])
    all_axes[0].set_xticks([0, 100, 200])
    all_axes[1].set_xticks([0, 1])
    all_axes[2].set_xticks([-1, 1, 3])
    return figure


@plot("scale-distance")
def scale_distance() -> Figure:
    figure, (left, right) = axes(2.7, 2)
    for axis, title, x, y, names in (
        (left, "Not scaled", (0, 2200, 150), (0, 1, 38), ("dollars", "years")),
        (right, "Scaled", (0, 0.6, 0.05), (0, 0.05, 1), ("z", "z")),
    ):
        axis.plot(x[0], y[0], "*", color=QUIET, markersize=14)
        axis.plot(x[1], y[1], "o", color=BLUE, markersize=8)
        axis.plot(x[2], y[2], "s", color=ORANGE, markersize=8)
        axis.set_title(title)
        axis.set(xlabel=f"income ({names[0]})", ylabel=f"age ({names[1]})")
        bare(axis)
        near = 2 if title == "Not scaled" else 1
        axis.plot([x[0], x[near]], [y[0], y[near]], ":", color=QUIET)
        axis.text(
            0.95, 0.55, "nearest:\nsquare" if near == 2 else "nearest:\ncircle", transform=axis.transAxes, ha="right"
        )
        axis.margins(0.2)
    return figure


@plot("log-transform")
def log_transform() -> Figure:
    figure, (left, right) = axes(2.5, 2)
    values = np.random.default_rng(3).lognormal(3, 0.9, 600)
    _histogram(left, values, ORANGE, ORANGE_WASH, bins=24)
    _histogram(right, np.log(values), bins=18)
    left.set_title("Skewed")
    right.set_title("log")
    left.set_xlabel("price")
    right.set_xlabel("log(price)")
    for axis in (left, right):
        axis.set_yticks([])
    return figure


@plot("binning")
def binning() -> Figure:
    figure, (top, below) = axes(3.0, 1, 2, sharex=True)
    values = np.sort(np.random.default_rng(5).gamma(2, 12, 160))
    quantiles = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    for axis, edges, title in (
        (top, np.linspace(values.min(), values.max(), 5), "Equal width"),
        (below, quantiles, "Quantiles: equal counts"),
    ):
        counts, _ = np.histogram(values, edges)
        for count, low, high in zip(counts, edges, edges[1:], strict=False):
            axis.add_patch(Rectangle((low, 0), high - low, 1, facecolor=BLUE_WASH, edgecolor=BLUE))
            if high - low > 5:
                axis.text((low + high) / 2, 0.5, str(count), ha="center", va="center")
        axis.set_title(title)
        axis.set(xlim=(values.min() - 1, values.max() + 1), ylim=(0, 1))
        axis.set_yticks([])
    below.set_xlabel("age in months, with the number of rows in each bin")
    below.set_xticks([])
    return figure


@plot("imputation")
def imputation() -> Figure:
    figure, all_axes = axes(2.5, 3, sharey=True)
    random = np.random.default_rng(7)
    known = random.normal(50, 11, 300)
    model = random.normal(52, 10, 120)
    for axis, title, added in zip(
        all_axes, ("Known", "Mean", "By a model"), (None, np.full(120, known.mean()), model), strict=True
    ):
        axis.hist([known] if added is None else [known, added], bins=16, range=(15, 85), stacked=True,
                  color=[BLUE_WASH, ORANGE][: 1 if added is None else 2], edgecolor=QUIET, linewidth=0.8)  # fmt: skip
        axis.set_title(title)
        bare(axis)
    return figure


@plot("one-hot")
def one_hot() -> Figure:
    figure, axis = axes(2.4)
    header = ("color", "", "blue", "green", "red")
    rows = (("red", 0, 0, 1), ("blue", 1, 0, 0), ("green", 0, 1, 0))
    for column, text in enumerate(header):
        if text:
            axis.text(column + 0.5, 0.5, text, ha="center", va="center", fontweight="bold")
    for row, (name, *bits) in enumerate(rows, 1):
        axis.add_patch(Rectangle((0, row), 1, 1, facecolor=WASH, edgecolor=QUIET))
        axis.text(0.5, row + 0.5, name, ha="center", va="center")
        axis.annotate("", (1.9, row + 0.5), (1.1, row + 0.5), arrowprops={"arrowstyle": "->"})
        for column, bit in enumerate(bits, 2):
            axis.add_patch(Rectangle((column, row), 1, 1, facecolor=BLUE_WASH if bit else "none", edgecolor=QUIET))
            axis.text(
                column + 0.5, row + 0.5, str(bit), ha="center", va="center", fontweight="bold" if bit else "normal"
            )
    axis.set(xlim=(-0.02, 5.02), ylim=(4.05, 0))
    axis.set_axis_off()
    return figure


@plot("ordinal")
def ordinal() -> Figure:
    figure, axis = axes(2.0)
    for place, text in enumerate(("low", "medium", "high", "urgent")):
        axis.add_patch(Rectangle((place * 1.25, 0), 1, 0.7, facecolor=WASH, edgecolor=QUIET))
        axis.text(place * 1.25 + 0.5, 0.35, text, ha="center", va="center")
        axis.annotate("", (place * 1.25 + 0.5, 1.3), (place * 1.25 + 0.5, 0.75), arrowprops={"arrowstyle": "->"})
        axis.text(place * 1.25 + 0.5, 1.6, str(place), ha="center", va="center", fontweight="bold", color=BLUE)
        if place:
            axis.text(place * 1.25 - 0.125, 1.6, "<", ha="center", va="center", color=QUIET)
    axis.set(xlim=(-0.05, 4.8), ylim=(1.9, -0.1))
    axis.set_axis_off()
    return figure


@plot("tf-idf")
def tf_idf() -> Figure:
    figure, axis = axes(2.7)
    words = (("the", 0.31, 0.0), ("engine", 0.12, 0.16), ("car", 0.19, 0.06), ("turbo", 0.06, 0.19))
    for row, (_word, tf, weight) in enumerate(words):
        axis.barh(row - 0.19, tf, height=0.36, color=WASH, edgecolor=QUIET)
        axis.barh(row + 0.19, max(weight, 0.002), height=0.36, color=BLUE_WASH, edgecolor=BLUE)
    axis.set_yticks(range(4), [word for word, *_ in words])
    axis.set(ylim=(3.6, -0.6), xlim=(0, 0.42), xlabel="Weight of a word")
    axis.set_xticks([])
    axis.annotate("frequency", (0.3, -0.19), (0.33, -0.19), va="center", color=QUIET)
    axis.annotate("TF-IDF 0: in all documents", (0.0, 0.19), (0.02, 0.21), va="center", color=BLUE, fontsize=11)
    axis.annotate("TF-IDF: rare elsewhere", (0.19, 3.19), (0.2, 3.19), va="center", color=BLUE, fontsize=11)
    return figure


@plot("smote")
def smote() -> Figure:
    figure, axis = axes(2.9)
    random = np.random.default_rng(14)
    axis.plot(*random.normal((0.4, 0.5), (0.17, 0.2), (45, 2)).clip(0.03, 0.95).T, "o", color=QUIET, markersize=4)
    rare = np.array([(0.84, 0.72), (0.92, 0.5), (0.78, 0.42), (0.97, 0.82)])
    for one, other, share in ((0, 1, 0.4), (1, 2, 0.55), (0, 3, 0.6), (0, 2, 0.35)):
        axis.plot(*rare[[one, other]].T, ":", color=ORANGE, linewidth=1.2)
        axis.plot(*(rare[one] + share * (rare[other] - rare[one])), "D", color=GREEN, markersize=7)
    axis.plot(*rare.T, "s", color=ORANGE, markersize=7)
    axis.text(0.4, 1.04, "frequent class", ha="center", color=QUIET)
    axis.text(0.9, 1.04, "rare class", ha="center", color=ORANGE)
    axis.text(0.88, 0.25, "synthetic: between\nneighbors", ha="center", color=GREEN, va="top")
    axis.set(xlim=(0, 1.12), ylim=(0, 1.12))
    bare(axis)
    return figure


@plot("resampling")
def resampling() -> Figure:
    figure, axis = axes(2.6)
    groups = (("original", 95, 5), ("undersample", 5, 5), ("oversample", 95, 95))
    for place, (_text, many, few) in enumerate(groups):
        axis.bar(place - 0.2, many, width=0.36, color=BLUE_WASH, edgecolor=BLUE)
        axis.bar(place + 0.2, few, width=0.36, color=ORANGE_WASH, edgecolor=ORANGE)
    axis.text(-0.2, 97, "95,000", ha="center", color=BLUE)
    axis.text(0.2, 8, "5,000", ha="center", color=ORANGE)
    axis.text(1, 10, "data is lost", ha="center", color=QUIET)
    axis.text(2.2, 97, "copies", ha="center", color=ORANGE)
    axis.set_xticks(range(3), [text for text, *_ in groups])
    axis.set(ylim=(0, 112), ylabel="Rows")
    axis.set_yticks([])
    return figure


@plot("class-weights")
def class_weights() -> Figure:
    figure, (left, right) = axes(2.7, 2)
    random = np.random.default_rng(21)
    many, few = random.normal((0.42, 0.5), (0.16, 0.2), (60, 2)), random.normal((0.78, 0.5), (0.09, 0.2), (8, 2))
    for axis, cut, title in ((left, 0.83, "Equal weights"), (right, 0.64, "Weight 10 : 1")):
        axis.axvspan(cut, 1.05, color=ORANGE_WASH)
        axis.plot(*many.T, "o", color=BLUE, markersize=3.5)
        axis.plot(*few.T, "s", color=ORANGE, markersize=6)
        axis.axvline(cut, color=QUIET, linestyle="--")
        axis.set_title(title)
        axis.set(xlim=(0, 1.05), ylim=(0, 1))
        bare(axis)
    left.set_xlabel("most of the rare class is missed")
    right.set_xlabel("found, with some false alarms")
    for axis in (left, right):
        axis.xaxis.label.set_size(11)
    left.set_xlabel("rare class missed")
    right.set_xlabel("found, false alarms")
    return figure


@plot("stream-windows")
def stream_windows() -> Figure:
    figure, axis = axes(3.6)
    events = np.array([0.4, 1.1, 1.5, 2.9, 3.3, 3.6, 5.8, 6.1, 6.4, 8.7, 9.2])
    rows: tuple[tuple[str, list[tuple[float, float]]], ...] = (
        ("Tumbling", [(0, 2.5), (2.5, 5), (5, 7.5), (7.5, 10)]),
        ("Sliding", [(0, 4), (2, 6), (4, 8), (6, 10)]),
        ("Session", [(0.3, 3.7), (5.7, 6.5), (8.6, 9.3)]),
    )
    for row, (title, windows) in enumerate(rows):
        y = row * 2.0
        axis.text(-0.1, y - 0.18, title, fontweight="bold")
        for number, (start, end) in enumerate(windows):
            shift = 0.42 * (number % 2) if title == "Sliding" else 0
            corner, width = (start + 0.04, y + 0.02 + shift), end - start - 0.08
            axis.add_patch(Rectangle(corner, width, 0.36, facecolor=BLUE_WASH, edgecolor=BLUE))
        axis.plot(events, np.full(len(events), y + 1.05), "o", color=ORANGE, markersize=5)
        axis.axhline(y + 1.05, color=QUIET, linewidth=0.8, zorder=0)
    for place in (4.7, 7.55):
        axis.text(place, 4.2, "gap", ha="center", va="center", color=QUIET)
    axis.text(10, 5.6, "time →", ha="right", color=QUIET)
    axis.set(xlim=(-0.2, 10.1), ylim=(5.7, -0.6))
    axis.set_axis_off()
    return figure


@plot("auto-scaling")
def auto_scaling() -> Figure:
    figure, axis = axes(2.9)
    t = np.linspace(0, 24, 97)
    load = 260 + 620 * np.exp(-((t - 13) ** 2) / 18)
    needed = np.ceil(load / 200).clip(2)
    instances = needed.copy()
    for n in range(1, len(t)):
        instances[n] = needed[n] if needed[n] > instances[n - 1] else max(needed[max(0, n - 8) : n + 1])
    axis.step(t, instances * 200, where="post", color=BLUE)
    axis.plot(t, load, "--", color=ORANGE)
    axis.text(0.6, 440, "instances\n× target", color=BLUE)
    axis.text(13, 640, "requests", color=ORANGE, ha="center")
    axis.annotate("cooldown", (17.8, 800), (18.6, 930), arrowprops={"arrowstyle": "->"}, color=QUIET)
    axis.set(xlim=(0, 24), ylim=(0, 1100), xlabel="Hour", xticks=[0, 6, 12, 18, 24])
    axis.set_yticks([])
    return figure


@plot("spot-training")
def spot_training() -> Figure:
    figure, axis = axes(2.1)
    for start, end in ((0, 2.6), (3.5, 6.2), (7.4, 9)):
        axis.add_patch(Rectangle((start, 0), end - start, 0.6, facecolor=BLUE_WASH, edgecolor=BLUE))
        axis.text((start + end) / 2, 0.3, "train", ha="center", va="center")
    for start, end in ((2.6, 3.5), (6.2, 7.4)):
        axis.text((start + end) / 2, 0.3, "wait", ha="center", va="center", color=QUIET, fontsize=11)
    for x in (1, 2.2, 4.5, 5.7, 8.2):
        axis.plot(x, 0.95, "^", color=ORANGE)
    axis.text(0, 1.4, "checkpoints in Amazon S3", color=ORANGE, va="center")
    axis.text(3.05, -0.25, "interruption", ha="center", color=QUIET, fontsize=11)
    axis.text(6.8, -0.25, "interruption", ha="center", color=QUIET, fontsize=11)
    axis.set(xlim=(-0.05, 9.1), ylim=(1.65, -0.5))
    axis.set_axis_off()
    return figure


@plot("purchasing")
def purchasing() -> Figure:
    figure, axis = axes(2.9)
    t = np.linspace(0, 24, 80)
    load = 4 + 3 * np.exp(-((t - 13) ** 2) / 14)
    axis.fill_between(t, 0, 4, color=BLUE_WASH)
    axis.fill_between(t, 4, load, color=ORANGE_WASH)
    axis.plot(t, load, color=QUIET)
    axis.text(12, 2, "steady: Savings Plan", ha="center", va="center", color=BLUE)
    axis.text(13, 5.1, "peak:\non demand", ha="center", va="center", color=ORANGE)
    axis.text(19, 6.4, "interruptible:\nSpot", ha="center", va="center", color=GREEN)
    axis.set(xlim=(0, 24), ylim=(0, 7.6), xlabel="Hour", ylabel="Instances", xticks=[0, 6, 12, 18, 24])
    axis.set_yticks([])
    return figure


@plot("columnar")
def columnar() -> Figure:
    figure, (left, right) = axes(2.4, 2)
    for axis, title, by_row in ((left, "CSV: by row", True), (right, "Parquet: by column", False)):
        for row in range(4):
            for column in range(5):
                read = by_row or column == 1
                axis.add_patch(
                    Rectangle((column, row), 0.92, 0.92, facecolor=ORANGE_WASH if read else "none", edgecolor=QUIET)
                )
        axis.set_title(title)
        axis.set(xlim=(-0.1, 5), ylim=(4.05, -0.1), xlabel="all is read" if by_row else "one column is read")
        bare(axis)
        axis.spines[:].set_visible(False)
    return figure


@plot("token-costs")
def token_costs() -> Figure:
    figure, axis = axes(2.6)
    rows = (("long prompt", 9, 2), ("cached prefix", 3.2, 2), ("smaller model", 1.6, 0.7))
    for place, (_text, into, out) in enumerate(rows):
        axis.barh(place, into, color=BLUE_WASH, edgecolor=BLUE, height=0.55)
        axis.barh(place, out, left=into, color=ORANGE_WASH, edgecolor=ORANGE, height=0.55)
    axis.text(4.5, 0, "input tokens", ha="center", va="center", color=BLUE)
    axis.text(11.2, 0, "output", va="center", color=ORANGE)
    axis.set_yticks(range(3), [text for text, *_ in rows])
    axis.set(xlim=(0, 13.6), ylim=(2.6, -0.6), xlabel="Cost of a request")
    axis.set_xticks([])
    return figure
