from django.db import models


class Customer(models.Model):
    number = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=100)
    preferred_supplier = models.ForeignKey("suppliers.Supplier", on_delete=models.SET_NULL, null=True, blank=True, related_name="customers")
