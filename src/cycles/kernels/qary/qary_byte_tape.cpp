#include "qary_byte_tape.hpp"

#include <array>
#include <bit>
#include <map>

#include "gforbit/fsr/cell_products.hpp"

namespace gforbit::cycles::qary {

namespace {

using Table = std::array<std::uint8_t, kTableSize>;

/// Table lookups by one shuffle, and logarithms with space for that of 0.
constexpr std::uint64_t kShortField = 16;
constexpr std::uint8_t kLogOfZero = 240;
/// Each further factor takes at most 15 off the logarithm of 0, which must stay at least 128.
constexpr int kMostFactors = 8;

/// Logarithms to some base that generates the multiplicative group.
class Logarithms {
 public:
  explicit Logarithms(const galois::Field& field) : size_(static_cast<int>(field.order()) - 1) {
    galois::Element base = 1;
    while (!generates(field, base)) ++base;
  }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] int log(std::uint64_t element) const { return log_.at(element); }
  [[nodiscard]] std::uint64_t exp(int n) const { return exp_.at(static_cast<std::size_t>(n)); }

 private:
  bool generates(const galois::Field& field, galois::Element base) {
    galois::Element x = 1;
    for (int n = 0; n < size_; ++n, x = field.multiply(x, base)) {
      if (n > 0 && x == 1) return false;
      exp_.at(static_cast<std::size_t>(n)) = x;
      log_.at(x) = n;
    }
    return true;
  }
  int size_;
  std::array<std::uint64_t, kTableSize> exp_{};
  std::array<int, kTableSize> log_{};
};

/// Elements as digits in fields of a byte, so that several can be added without a carry into the next field.
/// Digits base p <= 5 take half a byte, larger ones a byte; elements of more digits take several passes over
/// the terms. Where elements add as they are, there is one pass and nothing to pack.
class Packing {
 public:
  explicit Packing(const galois::Field& field)
      : p_(field.characteristic()),
        needed_(p_ != 2 && field.extension_degree() > 1),
        digits_a_byte_(p_ <= 5 ? 2 : 1),
        passes_(needed_ ? (field.extension_degree() + digits_a_byte_ - 1) / digits_a_byte_ : 1) {}

  [[nodiscard]] bool needed() const { return needed_; }
  [[nodiscard]] int passes() const { return passes_; }
  /// How many elements can be added before reduce().
  [[nodiscard]] int free_digits() const {
    return static_cast<int>((digits_a_byte_ == 2 ? 15 : 255) / (p_ - 1));
  }

  [[nodiscard]] std::uint64_t pack(int pass, std::uint64_t element) const {
    if (!needed_) return element;
    for (int i = 0; i < pass * digits_a_byte_; ++i) element /= p_;
    if (digits_a_byte_ == 1) return element % p_;
    return element % p_ | (element / p_ % p_) << 4;
  }
  /// The fields of a sum modulo p.
  [[nodiscard]] std::uint64_t reduce(std::uint64_t sum) const {
    return digits_a_byte_ == 1 ? sum % p_ : (sum & 15) % p_ | ((sum >> 4) % p_) << 4;
  }
  /// The element with these digits, and 0 for the digits of other passes.
  [[nodiscard]] std::uint64_t unpack(int pass, std::uint64_t sum) const {
    std::uint64_t element = reduce(sum);
    if (digits_a_byte_ == 2) element = (element & 15) + p_ * (element >> 4);
    for (int i = 0; i < pass * digits_a_byte_; ++i) element *= p_;
    return element;
  }

 private:
  std::uint64_t p_;
  bool needed_;
  int digits_a_byte_, passes_;
};

class Compiler {
 public:
  Compiler(Tape& tape, const fsr::Feedback& feedback, const LaneFunctions& lanes)
      : tape_(tape),
        feedback_(feedback),
        field_(feedback.field()),
        lanes_(lanes),
        logs_(field_),
        packing_(field_) {
    Arithmetic& arithmetic = tape.arithmetic;
    const std::uint64_t q = field_.order();
    arithmetic.cell_table = q <= kShortField ? 16 : q <= 128 ? 128 : kTableSize;
    arithmetic.sum = field_.characteristic() == 2 ? Sum::exclusive_or
                     : packing_.needed()          ? Sum::packed
                     : q <= 128                   ? Sum::low
                                                  : Sum::high;
  }

  void compile() {
    const std::vector<fsr::CellProduct> products = fsr::cell_products(feedback_);
    for (int pass = 0; pass < packing_.passes(); ++pass) {
      int added = 0;
      for (const fsr::CellProduct& product : products) {
        if (packing_.needed() && added == packing_.free_digits()) {
          emit({.op = Op::reduce,
                .table = table([&](std::uint64_t sum) { return packing_.reduce(sum); }, kTableSize)});
          added = 1;
        }
        compile_product(product, pass, added == 0);
        ++added;
      }
      if (!packing_.needed()) continue;
      emit({.op = Op::fold,
            .table = table([&](std::uint64_t sum) { return packing_.unpack(pass, sum); }, kTableSize),
            .starts = pass == 0});
    }
  }

 private:
  void compile_product(const fsr::CellProduct& product, int pass, bool starts) {
    const auto c = product.coefficient;
    if (product.functions.empty()) {
      emit({.op = Op::add_constant,
            .constant = static_cast<std::uint32_t>(packing_.pack(pass, c)),
            .starts = starts});
    } else if (product.functions.size() == 1) {
      compile_function(product, pass, starts);
    } else {
      compile_logs(product);
      emit({.op = Op::add_product,
            .table = table(
                [&](std::uint64_t n) {
                  return packing_.pack(pass, field_.multiply(c, logs_.exp(static_cast<int>(n))));
                },
                static_cast<std::uint64_t>(logs_.size())),
            .starts = starts});
    }
  }

