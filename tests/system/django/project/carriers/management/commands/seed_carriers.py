from django.core.management.base import BaseCommand

from carriers.models import Carrier


class Command(BaseCommand):
    help = "Seeds carriers without asking what is there: cannot run twice"

    def handle(self, *args, **options):
        Carrier.objects.create(code="ALPS", name="Alpine Cold Chain", region_id="EU")
        Carrier.objects.create(code="GULF", name="Gulf Reefer", region_id="US")
