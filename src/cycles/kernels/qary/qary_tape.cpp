#include "qary_tape.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

#include "qary_byte_tape.hpp"
#include "qary_factors.hpp"

namespace gforbit::cycles::qary {

namespace {

constexpr std::uint64_t kLargestByteField = 256;
constexpr std::uint64_t kLargestHalfField = std::uint64_t{1} << 16;
constexpr std::uint64_t kWordFieldLimit = std::uint64_t{1} << 31;

bool is_prime_field(const galois::Field& field) {
  return field.extension_degree() == 1;
}

/// The polynomial of GF(2^m) as a number of m bits, its leading term left out.
std::uint32_t modulus_bits(const galois::Field& field) {
  std::uint32_t bits = 0;
  for (int i = 0; i < field.extension_degree(); ++i) {
    bits |= static_cast<std::uint32_t>(field.modulus()[static_cast<std::size_t>(i)]) << i;
  }
  return bits;
}

/// q^-1 modulo 2^32 for odd q: each round of Newton's iteration doubles the number of right bits.
std::uint32_t inverse_modulo_power(std::uint32_t q) {
  std::uint32_t inverse = q;  // right in 3 bits
  for (int round = 0; round < 4; ++round) inverse *= 2 - q * inverse;
  return inverse;
}

void word_arithmetic(Tape& tape, const galois::Field& field) {
  Arithmetic& to = tape.arithmetic;
  if (field.characteristic() == 2) {
    to.sum = Sum::exclusive_or;
    to.bits = field.extension_degree();
    to.modulus = modulus_bits(field);
  } else {
    const int bits = tape.kind == LaneKind::halves ? 16 : 32;
    to.sum = field.order() < std::uint64_t{1} << (bits - 1) ? Sum::low : Sum::high;
    to.inverse = inverse_modulo_power(to.order);
  }
}

/// A product of a feedback on words or planes: powers of all factors at once from the highest bit of their
/// exponents down.
class ProductTerm {
 public:
  ProductTerm(Tape& tape, const galois::Field& field) : tape_(tape), field_(field) {}

  void compile(const ShiftedProduct& product) {
    std::uint64_t exponents = 0;
    for (const ShiftedPower& factor : product.factors) exponents |= factor.exponent;
    bool begun = false;
    for (int bit = static_cast<int>(std::bit_width(exponents)) - 1; bit >= 0; --bit) {
      if (begun) square();
      for (const ShiftedPower& factor : product.factors) {
        if ((factor.exponent >> bit & 1) == 0) continue;
        multiply(factor, begun);
        if (begun) ++missing_;
        begun = true;
      }
    }
    if (tape_.kind == LaneKind::planes) {
      end_on_planes(product.coefficient);
    } else {
      scale(product.coefficient);
      emit(Op::add_product);
    }
  }

 private:
  void multiply(const ShiftedPower& factor, bool begun) {
    if (factor.shift == 0) return emit(begun ? Op::times : Op::first, factor.cell);
    const bool planes = tape_.kind == LaneKind::planes;
    emit(begun ? Op::times_shifted : Op::first_shifted, factor.cell,
         planes ? tape_.code.code.at(factor.shift) : factor.shift);
  }

  void square() {
    emit(Op::square);
    missing_ = (2 * missing_ + 1) % (field_.order() - 1);
  }

  /// The product lacks `missing_` factors R of Montgomery multiplication, and scaling takes one more.
  void scale(galois::Element coefficient) {
    if (tape_.arithmetic.bits != 0) {
      if (coefficient != 1) emit(Op::scale, 0, coefficient);
      return;
    }
    if (coefficient == 1 && missing_ % (field_.order() - 1) == 0) return;
    const int bits = tape_.kind == LaneKind::halves ? 16 : 32;
    const galois::Element r = (std::uint64_t{1} << bits) % field_.order();
    emit(Op::scale, 0, field_.multiply(coefficient, field_.power(r, missing_ + 1)));
  }

  /// The last factor and the coefficient go into the sum together with the product, if that is all there is
  /// to do.
  void end_on_planes(galois::Element coefficient) {
    Instruction& last = tape_.instructions.back();
    const std::uint32_t code = tape_.code.code.at(coefficient);
    if (last.op == Op::first) {
      last.op = Op::add_scaled;
      last.constant = code;
      return;
    }
    const bool times = last.op == Op::times;
    const Instruction factor = last;
    if (times) tape_.instructions.pop_back();
    if (coefficient != 1) emit(Op::scale, 0, code);
    if (times) tape_.instructions.push_back(factor);
    if (times) {
      tape_.instructions.back().op = Op::add_times;
    } else {
      emit(Op::add_product);
    }
  }

