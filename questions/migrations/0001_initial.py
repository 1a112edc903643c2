import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='ItemStatistics',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.PositiveIntegerField(default=0)),
                ('exposures', models.PositiveIntegerField(default=0)),
                ('p', models.FloatField(null=True)),
                ('r', models.FloatField(null=True)),
                ('infit', models.FloatField(null=True)),
                ('median_seconds', models.FloatField(null=True)),
                ('omit', models.FloatField(null=True)),
                ('not_reached', models.FloatField(null=True)),
                ('flags', models.JSONField(default=list)),
                ('computed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'item statistics',
            },
        ),
        migrations.CreateModel(
            name='Point',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('text', models.TextField()),
                ('ordinal', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['topic', 'ordinal'],
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
            name='Blueprint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('spec', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('origin', models.CharField(choices=[('shipped', 'shipped'), ('local', 'local')], default='shipped', max_length=10)),
                ('offered', models.BooleanField(default=True)),
                ('loaded_at', models.DateTimeField()),
            ],
            options={
                'permissions': [('make_blueprint', 'Can create blueprints')],
                'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='blueprint_code_version_unique', violation_error_message='This version of the blueprint exists already. Raise its version.'), models.CheckConstraint(condition=models.Q(('origin__in', ['shipped', 'local'])), name='blueprint_origin_known', violation_error_message='A blueprint is shipped or local.')],
            },
        ),
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
            name='ImportBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('file', models.CharField(max_length=300)),
                ('sha256', models.CharField(max_length=64)),
                ('format', models.CharField(max_length=20)),
                ('state', models.CharField(choices=[('checking', 'checking'), ('checked', 'checked, not imported'), ('writing', 'writing'), ('done', 'done'), ('undoing', 'undoing'), ('undone', 'undone'), ('failed', 'failed, nothing was imported')], default='checking', max_length=10)),
                ('settings', models.JSONField(default=dict)),
                ('result', models.JSONField(default=dict)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('interruptions', models.PositiveSmallIntegerField(default=0)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'import',
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='ImportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('upload', 'upload'), ('refused', 'refused questions')], max_length=10)),
                ('name', models.CharField(max_length=300)),
                ('data', models.BinaryField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='questions.importbatch')),
            ],
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
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
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='questions.importbatch')),
            ],
            options={
                'ordering': ['batch_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='OptionStatistics',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bit', models.PositiveSmallIntegerField()),
                ('count', models.PositiveIntegerField(default=0)),
                ('mean', models.FloatField(null=True)),
                ('r', models.FloatField(null=True)),
                ('low', models.FloatField(null=True)),
                ('mid', models.FloatField(null=True)),
                ('high', models.FloatField(null=True)),
                ('statistics', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='questions.itemstatistics')),
            ],
            options={
                'verbose_name_plural': 'option statistics',
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
                ('rating', models.PositiveSmallIntegerField(blank=True, help_text='Of 100 candidates who barely pass, how many answer correctly?', null=True)),
                ('raters', models.PositiveSmallIntegerField(default=0)),
                ('ask', models.CharField(blank=True, choices=[('service', 'service or architecture'), ('technique', 'technique, algorithm or metric'), ('diagnosis', 'diagnosis'), ('computation', 'computation'), ('setting', 'setting')], max_length=12)),
                ('default', models.CharField(blank=True, choices=[('key', 'it is the key'), ('distractor', 'it is a distractor'), ('absent', 'there is none')], max_length=10)),
                ('as_of', models.DateField(blank=True, help_text='The day on which the facts were checked.', null=True)),
                ('license', models.CharField(blank=True, max_length=40)),
                ('base', models.JSONField(blank=True, editable=False, null=True)),
                ('base_sha', models.CharField(blank=True, editable=False, max_length=64)),
                ('conflict', models.JSONField(blank=True, editable=False, null=True)),
                ('search_text', models.TextField(blank=True, editable=False)),
                ('lock_version', models.PositiveIntegerField(default=0, editable=False)),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='questions', to='questions.importbatch')),
                ('exam_domain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='questions.examdomain')),
            ],
            options={
                'ordering': ['code'],
                'permissions': [('approve_question', 'Can approve questions')],
            },
        ),
        migrations.CreateModel(
            name='History',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('action', models.CharField(max_length=60)),
                ('before', models.JSONField(blank=True, null=True)),
                ('after', models.JSONField(blank=True, null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='questions.question')),
            ],
            options={
                'verbose_name_plural': 'history',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Enemy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('high', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enemies_below', to='questions.question')),
                ('low', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enemies_above', to='questions.question')),
            ],
            options={
                'verbose_name_plural': 'enemies',
            },
        ),
        migrations.CreateModel(
            name='AutosavedEdit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('base_version', models.PositiveIntegerField(default=0)),
                ('data', models.JSONField()),
                ('at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('question', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='autosaved_edits', to='questions.question')),
            ],
        ),
        migrations.CreateModel(
            name='QuestionPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveSmallIntegerField(default=0)),
                ('point', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='questions.point')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='questions.question')),
            ],
            options={
                'ordering': ['ordinal'],
            },
        ),
        migrations.AddField(
            model_name='question',
            name='points',
            field=models.ManyToManyField(related_name='questions', through='questions.QuestionPoint', to='questions.point'),
        ),
        migrations.CreateModel(
            name='RaterRating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.PositiveSmallIntegerField()),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rater_ratings', to='questions.question')),
                ('rater', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
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
                ('reason', models.CharField(blank=True, max_length=300)),
                ('explanation', models.TextField(blank=True)),
                ('explanation_html', models.TextField(blank=True, editable=False)),
                ('references', models.JSONField(blank=True, default=list)),
                ('commentary_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='questions.question')),
                ('same_item_as', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.revision')),
            ],
            options={
                'ordering': ['question_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='QuestionReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('candidate_uuid', models.UUIDField()),
                ('ticked', models.PositiveIntegerField(default=0)),
                ('text', models.TextField()),
                ('status', models.CharField(choices=[('open', 'open'), ('closed', 'closed')], default='open', max_length=10)),
                ('outcome', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='questions.revision')),
            ],
            options={
                'ordering': ['-at'],
            },
        ),
        migrations.AddField(
            model_name='question',
            name='current',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.revision'),
        ),
        migrations.CreateModel(
            name='Option',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('ordinal', models.PositiveSmallIntegerField()),
                ('bit', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('text_html', models.TextField(blank=True, editable=False)),
                ('rationale', models.TextField(blank=True)),
                ('rationale_html', models.TextField(blank=True, editable=False)),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='questions.revision')),
            ],
            options={
                'ordering': ['revision_id', 'ordinal'],
            },
        ),
        migrations.AddField(
            model_name='itemstatistics',
            name='revision',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='statistics', to='questions.revision'),
        ),
        migrations.CreateModel(
            name='ScaleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('active', models.BooleanField(default=False)),
                ('reference', models.JSONField()),
                ('activated_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ItemParameter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('b', models.FloatField()),
                ('se', models.FloatField()),
                ('n', models.PositiveIntegerField()),
                ('anchor', models.BooleanField(default=False)),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parameters', to='questions.revision')),
                ('scale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parameters', to='questions.scaleversion')),
            ],
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10)),
                ('title', models.CharField(max_length=200)),
                ('exam_domain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='questions.examdomain')),
            ],
            options={
                'ordering': ['exam_domain', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=80, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('summary', models.TextField(blank=True)),
                ('weeks', models.JSONField(blank=True, default=list)),
                ('services', models.JSONField(blank=True, default=list)),
                ('ordinal', models.PositiveSmallIntegerField(default=0)),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='questions.task')),
            ],
            options={
                'ordering': ['task', 'ordinal'],
            },
        ),
        migrations.AddField(
            model_name='question',
            name='topic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='questions.topic'),
        ),
        migrations.AddField(
            model_name='point',
            name='topic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points', to='questions.topic'),
        ),
        migrations.CreateModel(
            name='Waiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.SlugField(max_length=60)),
                ('reason', models.CharField(max_length=300)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='waivers', to='questions.question')),
            ],
        ),
        migrations.AddConstraint(
            model_name='importbatch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['checking', 'checked', 'writing', 'done', 'undoing', 'undone', 'failed'])), name='import_batch_state_known', violation_error_message='The state of an import must be one of the known states.'),
        ),
        migrations.AddConstraint(
            model_name='importfile',
            constraint=models.UniqueConstraint(fields=('batch', 'kind'), name='import_file_unique', violation_error_message='An import has one file of each kind.'),
        ),
        migrations.AddConstraint(
            model_name='importfile',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['upload', 'refused'])), name='import_file_kind_known', violation_error_message='A file of an import must be the upload or the refused questions.'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(fields=('batch', 'number'), name='import_row_number_unique', violation_error_message='The number of a question must be unique in its file.'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['created', 'updated', 'unchanged', 'skipped', 'refused'])), name='import_row_outcome_known', violation_error_message='The outcome must be created, updated, unchanged, skipped or refused.'),
        ),
        migrations.AddConstraint(
            model_name='optionstatistics',
            constraint=models.UniqueConstraint(fields=('statistics', 'bit'), name='option_statistics_bit_unique', violation_error_message='This option has statistics already.'),
        ),
        migrations.AddConstraint(
            model_name='enemy',
            constraint=models.UniqueConstraint(fields=('low', 'high'), name='enemy_pair_unique', violation_error_message='These two questions are enemies already.'),
        ),
        migrations.AddConstraint(
            model_name='enemy',
            constraint=models.CheckConstraint(condition=models.Q(('low__lt', models.F('high'))), name='enemy_low_below_high', violation_error_message='A question cannot be its own enemy.'),
        ),
        migrations.AddConstraint(
            model_name='autosavededit',
            constraint=models.UniqueConstraint(fields=('question', 'user'), name='autosaved_edit_unique', violation_error_message='This author already has an autosaved edit of this question.'),
        ),
        migrations.AddConstraint(
            model_name='questionpoint',
            constraint=models.UniqueConstraint(fields=('question', 'point'), name='question_point_unique', violation_error_message='This question names this point already.'),
        ),
        migrations.AddConstraint(
            model_name='raterrating',
            constraint=models.UniqueConstraint(fields=('question', 'rater'), name='rater_rating_unique', violation_error_message='You have rated this question already.'),
        ),
        migrations.AddConstraint(
            model_name='raterrating',
            constraint=models.CheckConstraint(condition=models.Q(('value__gte', 1), ('value__lte', 99)), name='rater_rating_percent', violation_error_message='A rating is a whole percentage from 1 to 99.'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('question', 'number'), name='revision_number_unique', violation_error_message='This question has a revision with this number already.'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['multiple-choice', 'multiple-response'])), name='revision_kind_known', violation_error_message='A question is multiple choice or multiple response.'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('n_options__lte', 30)), name='revision_options_at_most_30', violation_error_message='A question has at most 30 options.'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('published_at', None), models.Q(('key__gt', 0), ('key__lt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.Value(1), '<<', models.F('n_options')), '-', models.Value(1)))), _connector='OR'), name='revision_key_possible', violation_error_message='A published question needs a key, and at least one option that is not a key.'),
        ),
        migrations.AddConstraint(
            model_name='questionreport',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'closed'])), name='question_report_status_known', violation_error_message='A report is open or closed.'),
        ),
        migrations.AddConstraint(
            model_name='option',
            constraint=models.UniqueConstraint(fields=('revision', 'code'), name='option_code_unique', violation_error_message='Two options of a revision cannot share a code, place or bit.'),
        ),
        migrations.AddConstraint(
            model_name='option',
            constraint=models.UniqueConstraint(fields=('revision', 'ordinal'), name='option_ordinal_unique', violation_error_message='Two options of a revision cannot share a code, place or bit.'),
        ),
        migrations.AddConstraint(
            model_name='option',
            constraint=models.UniqueConstraint(fields=('revision', 'bit'), name='option_bit_unique', violation_error_message='Two options of a revision cannot share a code, place or bit.'),
        ),
        migrations.AddConstraint(
            model_name='scaleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('active', True)), fields=('active',), name='scale_one_active', violation_error_message='Another scale version is active.'),
        ),
        migrations.AddConstraint(
            model_name='itemparameter',
            constraint=models.UniqueConstraint(fields=('scale', 'revision'), name='item_parameter_unique', violation_error_message='This revision has a difficulty on this scale already.'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(fields=('exam_domain', 'code'), name='task_code_unique', violation_error_message='This exam domain has a task with this code already.'),
        ),
        migrations.AddIndex(
            model_name='question',
            index=models.Index(fields=['status', 'topic'], name='question_status_topic'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'review', 'pilot', 'live', 'retired'])), name='question_status_known', violation_error_message='A question is draft, in review, pilot, live or retired.'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['shipped', 'local'])), name='question_origin_known', violation_error_message='A question is shipped or local.'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(('ask__in', ['', 'service', 'technique', 'diagnosis', 'computation', 'setting'])), name='question_ask_known', violation_error_message='A question asks for a service, technique, diagnosis, computation or setting.'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(('default__in', ['', 'key', 'distractor', 'absent'])), name='question_default_known', violation_error_message='The textbook answer is the key, a distractor or absent.'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(('rating', None), models.Q(('rating__gte', 1), ('rating__lte', 99)), _connector='OR'), name='question_rating_percent', violation_error_message='A rating is a whole percentage from 1 to 99.'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['pilot', 'live']), _negated=True), models.Q(('rating__gte', 5), ('rating__isnull', False), ('rating__lte', 97)), _connector='OR'), name='question_live_rating', violation_error_message='A live or pilot question needs a rating from 5 to 97.'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['pilot', 'live']), _negated=True), ('current__isnull', False), _connector='OR'), name='question_live_wording', violation_error_message='A live or pilot question needs a published revision.'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.UniqueConstraint(fields=('question', 'rule'), name='waiver_rule_unique', violation_error_message='This rule is waived for this question already.'),
        ),
    ]
