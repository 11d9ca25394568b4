"""Letters of work orders: A to Z, AA, AB ... per complaint."""

from __future__ import annotations

from libs.procedures.orders import OrderTable

_ALPHABET = 26


def next_letters(orders: OrderTable) -> str:
    """The first letters that no order of the complaint has."""
    taken = {order.id for order in orders}
    index = 0
    while (letters := _letters(index)) in taken:
        index += 1
    return letters


def _letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, _ALPHABET)
        letters = chr(ord("A") + rest) + letters
    return letters
