"""Plots of the study guide about models: boundaries, trees, clusters, networks, forecasts."""

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from questions.bank.figures.palette import BLUE, BLUE_WASH, GREEN, ORANGE, ORANGE_WASH, QUIET, WASH
from questions.bank.figures.plots import axes, bare, plot


@plot("kernels")
def kernels() -> Figure:
    figure, (left, right) = axes(2.8, 2)
    random = np.random.default_rng(4)
    inner = random.normal(0, 0.32, (28, 2))
    angle = random.uniform(0, 2 * np.pi, 34)
    outer = np.c_[np.cos(angle), np.sin(angle)] * random.normal(1.25, 0.1, (34, 1))
    for axis, title in ((left, "Linear kernel"), (right, "RBF kernel")):
        axis.plot(*outer.T, "s", color=ORANGE, markersize=4)
        axis.plot(*inner.T, "o", color=BLUE, markersize=4)
        axis.set_title(title)
        axis.set(xlim=(-1.7, 1.7), ylim=(-1.7, 1.7), aspect="equal")
        bare(axis)
    left.plot([-1.7, 1.7], [-0.3, 0.5], "--", color=QUIET)
    right.add_patch(Circle((0, 0), 0.85, fill=False, linestyle="--", edgecolor=QUIET, linewidth=2.2))
    return figure


@plot("tree-depth")
def tree_depth() -> Figure:
    figure, all_axes = axes(2.6, 3, sharey=True)
    random = np.random.default_rng(8)
    x = np.sort(random.uniform(0, 1, 26))
    y = np.sin(x * 5.2) + random.normal(0, 0.24, 26)
    for axis, leaves, title in zip(all_axes, (2, 6, 26), ("Depth 1", "Depth 3", "Depth 12"), strict=True):
        axis.plot(x, y, "o", color=QUIET, markersize=3)
        bounds = np.linspace(0, 1, leaves + 1) if leaves < 26 else np.r_[0, (x[1:] + x[:-1]) / 2, 1]
        means = [y[(x >= low) & (x <= high)].mean() for low, high in pairwise(bounds)]
        axis.stairs(means, bounds, color=ORANGE if leaves == 26 else BLUE, linewidth=2, baseline=None)
        axis.set_title(title)
        bare(axis)
    return figure


@plot("boosting")
def boosting() -> Figure:
    figure, all_axes = axes(2.6, 3, sharey=True)
    random = np.random.default_rng(5)
    x = np.sort(random.uniform(0, 1, 40))
    y = np.sin(x * 6) + random.normal(0, 0.14, 40)
    prediction, done = np.full(40, y.mean()), 0
    for axis, trees in zip(all_axes, (1, 5, 40), strict=True):
        while done < trees:
            rest = y - prediction
            cut = min(range(1, 40), key=lambda n: rest[:n].var() * n + rest[n:].var() * (40 - n))
            prediction += 0.5 * np.where(np.arange(40) < cut, rest[:cut].mean(), rest[cut:].mean())
            done += 1
        axis.plot(x, y, "o", color=QUIET, markersize=3)
        axis.step(x, prediction, where="mid", color=BLUE)
        axis.set_title(f"{trees} tree" if trees == 1 else f"{trees} trees")
        bare(axis)
    return figure


@plot("k-means-elbow")
def k_means_elbow() -> Figure:
    figure, (left, right) = axes(2.8, 2)
    random = np.random.default_rng(6)
    for center, color, mark in (((0, 0), BLUE, "o"), ((3, 0.4), ORANGE, "s"), ((1.4, 2.6), GREEN, "^")):
        points = random.normal(center, 0.45, (18, 2))
        left.plot(*points.T, mark, color=color, markersize=4)
        left.plot(*points.mean(0), "x", color=QUIET, markersize=10, markeredgewidth=3)
    left.set_title("Three clusters")
    bare(left)
    k = np.arange(1, 8)
    right.plot(k, [10, 5.2, 1.6, 1.35, 1.15, 1.0, 0.9], "o-", color=BLUE)
    right.annotate("elbow", (3, 1.6), (4, 4.2), arrowprops={"arrowstyle": "->"})
    right.set_title("Which k?")
    right.set(xlabel="k", ylabel="Sum of squares", xticks=[1, 3, 5, 7], ylim=(0, 10.6))
    right.set_yticks([])
    return figure


