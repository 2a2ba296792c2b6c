from django.db import migrations


def seed(apps, schema_editor):
    Supplier = apps.get_model("suppliers", "Supplier")
    Supplier.objects.update_or_create(code="HOUSE", defaults={"name": "House Supplier", "region_id": "US"})


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0001_initial"), ("regions", "0002_regions")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
