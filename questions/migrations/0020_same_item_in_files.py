from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("questions", "0019_one_active_scale_an_exam")]

    operations = [
        migrations.AddField(
            "revision", "same_item", models.BooleanField(db_default=False, default=False, editable=False)
        ),
    ]