  /// Whether f(x + y) = f(x) + f(y).
  [[nodiscard]] bool is_additive(const fsr::CellFunction& function) const {
    return function.is_itself() || (field_.characteristic() == 2 && function.is_power() &&
                                    std::has_single_bit(function.powers.front().exponent));
  }

  void compile_function(const fsr::CellProduct& product, int pass, bool starts) {
    const fsr::CellFunction& function = product.functions.front();
    const auto value = [&](std::uint64_t x) {
      return field_.multiply(product.coefficient, function.at(field_, x));
    };
    Instruction in{.op = Op::add_lookup, .cell = place(function.cell), .starts = starts};
    const bool additive = is_additive(function);
    if (!packing_.needed() && function.is_itself() && product.coefficient == 1) {
      in.op = Op::add_cell;
    } else if (packing_.needed() || field_.order() <= kShortField || !additive) {
      in.table = table([&](std::uint64_t x) { return packing_.pack(pass, value(x)); }, field_.order());
    } else if (lanes_.affine && field_.characteristic() == 2) {
      in.op = Op::add_affine;
      in.table = matrix(value);
    } else if (lanes_.lookup) {
      in.table = table(value, field_.order());
    } else {
      in.op = Op::add_nibbles;
      in.table = nibbles(value);
    }
    emit(in);
  }

  /// The logarithm of a product.
  void compile_logs(const fsr::CellProduct& product) {
    const bool is_short = field_.order() <= kShortField;
    const auto n = static_cast<std::uint64_t>(logs_.size());
    int factors = 0;
    for (const fsr::CellFunction& function : product.functions) {
      const auto log = [&](std::uint64_t x) {
        const galois::Element value = function.at(field_, x);
        return value == 0 ? (is_short ? kLogOfZero : 0) : static_cast<std::uint64_t>(logs_.log(value));
      };
      const std::int32_t cell = place(function.cell);
      // Powers are 0 where the cell is.
      const bool by_value = !is_short && !function.is_power();
      const std::uint32_t zeros = by_value ? table_of_zeros(function) : 0;
      if (is_short && factors == kMostFactors) {
        emit({.op = Op::map,
              .table = table([&](std::uint64_t i) { return logs_.exp(static_cast<int>(i)); }, n)});
        emit({.op = Op::map,
              .table = table(
                  [&](std::uint64_t x) {
                    return x == 0 ? kLogOfZero : static_cast<std::uint64_t>(logs_.log(x));
                  },
                  field_.order())});
        factors = 1;
      }
      if (factors == 0) {
        emit({.op = by_value ? Op::log_value : Op::log,
              .cell = cell,
              .table = table(log, field_.order()),
              .constant = zeros});
      } else {
        const auto next = [&](std::uint64_t x) { return is_short ? log(x) : n - log(x); };
        emit({.op = by_value ? Op::log_next_value : Op::log_next,
              .cell = cell,
              .table = table(next, field_.order()),
              .constant = zeros});
      }
      ++factors;
    }
  }

  std::uint32_t table_of_zeros(const fsr::CellFunction& function) {
    const auto is_not_zero = [&](std::uint64_t x) { return function.at(field_, x) == 0 ? 0 : 255; };
    return static_cast<std::uint32_t>(table(is_not_zero, field_.order()));
  }

  /// A table of value(i) for i < size, 0 behind; equal ones are kept once.
  template <class Value>
  std::int32_t table(Value value, std::uint64_t size) {
    Table entries{};
    for (std::uint64_t i = 0; i < size; ++i) entries.at(i) = static_cast<std::uint8_t>(value(i));
    return keep(entries);
  }

  /// An additive function of bytes by their halves.
  template <class Value>
  std::int32_t nibbles(Value value) {
    Table entries{};
    const bool binary = field_.characteristic() == 2;
    for (std::uint64_t i = 0; i < 16; ++i) {
      const std::uint64_t high = binary ? 16 * i : 16 * i % field_.order();
      entries.at(i) = static_cast<std::uint8_t>(value(i));
      entries.at(16 + i) = static_cast<std::uint8_t>(high < field_.order() ? value(high) : 0);
    }
    return keep(entries);
  }

  /// A function that is linear over GF(2): byte 7 - i holds which bits of the argument make bit i of the
  /// value.
  template <class Value>
  std::int32_t matrix(Value value) {
    Table entries{};
    for (unsigned from = 0; from < static_cast<unsigned>(field_.extension_degree()); ++from) {
      const std::uint64_t image = value(std::uint64_t{1} << from);
      for (unsigned to = 0; to < 8; ++to)
        entries.at(7 - to) |= static_cast<std::uint8_t>((image >> to & 1) << from);
    }
    return keep(entries);
  }

  std::int32_t keep(const Table& entries) {
    const auto [at, is_new] = kept_.try_emplace(entries, static_cast<std::int32_t>(kept_.size()));
    if (is_new) tape_.tables.insert(tape_.tables.end(), entries.begin(), entries.end());
    return at->second;
  }

  [[nodiscard]] std::int32_t place(int cell) const { return (cell - tape_.degree) * tape_.vectors; }
  void emit(const Instruction& in) { tape_.instructions.push_back(in); }

  Tape& tape_;
  const fsr::Feedback& feedback_;
  const galois::Field& field_;
  const LaneFunctions& lanes_;
  Logarithms logs_;
  Packing packing_;
  std::map<Table, std::int32_t> kept_;
};

}  // namespace

void compile_bytes(Tape& tape, const fsr::Feedback& feedback, const LaneFunctions& lanes) {
  Compiler(tape, feedback, lanes).compile();
}

}  // namespace gforbit::cycles::qary
