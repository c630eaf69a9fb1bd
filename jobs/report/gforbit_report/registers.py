"""Registers as Python numbers: what a picture of some thousand states needs. For more of them there is gforbit itself."""

import dataclasses
import functools
import re

import numpy as np


class Field:
    """GF(q), elements as integers 0..q-1 by their base-p digits.

    Parameters
    ----------
    order : int
    modulus : list of int
        Coefficients low to high; empty for a prime order.
    """

    def __init__(self, order, modulus=()):
        self.order = int(order)
        self.modulus = list(modulus)
        self.degree = max(len(self.modulus) - 1, 1)
        self.characteristic = round(self.order ** (1 / self.degree))

    def digits(self, element):
        return [element // self.characteristic**i % self.characteristic for i in range(self.degree)]

    def element(self, digits):
        return sum(d % self.characteristic * self.characteristic**i for i, d in enumerate(digits))

    def add(self, a, b):
        return self.element([x + y for x, y in zip(self.digits(a), self.digits(b))])

    def multiply(self, a, b):
        if self.degree == 1:
            return a * b % self.order
        return self._product(min(a, b), max(a, b))

    @functools.lru_cache(maxsize=1 << 16)
    def _product(self, a, b):
        product = np.convolve(self.digits(a), self.digits(b)) % self.characteristic
        for i in range(len(product) - 1, self.degree - 1, -1):
            lead = product[i]
            product[i - self.degree : i + 1] = (
                product[i - self.degree : i + 1] - lead * np.array(self.modulus)
            ) % self.characteristic
        return int(self.element(product[: self.degree].tolist()))

    def power(self, a, exponent):
        result = 1
        while exponent:
            if exponent % 2:
                result = self.multiply(result, a)
            a = self.multiply(a, a)
            exponent //= 2
        return result


@dataclasses.dataclass
class Term:
    """A monomial of a feedback: coefficient times the product of cells to their exponents."""

    coefficient: int
    exponents: dict


NORMAL_FORM = re.compile(r"\s*{0}(\*{0})*(\s*\+\s*{0}(\*{0})*)*\s*".format(r"(x\d+(\^\d+)?|\d+)"))


def parse(feedback):
    """Terms of a feedback text in its normal form, such as ``x0 + 2*x1^2*x3 + 1``; None if it is in another form."""
    if not NORMAL_FORM.fullmatch(feedback):
        return None
    terms = []
    for text in feedback.split("+"):
        term = Term(1, {})
        for factor in text.strip().split("*"):
            if factor.startswith("x"):
                cell, _, exponent = factor[1:].partition("^")
                term.exponents[int(cell)] = int(exponent or 1)
            else:
                term.coefficient = int(factor)
        terms.append(term)
    return [t for t in terms if t.coefficient != 0]


def successors(register):
    """The step map of a row of results/registers.

    Returns
    -------
    list of int
        Index of the next state, by state index. Time and memory q^d. None if the feedback is not in its normal form.
    """
    q, d = int(register.field_order), int(register.degree)
    field = Field(q, [int(c) for c in register.modulus.split(",")] if register.modulus else [])
    terms = parse(register.feedback)
    if terms is None:
        return None
    following = []
    for state in range(q**d):
        cells = [state // q**i % q for i in range(d)]
        value = 0
        for term in terms:
            product = term.coefficient
            for cell, exponent in term.exponents.items():
                product = field.multiply(product, field.power(cells[cell], exponent))
            value = field.add(value, product)
        following.append(state // q + value * q ** (d - 1))
    return following
