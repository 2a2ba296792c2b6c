from django.db import models


class Carrier(models.Model):
    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, related_name="carriers")
