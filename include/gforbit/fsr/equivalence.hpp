/// Registers whose state graphs are the same up to names: equal period distributions, transient states and
/// longest ways to a cycle. Representatives are not shared: the smallest state of the image of a cycle is not
/// the image of its smallest state.
///
/// A map x -> c (x + b) of the cells, c != 0, or x -> x^p, applied to all cells of all states, turns the
/// register with feedback f into one with another feedback (scaling, complement, Frobenius). Where f = a x0 +
/// g without x0 in g, running backwards is a register too (reversal). Keys are made from all these images.
#pragma once

#include <optional>
#include <string>

#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

/// The register that runs backwards; nullopt where f has not the form above.
[[nodiscard]] std::optional<Feedback> reversed(const Feedback& feedback);

/// The image under x -> x + 1, over GF(2) the complement: f(x - 1) + 1. nullopt: too long to multiply out.
[[nodiscard]] std::optional<Feedback> complemented(const Feedback& feedback);

/// Equal keys of registers of one field and degree: the same state graph up to names. (Not the other way
/// round: larger fields, q(q-1)m > 256, are looked at without complement or without scaling, long products
/// without complement.)
/// @note  cost: up to 512 normal forms; four over GF(2)
[[nodiscard]] std::string equivalence_key(const Feedback& feedback);

}  // namespace gforbit::fsr
