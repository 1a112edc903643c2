from django.db import migrations


def accept(apps, schema_editor):
    """Store with each revision the options that the newest ruling on it accepts beside its key."""
    rulings = apps.get_model("exams", "KeyRuling").objects
    revisions = apps.get_model("questions", "Revision").objects
    options = apps.get_model("questions", "Option").objects
    newest = {ruling.revision_id: ruling for ruling in rulings.order_by("pk").iterator()}
    for ruling in newest.values():
        key = ruling.old_key if ruling.new_key is None else ruling.new_key
        revision = revisions.filter(pk=ruling.revision_id, key=key).first()
        if revision and ruling.also:
            rows = options.filter(revision=revision).values_list("code", "bit")
            revision.accepted = sorted(code for code, bit in rows if ruling.also >> bit & 1)
            revision.save(update_fields=["accepted"])


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0029_unused_columns'),
        ('questions', '0029_second_answers_of_revisions'),
    ]

    operations = [migrations.RunPython(accept, migrations.RunPython.noop)]
