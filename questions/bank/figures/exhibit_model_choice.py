"""Pictures of questions that compare models, thresholds, and numbers of clusters."""

import numpy as np
from matplotlib import pyplot as plt

from questions.bank.figures.exhibits import WIDTH, exhibit, values
from questions.bank.figures.palette import BLUE, GREEN, INK, ORANGE

EXAMINED = [10, 20, 50, 100, 200, 500, 1_000]
PATIENTS, AFFECTED = 6_000, 60
FOUND = {  # affected patients among the highest scores, and the area under the ROC curve
    "A": ([9, 18, 26, 32, 37, 44, 49], 0.93),
    "B": ([8, 15, 31, 36, 41, 46, 50], 0.94),
    "C": ([6, 12, 27, 38, 47, 53, 56], 0.97),
    "D": ([8, 16, 28, 37, 45, 53, 58], 0.98),
}


def area(found: list[int], end: float) -> float:
    """Return the area under the ROC curve if all affected patients are found among the first `end`."""
    ranks = np.arange(PATIENTS + 1)
    hits = np.interp(np.log(np.maximum(ranks, 1)), np.log([1, *EXAMINED, end]), [0, *found, AFFECTED])
    return float(np.trapezoid(hits / AFFECTED, (ranks - hits) / (PATIENTS - AFFECTED)))


def end_of(model: str) -> float:
    """Return after how many patients a model has found all affected ones, so that its area is as stated."""
    found, wanted = FOUND[model]
    ends = np.arange(1_020, PATIENTS, 10)
    return float(ends[np.argmin([abs(area(found, float(end)) - wanted) for end in ends])])


def found_text() -> str:
    parts = [values(f"Model {name} (ROC AUC {auc:.2f})", found, "d") for name, (found, auc) in FOUND.items()]
    examined = ", ".join(f"{count:,}" for count in EXAMINED)
    return f"Affected patients among the {examined} patients with the highest scores. " + " ".join(parts)


@exhibit("d2-rare-disease-pr-curve", found_text)
def affected_found() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 4.9), layout="constrained")
    styles = (("o-", BLUE), ("s--", ORANGE), ("^-.", GREEN), ("D:", INK))
    for (name, (found, auc)), (style, color) in zip(FOUND.items(), styles, strict=True):
        ranks, hits = [*EXAMINED, end_of(name), PATIENTS], [*found, AFFECTED, AFFECTED]
        axis.plot(ranks, hits, style, color=color, markersize=5, label=f"Model {name} (ROC AUC {auc:.2f})")
    axis.set(xlabel="Patients with the highest scores", ylabel="Affected patients among them", xscale="log")
    axis.set(xlim=(9, 6_500), ylim=(0, 62), yticks=range(0, 61, 5))
    ticks = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]
    axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks], fontsize=10.5)
    axis.minorticks_off()
    axis.legend(loc="lower right")
    return figure


RECALLS = [0.70, 0.735, 0.77, 0.80, 0.83, 0.86, 0.88, 0.90, 0.92, 0.94, 0.96, 0.98, 1.00]
PRECISIONS = [0.59, 0.55, 0.50, 0.445, 0.385, 0.32, 0.27, 0.22, 0.175, 0.13, 0.085, 0.045, 0.01]
THRESHOLDS = {0.1: 0.94, 0.2: 0.90, 0.3: 0.86, 0.5: 0.77}


def thresholds_text() -> str:
    points = [
        f"threshold {threshold}: precision {PRECISIONS[RECALLS.index(recall)]:.2f}, recall {recall:.2f}"
        for threshold, recall in THRESHOLDS.items()
    ]
    return f"Precision-recall curve with four marked points. {'; '.join(points).capitalize()}."


@exhibit("d3-screening-capacity-threshold", thresholds_text)
def thresholds() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 4.2), layout="constrained")
    axis.plot(RECALLS, PRECISIONS)
    for threshold, recall in THRESHOLDS.items():
        point = recall, PRECISIONS[RECALLS.index(recall)]
        axis.plot(*point, "o", color=ORANGE, markersize=8)
        axis.annotate(f"Threshold {threshold}", point, xytext=(9, 6), textcoords="offset points")
    axis.set(xlabel="Recall", ylabel="Precision", xlim=(0.7, 1.005), ylim=(0, 0.62))
    axis.set_xticks(np.arange(0.7, 1.01, 0.05))
    axis.set_yticks(np.arange(0, 0.61, 0.1))
    axis.set_xticks(np.arange(0.7, 1.005, 0.01), minor=True)
    axis.set_yticks(np.arange(0, 0.62, 0.02), minor=True)
    return figure


FOLDS = {"A": [0.71, 0.80, 0.66, 0.75, 0.78], "B": [0.73, 0.82, 0.69, 0.76, 0.80]}


def spread(name: str) -> str:
    return f"Model {name}: mean {np.mean(FOLDS[name]):.2f}, SD {np.std(FOLDS[name], ddof=1):.3f}"


def folds_text() -> str:
    parts = [f"{spread(name)}, folds {' '.join(f'{auc:.2f}' for auc in folds)}." for name, folds in FOLDS.items()]
    return "AUC of two models on folds 1 to 5, with the standard deviation (SD). " + " ".join(parts)


@exhibit("d3-fold-scores-paired", folds_text)
def fold_scores() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 4), layout="constrained")
    for name, style, color in (("A", "o", BLUE), ("B", "s", ORANGE)):
        axis.plot(range(1, 6), FOLDS[name], style, color=color, markersize=8, label=spread(name))
    axis.set(xlabel="Fold", ylabel="AUC", xticks=range(1, 6), xlim=(0.6, 5.4), ylim=(0.64, 0.9))
    axis.set_yticks(np.arange(0.64, 0.85, 0.02))
    axis.tick_params(axis="y", labelsize=11.5)
    axis.legend(loc="upper left", handletextpad=0.2)
    return figure


CLUSTERS = range(3, 10)
SQUARES = [4_482, 3_643, 2_846, 2_066, 1_523, 987, 950]
SILHOUETTES = [0.56, 0.51, 0.47, 0.49, 0.53, 0.58, 0.53]


def clusters_text() -> str:
    sums = values("Sum of squared distances", SQUARES, ",d")
    return f"Results for 3 to 9 clusters. {sums} {values('Average silhouette', SILHOUETTES, '.2f')}"


@exhibit("d3-choose-number-of-groups", clusters_text)
def clusters() -> plt.Figure:
    figure, axes = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True, layout="constrained")
    axes[0].plot(CLUSTERS, SQUARES, "o-")
    axes[0].set_title("Sum of squared distances")
    axes[0].set(ylim=(0, 5_000), yticks=range(0, 5_001, 1_000))
    axes[0].yaxis.set_major_formatter(lambda tick, _place: f"{tick:,.0f}")
    axes[1].plot(CLUSTERS, SILHOUETTES, "s-", color=ORANGE)
    axes[1].set_title("Average silhouette")
    axes[1].set(xlabel="Clusters", xticks=list(CLUSTERS), ylim=(0.44, 0.6))
    axes[1].set_yticks(np.arange(0.44, 0.61, 0.04))
    return figure
