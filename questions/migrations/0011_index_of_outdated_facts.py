from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('questions', '0010_indexes_of_lists'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='question',
            index=models.Index(fields=['as_of'], name='question_as_of'),
        ),
    ]
