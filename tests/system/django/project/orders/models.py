from django.db import models


class Order(models.Model):
    number = models.CharField(max_length=16, unique=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="orders")
    supplier = models.ForeignKey("suppliers.Supplier", on_delete=models.PROTECT, related_name="orders")
    carrier = models.ForeignKey("carriers.Carrier", on_delete=models.PROTECT, null=True, related_name="+")
    placed = models.DateTimeField(auto_now_add=True)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.CharField(max_length=100)
    kilograms = models.DecimalField(max_digits=10, decimal_places=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "product"], name="orders_line_once")]
        indexes = [models.Index(fields=["product"], name="orders_line_product")]