@plot("k-nn")
def k_nn() -> Figure:
    figure, (left, right) = axes(2.8, 2)
    random = np.random.default_rng(12)
    blue, orange = random.normal((-0.7, 0), 0.55, (16, 2)), random.normal((0.8, 0.2), 0.55, (16, 2))
    for axis, title, count in ((left, "k-NN: k = 5", 5), (right, "k-means: k = 2", 0)):
        axis.set_title(title)
        axis.set(xlim=(-2.2, 2.2), ylim=(-1.8, 1.8), aspect="equal")
        bare(axis)
        if count:
            axis.plot(*blue.T, "o", color=BLUE, markersize=5)
            axis.plot(*orange.T, "s", color=ORANGE, markersize=5)
            new = np.array([0.15, 0.1])
            radius = np.sort(np.linalg.norm(np.r_[blue, orange] - new, axis=1))[count - 1]
            axis.add_patch(Circle(tuple(new), radius + 0.05, fill=False, linestyle="--", edgecolor=QUIET))
            axis.text(*new, "?", ha="center", va="center", fontsize=15, fontweight="bold")
        else:
            axis.plot(*np.r_[blue, orange].T, "o", color=QUIET, markersize=5)
            for center in (blue.mean(0), orange.mean(0)):
                axis.plot(*center, "x", color=GREEN, markersize=12, markeredgewidth=3.5)
    left.set_xlabel("labels vote")
    right.set_xlabel("no labels: centers")
    return figure


@plot("pca")
def pca() -> Figure:
    figure, (left, right) = axes(2.8, 2)
    random = np.random.default_rng(9)
    points = random.normal(0, 1, (60, 2)) * (1.5, 0.35) @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    left.plot(*points.T, "o", color=QUIET, markersize=3.5)
    for x, y, text, color in ((2.2, 1.65, "PC 1", BLUE), (-0.75, 1.0, "PC 2", ORANGE)):
        left.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "->", "color": color, "lw": 2.4})
        left.text(x, y + 0.15, text, ha="center", color=color)
    left.set(xlim=(-3.6, 3.6), ylim=(-3, 3), xlabel="feature 1", ylabel="feature 2", aspect="equal")
    bare(left)
    shares = np.array([58, 22, 10, 5, 3, 2])
    right.bar(range(1, 7), shares, color=BLUE_WASH, edgecolor=BLUE)
    right.plot(range(1, 7), shares.cumsum(), "o-", color=ORANGE)
    right.axhline(90, color=QUIET, linestyle=":")
    right.set(xlabel="Component", ylabel="Variance (%)", xticks=range(1, 7), yticks=[0, 50, 90], ylim=(0, 105))
    return figure


@plot("neural-network")
def neural_network() -> Figure:
    figure, axis = axes(2.9)
    layers = ((0, 3), (1, 4), (2, 4), (3, 2))
    for (x, n), (right, m) in pairwise(layers):
        for a in range(n):
            for b in range(m):
                axis.plot([x, right], [a - n / 2, b - m / 2], color=QUIET, linewidth=0.6)
    for x, n in layers:
        for place in range(n):
            axis.add_patch(Circle((x, place - n / 2), 0.17, facecolor=BLUE_WASH, edgecolor=BLUE, zorder=3))
    for place_of_text, text in ((0, "input"), (1.5, "hidden layers: ReLU"), (3, "output:\nsoftmax")):
        axis.text(place_of_text, 1.75, text, ha="center", va="bottom")
    axis.annotate("", (3, -2.8), (0, -2.8), arrowprops={"arrowstyle": "->", "color": BLUE})
    axis.text(1.5, -2.6, "forward: prediction", ha="center", color=BLUE)
    axis.annotate("", (0, -3.5), (3, -3.5), arrowprops={"arrowstyle": "->", "color": ORANGE})
    axis.text(1.5, -3.3, "backward: gradients", ha="center", color=ORANGE)
    axis.set(xlim=(-0.5, 3.5), ylim=(-3.65, 2.4))
    axis.set_axis_off()
    return figure


@plot("activations")
def activations() -> Figure:
    figure, all_axes = axes(2.2, 3)
    x = np.linspace(-4, 4, 60)
    functions = (("Sigmoid", 1 / (1 + np.exp(-x))), ("tanh", np.tanh(x)), ("ReLU", np.maximum(0, x)))
    for axis, (title, y) in zip(all_axes, functions, strict=True):
        axis.axhline(0, color=QUIET, linewidth=0.8)
        axis.axvline(0, color=QUIET, linewidth=0.8)
        axis.plot(x, y, color=BLUE)
        axis.set_title(title)
        axis.set_yticks([0, 4] if title == "ReLU" else [0, 1] if title == "Sigmoid" else [-1, 1])
        axis.set_xticks([])
    return figure


