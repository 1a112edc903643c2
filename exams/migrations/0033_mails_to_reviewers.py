from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0032_flash_cards'),
    ]

    operations = [
        migrations.AddField(
            model_name='reminders',
            name='practice',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='reminders',
            name='reviews',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
