from django.db import models


class Region(models.Model):
    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=100, unique=True)
