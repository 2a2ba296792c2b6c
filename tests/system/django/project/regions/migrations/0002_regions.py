from django.db import migrations

REGIONS = {"EU": "Europe", "US": "United States", "AU": "Australia"}


def seed(apps, schema_editor):
    Region = apps.get_model("regions", "Region")
    for code, name in REGIONS.items():
        Region.objects.update_or_create(code=code, defaults={"name": name})


class Migration(migrations.Migration):
    dependencies = [("regions", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