@plot("initialization")
def initialization() -> Figure:
    figure, axis = axes(2.9)
    layer = np.arange(1, 11)
    axis.plot(layer, 1.55 ** (layer - 1), "--", color=ORANGE)
    axis.plot(layer, np.ones(10), color=BLUE)
    axis.plot(layer, 0.6 ** (layer - 1), ":", color=QUIET)
    axis.text(10.2, 40, "too large:\nexplodes", color=ORANGE, va="center")
    axis.text(10.2, 1, "He, Xavier", color=BLUE, va="center")
    axis.text(10.2, 0.02, "too small:\nvanishes", color=QUIET, va="center")
    axis.set(
        yscale="log",
        xlim=(1, 14),
        xlabel="Layer",
        ylabel="Size of the signal",
        xticks=[1, 5, 10],
        yticks=[0.01, 1, 100],
    )
    axis.set_yticklabels(["0.01", "1", "100"])
    axis.minorticks_off()
    return figure


@plot("forecast-quantiles")
def forecast_quantiles() -> Figure:
    figure, axis = axes(2.9)
    random = np.random.default_rng(2)
    t = np.arange(0, 60)
    y = 10 + 0.05 * t + 2.5 * np.sin(t * 2 * np.pi / 12) + random.normal(0, 0.5, 60)
    future = np.arange(44, 60)
    middle = 10 + 0.05 * future + 2.5 * np.sin(future * 2 * np.pi / 12)
    spread = 0.7 + 0.09 * (future - 44)
    axis.fill_between(future, middle - 1.6 * spread, middle + 1.6 * spread, color=BLUE_WASH)
    axis.plot(t[:45], y[:45], color=QUIET, linewidth=1.6)
    axis.plot(future, middle, color=BLUE)
    axis.axvline(44, ymax=0.86, color=QUIET, linestyle=":", linewidth=1.2)
    axis.text(20, 5.6, "known values", ha="center", color=QUIET)
    axis.text(66, 18.3, "forecast: 10%, 50%, 90%", color=BLUE, ha="right")
    axis.set(xlim=(0, 66), ylim=(5, 19.5), xlabel="Week", ylabel="Demand")
    bare(axis)
    return figure


@plot("anomaly-score")
def anomaly_score() -> Figure:
    figure, (top, below) = axes(3.0, 1, 2, sharex=True)
    random = np.random.default_rng(1)
    t = np.arange(100)
    y = 3 * np.sin(t * 2 * np.pi / 25) + random.normal(0, 0.3, 100)
    y[62] = 8
    score = 0.6 + random.uniform(0, 0.3, 100)
    score[62] = 3.4
    top.plot(t, y, color=BLUE, linewidth=1.6)
    top.plot(62, y[62], "o", color=ORANGE)
    top.set_ylabel("Value")
    below.plot(t, score, color=ORANGE, linewidth=1.6)
    below.axhline(score.mean() + 3 * score.std(), color=QUIET, linestyle="--")
    below.text(1, score.mean() + 3 * score.std() + 0.15, "mean + 3 standard deviations", color=QUIET)
    below.set(ylabel="Score", xlabel="Time", ylim=(0, 3.8))
    bare(top)
    bare(below)
    return figure


@plot("embedding-space")
def embedding_space() -> Figure:
    figure, axis = axes(3.0)
    groups = (
        (BLUE, "o", ((0.1, 0.82, "invoice"), (0.24, 0.68, "bill"), (0.08, 0.58, "payment"))),
        (ORANGE, "s", ((0.62, 0.86, "kitten"), (0.74, 0.7, "cat"), (0.6, 0.6, "dog"))),
        (GREEN, "^", ((0.52, 0.24, "rain"), (0.7, 0.14, "storm"), (0.45, 0.08, "snow"))),
    )
    for color, mark, words in groups:
        for x, y, text in words:
            axis.plot(x, y, mark, color=color)
            axis.text(x + 0.025, y, text, va="center")
    axis.plot(0.19, 0.44, "*", color=QUIET, markersize=13)
    axis.text(0.22, 0.44, "query: 'overdue fees'", va="center", color=QUIET)
    axis.annotate("nearest", (0.09, 0.56), (0.17, 0.45), arrowprops={"arrowstyle": "->"}, color=QUIET, ha="right")
    axis.set(xlim=(-0.08, 1), ylim=(0, 1))
    bare(axis)
    return figure


@plot("topic-mixtures")
def topic_mixtures() -> Figure:
    figure, axis = axes(2.5)
    shares = (("review 1", 0.7, 0.2, 0.1), ("review 2", 0.1, 0.15, 0.75), ("review 3", 0.35, 0.55, 0.1))
    topics = (("delivery", BLUE_WASH, BLUE), ("price", ORANGE_WASH, ORANGE), ("quality", WASH, QUIET))
    for row, (_text, *parts) in enumerate(shares):
        left = 0.0
        for part, (topic, fill, edge) in zip(parts, topics, strict=True):
            axis.barh(row, part, left=left, color=fill, edgecolor=edge, height=0.62)
            if part >= 0.35:
                axis.text(left + part / 2, row, topic, ha="center", va="center")
            left += part
    axis.set_yticks(range(3), [text for text, *_ in shares])
    axis.set(xlim=(0, 1), ylim=(2.5, -0.5), xlabel="Share of each topic", xticks=[0, 0.5, 1])
    return figure


