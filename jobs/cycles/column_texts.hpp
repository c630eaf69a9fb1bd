/// The texts of the columns about numbers and polynomials, written and read in one place.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/polynomial.hpp"

namespace gforbit::job_cycles {

/// The value of a decimal text of the file; nullopt for anything else, leading zeros included.
[[nodiscard]] std::optional<core::Natural> parse_decimal(const std::string& text);

/// `1,0,1`, low to high: the form of the columns `modulus` and `characteristic_polynomial`.
[[nodiscard]] std::string coefficients_text(std::span<const galois::Element> coefficients);

/// The list of such a text, none for an empty one; nullopt for anything that is no list of numbers.
[[nodiscard]] std::optional<cycles::Coefficients> parse_coefficients(const std::string& text);

/// `[{"polynomial": [1,1], "multiplicity": 1, "order": "3"}, ...]`: the form of the column `factorization`.
/// The order is "0" for the factor x, and where it is not known.
[[nodiscard]] std::string factorization_json(std::span<const cycles::PolynomialFactor> factors);

/// The factors of such a text; nullopt for anything else. Coefficients may be no elements of the field.
[[nodiscard]] std::optional<std::vector<cycles::PolynomialFactor>> parse_factorization(
    const std::string& text);

}  // namespace gforbit::job_cycles
