"""Plots of the study guide: evaluation, fit and training. The other modules of plots are imported here."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from questions.bank.figures import guide_data_plots, guide_model_plots  # noqa: F401 - they add their figures
from questions.bank.figures.palette import BLUE, BLUE_WASH, GREEN, ORANGE, ORANGE_WASH, QUIET, WASH
from questions.bank.figures.plots import axes, bare, plot

X = np.linspace(0, 1, 60)


def _cell(x: float, y: float, color: str, width: float = 1, height: float = 1) -> Rectangle:
    return Rectangle((x, y), width, height, facecolor=color, edgecolor=QUIET)


@plot("roc")
def roc() -> Figure:
    figure, axis = axes(3.9)
    axis.fill_between(X, X**0.22, color=BLUE_WASH)
    axis.plot(X, X**0.22, color=BLUE)
    axis.plot(X, X**0.72, "--", color=ORANGE)
    axis.plot(X, X, ":", color=QUIET)
    axis.text(0.03, 0.92, "good model", color=BLUE)
    axis.text(0.5, 0.64, "weak model", color=ORANGE, ha="right")
    axis.text(0.66, 0.56, "random", color=QUIET)
    axis.text(0.42, 0.14, "AUC = area\nbelow the curve")
    axis.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="False positive rate", ylabel="True positive rate (recall)")
    axis.set_xticks([0, 0.5, 1])
    axis.set_yticks([0, 0.5, 1])
    return figure


@plot("precision-recall-curve")
def precision_recall_curve() -> Figure:
    figure, axis = axes(3.5)
    axis.plot(X, 1 - 0.72 * X**4, color=BLUE)
    axis.plot(X, 0.05 + 0.62 * (1 - X) ** 1.6, "--", color=ORANGE)
    axis.axhline(0.05, color=QUIET, linestyle=":")
    axis.text(0.3, 0.87, "good model", color=BLUE)
    axis.text(0.22, 0.53, "weak model", color=ORANGE)
    axis.text(0.02, 0.08, "random: 5% are positive", color=QUIET)
    axis.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="Recall", ylabel="Precision")
    axis.set_xticks([0, 0.5, 1])
    axis.set_yticks([0, 0.5, 1])
    return figure


@plot("threshold")
def threshold() -> Figure:
    figure, axis = axes()
    axis.plot(X, 0.2 + 0.78 * X**0.7, color=BLUE)
    axis.plot(X, 1 - X**2.2, "--", color=ORANGE)
    axis.text(0.02, 0.52, "precision", color=BLUE)
    axis.text(0.64, 0.78, "recall", color=ORANGE)
    for place, text in ((0.22, "a miss costs\nmore"), (0.8, "a false alarm\ncosts more")):
        axis.axvline(place, color=QUIET, linestyle=":", linewidth=1.4)
        axis.text(place, 1.06, text, ha="center", va="bottom", color=QUIET, fontsize=11)
    axis.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="Threshold", xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    return figure


@plot("confusion-matrix")
def confusion_matrix() -> Figure:
    figure, axis = axes(3.3)
    cells = (
        (0, 0, "TP", "fraud, stopped", BLUE_WASH), (1, 0, "FN", "fraud, missed", ORANGE_WASH),
        (0, 1, "FP", "false alarm", ORANGE_WASH), (1, 1, "TN", "left alone", BLUE_WASH),
    )  # fmt: skip
    for column, row, short, text, color in cells:
        axis.add_patch(_cell(column, row, color))
        axis.text(column + 0.5, row + 0.42, short, ha="center", fontsize=15, fontweight="bold")
        axis.text(column + 0.5, row + 0.68, text, ha="center")
    axis.text(2.06, 0.5, "recall\nTP / (TP + FN)", va="center")
    axis.text(0.5, 2.12, "precision\nTP / (TP + FP)", ha="center", va="top")
    axis.set(xlim=(-0.02, 2.95), ylim=(2.6, -0.02))
    axis.set_xticks([0.5, 1.5], ["predicted\nfraud", "predicted\nno fraud"])
    axis.set_yticks([0.5, 1.5], ["fraud", "no fraud"])
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    return figure


@plot("bias-variance")
def bias_variance() -> Figure:
    figure, axis = axes()
    bias, variance = 0.62 * (1 - X) ** 2.4, 0.6 * X**2.6
    axis.plot(X, 0.12 + bias, color=BLUE)
    axis.plot(X, 0.12 + bias + variance, "--", color=ORANGE)
    best = X[np.argmin(bias + variance)]
    axis.axvline(best, color=QUIET, linestyle=":", linewidth=1.4)
    axis.text(0.98, 0.17, "training", color=BLUE, ha="right")
    axis.text(0.98, 0.78, "validation", color=ORANGE, ha="right")
    axis.text(0.14, 0.83, "high bias:\nunderfitting", ha="left", va="top")
    axis.text(0.66, 0.62, "high variance:\noverfitting", ha="center", va="top")
    axis.text(best, 0.02, "best", ha="center", color=QUIET)
    axis.set(xlim=(0, 1), ylim=(0, 0.85), xlabel="Complexity of the model", ylabel="Error")
    bare(axis)
    return figure


@plot("learning-curves")
def learning_curves() -> Figure:
    figure, (left, right) = axes(2.9, 2, sharey=True)
    size = np.linspace(0.06, 1, 40)
    for axis, title, training, validation in (
        (left, "High bias", 0.38 - 0.1 * np.exp(-9 * size), 0.4 + 0.3 * np.exp(-9 * size)),
        (right, "High variance", 0.05 + 0.03 * size, 0.2 + 0.5 * np.exp(-2.2 * size)),
    ):
        axis.plot(size, training, color=BLUE)
        axis.plot(size, validation, "--", color=ORANGE)
        axis.set_title(title)
        axis.set(ylim=(0, 0.75), xlabel="Training examples")
        bare(axis)
    left.text(0.25, 0.5, "validation", color=ORANGE)
    left.text(0.25, 0.27, "training", color=BLUE)
    right.text(0.45, 0.46, "validation", color=ORANGE)
    right.text(0.45, 0.12, "training", color=BLUE)
    left.set_ylabel("Error")
    return figure


@plot("early-stopping")
def early_stopping() -> Figure:
    figure, axis = axes()
    epoch = np.arange(1, 41)
    training = 0.9 * np.exp(-epoch / 9) + 0.06
    validation = 0.8 * np.exp(-epoch / 7) + 0.22 + 0.0085 * np.maximum(0, epoch - 15)
    axis.plot(epoch, training, color=BLUE)
    axis.plot(epoch, validation, "--", color=ORANGE)
    best = epoch[np.argmin(validation)]
    axis.plot(best, validation.min(), "o", color=ORANGE)
    axis.axvspan(best, best + 6, color=WASH)
    axis.text(best + 3, 0.84, "patience", ha="center", color=QUIET)
    axis.annotate("keep these weights", (best, validation.min()), (22, 0.68), arrowprops={"arrowstyle": "->"})
    axis.text(31, 0.13, "training", color=BLUE)
    axis.text(31, 0.5, "validation", color=ORANGE)
    axis.set(xlim=(1, 40), ylim=(0, 0.92), xlabel="Epoch", ylabel="Loss")
    bare(axis)
    return figure


@plot("learning-rate")
def learning_rate() -> Figure:
    figure, axis = axes()
    step = np.arange(0, 31)
    axis.plot(step, np.exp(-step / 40), ":", color=QUIET)
    axis.plot(step, 0.12 + 0.88 * np.exp(-step / 5), color=BLUE)
    wild = 0.55 + 0.28 * np.cos(step * 2.4) * (1 + step / 60)
    wild[0] = 1
    axis.plot(step, wild, "--", color=ORANGE, linewidth=1.5)
    axis.text(30.5, 0.46, "too low", color=QUIET)
    axis.text(30.5, 0.1, "good", color=BLUE)
    axis.text(30.5, 0.85, "too high", color=ORANGE)
    axis.set(xlim=(0, 38), ylim=(0, 1.05), xlabel="Training step", ylabel="Loss")
    bare(axis)
    return figure


@plot("gradient-steps")
def gradient_steps() -> Figure:
    figure, (left, right) = axes(2.7, 2)
    w = np.linspace(-1.4, 1.4, 60)
    for axis, rate, title, color in ((left, 0.22, "Small steps", BLUE), (right, 0.93, "Steps too large", ORANGE)):
        places = [-1.25]
        for _ in range(6):
            places.append(places[-1] - rate * 2 * places[-1])
        values = np.array(places)
        axis.plot(w, w**2, color=QUIET, linewidth=1.5)
        axis.plot(values, values**2, "o-", color=color, linewidth=1.5)
        axis.set_title(title)
        axis.set(xlabel="Weight", ylim=(-0.1, 2))
        bare(axis)
    left.set_ylabel("Loss")
    return figure


@plot("l1-l2")
def l1_l2() -> Figure:
    figure, (left, right) = axes(3.0, 2, sharey=True)
    strength = np.linspace(0, 1, 50)
    starts, styles = (1.0, 0.6, -0.5, 0.25), ("-", "--", "-.", ":")
    for start, line in zip(starts, styles, strict=True):
        left.plot(strength, np.sign(start) * np.maximum(0, abs(start) - 1.05 * strength), line, color=ORANGE)
        right.plot(strength, start / (1 + 3.2 * strength), line, color=BLUE)
    for axis, title in ((left, "L1: some reach 0"), (right, "L2: all shrink")):
        axis.axhline(0, color=QUIET, linewidth=1)
        axis.set_title(title)
        axis.set_xlabel("Penalty")
        bare(axis)
    left.set_ylabel("Coefficient")
    return figure


@plot("loss-functions")
def loss_functions() -> Figure:
    figure, axis = axes()
    error = np.linspace(-3, 3, 61)
    huber = np.where(abs(error) < 1, error**2 / 2, abs(error) - 0.5)
    axis.plot(error, error**2, color=ORANGE)
    axis.plot(error, abs(error), color=BLUE, linestyle="--")
    axis.plot(error, huber, color=GREEN, linestyle=":")
    axis.text(2.15, 6.2, "squared\n(RMSE)", color=ORANGE, ha="right")
    axis.text(3.05, 3.0, "absolute (MAE)", color=BLUE, ha="left", va="bottom")
    axis.text(3.05, 2.2, "Huber", color=GREEN, ha="left", va="center")
    axis.set(xlabel="Prediction error", ylabel="Penalty", xlim=(-3, 5.6), ylim=(0, 8.5), xticks=[0], yticks=[0])
    return figure


@plot("tuning-search")
def tuning_search() -> Figure:
    figure, all_axes = axes(2.3, 3, sharey=True)
    random = np.random.default_rng(3)
    steps = np.array([0.2, 0.5, 0.8])
    grid = np.array([(x, y) for x in steps for y in steps])
    bayes = np.vstack([random.uniform(0.1, 0.9, (4, 2)), random.normal((0.66, 0.7), 0.07, (5, 2))])
    for axis, points, title in zip(
        all_axes, (grid, random.uniform(0.08, 0.92, (9, 2)), bayes), ("Grid", "Random", "Bayesian"), strict=True
    ):
        x, y = np.meshgrid(X, X)
        axis.contour(x, y, (x - 0.66) ** 2 + (y - 0.7) ** 2, levels=[0.01, 0.05, 0.15], colors=QUIET, linewidths=1)
        axis.plot(points[:, 0], points[:, 1], "o", color=BLUE)
        axis.set_title(title)
        axis.set_aspect("equal")
        bare(axis)
    return figure


@plot("k-fold")
def k_fold() -> Figure:
    figure, axis = axes(2.6)
    for row in range(5):
        for column in range(5):
            held = row == column
            axis.add_patch(_cell(column, row + 0.1, ORANGE_WASH if held else BLUE_WASH, 0.94, 0.8))
            axis.text(column + 0.47, row + 0.5, "validate" if held else "train", ha="center", va="center", fontsize=11)
    axis.set(xlim=(-0.02, 5), ylim=(5, 0))
    axis.set_yticks(np.arange(5) + 0.5, [f"run {n}" for n in range(1, 6)])
    axis.set_xticks([])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    return figure


@plot("splits")
def splits() -> Figure:
    figure, axis = axes(2.5)
    parts = ((0, 6.4, "train", BLUE_WASH), (6.4, 1.8, "valid.", ORANGE_WASH), (8.2, 1.8, "test", WASH))
    for left, width, text, color in parts:
        axis.add_patch(_cell(left, 0.55, color, width, 0.9))
        axis.text(left + width / 2, 1.0, text, ha="center", va="center")
    axis.text(0, 0.4, "Data with dates: in order of time")
    axis.annotate("", (10, 1.72), (0, 1.72), arrowprops={"arrowstyle": "->"})
    axis.text(5, 1.86, "time", ha="center", va="top", color=QUIET)
    axis.text(0, 2.75, "Classes of unequal size: stratified")
    for place, (left, width, text, color) in enumerate(parts):
        rare = 0.1 * width
        axis.add_patch(_cell(left, 2.9, color, width - rare, 0.9))
        axis.add_patch(_cell(left + width - rare, 2.9, ORANGE, rare, 0.9))
        axis.text(left + (width - rare) / 2, 3.35, text if place != 1 else "valid.", ha="center", va="center")
    axis.text(10, 4.0, "the same share of the rare class in each", ha="right", va="top", color=QUIET)
    axis.set(xlim=(-0.05, 10.05), ylim=(4.5, 0))
    axis.set_axis_off()
    return figure


@plot("ab-intervals")
def ab_intervals() -> Figure:
    figure, axis = axes(2.6)
    rows = ((3, 4.2, 0.9, "A, day 1", BLUE), (2, 4.9, 0.9, "B, day 1", ORANGE),
            (1, 4.3, 0.25, "A, day 14", BLUE), (0, 4.9, 0.25, "B, day 14", ORANGE))  # fmt: skip
    for y, mean, half, text, color in rows:
        axis.errorbar(mean, y, xerr=half, fmt="o", color=color, capsize=5)
        axis.text(2.1, y, text, va="center")
    axis.text(5.95, 2.5, "overlap:\nwait", va="center", color=QUIET)
    axis.text(5.95, 0.5, "apart:\ndecide", va="center", color=QUIET)
    axis.set(xlim=(2, 7), ylim=(-0.6, 3.6), xlabel="Conversion rate (%)", xticks=[4, 5])
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    return figure


@plot("tradeoff-front")
def tradeoff_front() -> Figure:
    figure, axis = axes()
    models = (
        (8, 0.81, "linear model"),
        (20, 0.87, "boosted trees"),
        (70, 0.895, "deep network"),
        (95, 0.9, "ensemble"),
    )
    latency, accuracy = [m[0] for m in models], [m[1] for m in models]
    axis.axvspan(50, 104, color=WASH)
    axis.text(77, 0.792, "slower than allowed", ha="center", color=QUIET)
    axis.plot(latency, accuracy, "o--", color=BLUE, linewidth=1.2)
    axis.plot(38, 0.832, "s", color=ORANGE)
    axis.text(41, 0.832, "k-NN: worse and slower", va="center", color=ORANGE)
    for (x, y), (_, _, text) in zip(((11, 0.804), (6, 0.884), (52, 0.876), (70, 0.908)), models, strict=True):
        axis.text(x, y, text, color=BLUE)
    axis.set(xlim=(0, 104), ylim=(0.785, 0.93), xlabel="Latency (ms)", ylabel="Accuracy", yticks=[0.8, 0.85, 0.9])
    return figure
