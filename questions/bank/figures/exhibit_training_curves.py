"""Pictures of questions about training: losses, gradients, penalties, and learning curves."""

import numpy as np
from matplotlib import pyplot as plt

from questions.bank.figures.exhibits import WIDTH, exhibit, values
from questions.bank.figures.palette import BLUE, GREEN, INK, ORANGE

RUNS = {
    "Run 1": np.interp(range(1, 21), [1, 2, 5, 10, 15, 20], [2.44, 2.42, 2.35, 2.26, 2.18, 2.11]).tolist(),
    "Run 2": [
        1.97, 1.60, 1.24, 0.95, 0.72, 0.60, 0.50, 0.43, 0.37, 0.32,
        0.29, 0.26, 0.24, 0.22, 0.20, 0.19, 0.18, 0.17, 0.17, 0.16,
    ],
    "Run 3": [
        0.84, 0.25, 0.17, 0.28, 0.23, 0.18, 0.15, 0.12, 0.10, 0.08,
        0.06, 0.04, 0.03, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01,
    ],
    "Run 4": [
        2.24, 2.17, 2.21, 2.39, 2.31, 2.24, 2.37, 2.28, 2.36, 2.32,
        2.23, 2.35, 2.27, 2.36, 2.30, 2.25, 2.38, 2.29, 2.24, 2.31,
    ],
}  # fmt: skip
COLORS = (BLUE, ORANGE, GREEN, INK)
RUN_EPOCHS = [1, 2, 3, 4, 5, 7, 10, 12, 14, 16, 17, 20]


def four_runs_text() -> str:
    parts = [values(name, [loss[epoch - 1] for epoch in RUN_EPOCHS], ".2f") for name, loss in RUNS.items()]
    return f"Training loss of four runs in epochs {', '.join(map(str, RUN_EPOCHS))}. " + " ".join(parts)


@exhibit("d3-four-loss-curves", four_runs_text)
def four_runs() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 4.4), layout="constrained")
    for (name, loss), style, color in zip(RUNS.items(), ("o-", "s--", "^-.", "D:"), COLORS, strict=True):
        axis.plot(range(1, 21), loss, style, color=color, label=name, markersize=5)
    axis.set(xlabel="Epoch", ylabel="Training loss", ylim=(0, 2.6), xticks=[1, 5, 10, 15, 20])
    axis.legend(loc="center right", bbox_to_anchor=(1, 0.5))
    return figure


# Epoch: training and validation loss of the rate of 0.5, then of 0.002. The other epochs are drawn at random.
MEASURED = {
    0: (0.702, 0.704, 0.702, 0.704), 1: (0.355, 0.361, 0.594, 0.596), 3: (0.351, 0.350, 0.491, 0.494),
    10: (0.368, 0.369, 0.386, 0.389), 20: (0.364, 0.371, 0.351, 0.354), 30: (0.360, 0.359, 0.340, 0.342),
    50: (0.354, 0.353, 0.333, 0.334),
}  # fmt: skip


def plateau() -> list[np.ndarray]:
    """Return the training and the validation loss of both rates for the epochs 0 to 50."""
    random = np.random.default_rng(5)
    epochs = np.arange(51)
    training = random.uniform(0.352, 0.370, 51)
    fast = [training, np.clip(training + random.normal(0, 0.003, 51), 0.350, 0.371)]
    measured = np.array(list(MEASURED.values())).T
    knots = list(MEASURED)
    slow = [smooth(knots, losses, epochs) for losses in measured[2:]]
    for losses, known in zip(fast, measured[:2], strict=True):
        losses[knots] = known
    return [*fast, *slow]


