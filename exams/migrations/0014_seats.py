"""Let one browser write an exam of a class. Exams that run during the upgrade have no seat: any browser goes on."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0013_joining_of_sittings'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='former_seat',
            field=models.CharField(blank=True, db_default='', default='', help_text='The one before, whose next request counts.', max_length=16),
        ),
        migrations.AddField(
            model_name='attempt',
            name='seat',
            field=models.CharField(blank=True, db_default='', default='', help_text='The browser that writes, in a class.', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('sitting__isnull', False), models.Q(('former_seat', ''), ('seat', '')), _connector='OR'), name='attempt_seat_of_a_class', violation_error_message='Only an exam of a class is written by one browser.'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('former_seat', ''), models.Q(('seat', models.F('former_seat')), _negated=True), _connector='OR'), name='attempt_seats_differ', violation_error_message='The browser before is another one.'),
        ),
    ]
