from django.core.management.base import BaseCommand
from django.db import connection

from tenants.models import Client, Domain


class Command(BaseCommand):
    help = "Creates a test tenant, its schema and its domain, where they are not there yet"

    def add_arguments(self, parser):
        parser.add_argument("--tenant-name", required=True)
        parser.add_argument("--domain", required=True)

    def handle(self, *args, tenant_name, domain, **options):
        tenant, created = Client.objects.get_or_create(
            schema_name=tenant_name,
            defaults={"name": f"Test Tenant ({tenant_name})", "description": "Test tenant for CI/CD"},
        )
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(tenant_name)}")
        Domain.objects.get_or_create(domain=domain, defaults={"tenant": tenant, "is_primary": True})
        self.stdout.write(f"tenant {tenant_name}: {'created' if created else 'was there'}")
