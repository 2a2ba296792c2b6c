from django.db import models


class Supplier(models.Model):
    code = models.CharField(max_length=16, primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, related_name="+")
