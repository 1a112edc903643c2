from typing import Any

import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models


def set_fillfactor(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE exams_response SET (fillfactor = 85)")


def reset_fillfactor(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE exams_response RESET (fillfactor)")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('questions', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('blueprint_code', models.CharField(max_length=40)),
                ('mode', models.CharField(choices=[('exam', 'exam'), ('practice', 'practice')], default='exam', max_length=10)),
                ('feedback', models.CharField(choices=[('end', 'at the end'), ('each', 'each')], default='end', max_length=4)),
                ('synthetic', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('open', 'running'), ('submitted', 'finished, score pending'), ('scored', 'scored'), ('scoring_failed', 'scoring failed'), ('abandoned', 'ended without a score')], default='open', max_length=15)),
                ('started_at', models.DateTimeField()),
                ('deadline', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.CharField(blank=True, choices=[('candidate', 'the candidate'), ('time', 'time'), ('staff', 'staff')], max_length=10, null=True)),
                ('position', models.PositiveSmallIntegerField(default=1)),
                ('scoring_tries', models.PositiveSmallIntegerField(default=0)),
                ('scoring_error', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-started_at'],
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
            name='Allowance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('minutes', models.PositiveSmallIntegerField()),
                ('reason', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allowances', to='exams.attempt')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AttemptEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(max_length=20)),
                ('data', models.JSONField(blank=True, default=dict)),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='exams.attempt')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('epoch', models.PositiveIntegerField(default=0, help_text='Raised to end every session of this candidate.')),
                ('code_hash', models.CharField(blank=True, editable=False, max_length=64, null=True, unique=True)),
                ('extra_percent', models.PositiveSmallIntegerField(default=0)),
                ('extra_minutes', models.PositiveSmallIntegerField(default=0)),
                ('preferences', models.JSONField(blank=True, default=dict)),
                ('target_date', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='candidate', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='attempt',
            name='candidate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='exams.candidate'),
        ),
        migrations.CreateModel(
            name='Form',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(choices=[('exam', 'exam'), ('practice', 'practice')], default='exam', max_length=10)),
                ('seed', models.CharField(max_length=32)),
                ('recipe', models.JSONField()),
                ('plan', models.JSONField()),
                ('n_scored', models.PositiveSmallIntegerField()),
                ('n_unscored', models.PositiveSmallIntegerField()),
                ('want_scored', models.PositiveSmallIntegerField()),
                ('want_unscored', models.PositiveSmallIntegerField()),
                ('kappa_100', models.PositiveIntegerField()),
                ('kappa', models.DecimalField(decimal_places=4, max_digits=7)),
                ('rule', models.CharField(choices=[('rating', 'ratings of the questions'), ('calibrated', 'calibrated difficulties')], default='rating', max_length=12)),
                ('provisional', models.BooleanField(default=True)),
                ('bank_version', models.PositiveIntegerField()),
                ('relaxations', models.JSONField(default=list)),
                ('blueprint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forms', to='questions.blueprint')),
                ('scale', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.scaleversion')),
            ],
        ),
        migrations.AddField(
            model_name='attempt',
            name='form',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='exams.form'),
        ),
        migrations.CreateModel(
            name='KeyRuling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old_key', models.PositiveIntegerField()),
                ('new_key', models.PositiveIntegerField(blank=True, null=True)),
                ('withdrawn', models.BooleanField(default=False)),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('progress', models.JSONField(blank=True, default=dict)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='questions.revision')),
            ],
            options={
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('text', models.TextField(blank=True)),
                ('highlights', models.JSONField(blank=True, default=list)),
                ('version', models.PositiveIntegerField(default=0)),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='exams.attempt')),
            ],
        ),
        migrations.CreateModel(
            name='RepetitionCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due', models.DateTimeField()),
                ('state', models.JSONField(default=dict)),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cards', to='exams.candidate')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='questions.question')),
            ],
        ),
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('exam_domain', models.PositiveSmallIntegerField(help_text='Number of the exam domain.')),
                ('scored', models.BooleanField()),
                ('withdrawn', models.BooleanField(default=False)),
                ('repeat', models.BooleanField(default=False)),
                ('rating', models.PositiveSmallIntegerField()),
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
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='exams.attempt')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='questions.revision')),
            ],
            options={
                'ordering': ['attempt_id', 'position'],
            },
        ),
        migrations.CreateModel(
            name='ScoreReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('made_at', models.DateTimeField()),
                ('cause', models.CharField(max_length=20)),
                ('rule', models.CharField(choices=[('rating', 'ratings of the questions'), ('calibrated', 'calibrated difficulties')], max_length=12)),
                ('raw', models.PositiveSmallIntegerField()),
                ('n', models.PositiveSmallIntegerField()),
                ('kappa', models.DecimalField(decimal_places=4, max_digits=7)),
                ('scaled', models.PositiveSmallIntegerField()),
                ('band_lo', models.PositiveSmallIntegerField()),
                ('band_hi', models.PositiveSmallIntegerField()),
                ('p_standard', models.FloatField()),
                ('p_again', models.FloatField()),
                ('repeats', models.PositiveSmallIntegerField(default=0)),
                ('pass_mark', models.PositiveSmallIntegerField()),
                ('passed', models.GeneratedField(db_persist=True, expression=models.ExpressionWrapper(models.Q(('scaled__gte', models.F('pass_mark'))), output_field=models.BooleanField()), output_field=models.BooleanField())),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='exams.attempt')),
                ('ruling', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='exams.keyruling')),
            ],
            options={
                'ordering': ['attempt_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='DomainResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('exam_domain', models.PositiveSmallIntegerField()),
                ('n', models.PositiveSmallIntegerField()),
                ('correct', models.PositiveSmallIntegerField()),
                ('unanswered', models.PositiveSmallIntegerField()),
                ('lo', models.FloatField()),
                ('hi', models.FloatField()),
                ('expected', models.FloatField()),
                ('verdict', models.CharField(choices=[('below', 'Below the standard'), ('near', 'Near: too few to tell'), ('above', 'Above the standard')], max_length=6)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='domains', to='exams.scorereport')),
            ],
            options={
                'ordering': ['report_id', 'exam_domain'],
            },
        ),
        migrations.AddField(
            model_name='attempt',
            name='report',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exams.scorereport'),
        ),
        migrations.AddConstraint(
            model_name='form',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['exam', 'practice'])), name='form_mode_known', violation_error_message='A form is for an exam or for practice.'),
        ),
        migrations.AddConstraint(
            model_name='form',
            constraint=models.CheckConstraint(condition=models.Q(('rule__in', ['rating', 'calibrated'])), name='form_rule_known', violation_error_message='A pass line comes from ratings or from calibrated difficulties.'),
        ),
        migrations.AddConstraint(
            model_name='form',
            constraint=models.CheckConstraint(condition=models.Q(('kappa_100__gt', 0), ('kappa_100__lt', django.db.models.expressions.CombinedExpression(models.F('n_scored'), '*', models.Value(100)))), name='form_kappa_possible', violation_error_message='The expected score must lie between none and all of the scored questions.'),
        ),
        migrations.AddConstraint(
            model_name='form',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('mode', 'exam'), _negated=True), models.Q(('n_scored', models.F('want_scored')), ('n_unscored', models.F('want_unscored'))), _connector='OR'), name='form_counts_as_wanted', violation_error_message='An exam has exactly the counts of its blueprint.'),
        ),
        migrations.AddConstraint(
            model_name='keyruling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('new_key', None), ('withdrawn', True)), models.Q(('new_key__isnull', False), ('withdrawn', False)), _connector='OR'), name='key_ruling_corrects_or_withdraws', violation_error_message='A ruling either corrects the key or withdraws the question.'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.UniqueConstraint(fields=('attempt', 'position'), name='note_position_unique', violation_error_message='This question has a note already.'),
        ),
        migrations.AddConstraint(
            model_name='repetitioncard',
            constraint=models.UniqueConstraint(fields=('candidate', 'question'), name='repetition_card_unique', violation_error_message='This question is in the repetition of this candidate already.'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.UniqueConstraint(fields=('attempt', 'position'), name='response_position_unique', violation_error_message='This attempt has a question at this position already.'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1)), name='response_position_from_one', violation_error_message='Positions count from 1.'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.CheckConstraint(condition=models.Q(('ticked__gte', 0), ('ticked__lte', models.F('full'))), name='response_ticks_exist', violation_error_message='Only options of the question can be ticked.'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.CheckConstraint(condition=models.Q(('key__gt', 0), ('key__lt', models.F('full'))), name='response_key_possible', violation_error_message='A question needs a key, and at least one option that is not a key.'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.CheckConstraint(condition=models.Q(('also__lt', models.F('full'))), name='response_also_possible', violation_error_message='A second key leaves at least one option that is not a key.'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.CheckConstraint(condition=models.Q(('rating__gte', 1), ('rating__lte', 99)), name='response_rating_percent', violation_error_message='A rating is a whole percentage from 1 to 99.'),
        ),
        migrations.AddConstraint(
            model_name='scorereport',
            constraint=models.UniqueConstraint(fields=('attempt', 'number'), name='score_report_number_unique', violation_error_message='This attempt has a report with this number already.'),
        ),
        migrations.AddConstraint(
            model_name='scorereport',
            constraint=models.CheckConstraint(condition=models.Q(('raw__lte', models.F('n'))), name='score_report_raw_within_n', violation_error_message='More right answers than scored questions.'),
        ),
        migrations.AddConstraint(
            model_name='scorereport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('raw__gte', models.F('kappa')), ('scaled__gte', models.F('pass_mark'))), models.Q(('raw__lt', models.F('kappa')), ('scaled__lt', models.F('pass_mark'))), _connector='OR'), name='score_report_scale_agrees', violation_error_message='The scaled score and the pass line disagree.'),
        ),
        migrations.AddConstraint(
            model_name='domainresult',
            constraint=models.UniqueConstraint(fields=('report', 'exam_domain'), name='domain_result_unique', violation_error_message='This report has this exam domain already.'),
        ),
        migrations.AddConstraint(
            model_name='domainresult',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['below', 'near', 'above'])), name='domain_result_verdict_known', violation_error_message='An exam domain is below, near or above the standard.'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['candidate', '-started_at'], name='attempt_candidate_started'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['deadline'], name='attempt_deadline_open'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('mode', 'exam'), ('status', 'submitted')), fields=['submitted_at'], name='attempt_submitted_waiting'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('mode', 'exam'), ('status', 'open')), fields=('candidate', 'blueprint_code'), name='attempt_one_open_exam', violation_error_message='An exam is running already. Go back to it, or finish it first.'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('deadline__gt', models.F('started_at'))), name='attempt_deadline_after_start', violation_error_message='The deadline must be after the start.'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('report__isnull', False), ('status', 'scored')), models.Q(models.Q(('status', 'scored'), _negated=True), ('report', None)), _connector='OR'), name='attempt_scored_iff_report', violation_error_message='An attempt is scored if and only if it has a score report.'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'submitted', 'scored', 'scoring_failed', 'abandoned'])), name='attempt_status_known', violation_error_message='This status of an attempt is unknown.'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['exam', 'practice'])), name='attempt_mode_known', violation_error_message='An attempt is an exam or practice.'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('feedback__in', ['end', 'each'])), name='attempt_feedback_known', violation_error_message='Answers are shown at the end or after each question.'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_by', None), ('status', 'open'), ('submitted_at', None)), models.Q(models.Q(('status', 'open'), _negated=True), ('closed_by__in', ['candidate', 'time', 'staff']), ('submitted_at__isnull', False)), _connector='OR'), name='attempt_closed_iff_ended', violation_error_message='A closed attempt must have an end time and a value for who closed it.'),
        ),
        # Leaves room in the pages of the response table on PostgreSQL, so that every save is updated in place.
        migrations.RunPython(set_fillfactor, reset_fillfactor),
    ]