def smooth(knots: list[int], known: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return a smooth curve through the points: the logarithm of the loss above 0.32 by the root of the epoch."""
    return np.exp(np.interp(np.sqrt(at), np.sqrt(knots), np.log(known - 0.32))) + 0.32


def plateau_text() -> str:
    names = ("Rate 0.5: training", "Rate 0.5: validation", "Rate 0.002: training", "Rate 0.002: validation")
    epochs = [0, 1, 3, 5, 10, 15, 20, 30, 40, 50]
    parts = [values(name, losses[epochs], ".3f") for name, losses in zip(names, plateau(), strict=True)]
    return f"Loss in epochs {', '.join(map(str, epochs))}. " + " ".join(parts)


@exhibit("d3-loss-plateau-schedule", plateau_text)
def plateau_curves() -> plt.Figure:
    figure, axes = plt.subplots(2, 1, figsize=(WIDTH, 6.6), sharex=True, sharey=True, layout="constrained")
    losses = plateau()
    for axis, name, pair in zip(axes, ("0.5", "0.002"), (losses[:2], losses[2:]), strict=True):
        axis.plot(pair[0], label="Training")
        axis.plot(pair[1], label="Validation")
        axis.set_title(f"Learning rate {name}")
        axis.set(ylabel="Loss", ylim=(0.3, 0.72), yticks=np.arange(0.3, 0.71, 0.05), xticks=range(0, 51, 10))
    axes[0].legend(loc="upper right")
    axes[1].set_xlabel("Epoch")
    return figure


NOISY = [0.58, 0.51, 0.53, 0.47, 0.49, 0.48, 0.42, 0.44, 0.45, 0.47, 0.52, 0.57]


@exhibit("d3-loss-rises-after-epoch-seven", lambda: values("Validation loss in epochs 1 to 12", NOISY, ".2f"))
def noisy_loss() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 3.7), layout="constrained")
    axis.plot(range(1, 13), NOISY, "o-")
    axis.set(xlabel="Epoch", ylabel="Validation loss", xticks=range(1, 13), ylim=(0.4, 0.6))
    axis.set_yticks(np.arange(0.4, 0.61, 0.02), [f"{loss:.2f}" for loss in np.arange(0.4, 0.61, 0.02)], fontsize=11.5)
    return figure


LAYERS, GRADIENTS = [1, 5, 10, 15, 20], [2e-15, 5e-13, 5e-10, 7e-7, 9e-4]


def gradients_text() -> str:
    parts = ", ".join(f"layer {layer}: {size:.0e}" for layer, size in zip(LAYERS, GRADIENTS, strict=True))
    return f"Mean absolute gradient of the weights by hidden layer, on a logarithmic axis. {parts.capitalize()}."


@exhibit("d3-deep-sigmoid-stalls", gradients_text)
def gradients() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 3.6), layout="constrained")
    axis.plot(LAYERS, GRADIENTS, "o-")
    axis.set(xlabel="Hidden layer", ylabel="Mean absolute gradient", yscale="log", ylim=(1e-15, 1e-2), xticks=LAYERS)
    axis.set_yticks([1e-15, 1e-12, 1e-9, 1e-6, 1e-3])
    axis.minorticks_off()
    return figure


LETTERS = [4, 8, 12, 16, 24]
ERRORS = {"Training": [0.19, 0.21, 0.22, 0.22, 0.22], "Validation": [0.27, 0.24, 0.23, 0.22, 0.22]}


def letters_text() -> str:
    parts = [values(f"{name} error", errors, ".2f") for name, errors in ERRORS.items()]
    return "Learning curve for 4,000, 8,000, 12,000, 16,000, and 24,000 labeled letters. " + " ".join(parts)


@exhibit("d2-more-labels-worthwhile", letters_text)
def letters() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 3.6), layout="constrained")
    axis.plot(LETTERS, ERRORS["Validation"], "s--", color=ORANGE, markersize=10, label="Validation")
    axis.plot(LETTERS, ERRORS["Training"], "o-", color=BLUE, label="Training")
    axis.set(xlabel="Labeled letters (thousands)", ylabel="Error", xticks=range(4, 25, 4), ylim=(0.1, 0.3))
    axis.set_yticks(np.arange(0.1, 0.31, 0.05))
    axis.legend(loc="lower right")
    return figure


ROWS = [1_800, 9_000, 18_000, 45_000, 90_000, 180_000]
AUC = {
    "Training": [0.958, 0.869, 0.840, 0.805, 0.789, 0.770],
    "Validation": [0.679, 0.715, 0.724, 0.736, 0.741, 0.746],
}


def rows_text() -> str:
    rows = ", ".join(f"{count:,}" for count in ROWS)
    return f"AUC of models trained on {rows} rows. " + " ".join(values(name, auc, ".3f") for name, auc in AUC.items())


@exhibit("d3-curves-meet-below-target", rows_text)
def rows_curves() -> plt.Figure:
    figure, axis = plt.subplots(figsize=(WIDTH, 3.8), layout="constrained")
    for name, style in (("Training", "o-"), ("Validation", "s--")):
        axis.plot(ROWS, AUC[name], style, label=name)
    axis.set(xlabel="Rows (logarithmic axis)", ylabel="AUC", xscale="log", ylim=(0.65, 1))
    axis.set_xticks(ROWS, ["1,800", "9,000", "18,000", "45,000", "90,000", "180,000"], rotation=30, fontsize=11.5)
    axis.minorticks_off()
    axis.legend(loc="upper right")
    return figure
