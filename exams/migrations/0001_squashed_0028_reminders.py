"""All tables of the sitting at once: an empty database takes this one instead of those that it replaces."""

from typing import Any

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
import uuid
from django.conf import settings
from django.db import migrations, models
from questions.models.create_models import CreateModels


def set_fillfactor(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE exams_response SET (fillfactor = 85)")


def reset_fillfactor(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE exams_response RESET (fillfactor)")


class Migration(migrations.Migration):

    replaces = [
        ('exams', '0001_initial'),
        ('exams', '0002_highlights_by_part'),
        ('exams', '0003_practice'),
        ('exams', '0004_closed_attempts_name_who_closed_them'),
        ('exams', '0005_classes'),
        ('exams', '0006_used_links'),
        ('exams', '0007_scale_of_calibrated_forms'),
        ('exams', '0008_second_keys_and_credited_questions'),
        ('exams', '0009_indexes_of_lists'),
        ('exams', '0010_redundant_indexes'),
        ('exams', '0011_pass_line'),
        ('exams', '0012_jobs_of_unfinished_work'),
        ('exams', '0013_joining_of_sittings'),
        ('exams', '0014_seats'),
        ('exams', '0015_data_files'),
        ('exams', '0016_stored_reports'),
        ('exams', '0017_study_goals'),
        ('exams', '0018_notes_on_questions'),
        ('exams', '0019_daily_questions'),
        ('exams', '0020_percent_scores'),
        ('exams', '0021_offline_reload'),
        ('exams', '0022_removed_participants'),
        ('exams', '0023_outages_and_pauses'),
        ('exams', '0024_archived_sittings'),
        ('exams', '0025_grades_and_own_order'),
        ('exams', '0026_several_quizzes'),
        ('exams', '0027_uncounted_cards'),
        ('exams', '0028_reminders'),
    ]

    initial = True

    dependencies = [
        ('questions', '0001_squashed_0027_notice_of_idle_accounts'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Candidate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, unique=True)),
                    ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='candidate', to=settings.AUTH_USER_MODEL)),
                    ('epoch', models.PositiveIntegerField(default=0, help_text='Raised to end every session of this candidate.')),
                    ('code_hash', models.CharField(blank=True, editable=False, max_length=64, null=True, unique=True)),
                    ('extra_percent', models.PositiveSmallIntegerField(default=0)),
                    ('extra_minutes', models.PositiveSmallIntegerField(default=0)),
                    ('preferences', models.JSONField(blank=True, default=dict)),
                    ('target_date', models.DateField(blank=True, null=True)),
                    ('created_at', models.DateTimeField()),
                    ('erased_at', models.DateTimeField(blank=True, null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Form',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('blueprint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forms', to='questions.blueprint')),
                    ('mode', models.CharField(choices=[('exam', 'exam'), ('practice', 'practice')], default='exam', max_length=10)),
                    ('seed', models.CharField(max_length=32)),
                    ('recipe', models.JSONField()),
                    ('plan', models.JSONField()),
                    ('n_scored', models.PositiveSmallIntegerField()),
                    ('n_unscored', models.PositiveSmallIntegerField()),
                    ('want_scored', models.PositiveSmallIntegerField()),
                    ('want_unscored', models.PositiveSmallIntegerField()),
                    ('pass_line_100', models.PositiveIntegerField(db_column='kappa_100')),
                    ('pass_line', models.DecimalField(db_column='kappa', decimal_places=4, max_digits=7, null=True)),
                    ('rule', models.CharField(choices=[('rating', 'ratings of the questions'), ('calibrated', 'calibrated difficulties'), ('percent', 'percent of the points')], default='rating', max_length=12)),
                    ('provisional', models.BooleanField(default=True)),
                    ('scale', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.scaleversion')),
                    ('bank_version', models.PositiveIntegerField()),
                    ('relaxations', models.JSONField(default=list)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('mode__in', ['exam', 'practice'])), name='form_mode_known', violation_error_message='A form is for an exam or for practice.'), models.CheckConstraint(condition=models.Q(('rule__in', ['rating', 'calibrated', 'percent'])), name='form_rule_known', violation_error_message='A pass line comes from ratings or from calibrated difficulties, or percent of the points pass.'), models.CheckConstraint(condition=models.Q(models.Q(('pass_line', None), ('rule', 'percent')), models.Q(models.Q(('rule', 'percent'), _negated=True), ('pass_line__isnull', False)), _connector='OR'), name='form_pass_line_unless_percent', violation_error_message='A form that is scored in percent has no pass line, any other has one.'), models.CheckConstraint(condition=models.Q(models.Q(('rule', 'calibrated'), ('scale__isnull', False)), models.Q(models.Q(('rule', 'calibrated'), _negated=True), ('scale', None)), _connector='OR'), name='form_scale_iff_calibrated', violation_error_message='A form with calibrated difficulties has a scale, any other has none.'), models.CheckConstraint(condition=models.Q(('pass_line_100__gt', 0), ('pass_line_100__lt', django.db.models.expressions.CombinedExpression(models.F('n_scored'), '*', models.Value(100)))), name='form_kappa_possible', violation_error_message='The expected score must lie between none and all of the scored questions.'), models.CheckConstraint(condition=models.Q(models.Q(('mode', 'exam'), _negated=True), models.Q(('n_scored', models.F('want_scored')), ('n_unscored', models.F('want_unscored'))), _connector='OR'), name='form_counts_as_wanted', violation_error_message='An exam has exactly the counts of its blueprint.')],
                },
            ),
            migrations.CreateModel(
                name='Heartbeat',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=40, unique=True)),
                    ('beat_at', models.DateTimeField()),
                    ('data', models.JSONField(blank=True, default=dict)),
                ],
            ),
            migrations.CreateModel(
                name='Outage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('began_at', models.DateTimeField()),
                    ('ended_at', models.DateTimeField()),
                    ('cause', models.CharField(choices=[('silence', 'the server could not be reached'), ('clock', 'the clock of the server leaped')], max_length=10)),
                    ('decision', models.CharField(blank=True, choices=[('', 'not decided'), ('given_back', 'minutes given back'), ('closed', 'exams end at their deadlines'), ('void', 'the clock was set right')], default='', max_length=10)),
                    ('decided_at', models.DateTimeField(blank=True, null=True)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-began_at', '-id'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('ended_at__gt', models.F('began_at'))), name='outage_ends_after_it_began', violation_error_message='An outage ends after it began.'), models.CheckConstraint(condition=models.Q(('cause__in', ['silence', 'clock'])), name='outage_cause_known', violation_error_message='This cause of an outage is unknown.'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decision', '')), models.Q(('decided_at__isnull', False), ('decision__in', ['given_back', 'closed', 'void'])), _connector='OR'), name='outage_decided_iff_time', violation_error_message='A decision about an outage has a time.')],
                },
            ),
            migrations.CreateModel(
                name='Roster',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='rosters', to=settings.AUTH_USER_MODEL)),
                    ('name', models.CharField(max_length=80)),
                ],
                options={
                    'ordering': ['name'],
                    'constraints': [models.UniqueConstraint(fields=('owner', 'name'), name='roster_name_unique', violation_error_message='You have a class of this name already.')],
                },
            ),
            migrations.CreateModel(
                name='RosterEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('roster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='exams.roster')),
                    ('name', models.CharField(max_length=80)),
                    ('email', models.EmailField(blank=True, max_length=254, null=True)),
                    ('extra_minutes', models.PositiveSmallIntegerField(default=0)),
                ],
                options={
                    'ordering': ['name', 'pk'],
                    'constraints': [models.UniqueConstraint(models.F('roster'), django.db.models.functions.text.Lower('name'), name='roster_entry_name_unique', violation_error_message='This name stands on the list already.')],
                },
            ),
            migrations.CreateModel(
                name='Sitting',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('code', models.CharField(max_length=6, unique=True)),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sittings', to=settings.AUTH_USER_MODEL)),
                    ('name', models.CharField(max_length=80)),
                    ('blueprint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='questions.blueprint')),
                    ('form', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='exams.form')),
                    ('roster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='exams.roster')),
                    ('who', models.CharField(choices=[('guest', 'Everybody who has the code and gives a name'), ('account', 'Everybody who has the code and signs in with an account'), ('roster', 'The people of a class, each with a personal link')], default='guest', max_length=7)),
                    ('opens_at', models.DateTimeField()),
                    ('last_start_at', models.DateTimeField(blank=True, null=True)),
                    ('closes_at', models.DateTimeField(blank=True, null=True)),
                    ('minutes', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('attempts_allowed', models.PositiveSmallIntegerField(default=1)),
                    ('review_opens_at', models.DateTimeField(blank=True, null=True)),
                    ('latest_deadline', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('released_at', models.DateTimeField(blank=True, null=True)),
                    ('before_release', models.CharField(choices=[('score', 'The score only'), ('nothing', 'Nothing')], default='score', max_length=7)),
                    ('self_allowance', models.BooleanField(default=False)),
                    ('joins_allowed', models.PositiveSmallIntegerField(db_default=60, default=60)),
                    ('offline_reload', models.BooleanField(db_default=True, default=True)),
                    ('joining_closed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('own_order', models.BooleanField(db_default=False, default=False)),
                    ('grades', models.CharField(blank=True, db_default='', default='', max_length=200)),
                    ('archived_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ],
                options={
                    'ordering': ['-opens_at', '-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('last_start_at', None), ('last_start_at__gt', models.F('opens_at')), _connector='OR'), name='sitting_last_start_after_opening', violation_error_message='The last start must be after the opening.'), models.CheckConstraint(condition=models.Q(('closes_at', None), ('closes_at__gt', models.F('opens_at')), _connector='OR'), name='sitting_closes_after_opening', violation_error_message='The end for all must be after the opening.'), models.CheckConstraint(condition=models.Q(('closes_at', None), ('last_start_at', None), ('last_start_at__lt', models.F('closes_at')), _connector='OR'), name='sitting_last_start_before_closing', violation_error_message='The last start must be before the end for all.'), models.CheckConstraint(condition=models.Q(('review_opens_at', None), ('review_opens_at__gt', models.F('opens_at')), _connector='OR'), name='sitting_review_after_opening', violation_error_message='The review must open after the exam.'), models.CheckConstraint(condition=models.Q(('minutes', None), ('minutes__gte', 1), _connector='OR'), name='sitting_minutes_positive', violation_error_message='An exam takes at least one minute.'), models.CheckConstraint(condition=models.Q(('attempts_allowed__gte', 1), ('attempts_allowed__lte', 10)), name='sitting_attempts_possible', violation_error_message='A participant has 1 to 10 attempts.'), models.CheckConstraint(condition=models.Q(('joins_allowed__gte', 1), ('joins_allowed__lte', 1000)), name='sitting_joins_possible', violation_error_message='1 to 1,000 people can join by the code.'), models.CheckConstraint(condition=models.Q(models.Q(('roster__isnull', False), ('who', 'roster')), models.Q(('roster', None), ('who__in', ['guest', 'account'])), _connector='OR'), name='sitting_roster_iff_chosen', violation_error_message='Choose a class if, and only if, the exam is for the people of a class.'), models.CheckConstraint(condition=models.Q(('before_release__in', ['score', 'nothing'])), name='sitting_before_release_known', violation_error_message='Before the release, participants see the score only or nothing.')],
                },
            ),
            migrations.CreateModel(
                name='Participant',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='exams.sitting')),
                    ('entry', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='exams.rosterentry')),
                    ('candidate', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='participations', to='exams.candidate')),
                    ('name', models.CharField(blank=True, max_length=80)),
                    ('link_hash', models.CharField(blank=True, editable=False, max_length=64, null=True, unique=True)),
                    ('link_number', models.PositiveSmallIntegerField(default=0, editable=False)),
                    ('link_used_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('extra_minutes', models.PositiveSmallIntegerField(default=0)),
                    ('extra_attempts', models.PositiveSmallIntegerField(default=0)),
                    ('joined_at', models.DateTimeField(blank=True, null=True)),
                    ('removed_at', models.DateTimeField(blank=True, null=True)),
                    ('removal_reason', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ],
                options={
                    'ordering': ['name', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('sitting', 'candidate'), name='participant_candidate_unique', violation_error_message='This browser has joined the exam already.'), models.UniqueConstraint(fields=('sitting', 'entry'), name='participant_entry_unique', violation_error_message='This person of the class is a participant already.'), models.UniqueConstraint(models.F('sitting'), django.db.models.functions.text.Lower('name'), condition=models.Q(models.Q(('name', ''), _negated=True), ('removed_at', None)), name='participant_name_unique', violation_error_message='Somebody with this name has joined the exam already.'), models.CheckConstraint(condition=models.Q(models.Q(('candidate', None), ('joined_at', None)), models.Q(('candidate__isnull', False), ('joined_at__isnull', False)), _connector='OR'), name='participant_joined_iff_candidate', violation_error_message='A participant has joined if and only if the browser is known.'), models.CheckConstraint(condition=models.Q(('removal_reason', ''), ('removed_at__isnull', False), _connector='OR'), name='participant_removal_reason', violation_error_message='Only a removed participant has a reason for it.')],
                },
            ),
            migrations.CreateModel(
                name='Attempt',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, unique=True)),
                    ('candidate', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='exams.candidate')),
                    ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='exams.form')),
                    ('blueprint_code', models.CharField(max_length=40)),
                    ('sitting', models.ForeignKey(blank=True, help_text='Of a class.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='exams.sitting')),
                    ('number', models.PositiveSmallIntegerField(db_default=1, default=1, help_text='The first, second, ... attempt of a participant in a sitting.')),
                    ('seat', models.CharField(blank=True, db_default='', default='', help_text='The browser that writes, in a class.', max_length=16)),
                    ('former_seat', models.CharField(blank=True, db_default='', default='', help_text='The one before, whose next request counts.', max_length=16)),
                    ('mode', models.CharField(choices=[('exam', 'exam'), ('practice', 'practice')], default='exam', max_length=10)),
                    ('practice_kind', models.CharField(blank=True, choices=[('try', 'Try 10'), ('quiz', 'Quiz'), ('mistakes', 'Missed questions'), ('repetition', 'Repetition'), ('full', 'Full-length, untimed'), ('today', 'Today')], max_length=10, null=True)),
                    ('title', models.CharField(blank=True, db_default='', default='', help_text='Of practice: what it asks, in words.', max_length=120)),
                    ('timed', models.BooleanField(db_default=True, default=True, help_text='Show a clock. An untimed practice closes itself later.')),
                    ('predicted', models.FloatField(blank=True, help_text='Predicted chance of passing, at the start.', null=True)),
                    ('feedback', models.CharField(choices=[('end', 'at the end'), ('each', 'each')], default='end', max_length=4)),
                    ('synthetic', models.BooleanField(default=False)),
                    ('status', models.CharField(choices=[('open', 'running'), ('submitted', 'finished, score pending'), ('scored', 'scored'), ('scoring_failed', 'scoring failed'), ('abandoned', 'ended without a score')], default='open', max_length=15)),
                    ('started_at', models.DateTimeField()),
                    ('deadline', models.DateTimeField()),
                    ('paused_at', models.DateTimeField(blank=True, help_text='Since then its clock stands.', null=True)),
                    ('submitted_at', models.DateTimeField(blank=True, null=True)),
                    ('closed_by', models.CharField(blank=True, choices=[('candidate', 'the candidate'), ('time', 'time'), ('staff', 'staff')], max_length=10, null=True)),
                    ('position', models.PositiveSmallIntegerField(default=1)),
                    ('report', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exams.scorereport')),
                    ('scoring_tries', models.PositiveSmallIntegerField(default=0)),
                    ('scoring_error', models.TextField(blank=True)),
                ],
                options={
                    'ordering': ['-started_at'],
                    'indexes': [models.Index(fields=['candidate', '-started_at'], name='attempt_candidate_started'), models.Index(fields=['-started_at', '-id'], name='attempt_newest'), models.Index(condition=models.Q(('predicted__isnull', False)), fields=['-id'], name='attempt_predicted'), models.Index(condition=models.Q(('status', 'open')), fields=['deadline'], name='attempt_deadline_open'), models.Index(condition=models.Q(('mode', 'exam'), ('status', 'submitted')), fields=['submitted_at'], name='attempt_submitted_waiting')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('mode', 'exam'), ('sitting', None), ('status', 'open')), fields=('candidate', 'blueprint_code'), name='attempt_one_open_exam', violation_error_message='An exam is running already. Go back to it, or finish it first.'), models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('sitting', 'candidate'), name='attempt_one_open_in_sitting', violation_error_message='This exam is running already. Go back to it, or finish it first.'), models.UniqueConstraint(fields=('sitting', 'candidate', 'number'), name='attempt_number_in_sitting', violation_error_message='This attempt has been started already.'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='attempt_number_from_one', violation_error_message='Attempts count from 1.'), models.CheckConstraint(condition=models.Q(('sitting', None), ('mode', 'exam'), _connector='OR'), name='attempt_of_a_sitting_is_an_exam', violation_error_message='A class sits exams, not practice.'), models.CheckConstraint(condition=models.Q(('sitting__isnull', False), models.Q(('former_seat', ''), ('seat', '')), _connector='OR'), name='attempt_seat_of_a_class', violation_error_message='Only an exam of a class is written by one browser.'), models.CheckConstraint(condition=models.Q(('former_seat', ''), models.Q(('seat', models.F('former_seat')), _negated=True), _connector='OR'), name='attempt_seats_differ', violation_error_message='The browser before is another one.'), models.CheckConstraint(condition=models.Q(models.Q(('mode', 'practice'), ('practice_kind__in', ['try', 'quiz', 'mistakes', 'repetition', 'full', 'today']), ('practice_kind__isnull', False)), models.Q(models.Q(('mode', 'practice'), _negated=True), ('practice_kind', None)), _connector='OR'), name='attempt_kind_iff_practice', violation_error_message='Practice has a kind, an exam has none.'), models.CheckConstraint(condition=models.Q(('timed', True), ('mode', 'practice'), _connector='OR'), name='attempt_exam_is_timed', violation_error_message='Only practice can be untimed.'), models.CheckConstraint(condition=models.Q(('predicted', None), models.Q(('predicted__gte', 0), ('predicted__lte', 1)), _connector='OR'), name='attempt_predicted_is_a_chance', violation_error_message='A prediction is a chance from 0 to 1.'), models.CheckConstraint(condition=models.Q(('deadline__gt', models.F('started_at'))), name='attempt_deadline_after_start', violation_error_message='The deadline must be after the start.'), models.CheckConstraint(condition=models.Q(('paused_at', None), models.Q(('mode', 'exam'), ('paused_at__lte', models.F('deadline')), ('status', 'open')), _connector='OR'), name='attempt_paused_while_open', violation_error_message='Only an open exam is paused, before its deadline.'), models.CheckConstraint(condition=models.Q(models.Q(('report__isnull', False), ('status', 'scored')), models.Q(models.Q(('status', 'scored'), _negated=True), ('report', None)), _connector='OR'), name='attempt_scored_iff_report', violation_error_message='An attempt is scored if and only if it has a score report.'), models.CheckConstraint(condition=models.Q(('status__in', ['open', 'submitted', 'scored', 'scoring_failed', 'abandoned'])), name='attempt_status_known', violation_error_message='This status of an attempt is unknown.'), models.CheckConstraint(condition=models.Q(('mode__in', ['exam', 'practice'])), name='attempt_mode_known', violation_error_message='An attempt is an exam or practice.'), models.CheckConstraint(condition=models.Q(('feedback__in', ['end', 'each'])), name='attempt_feedback_known', violation_error_message='Answers are shown at the end or after each question.'), models.CheckConstraint(condition=models.Q(models.Q(('closed_by', None), ('status', 'open'), ('submitted_at', None)), models.Q(models.Q(('status', 'open'), _negated=True), ('closed_by__in', ['candidate', 'time', 'staff']), ('closed_by__isnull', False), ('submitted_at__isnull', False)), _connector='OR'), name='attempt_closed_iff_ended', violation_error_message='A closed attempt must have an end time and a value for who closed it.')],
                },
            ),
            migrations.CreateModel(
                name='AttemptEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='exams.attempt')),
                    ('at', models.DateTimeField()),
                    ('kind', models.CharField(max_length=20)),
                    ('data', models.JSONField(blank=True, default=dict)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['at', 'id'],
                },
            ),
            migrations.CreateModel(
                name='Allowance',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allowances', to='exams.attempt')),
                    ('minutes', models.PositiveSmallIntegerField()),
                    ('reason', models.CharField(max_length=200)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('at', models.DateTimeField()),
                    ('outage', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='allowances', to='exams.outage')),
                ],
                options={
                    'ordering': ['at', 'id'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('outage__isnull', False)), fields=('outage', 'attempt'), name='allowance_one_for_an_outage', violation_error_message='This exam has its minutes of this outage already.')],
                },
            ),
            migrations.CreateModel(
                name='KeyRuling',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='questions.revision')),
                    ('old_key', models.PositiveIntegerField()),
                    ('new_key', models.PositiveIntegerField(blank=True, null=True)),
                    ('also', models.PositiveIntegerField(default=0)),
                    ('withdrawn', models.BooleanField(default=False)),
                    ('credited', models.BooleanField(default=False)),
                    ('reason', models.TextField()),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('at', models.DateTimeField()),
                    ('progress', models.JSONField(blank=True, default=dict)),
                ],
                options={
                    'ordering': ['-at'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('credited', False), ('new_key__isnull', False), ('withdrawn', False)), models.Q(('new_key', None), models.Q(models.Q(('credited', False), ('withdrawn', True)), models.Q(('credited', True), ('withdrawn', False)), _connector='OR')), _connector='OR'), name='key_ruling_decides_one_thing', violation_error_message='A ruling sets the key, gives everybody the point, or withdraws the question.'), models.CheckConstraint(condition=models.Q(('new_key', None), models.Q(('also', models.F('new_key')), _negated=True), _connector='OR'), name='key_ruling_second_key_differs', violation_error_message='The second key must differ from the first.')],
                },
            ),
            migrations.CreateModel(
                name='DataFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('candidate', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='data_file', to='exams.candidate')),
                    ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('beside', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='exams.candidate')),
                    ('made_at', models.DateTimeField(db_index=True)),
                    ('data', models.BinaryField()),
                ],
            ),
            migrations.CreateModel(
                name='Reminders',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('candidate', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='exams.candidate')),
                    ('zone', models.CharField(blank=True, default='', max_length=64)),
                    ('hour', models.PositiveSmallIntegerField(default=18)),
                    ('feed', models.CharField(blank=True, max_length=43, null=True, unique=True)),
                    ('email', models.EmailField(blank=True, default='', max_length=254)),
                    ('site', models.CharField(blank=True, default='', max_length=200)),
                    ('mail_at', models.DateTimeField(blank=True, null=True)),
                    ('mailed_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'verbose_name_plural': 'reminders',
                    'indexes': [models.Index(condition=models.Q(('mail_at__isnull', False)), fields=['mail_at'], name='reminders_mail_due')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('hour__gte', 0), ('hour__lte', 23)), name='reminders_hour_of_a_day', violation_error_message='An hour is from 0 to 23.'), models.CheckConstraint(condition=models.Q(('mail_at', None), models.Q(('email', ''), _negated=True), _connector='OR'), name='reminders_mail_to_an_address', violation_error_message='Mails go to a confirmed address only.')],
                },
            ),
            migrations.CreateModel(
                name='RepetitionCard',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cards', to='exams.candidate')),
                    ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='questions.question')),
                    ('state', models.PositiveSmallIntegerField(choices=[(1, 'learning'), (2, 'review'), (3, 'relearning')], default=1)),
                    ('step', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('stability', models.FloatField(blank=True, null=True)),
                    ('difficulty', models.FloatField(blank=True, null=True)),
                    ('due', models.DateTimeField()),
                    ('last_review', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['candidate', 'due'], name='repetition_card_due')],
                    'constraints': [models.UniqueConstraint(fields=('candidate', 'question'), name='repetition_card_unique', violation_error_message='This question is in the repetition of this candidate already.'), models.CheckConstraint(condition=models.Q(('state__in', [1, 2, 3])), name='repetition_card_state_known', violation_error_message='A card is in learning, review or relearning.')],
                },
            ),
            migrations.CreateModel(
                name='Response',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('attempt', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='exams.attempt')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='questions.revision')),
                    ('exam_domain', models.PositiveSmallIntegerField(help_text='Number of the exam domain.')),
                    ('scored', models.BooleanField()),
                    ('withdrawn', models.BooleanField(default=False)),
                    ('repeat', models.BooleanField(default=False)),
                    ('rating', models.PositiveSmallIntegerField()),
                    ('worth', models.PositiveSmallIntegerField(default=100)),
                    ('partial', models.BooleanField(default=False)),
                    ('b', models.FloatField(null=True)),
                    ('key', models.PositiveIntegerField()),
                    ('also', models.PositiveIntegerField(default=0)),
                    ('credited', models.BooleanField(default=False)),
                    ('choose', models.PositiveSmallIntegerField()),
                    ('full', models.PositiveIntegerField()),
                    ('order', models.CharField(max_length=30)),
                    ('ticked', models.PositiveIntegerField(default=0)),
                    ('version', models.PositiveIntegerField(default=0)),
                    ('struck', models.PositiveIntegerField(default=0)),
                    ('flagged', models.BooleanField(default=False)),
                    ('confidence', models.PositiveSmallIntegerField(null=True)),
                    ('seconds', models.PositiveIntegerField(default=0)),
                    ('trail', models.TextField(blank=True, default='')),
                    ('first_shown', models.DateTimeField(null=True)),
                    ('saved_at', models.DateTimeField(null=True)),
                    ('revealed_at', models.DateTimeField(null=True)),
                    ('correct', models.GeneratedField(db_persist=True, expression=models.ExpressionWrapper(models.Q(('credited', True), ('ticked', models.F('key')), models.Q(('also__gt', 0), ('ticked', models.F('also'))), _connector='OR'), output_field=models.BooleanField()), output_field=models.BooleanField())),
                ],
                options={
                    'ordering': ['attempt_id', 'position'],
                    'constraints': [models.UniqueConstraint(fields=('attempt', 'position'), name='response_position_unique', violation_error_message='This attempt has a question at this position already.'), models.CheckConstraint(condition=models.Q(('position__gte', 1)), name='response_position_from_one', violation_error_message='Positions count from 1.'), models.CheckConstraint(condition=models.Q(('ticked__gte', 0), ('ticked__lte', models.F('full'))), name='response_ticks_exist', violation_error_message='Only options of the question can be ticked.'), models.CheckConstraint(condition=models.Q(('key__gt', 0), ('key__lt', models.F('full'))), name='response_key_possible', violation_error_message='A question needs a key, and at least one option that is not a key.'), models.CheckConstraint(condition=models.Q(('also__lt', models.F('full'))), name='response_also_possible', violation_error_message='A second key leaves at least one option that is not a key.'), models.CheckConstraint(condition=models.Q(('rating__gte', 1), ('rating__lte', 99)), name='response_rating_percent', violation_error_message='A rating is a whole percentage from 1 to 99.'), models.CheckConstraint(condition=models.Q(('worth__gte', 1), ('worth__lte', 10000)), name='response_worth_possible', violation_error_message='A question is worth from 0.01 to 100 points.'), models.CheckConstraint(condition=models.Q(('confidence', None), ('confidence__in', [1, 2, 3]), _connector='OR'), name='response_confidence_known', violation_error_message='Confidence is a guess (1), unsure (2) or sure (3).')],
                },
            ),
            migrations.CreateModel(
                name='Note',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('attempt', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='exams.attempt')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('text', models.TextField(blank=True)),
                    ('highlights', models.JSONField(blank=True, default=dict)),
                    ('version', models.PositiveIntegerField(default=0)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('attempt', 'position'), name='note_position_unique', violation_error_message='This question has a note already.')],
                },
            ),
            migrations.CreateModel(
                name='ScoreReport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('attempt', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='exams.attempt')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('made_at', models.DateTimeField()),
                    ('cause', models.CharField(max_length=20)),
                    ('ruling', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='exams.keyruling')),
                    ('rule', models.CharField(choices=[('rating', 'ratings of the questions'), ('calibrated', 'calibrated difficulties'), ('percent', 'percent of the points')], max_length=12)),
                    ('raw', models.PositiveSmallIntegerField()),
                    ('n', models.PositiveSmallIntegerField()),
                    ('pass_line', models.DecimalField(db_column='kappa', decimal_places=4, max_digits=7, null=True)),
                    ('earned', models.PositiveIntegerField(null=True)),
                    ('possible', models.PositiveIntegerField(null=True)),
                    ('scaled', models.PositiveSmallIntegerField()),
                    ('band_lo', models.PositiveSmallIntegerField()),
                    ('band_hi', models.PositiveSmallIntegerField()),
                    ('p_standard', models.FloatField(null=True)),
                    ('p_again', models.FloatField(null=True)),
                    ('repeats', models.PositiveSmallIntegerField(default=0)),
                    ('pass_mark', models.PositiveSmallIntegerField()),
                    ('passed', models.GeneratedField(db_persist=True, expression=models.ExpressionWrapper(models.Q(('scaled__gte', models.F('pass_mark'))), output_field=models.BooleanField()), output_field=models.BooleanField())),
                ],
                options={
                    'ordering': ['attempt_id', 'number'],
                    'indexes': [models.Index(fields=['-made_at', '-id'], name='score_report_newest')],
                    'constraints': [models.UniqueConstraint(fields=('attempt', 'number'), name='score_report_number_unique', violation_error_message='This attempt has a report with this number already.'), models.CheckConstraint(condition=models.Q(('raw__lte', models.F('n'))), name='score_report_raw_within_n', violation_error_message='More right answers than scored questions.'), models.CheckConstraint(condition=models.Q(('rule', 'percent'), models.Q(('raw__gte', models.F('pass_line')), ('scaled__gte', models.F('pass_mark'))), models.Q(('raw__lt', models.F('pass_line')), ('scaled__lt', models.F('pass_mark'))), _connector='OR'), name='score_report_scale_agrees', violation_error_message='The scaled score and the pass line disagree.'), models.CheckConstraint(condition=models.Q(models.Q(('earned__isnull', False), ('p_again__isnull', True), ('p_standard__isnull', True), ('pass_line__isnull', True), ('possible__isnull', False), ('rule', 'percent')), models.Q(models.Q(('rule', 'percent'), _negated=True), ('earned__isnull', True), ('p_again__isnull', False), ('p_standard__isnull', False), ('pass_line__isnull', False), ('possible__isnull', True)), _connector='OR'), name='score_report_columns_of_rule', violation_error_message='A report in percent has points, any other a pass line and probabilities.'), models.CheckConstraint(condition=models.Q(models.Q(('rule', 'percent'), _negated=True), models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.expressions.CombinedExpression(models.F('earned'), '*', models.Value(100)), django.db.models.expressions.CombinedExpression(models.F('pass_mark'), '*', models.F('possible'))), ('scaled__gte', models.F('pass_mark'))), models.Q(models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.expressions.CombinedExpression(models.F('earned'), '*', models.Value(100)), django.db.models.expressions.CombinedExpression(models.F('pass_mark'), '*', models.F('possible'))), _negated=True), ('scaled__lt', models.F('pass_mark'))), _connector='OR'), name='score_report_percent_agrees', violation_error_message='The percent and the points disagree.'), models.CheckConstraint(condition=models.Q(models.Q(('rule', 'percent'), _negated=True), models.Q(('earned__lte', models.F('possible')), ('possible__gt', 0), ('scaled__lte', 100)), _connector='OR'), name='score_report_points_possible', violation_error_message='Nobody earns more points than there are.')],
                },
            ),
            migrations.CreateModel(
                name='DomainResult',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('report', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='domains', to='exams.scorereport')),
                    ('exam_domain', models.PositiveSmallIntegerField()),
                    ('n', models.PositiveSmallIntegerField()),
                    ('correct', models.PositiveSmallIntegerField()),
                    ('unanswered', models.PositiveSmallIntegerField()),
                    ('lo', models.FloatField()),
                    ('hi', models.FloatField()),
                    ('expected', models.FloatField(null=True)),
                    ('verdict', models.CharField(choices=[('below', 'Below the standard'), ('near', 'Near: too few to tell'), ('above', 'Above the standard')], max_length=6, null=True)),
                    ('earned', models.PositiveIntegerField(null=True)),
                    ('possible', models.PositiveIntegerField(null=True)),
                ],
                options={
                    'ordering': ['report_id', 'exam_domain'],
                    'constraints': [models.UniqueConstraint(fields=('report', 'exam_domain'), name='domain_result_unique', violation_error_message='This report has this exam domain already.'), models.CheckConstraint(condition=models.Q(('verdict__in', ['below', 'near', 'above'])), name='domain_result_verdict_known', violation_error_message='An exam domain is below, near or above the standard.'), models.CheckConstraint(condition=models.Q(models.Q(('earned__isnull', False), ('expected__isnull', True), ('possible__isnull', False), ('verdict__isnull', True)), models.Q(('earned__isnull', True), ('expected__isnull', False), ('possible__isnull', True), ('verdict__isnull', False)), _connector='OR'), name='domain_result_standard_or_points', violation_error_message='An exam domain has points or is compared with the standard, not both.'), models.CheckConstraint(condition=models.Q(('possible', None), models.Q(('earned__lte', models.F('possible')), ('possible__gt', 0)), _connector='OR'), name='domain_result_points_possible', violation_error_message='Nobody earns more points than there are.')],
                },
            ),
            migrations.CreateModel(
                name='StoredReport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('exam', models.CharField(max_length=40, unique=True)),
                    ('blueprint_version', models.PositiveIntegerField()),
                    ('bank_version', models.PositiveIntegerField()),
                    ('made_at', models.DateTimeField()),
                    ('data', models.JSONField()),
                ],
            ),
            migrations.CreateModel(
                name='Star',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stars', to='exams.candidate')),
                    ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='questions.question')),
                    ('created_at', models.DateTimeField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('candidate', 'question'), name='star_unique', violation_error_message='This question has a star already.')],
                },
            ),
            migrations.CreateModel(
                name='TopicMark',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='topic_marks', to='exams.candidate')),
                    ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='questions.topic')),
                    ('read_at', models.DateTimeField(blank=True, null=True)),
                    ('done_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('candidate', 'topic'), name='topic_mark_unique', violation_error_message='This topic is marked already.'), models.CheckConstraint(condition=models.Q(('read_at__isnull', False), ('done_at__isnull', False), _connector='OR'), name='topic_mark_read_or_done', violation_error_message='A marked topic is read or done.')],
                },
            ),
            migrations.CreateModel(
                name='StudyGoal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='study_goals', to='exams.candidate')),
                    ('exam', models.CharField(max_length=40)),
                    ('target_date', models.DateField(blank=True, null=True)),
                    ('daily_questions', models.PositiveSmallIntegerField(blank=True, null=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('candidate', 'exam'), name='study_goal_unique', violation_error_message='This candidate has a goal for this exam already.'), models.CheckConstraint(condition=models.Q(('exam', ''), _negated=True), name='study_goal_has_exam', violation_error_message='A goal belongs to an exam.'), models.CheckConstraint(condition=models.Q(('target_date__isnull', False), ('daily_questions__isnull', False), _connector='OR'), name='study_goal_day_or_questions', violation_error_message='A goal is a day, or a number of questions each day.'), models.CheckConstraint(condition=models.Q(('daily_questions__isnull', True), ('daily_questions__in', [10, 20, 40]), _connector='OR'), name='study_goal_daily_questions', violation_error_message='The goal is 10, 20 or 40 questions each day.')],
                },
            ),
        ]),
        migrations.RunPython(set_fillfactor, reset_fillfactor),
    ]
