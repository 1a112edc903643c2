"""Read the trail of a response: which answers a candidate gave to a question, one after the other."""


def answers(trail: str, choose: int, ticked: int) -> list[int]:
    """Return the complete answers as masks, in order; the last one is what is stored, complete or not.

    The steps of one answer with several options, and a return to the answer before, are no answers of their own.
    """
    masks = [int(step.partition("@")[0]) for step in trail.split(";") if step]
    complete = [mask for mask in masks if mask.bit_count() == choose]
    given: list[int] = []
    for mask in [*complete, ticked]:
        if mask != (given[-1] if given else 0):
            given.append(mask)
    return given
