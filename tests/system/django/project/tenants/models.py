from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Client(TenantMixin):
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    auto_create_schema = False  # setup_test_tenant makes it; its tables are migrate_schemas' task


class Domain(DomainMixin):
    pass
