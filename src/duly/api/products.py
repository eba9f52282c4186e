"""/products: the terms on offer, each version as it was made. Two people make a new one, on the staff pages."""

import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from duly.api.access import reader_with
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.shapes import Count, Currency, NumberInPath, ReferenceInPath, answers, the_one
from duly.lending.models import Product as Terms

router = Router(tags=["products"])


class Product(Schema):
    """One version of a product, which never changes."""

    code: str
    version: Count
    name: dict[str, str] = Field(description="By language: en, zh.")
    currency: Currency
    terms: dict[str, Any] = Field(description="A contract's fields without the figures of any one loan.")
    created_at: datetime.datetime


def _shape(one: Terms) -> Product:
    return Product(
        code=one.code,
        version=one.version,
        name={"en": one.name_en, "zh": one.name_zh or one.name_en},
        currency=one.currency,
        terms=one.terms,
        created_at=one.created_at,
    )


@router.get("/products", auth=reader_with("products:read"), response=answers(200, Page[Product]))
def list_products(request: HttpRequest, cursor: Cursor = "", limit: Limit = 100) -> Page[Product]:
    """Every version of every product, in the order in which they were made."""
    rows, following = page_of(Terms.objects.all(), cursor, limit, "products")
    return Page[Product](items=[_shape(one) for one in rows], next=following)


@router.get("/products/{code}/versions/{version}", auth=reader_with("products:read"), response=answers(200, Product))
def read_product(request: HttpRequest, code: ReferenceInPath, version: NumberInPath) -> Product:
    """One version of a product."""
    return _shape(the_one(Terms.objects.filter(version__lt=2**31), code=code, version=min(version, 2**31 - 1)))
