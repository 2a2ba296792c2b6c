from django.core.management.base import BaseCommand
from django.db import transaction
from django_tenants.utils import schema_context

from carriers.models import Carrier
from customers.models import Customer
from orders.models import Order
from suppliers.models import Supplier


class Command(BaseCommand):
    help = "Stands for the project's tests: an order through every table of a tenant, rolled back"

    def add_arguments(self, parser):
        parser.add_argument("--tenant-name", required=True)

    def handle(self, *args, tenant_name, **options):
        carrier = Carrier.objects.get(code="NORD")
        with schema_context(tenant_name), transaction.atomic():
            house = Supplier.objects.get(code="HOUSE")
            customer = Customer.objects.create(number="C1", name="Smoke", preferred_supplier=house)
            order = Order.objects.create(number="O1", customer=customer, supplier=house, carrier=carrier)
            order.lines.create(product="Brisket", kilograms="12.5")
            transaction.set_rollback(True)
        self.stdout.write("smoke passed")
