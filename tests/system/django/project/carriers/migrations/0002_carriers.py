from django.db import migrations


def seed(apps, schema_editor):
    Carrier = apps.get_model("carriers", "Carrier")
    Carrier.objects.update_or_create(code="NORD", defaults={"name": "Nordic Freight", "region_id": "EU"})
    Carrier.objects.update_or_create(code="LONE", defaults={"name": "Lone Star Haulage", "region_id": "US"})


class Migration(migrations.Migration):
    dependencies = [("carriers", "0001_initial"), ("regions", "0002_regions")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