  void emit(Op op, int cell = -1, std::uint64_t constant = 0) {
    tape_.instructions.push_back({.op = op,
                                  .cell = cell < 0 ? 0 : (cell - tape_.degree) * tape_.vectors,
                                  .constant = static_cast<std::uint32_t>(constant)});
  }

  Tape& tape_;
  const galois::Field& field_;
  std::uint64_t missing_ = 0;
};

bool is_cell(const ShiftedProduct& product) {
  return product.coefficient == 1 && product.factors.size() == 1 && product.factors[0].shift == 0 &&
         product.factors[0].exponent == 1;
}

/// Products of words and planes.
void compile_products(Tape& tape, const fsr::Feedback& feedback) {
  const bool planes = tape.kind == LaneKind::planes;
  for (const ShiftedProduct& product : shifted_products(feedback)) {
    if (product.factors.empty()) {
      const auto constant = planes ? tape.code.code.at(product.coefficient) : product.coefficient;
      tape.instructions.push_back({.op = Op::add_constant, .constant = static_cast<std::uint32_t>(constant)});
    } else if (is_cell(product)) {
      tape.instructions.push_back(
          {.op = Op::add_cell, .cell = (product.factors[0].cell - tape.degree) * tape.vectors});
    } else {
      ProductTerm(tape, feedback.field()).compile(product);
    }
  }
  const auto first_sum = std::ranges::find_if(tape.instructions, [](const Instruction& in) {
    return in.op == Op::add_cell || in.op == Op::add_constant || in.op == Op::add_product ||
           in.op == Op::add_scaled || in.op == Op::add_times;
  });
  assert(first_sum != tape.instructions.end());
  first_sum->starts = true;
}

}  // namespace

std::optional<LaneKind> element_kind(const galois::Field& field) {
  const std::uint64_t q = field.order();
  if (q == 2) return std::nullopt;
  if (q <= kLargestByteField) return LaneKind::bytes;
  if (!is_prime_field(field) && field.characteristic() != 2) return std::nullopt;
  if (q <= kLargestHalfField) return LaneKind::halves;
  return q <= kWordFieldLimit ? std::optional(LaneKind::words) : std::nullopt;
}

LaneKind fastest_kind(const galois::Field& field) {
  return has_planes(field) ? LaneKind::planes : element_kind(field).value();
}

LaneKind leader_kind(const galois::Field& field) {
  // Four planes at most.
  return has_planes(field) && field.order() <= 1 << kMostLeaderPlanes ? LaneKind::planes
                                                                      : element_kind(field).value();
}

const LaneFunctions& functions_of(const LevelFunctions& level, LaneKind kind, const galois::Field& field) {
  switch (kind) {
    case LaneKind::bytes:
      return level.bytes;
    case LaneKind::halves:
      return level.halves;
    case LaneKind::words:
      return level.words;
    case LaneKind::planes:
      break;
  }
  assert(has_planes(field));
  switch (field.order()) {
    case 3:
      return level.trits;
    case 5:
      return level.quints;
    case 7:
      return level.septs;
    case 9:
      return level.nines;
    default:
      return level.binary[field.extension_degree() - 2];
  }
}

Tape make_tape(const fsr::Feedback& feedback, LaneKind kind, const LaneFunctions& lanes) {
  const auto& field = feedback.field();
  assert(kind == element_kind(field) || kind == fastest_kind(field));
  int highest = 0;
  for (const auto& term : feedback.terms()) {
    if (!term.factors.empty()) highest = std::max(highest, term.factors.back().cell);
  }
  int steps = kBlock;
  while (steps > feedback.degree() - highest) steps /= 2;
  Tape tape;
  tape.kind = kind;
  tape.degree = feedback.degree();
  tape.vectors = kBlock / steps;
  tape.arithmetic.order = static_cast<std::uint32_t>(field.order());
  if (kind == LaneKind::bytes) {
    compile_bytes(tape, feedback, lanes);
    return tape;
  }
  if (kind == LaneKind::planes) {
    tape.code = plane_code(field);
  } else {
    word_arithmetic(tape, field);
  }
  compile_products(tape, feedback);
  return tape;
}

}  // namespace gforbit::cycles::qary
