"""All tables of the bank at once: an empty database takes this one instead of those that it replaces.

What they did to rows is not repeated here. A database that has some of them already gets the rest of them.
"""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import questions.models.points_field
import questions.models.tags_field
from django.conf import settings
from django.db import migrations, models
from questions.models.create_models import CreateModels


class Migration(migrations.Migration):

    replaces = [
        ('questions', '0001_initial'),
        ('questions', '0002_waiting_import_rows'),
        ('questions', '0003_empty_header_cells'),
        ('questions', '0004_analysis_runs'),
        ('questions', '0005_scale_versions'),
        ('questions', '0006_item_curves'),
        ('questions', '0007_import_live'),
        ('questions', '0008_exams_that_admit_candidates'),
        ('questions', '0009_image'),
        ('questions', '0010_indexes_of_lists'),
        ('questions', '0011_index_of_outdated_facts'),
        ('questions', '0012_job'),
        ('questions', '0013_jobs_of_unfinished_work'),
        ('questions', '0014_columns_of_claims'),
        ('questions', '0015_accounts_that_had_a_role'),
        ('questions', '0016_jobs_without_message'),
        ('questions', '0017_had_role_by_default'),
        ('questions', '0018_exam_of_scales_and_analyses'),
        ('questions', '0019_one_active_scale_an_exam'),
        ('questions', '0020_same_item_in_files'),
        ('questions', '0021_worth_and_partial_credit'),
        ('questions', '0022_archived_exams'),
        ('questions', '0023_collections'),
        ('questions', '0024_tags_and_fixed_order'),
        ('questions', '0025_index_of_tags'),
        ('questions', '0026_first_scores'),
        ('questions', '0027_notice_of_idle_accounts'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='ExamDomain',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('exam', models.CharField(help_text='Code of the exam, as in its blueprint.', max_length=40)),
                    ('number', models.PositiveSmallIntegerField()),
                    ('title', models.CharField(max_length=200)),
                ],
                options={
                    'verbose_name': 'exam domain',
                    'ordering': ['exam', 'number'],
                    'constraints': [models.UniqueConstraint(fields=('exam', 'number'), name='exam_domain_number_unique', violation_error_message='This exam has an exam domain with this number already.')],
                },
            ),
            migrations.CreateModel(
                name='Task',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('exam_domain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='questions.examdomain')),
                    ('code', models.CharField(max_length=10)),
                    ('title', models.CharField(max_length=200)),
                ],
                options={
                    'ordering': ['exam_domain', 'code'],
                    'constraints': [models.UniqueConstraint(fields=('exam_domain', 'code'), name='task_code_unique', violation_error_message='This exam domain has a task with this code already.')],
                },
            ),
            migrations.CreateModel(
                name='Topic',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='questions.task')),
                    ('slug', models.SlugField(max_length=80, unique=True)),
                    ('title', models.CharField(max_length=200)),
                    ('summary', models.TextField(blank=True)),
                    ('weeks', models.JSONField(blank=True, default=list)),
                    ('services', models.JSONField(blank=True, default=list)),
                    ('ordinal', models.PositiveSmallIntegerField(default=0)),
                ],
                options={
                    'ordering': ['task', 'ordinal'],
                },
            ),
            migrations.CreateModel(
                name='Point',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points', to='questions.topic')),
                    ('code', models.CharField(max_length=20, unique=True)),
                    ('text', models.TextField()),
                    ('ordinal', models.PositiveSmallIntegerField(default=0)),
                ],
                options={
                    'ordering': ['topic', 'ordinal'],
                },
            ),
            migrations.CreateModel(
                name='PlanPart',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('exam', models.CharField(help_text='Code of the exam, as in its blueprint.', max_length=40)),
                    ('ordinal', models.PositiveSmallIntegerField()),
                    ('weeks', models.JSONField(default=list)),
                    ('focus', models.TextField()),
                ],
                options={
                    'verbose_name': 'part of the study plan',
                    'verbose_name_plural': 'parts of the study plan',
                    'ordering': ['exam', 'ordinal'],
                    'constraints': [models.UniqueConstraint(fields=('exam', 'ordinal'), name='plan_part_ordinal_unique', violation_error_message='The plan of this exam has a part at this place already.')],
                },
            ),
            migrations.CreateModel(
                name='Question',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.SlugField(max_length=80, unique=True)),
                    ('status', models.CharField(choices=[('draft', 'draft'), ('review', 'in review'), ('pilot', 'pilot'), ('live', 'live'), ('retired', 'retired')], default='draft', max_length=10)),
                    ('origin', models.CharField(choices=[('shipped', 'shipped'), ('local', 'local')], default='local', max_length=10)),
                    ('collection', models.SlugField(default='local', max_length=40)),
                    ('exam_domain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='questions.examdomain')),
                    ('topic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='questions.topic')),
                    ('rating', models.PositiveSmallIntegerField(blank=True, help_text='Of 100 candidates who barely pass, how many answer correctly?', null=True)),
                    ('raters', models.PositiveSmallIntegerField(default=0)),
                    ('ask', models.CharField(blank=True, choices=[('service', 'service or architecture'), ('technique', 'technique, algorithm or metric'), ('diagnosis', 'diagnosis'), ('computation', 'computation'), ('setting', 'setting')], max_length=12)),
                    ('default', models.CharField(blank=True, choices=[('key', 'it is the key'), ('distractor', 'it is a distractor'), ('absent', 'there is none')], max_length=10)),
                    ('as_of', models.DateField(blank=True, help_text='The day on which the facts were checked.', null=True)),
                    ('worth', questions.models.points_field.PointsField(default=100)),
                    ('partial', models.BooleanField(default=False, help_text='In an exam scored in percent, each key selected earns a share of the points, and each wrong option takes one away.')),
                    ('shuffle', models.BooleanField(default=True)),
                    ('tags', questions.models.tags_field.TagsField(blank=True, default=list, help_text='Free labels, separated by commas, to find questions and to draw them.')),
                    ('license', models.CharField(blank=True, max_length=40)),
                    ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('current', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.revision')),
                    ('base', models.JSONField(blank=True, editable=False, null=True)),
                    ('base_sha', models.CharField(blank=True, editable=False, max_length=64)),
                    ('conflict', models.JSONField(blank=True, editable=False, null=True)),
                    ('search_text', models.TextField(blank=True, editable=False)),
                    ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='questions', to='questions.importbatch')),
                    ('lock_version', models.PositiveIntegerField(default=0, editable=False)),
                    ('points', models.ManyToManyField(related_name='questions', through='questions.QuestionPoint', to='questions.point')),
                ],
                options={
                    'ordering': ['code'],
                    'permissions': [('approve_question', 'Can approve questions'), ('import_live', 'Can import live questions')],
                    'indexes': [models.Index(fields=['status', 'topic'], name='question_status_topic'), models.Index(fields=['as_of'], name='question_as_of'), models.Index(condition=models.Q(('tags', ''), _negated=True), fields=['id'], name='question_tagged'), models.Index(condition=models.Q(('conflict__isnull', False)), fields=['code'], name='question_conflict')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'review', 'pilot', 'live', 'retired'])), name='question_status_known', violation_error_message='A question is draft, in review, pilot, live or retired.'), models.CheckConstraint(condition=models.Q(('origin__in', ['shipped', 'local'])), name='question_origin_known', violation_error_message='A question is shipped or local.'), models.CheckConstraint(condition=models.Q(('ask__in', ['', 'service', 'technique', 'diagnosis', 'computation', 'setting'])), name='question_ask_known', violation_error_message='A question asks for a service, technique, diagnosis, computation or setting.'), models.CheckConstraint(condition=models.Q(('default__in', ['', 'key', 'distractor', 'absent'])), name='question_default_known', violation_error_message='The textbook answer is the key, a distractor or absent.'), models.CheckConstraint(condition=models.Q(('rating', None), models.Q(('rating__gte', 1), ('rating__lte', 99)), _connector='OR'), name='question_rating_percent', violation_error_message='A rating is a whole percentage from 1 to 99.'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['pilot', 'live']), _negated=True), models.Q(('rating__gte', 5), ('rating__isnull', False), ('rating__lte', 97)), _connector='OR'), name='question_live_rating', violation_error_message='A live or pilot question needs a rating from 5 to 97.'), models.CheckConstraint(condition=models.Q(('worth__gte', 1), ('worth__lte', 10000)), name='question_worth_possible', violation_error_message='A question is worth from 0.01 to 100 points.'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['pilot', 'live']), _negated=True), ('current__isnull', False), _connector='OR'), name='question_live_wording', violation_error_message='A live or pilot question needs a published revision.')],
                },
            ),
            migrations.CreateModel(
                name='QuestionPoint',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='questions.question')),
                    ('point', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='questions.point')),
                    ('ordinal', models.PositiveSmallIntegerField(default=0)),
                ],
                options={
                    'ordering': ['ordinal'],
                    'constraints': [models.UniqueConstraint(fields=('question', 'point'), name='question_point_unique', violation_error_message='This question names this point already.')],
                },
            ),
            migrations.CreateModel(
                name='Enemy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('low', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enemies_above', to='questions.question')),
                    ('high', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enemies_below', to='questions.question')),
                ],
                options={
                    'verbose_name_plural': 'enemies',
                    'constraints': [models.UniqueConstraint(fields=('low', 'high'), name='enemy_pair_unique', violation_error_message='These two questions are enemies already.'), models.CheckConstraint(condition=models.Q(('low__lt', models.F('high'))), name='enemy_low_below_high', violation_error_message='A question cannot be its own enemy.')],
                },
            ),
            migrations.CreateModel(
                name='Waiver',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='waivers', to='questions.question')),
                    ('rule', models.SlugField(max_length=60)),
                    ('reason', models.CharField(max_length=300)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('question', 'rule'), name='waiver_rule_unique', violation_error_message='This rule is waived for this question already.')],
                },
            ),
            migrations.CreateModel(
                name='AutosavedEdit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('question', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='autosaved_edits', to='questions.question')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('data', models.JSONField()),
                    ('at', models.DateTimeField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('question', 'user'), name='autosaved_edit_unique', violation_error_message='This author already has an autosaved edit of this question.')],
                },
            ),
            migrations.CreateModel(
                name='Blueprint',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40)),
                    ('version', models.PositiveIntegerField()),
                    ('spec', models.JSONField()),
                    ('sha256', models.CharField(max_length=64)),
                    ('origin', models.CharField(choices=[('shipped', 'shipped'), ('local', 'local')], default='shipped', max_length=10)),
                    ('offered', models.BooleanField(default=True)),
                    ('admits', models.BooleanField(default=True)),
                    ('archived', models.BooleanField(db_default=False, default=False)),
                    ('loaded_at', models.DateTimeField()),
                ],
                options={
                    'permissions': [('make_blueprint', 'Can create blueprints')],
                    'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='blueprint_code_version_unique', violation_error_message='This version of the blueprint exists already. Raise its version.'), models.CheckConstraint(condition=models.Q(('origin__in', ['shipped', 'local'])), name='blueprint_origin_known', violation_error_message='A blueprint is shipped or local.'), models.CheckConstraint(condition=models.Q(('archived', False), models.Q(('admits', False), ('offered', False)), _connector='OR'), name='blueprint_archived_is_closed', violation_error_message='An archived exam is closed and not on the start page.')],
                },
            ),
            migrations.CreateModel(
                name='Collection',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(max_length=40)),
                    ('title', models.CharField(blank=True, max_length=120)),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('language', models.CharField(default='en', max_length=8)),
                    ('house_rules', models.JSONField(blank=True, default=list)),
                    ('practicable', models.BooleanField(default=True)),
                ],
                options={
                    'ordering': ['slug'],
                    'constraints': [models.UniqueConstraint(fields=('slug',), name='collection_slug_unique', violation_error_message='There is a collection with this name already.')],
                },
            ),
            migrations.CreateModel(
                name='History',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='questions.question')),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('action', models.CharField(max_length=60)),
                    ('before', models.JSONField(blank=True, null=True)),
                    ('after', models.JSONField(blank=True, null=True)),
                ],
                options={
                    'verbose_name_plural': 'history',
                    'ordering': ['-at', '-id'],
                    'indexes': [models.Index(fields=['-at', '-id'], name='history_newest')],
                },
            ),
            migrations.CreateModel(
                name='Bank',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=0)),
                    ('manifests', models.JSONField(default=dict)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='bank_single_row', violation_error_message='There is one bank.')],
                },
            ),
            migrations.CreateModel(
                name='Image',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sha256', models.CharField(max_length=64, unique=True)),
                    ('ending', models.CharField(choices=[('png', 'PNG'), ('jpg', 'JPEG'), ('webp', 'WebP')], max_length=4)),
                    ('width', models.PositiveIntegerField()),
                    ('height', models.PositiveIntegerField()),
                    ('data', models.BinaryField()),
                    ('at', models.DateTimeField()),
                    ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('ending__in', ['png', 'jpg', 'webp'])), name='image_ending_known', violation_error_message='A picture is PNG, JPEG or WebP.'), models.CheckConstraint(condition=models.Q(('height__gte', 1), ('width__gte', 1)), name='image_has_pixels', violation_error_message='A picture has at least one pixel.')],
                },
            ),
            migrations.CreateModel(
                name='ImportBatch',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('at', models.DateTimeField()),
                    ('file', models.CharField(max_length=300)),
                    ('sha256', models.CharField(max_length=64)),
                    ('format', models.CharField(max_length=20)),
                    ('state', models.CharField(choices=[('checking', 'checking'), ('checked', 'checked, not imported'), ('writing', 'writing'), ('done', 'done'), ('undoing', 'undoing'), ('undone', 'undone'), ('failed', 'failed, nothing was imported')], default='checking', max_length=10)),
                    ('settings', models.JSONField(default=dict)),
                    ('result', models.JSONField(default=dict)),
                ],
                options={
                    'verbose_name': 'import',
                    'ordering': ['-at'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['checking', 'checked', 'writing', 'done', 'undoing', 'undone', 'failed'])), name='import_batch_state_known', violation_error_message='The state of an import must be one of the known states.')],
                },
            ),
            migrations.CreateModel(
                name='ImportFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='questions.importbatch')),
                    ('kind', models.CharField(choices=[('upload', 'upload'), ('refused', 'refused questions')], max_length=10)),
                    ('name', models.CharField(max_length=300)),
                    ('data', models.BinaryField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('batch', 'kind'), name='import_file_unique', violation_error_message='An import has one file of each kind.'), models.CheckConstraint(condition=models.Q(('kind__in', ['upload', 'refused'])), name='import_file_kind_known', violation_error_message='A file of an import must be the upload or the refused questions.')],
                },
            ),
            migrations.CreateModel(
                name='ImportRow',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='questions.importbatch')),
                    ('number', models.PositiveIntegerField()),
                    ('line', models.PositiveIntegerField(blank=True, null=True)),
                    ('name', models.CharField(blank=True, max_length=200)),
                    ('outcome', models.CharField(max_length=10)),
                    ('code', models.CharField(blank=True, max_length=80)),
                    ('near_duplicate', models.BooleanField(default=False)),
                    ('details', models.JSONField(default=dict)),
                    ('plan', models.JSONField(blank=True, null=True)),
                    ('pending', models.BooleanField(default=False)),
                    ('rules', models.JSONField(default=list)),
                ],
                options={
                    'ordering': ['batch_id', 'number'],
                    'constraints': [models.UniqueConstraint(fields=('batch', 'number'), name='import_row_number_unique', violation_error_message='The number of a question must be unique in its file.'), models.CheckConstraint(condition=models.Q(('outcome__in', ['created', 'updated', 'unchanged', 'skipped', 'waiting', 'refused'])), name='import_row_outcome_known', violation_error_message='The outcome must be one of the known outcomes.')],
                },
            ),
            migrations.CreateModel(
                name='Job',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(max_length=40)),
                    ('key', models.CharField(blank=True, max_length=40)),
                    ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=10)),
                    ('due_at', models.DateTimeField()),
                    ('claimed_at', models.DateTimeField(blank=True, null=True)),
                    ('claims', models.PositiveIntegerField(default=0)),
                    ('tries', models.PositiveIntegerField(default=0)),
                    ('progress', models.PositiveIntegerField(default=0)),
                    ('total', models.PositiveIntegerField(default=0)),
                    ('error', models.TextField(blank=True)),
                    ('data', models.JSONField(blank=True, default=dict)),
                ],
                options={
                    'indexes': [models.Index(fields=['state', 'due_at'], name='job_by_state')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('kind', 'key'), name='job_one_waiting', violation_error_message='This work is waiting already.'), models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('kind', 'key'), name='job_one_running', violation_error_message='This work is being done already.'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'running', 'done', 'failed'])), name='job_state_known', violation_error_message='The state of a job must be one of the known states.')],
                },
            ),
            migrations.CreateModel(
                name='Revision',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='questions.question')),
                    ('number', models.PositiveIntegerField()),
                    ('kind', models.CharField(choices=[('multiple-choice', 'multiple choice'), ('multiple-response', 'multiple response')], max_length=20)),
                    ('stem', models.TextField()),
                    ('stem_html', models.TextField(blank=True, editable=False)),
                    ('key', models.PositiveIntegerField()),
                    ('choose', models.PositiveSmallIntegerField()),
                    ('n_options', models.PositiveSmallIntegerField()),
                    ('sha256', models.CharField(max_length=64)),
                    ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('published_at', models.DateTimeField(blank=True, null=True)),
                    ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('reason', models.CharField(blank=True, max_length=300)),
                    ('same_item', models.BooleanField(db_default=False, default=False, editable=False)),
                    ('same_item_as', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.revision')),
                    ('explanation', models.TextField(blank=True)),
                    ('explanation_html', models.TextField(blank=True, editable=False)),
                    ('references', models.JSONField(blank=True, default=list)),
                ],
                options={
                    'ordering': ['question_id', 'number'],
                    'indexes': [models.Index(condition=models.Q(('published_at', None)), fields=['question'], name='revision_unpublished')],
                    'constraints': [models.UniqueConstraint(fields=('question', 'number'), name='revision_number_unique', violation_error_message='This question has a revision with this number already.'), models.CheckConstraint(condition=models.Q(('kind__in', ['multiple-choice', 'multiple-response'])), name='revision_kind_known', violation_error_message='A question is multiple choice or multiple response.'), models.CheckConstraint(condition=models.Q(('n_options__lte', 30)), name='revision_options_at_most_30', violation_error_message='A question has at most 30 options.'), models.CheckConstraint(condition=models.Q(('published_at', None), models.Q(('key__gt', 0), ('key__lt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.Value(1), '<<', models.F('n_options')), '-', models.Value(1)))), _connector='OR'), name='revision_key_possible', violation_error_message='A published question needs a key, and at least one option that is not a key.')],
                },
            ),
            migrations.CreateModel(
                name='Option',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('revision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='questions.revision')),
                    ('code', models.CharField(max_length=20)),
                    ('ordinal', models.PositiveSmallIntegerField()),
                    ('bit', models.PositiveSmallIntegerField()),
                    ('text', models.TextField()),
                    ('text_html', models.TextField(blank=True, editable=False)),
                    ('rationale', models.TextField(blank=True)),
                    ('rationale_html', models.TextField(blank=True, editable=False)),
                ],
                options={
                    'ordering': ['revision_id', 'ordinal'],
                    'constraints': [models.UniqueConstraint(fields=('revision', 'code'), name='option_code_unique', violation_error_message='Two options of a revision cannot share a code, place or bit.'), models.UniqueConstraint(fields=('revision', 'ordinal'), name='option_ordinal_unique', violation_error_message='Two options of a revision cannot share a code, place or bit.'), models.UniqueConstraint(fields=('revision', 'bit'), name='option_bit_unique', violation_error_message='Two options of a revision cannot share a code, place or bit.')],
                },
            ),
            migrations.CreateModel(
                name='QuestionReport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='questions.revision')),
                    ('candidate_uuid', models.UUIDField()),
                    ('ticked', models.PositiveIntegerField(default=0)),
                    ('text', models.TextField()),
                    ('status', models.CharField(choices=[('open', 'open'), ('closed', 'closed')], default='open', max_length=10)),
                    ('outcome', models.TextField(blank=True)),
                    ('at', models.DateTimeField()),
                ],
                options={
                    'ordering': ['-at'],
                    'indexes': [models.Index(fields=['-at', '-id'], name='question_report_newest'), models.Index(fields=['candidate_uuid'], name='question_report_candidate'), models.Index(condition=models.Q(('status', 'open')), fields=['revision'], name='question_report_open')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'closed'])), name='question_report_status_known', violation_error_message='A report is open or closed.')],
                },
            ),
            migrations.CreateModel(
                name='RaterRating',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rater_ratings', to='questions.question')),
                    ('rater', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('value', models.PositiveSmallIntegerField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('question', 'rater'), name='rater_rating_unique', violation_error_message='You have rated this question already.'), models.CheckConstraint(condition=models.Q(('value__gte', 1), ('value__lte', 99)), name='rater_rating_percent', violation_error_message='A rating is a whole percentage from 1 to 99.')],
                },
            ),
            migrations.CreateModel(
                name='ScaleVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('exam', models.CharField(max_length=40)),
                    ('number', models.PositiveIntegerField(unique=True)),
                    ('active', models.BooleanField(default=False)),
                    ('reference', models.JSONField()),
                    ('activated_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('base', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.scaleversion')),
                    ('synthetic', models.BooleanField(default=False)),
                    ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('mu', models.FloatField(default=0.0)),
                    ('sigma', models.FloatField(default=1.0)),
                    ('candidates', models.PositiveIntegerField(default=0, help_text='Exams whose responses were used.')),
                    ('responses', models.PositiveIntegerField(default=0)),
                ],
                options={
                    'ordering': ['-number'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('active', True)), fields=('exam',), name='scale_one_active_of_exam', violation_error_message='Another scale version of this exam is active.'), models.CheckConstraint(condition=models.Q(('exam', ''), _negated=True), name='scale_has_exam', violation_error_message='A scale belongs to an exam.')],
                },
            ),
            migrations.CreateModel(
                name='ScaleActivation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('scale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='activations', to='questions.scaleversion')),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('evidence', models.JSONField(default=dict)),
                ],
                options={
                    'ordering': ['-at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='ItemParameter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('scale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parameters', to='questions.scaleversion')),
                    ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parameters', to='questions.revision')),
                    ('b', models.FloatField()),
                    ('se', models.FloatField()),
                    ('n', models.PositiveIntegerField()),
                    ('anchor', models.BooleanField(default=False)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('scale', 'revision'), name='item_parameter_unique', violation_error_message='This revision has a difficulty on this scale already.')],
                },
            ),
            migrations.CreateModel(
                name='AnalysisRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('exam', models.CharField(max_length=40)),
                    ('cause', models.CharField(choices=[('night', 'nightly'), ('request', 'requested'), ('ruling', 'scores changed by a ruling')], max_length=10)),
                    ('synthetic', models.BooleanField(default=False)),
                    ('requested_at', models.DateTimeField()),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('finished_at', models.DateTimeField(blank=True, null=True)),
                    ('place', models.PositiveBigIntegerField(default=0)),
                    ('total', models.PositiveIntegerField(default=0)),
                    ('exams', models.PositiveIntegerField(default=0)),
                    ('responses', models.PositiveIntegerField(default=0)),
                    ('reliability', models.FloatField(blank=True, null=True)),
                    ('consistency', models.FloatField(blank=True, null=True)),
                    ('fixed_forms', models.JSONField(blank=True, default=list)),
                    ('first_scores', models.JSONField(blank=True, null=True)),
                ],
                options={
                    'ordering': ['-requested_at', '-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('cause__in', ['night', 'request', 'ruling'])), name='analysis_run_cause_known', violation_error_message='An analysis is nightly, requested, or follows a ruling.'), models.CheckConstraint(condition=models.Q(('exam', ''), _negated=True), name='analysis_run_has_exam', violation_error_message='An analysis belongs to an exam.')],
                },
            ),
            migrations.CreateModel(
                name='ItemStatistics',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('revision', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='statistics', to='questions.revision')),
                    ('synthetic', models.BooleanField(default=False)),
                    ('n', models.PositiveIntegerField(default=0)),
                    ('exposures', models.PositiveIntegerField(default=0)),
                    ('p', models.FloatField(null=True)),
                    ('r', models.FloatField(null=True)),
                    ('upper_lower', models.FloatField(null=True)),
                    ('infit', models.FloatField(null=True)),
                    ('b', models.FloatField(null=True)),
                    ('se', models.FloatField(null=True)),
                    ('curve', models.JSONField(default=list)),
                    ('median_seconds', models.FloatField(null=True)),
                    ('omit', models.FloatField(null=True)),
                    ('not_reached', models.FloatField(null=True)),
                    ('flags', models.JSONField(default=list)),
                ],
                options={
                    'verbose_name_plural': 'item statistics',
                },
            ),
            migrations.CreateModel(
                name='OptionStatistics',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('statistics', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='questions.itemstatistics')),
                    ('bit', models.PositiveSmallIntegerField()),
                    ('count', models.PositiveIntegerField(default=0)),
                    ('mean', models.FloatField(null=True)),
                    ('r', models.FloatField(null=True)),
                    ('low', models.FloatField(null=True)),
                    ('mid', models.FloatField(null=True)),
                    ('high', models.FloatField(null=True)),
                ],
                options={
                    'verbose_name_plural': 'option statistics',
                    'constraints': [models.UniqueConstraint(fields=('statistics', 'bit'), name='option_statistics_bit_unique', violation_error_message='This option has statistics already.')],
                },
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('display_name', models.CharField(blank=True, max_length=150, verbose_name='name shown to others')),
                    ('had_role', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='has or had a role')),
                    ('idle_notice_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='told that it is idle')),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'abstract': False,
                },
                managers=[
                    ('objects', django.contrib.auth.models.UserManager()),
                ],
            ),
        ]),
    ]
