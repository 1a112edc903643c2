"""Say whether candidates of a class see their grade."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0035_used_places'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitting',
            name='shows_grades',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