@plot("image-tasks")
def image_tasks() -> Figure:
    figure, all_axes = axes(2.2, 3)
    for axis, title, text in zip(
        all_axes, ("Classify", "Detect", "Segment"), ("'truck'", "class and box", "class of each pixel"), strict=True
    ):
        axis.add_patch(Rectangle((0, 0), 10, 10, facecolor=WASH, edgecolor=QUIET))
        cut = title == "Segment"
        fill = ORANGE_WASH if cut else "none"
        axis.add_patch(Rectangle((2, 3.4), 4, 3, facecolor=fill, edgecolor=ORANGE if cut else QUIET, linewidth=1.5))
        axis.add_patch(Rectangle((6, 3.4), 2, 2, facecolor=fill, edgecolor=ORANGE if cut else QUIET, linewidth=1.5))
        for x in (3.2, 6.8):
            axis.add_patch(Circle((x, 3.2), 0.75, facecolor=fill, edgecolor=ORANGE if cut else QUIET, linewidth=1.5))
        if title == "Detect":
            axis.add_patch(Rectangle((1.4, 1.9), 7.2, 5.1, fill=False, edgecolor=BLUE, linewidth=2.4))
        axis.set_title(title)
        axis.set(xlim=(-0.2, 10.2), ylim=(-0.2, 10.2), aspect="equal", xlabel=text)
        bare(axis)
        axis.spines[:].set_visible(False)
    return figure


@plot("shap-bars")
def shap_bars() -> Figure:
    figure, axis = axes(2.9)
    rows = (("late payments = 3", 0.21), ("income = low", 0.12), ("years here = 9", -0.09), ("age = 41", -0.03))
    start = 0.18
    for row, (_, value) in enumerate(rows):
        color, wash = (ORANGE, ORANGE_WASH) if value > 0 else (BLUE, BLUE_WASH)
        axis.barh(row, value, left=start, color=wash, edgecolor=color, height=0.6)
        axis.text(max(start, start + value) + 0.01, row, f"{value:+.2f}".replace("-", "−"), va="center", color=color)
        start += value
    axis.axvline(0.18, color=QUIET, linestyle=":")
    axis.set_yticks(range(4), [text for text, _ in rows])
    axis.set(xlim=(0.1, 0.62), ylim=(3.6, -0.6), xlabel="Predicted risk of default", xticks=[0.18, start])
    axis.set_xticklabels(["average\n0.18", f"this person\n{start:.2f}"])
    return figure


@plot("drift")
def drift() -> Figure:
    figure, axis = axes(2.7)
    x = np.linspace(-4, 7, 80)
    for mean, width, color, wash, line in ((0, 1, BLUE, BLUE_WASH, "-"), (1.8, 1.3, ORANGE, ORANGE_WASH, "--")):
        y = np.exp(-((x - mean) ** 2) / 2 / width**2) / width
        axis.fill_between(x, y, color=wash, alpha=0.7)
        axis.plot(x, y, line, color=color)
    axis.text(-1.1, 0.98, "baseline:\ntraining data", color=BLUE, ha="right", va="top")
    axis.text(3.2, 0.6, "requests\nthis week", color=ORANGE)
    axis.annotate("", (1.8, 1.07), (0, 1.07), arrowprops={"arrowstyle": "->"})
    axis.text(0.9, 1.1, "drift", ha="center")
    axis.set(ylim=(0, 1.25), xlabel="A feature, such as income")
    bare(axis)
    return figure


@plot("retrieval-recall")
def retrieval_recall() -> Figure:
    figure, axis = axes(2.9)
    k = np.arange(1, 21)
    axis.plot(k, 1 - 0.6 * np.exp(-k / 4), color=BLUE)
    axis.plot(k, 0.85 * np.exp(-k / 9) + 0.1, "--", color=ORANGE)
    axis.text(12, 0.88, "recall: the passage\nis among them", color=BLUE, va="top")
    axis.text(10, 0.42, "precision: share of\npassages that help", color=ORANGE, va="bottom")
    axis.set(
        xlim=(1, 20), ylim=(0, 1.02), xlabel="Passages retrieved (top k)", xticks=[1, 5, 10, 20], yticks=[0, 0.5, 1]
    )
    return figure
