from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('questions', '0004_order_by_columns'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='blueprint',
            options={'permissions': [('make_blueprint', 'Can make blueprints')]},
        ),
        migrations.AddField(
            model_name='blueprint',
            name='offered',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='blueprint',
            name='origin',
            field=models.CharField(choices=[('shipped', 'shipped'), ('local', 'made here')], default='shipped', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='blueprint',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['shipped', 'local'])), name='blueprint_origin_known', violation_error_message='A blueprint is shipped or made here.'),
        ),
    ]
