"""The writer of StudyGoal beside `study_state`: the day on which a candidate wants to be ready for an exam.

`exam` is the code of the syllabus that the plan has.
"""

from datetime import date

from exams.models import Candidate, StudyGoal


def target_date(candidate: Candidate | None, exam: str) -> date | None:
    """Return the day for this exam, None without one."""
    if candidate is None:
        return None
    goal = StudyGoal.objects.filter(candidate=candidate, exam=exam).first()
    return goal.target_date if goal else None


def set_target_date(candidate: Candidate, exam: str, target: date | None) -> None:
    """Store the day for this exam; None removes it."""
    if target is None:
        StudyGoal.objects.filter(candidate=candidate, exam=exam).delete()
    else:
        StudyGoal.objects.update_or_create(candidate=candidate, exam=exam, defaults={"target_date": target})
