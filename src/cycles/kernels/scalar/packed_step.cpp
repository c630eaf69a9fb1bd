#include "packed_step.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <map>
#include <utility>

namespace gforbit::cycles {

namespace {

/// Bits of the key of a table of several terms, so that it stays in the first cache, and of one term.
constexpr int kKeyBits = 14, kMostKeyBits = 20;
/// Sums by a table only up to here: two bytes an entry.
constexpr std::uint64_t kMostAddedOrder = 1024;
/// Products of several look-ups only up to here: logarithms have two bytes.
constexpr std::uint64_t kMostMultipliedOrder = 65536;

/// Functions that one table looks up, with a coefficient: a product, or a part of one.
using Part = fsr::CellProduct;

/// Sums of parts in the same cells.
struct Table {
  std::uint64_t cells = 0;  ///< a bit each
  std::vector<Part> parts;
  std::vector<fsr::SignedProduct> products{};  ///< q = 2: parts of many cells
};

/// The bits of `value` at the places of `mask`, packed.
std::uint64_t gathered(std::uint64_t value, std::uint64_t mask) {
  std::uint64_t bits = 0;
  for (int at = 0; mask != 0; mask &= mask - 1, ++at) bits |= (value >> std::countr_zero(mask) & 1) << at;
  return bits;
}

class Compiler {
 public:
  explicit Compiler(const fsr::Register& reg)
      : field_(reg.field()), feedback_(reg.feedback()), step_(std::make_shared<PackedStep>()) {
    PackedStep& s = *step_;
    s.order = field_.order();
    s.states = *reg.enumerable_state_count();
    s.top_place = s.states / s.order;
    s.digit_bits = static_cast<int>(std::bit_width(s.order - 1));
    s.top_shift = s.digit_bits * (reg.degree() - 1);
    s.packed_is_index = std::has_single_bit(s.order);
    s.by_order = core::Divider(s.order);
    if (!s.packed_is_index) make_chunks();
    s.sum = field_.characteristic() == 2     ? PackedStep::Sum::exclusive_or
            : field_.extension_degree() == 1 ? PackedStep::Sum::modular
                                             : PackedStep::Sum::table;
  }

  std::shared_ptr<const PackedStep> run() {
    step_->order == 2 ? place_bits() : place_terms();
    if (step_->order > 2 && !sums_.empty())
      sums_.back().parts.push_back({std::exchange(step_->constant, 0), {}});
    for (const Table& table : sums_) {
      step_->products.push_back({step_->lookups.size(), step_->lookups.size() + 1});
      add_lookup(table);
    }
    for (const std::vector<Table>& product : products_) {
      step_->products.push_back({step_->lookups.size(), step_->lookups.size() + product.size()});
      for (const Table& table : product) add_lookup(table);
    }
    make_tables_of_field();
    step_->oldest_is_itself = step_->is_oldest_and_lookup() && is_oldest_itself();
    pad();
    return step_;
  }

 private:
  void place_terms() {
    // Summands in the oldest cell alone first: they get a table of their own if not all fits one.
    const auto in_oldest = [](const Part& product) {
      return product.functions.size() == 1 && product.functions.front().cell == 0;
    };
    const std::vector<Part> sum = fsr::cell_products(feedback_);
    for (const Part& product : sum) {
      if (product.functions.empty()) step_->constant = product.coefficient;
      if (in_oldest(product)) place(product);
    }
    for (const Part& product : sum) {
      if (!product.functions.empty() && !in_oldest(product)) place(product);
    }
  }

  void make_chunks() {
    constexpr std::uint64_t kMostChunks = 1 << 12;
    PackedStep& s = *step_;
    s.chunks = {0};
    do {
      const std::size_t size = s.chunks.size();
      for (std::uint64_t digit = 1; digit < s.order; ++digit) {
        for (std::size_t i = 0; i < size; ++i) s.chunks.push_back(digit << s.chunk_bits | s.chunks[i]);
      }
      s.chunk_bits += s.digit_bits;
    } while (s.chunks.size() * s.order <= kMostChunks && s.chunk_bits + s.digit_bits <= 32);
    s.by_chunk = core::Divider(s.chunks.size());
  }

  [[nodiscard]] int key_bits(std::uint64_t cells) const { return std::popcount(cells) * step_->digit_bits; }

  /// Whether all that is placed in the first table is x0.
  [[nodiscard]] bool is_oldest_itself() const {
    const std::vector<Part>& parts = sums_.front().parts;
    return parts.size() == 1 && parts.front().coefficient == 1 && parts.front().functions.size() == 1 &&
           parts.front().functions.front().is_itself();
  }

  void place(const Part& whole) {
    std::uint64_t cells = 0;
    for (const fsr::CellFunction& function : whole.functions) cells |= std::uint64_t{1} << function.cell;
    for (Table& table : sums_) {
      if (key_bits(table.cells | cells) > kKeyBits && (table.cells | cells) != table.cells) continue;
      table.cells |= cells;
      table.parts.push_back(whole);
      return;
    }
    if (key_bits(cells) <= kMostKeyBits) {
      sums_.push_back({cells, {whole}});
    } else {
      split(whole);
    }
  }

  /// Over GF(2): linear terms, products that are better compared than looked up, and the others.
  void place_bits() {
    constexpr int kMostLookedUp = 6;
    for (const fsr::SignedProduct& product : fsr::signed_products(feedback_)) {
      const int cells = std::popcount(product.cells);
      if (cells == 0) step_->constant ^= 1;
      if (cells == 1) step_->linear ^= product.cells;
      if (cells <= 1) continue;
      step_->products_of_bits.push_back(product);
      if (cells <= kMostLookedUp) {
        place_monomials(product);
      } else {
        step_->compared.push_back(product);
      }
    }
    look_up_compared();
  }

  /// Many products in few cells are better looked up, too.
  void look_up_compared() {
    constexpr std::size_t kMostCompared = 12;  // in the time of a look-up in a large table
    std::vector<Table> tables;
    for (const fsr::SignedProduct& product : step_->compared) {
      const auto has_space = [&](const Table& table) {
        return std::popcount(table.cells | product.cells) <= kMostKeyBits;
      };
      auto table = std::ranges::find_if(tables, has_space);
      if (table == tables.end()) table = tables.insert(table, Table{});
      table->cells |= product.cells;
      table->products.push_back(product);
    }
    step_->compared.clear();
    for (Table& table : tables) {
      if (table.products.size() > kMostCompared) {
        sums_.push_back(std::move(table));
      } else {
        step_->compared.insert(step_->compared.end(), table.products.begin(), table.products.end());
      }
    }
  }

  void place_monomials(const fsr::SignedProduct& product) {
    fsr::for_each_monomial(product, [&](std::uint64_t cells) {
      Part monomial{1, {}};
      for (; cells != 0; cells &= cells - 1)
        monomial.functions.push_back({std::countr_zero(cells), {{1, 1}}});
      place(monomial);
    });
  }

  void split(const Part& whole) {
    std::vector<Table> product;
    galois::Element coefficient = whole.coefficient;
    for (const fsr::CellFunction& function : whole.functions) {
      const std::uint64_t cell = std::uint64_t{1} << function.cell;
      if (product.empty() || key_bits(product.back().cells | cell) > kKeyBits) {
        product.push_back({0, {Part{coefficient, {}}}});
        coefficient = 1;
      }
      product.back().cells |= cell;
      product.back().parts.front().functions.push_back(function);
    }
    products_.push_back(std::move(product));
  }

  void add_lookup(const Table& table) {
    PackedStep::Lookup lookup;
    std::vector<int> cells;
    int key_at = 0;
    for (std::uint64_t rest = table.cells; rest != 0; rest &= rest - 1) {
      const int cell = std::countr_zero(rest);
      const std::uint64_t digit = (std::uint64_t{1} << step_->digit_bits) - 1;
      const int right = cell * step_->digit_bits - key_at;
      cells.push_back(cell);
      lookup.cells |= digit << (cell * step_->digit_bits);
      if (!lookup.runs.empty() && lookup.runs.back().right == right) {
        lookup.runs.back().mask |= digit << key_at;
      } else {
        lookup.runs.push_back({right, digit << key_at});
      }
      key_at += step_->digit_bits;
    }
    const std::size_t size = std::size_t{1} << key_at;
    const auto fill = [&](auto& values) {
      lookup.offset = values.size();
      values.resize(values.size() + size);
      fill_table(table, cells, values.data() + lookup.offset);
      for (const fsr::SignedProduct& product : table.products)
        add_product(product, table.cells, values.data() + lookup.offset);
    };
    if (step_->order <= 256) {
      fill(step_->values8);
    } else if (step_->order <= 65536) {
      fill(step_->values16);
    } else {
      fill(step_->values32);
    }
    step_->lookups.push_back(std::move(lookup));
  }

  /// The values of a function times a coefficient for all elements.
  const std::vector<galois::Element>& values_of(galois::Element coefficient,
                                                const fsr::CellFunction& function) {
    std::vector<std::uint64_t> key{coefficient};
    for (const fsr::Power& power : function.powers)
      key.insert(key.end(), {power.coefficient, power.exponent});
    std::vector<galois::Element>& table = values_[key];
    if (table.empty()) {
      for (galois::Element x = 0; x < step_->order; ++x)
        table.push_back(field_.multiply(coefficient, function.at(field_, x)));
    }
    return table;
  }

  /// Digit by digit: the sum over all parts at every key; keys with digits beyond q - 1 are never asked for.
  template <class Value>
  void fill_table(const Table& table, const std::vector<int>& cells, Value* values) {
    std::vector<galois::Element> digits(64, 0);
    std::vector<const std::vector<galois::Element>*> tables;
    for (const Part& part : table.parts) {
      for (const fsr::CellFunction& function : part.functions)
        tables.push_back(&values_of(&function == part.functions.data() ? part.coefficient : 1, function));
    }
    if (table.parts.empty()) return;
    std::uint64_t place = 1;
    for (std::size_t i = 0; i < cells.size(); ++i) place *= step_->order;
    for (std::uint64_t n = 0; n < place; ++n) {
      std::uint64_t rest = n, key = 0;
      for (std::size_t i = 0; i < cells.size(); ++i, rest /= step_->order) {
        digits[static_cast<std::size_t>(cells[i])] = rest % step_->order;
        key |= rest % step_->order << (static_cast<int>(i) * step_->digit_bits);
      }
      galois::Element sum = 0;
      auto next = tables.begin();
      for (const Part& part : table.parts) {
        galois::Element value = part.functions.empty() ? part.coefficient : 1;
        for (const fsr::CellFunction& function : part.functions)
          value = field_.multiply(value, (**next++)[digits[static_cast<std::size_t>(function.cell)]]);
        sum = field_.add(sum, value);
      }
      values[key] = static_cast<Value>(sum);
    }
  }

  /// Adds 1 at the keys where the product is 1.
  template <class Value>
  static void add_product(const fsr::SignedProduct& product, std::uint64_t cells, Value* values) {
    const std::uint64_t free = gathered(cells & ~product.cells, cells), ones = gathered(product.ones, cells);
    std::uint64_t key = 0;
    do {
      values[ones | key] ^= 1;
      key = (key - free) & free;
    } while (key != 0);
  }

  void make_tables_of_field() {
    const std::uint64_t q = step_->order;
    if (step_->sum == PackedStep::Sum::table) {
      for (galois::Element a = 0; a < q; ++a) {
        for (galois::Element b = 0; b < q; ++b)
          step_->add.push_back(static_cast<std::uint16_t>(field_.add(a, b)));
      }
    }
    if (products_.empty()) return;
    if (q > 256) {
      if (step_->sum != PackedStep::Sum::modular) make_logarithms();
      return;
    }
    for (galois::Element a = 0; a < q; ++a) {
      for (galois::Element b = 0; b < q; ++b)
        step_->multiply.push_back(static_cast<std::uint8_t>(field_.multiply(a, b)));
    }
  }

  /// The powers of the first element that has q - 1 of them, twice.
  void make_logarithms() {
    const std::uint64_t q = step_->order;
    std::vector<std::uint16_t>& powers = step_->powers;
    for (galois::Element generator = 2; powers.size() < q - 1; ++generator) {
      powers = {1};
      for (galois::Element x = generator; x != 1; x = field_.multiply(x, generator))
        powers.push_back(static_cast<std::uint16_t>(x));
    }
    step_->logs.resize(q, 0);
    for (std::size_t n = 0; n < q - 1; ++n) step_->logs[powers[n]] = static_cast<std::uint16_t>(n);
    powers.insert(powers.end(), powers.begin(), powers.begin() + static_cast<std::ptrdiff_t>(q - 1));
  }

  void pad() {
    constexpr std::size_t kReadBehind = 7;
    step_->values8.resize(step_->values8.size() + kReadBehind);
    step_->values16.resize(step_->values16.size() + kReadBehind);
    step_->values32.resize(step_->values32.size() + kReadBehind);
    step_->multiply.resize(step_->multiply.size() + kReadBehind);
    step_->add.resize(step_->add.size() + kReadBehind);
  }

  const galois::Field& field_;
  const fsr::Feedback& feedback_;
  std::shared_ptr<PackedStep> step_;
  std::vector<Table> sums_;
  std::vector<std::vector<Table>> products_;
  std::map<std::vector<std::uint64_t>, std::vector<galois::Element>> values_;  ///< by coefficients, exponents
};

}  // namespace

std::uint64_t PackedStep::pack(std::uint64_t index) const {
  if (packed_is_index) return index;
  std::uint64_t packed = 0;
  for (int shift = 0; index > 0; shift += chunk_bits) {
    const std::uint64_t rest = by_chunk.quotient(index);
    packed |= chunks[index - rest * chunks.size()] << shift;
    index = rest;
  }
  return packed;
}

bool PackedStep::can_pack(const fsr::Register& reg) {
  if (reg.system() != nullptr) return false;
  const std::uint64_t q = reg.field().order();
  const int bits = static_cast<int>(std::bit_width(q - 1));
  if (!reg.enumerable_state_count() || bits * reg.degree() > 64) return false;
  const bool sums_by_table = reg.field().characteristic() != 2 && reg.field().extension_degree() > 1;
  if (sums_by_table && q > kMostAddedOrder) return false;
  return q <= kMostMultipliedOrder ||
         std::ranges::all_of(fsr::cell_products(reg.feedback()), [&](const fsr::CellProduct& product) {
           return static_cast<int>(product.functions.size()) * bits <= kMostKeyBits;
         });
}

std::shared_ptr<const PackedStep> PackedStep::compile(const fsr::Register& reg) {
  return can_pack(reg) ? Compiler(reg).run() : nullptr;
}

bool vectors_apply(const PackedStep& step) {
  if (step.order == 2) return step.products_of_bits.size() <= kMostProductsInVectors;
  const bool multiplies = step.lookups.size() > step.products.size();
  if (step.order > 256 && multiplies) return false;
  constexpr std::size_t kMostRuns = 32;
  std::size_t runs = 0;
  for (const PackedStep::Lookup& lookup : step.lookups) runs += lookup.runs.size() + 2;
  return runs <= kMostRuns;
}

WordFeedback::WordFeedback(const fsr::Feedback& feedback) {
  assert(feedback.field().order() == 2);
  constexpr int kLowCells = 6, kBlockCells = 3;
  constexpr std::array<std::uint64_t, kLowCells> kPatterns{0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc,
                                                           0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00,
                                                           0xffff0000ffff0000, 0xffffffff00000000};
  std::map<fsr::SignedProduct, Part> parts;
  for (const fsr::SignedProduct& product : fsr::signed_products(feedback)) {
    const fsr::SignedProduct high{product.cells >> (kLowCells + kBlockCells) << kBlockCells,
                                  product.ones >> (kLowCells + kBlockCells) << kBlockCells};
    const std::uint64_t low = product.cells & ((std::uint64_t{1} << (kLowCells + kBlockCells)) - 1);
    if (std::has_single_bit(product.cells) && low == 0) {
      linear_ ^= high.cells;
      continue;
    }
    std::uint64_t pattern = ~std::uint64_t{0};
    for (int cell = 0; cell < kLowCells; ++cell) {
      const std::uint64_t ones = kPatterns[static_cast<std::size_t>(cell)];
      if ((product.cells >> cell & 1) != 0) pattern &= (product.ones >> cell & 1) != 0 ? ones : ~ones;
    }
    const fsr::SignedProduct block{low >> kLowCells, (low & product.ones) >> kLowCells};
    Part& part = high.cells == 0 ? always_ : parts[high];
    part.cells = high;
    for (std::uint64_t i = 0; i < kBlock; ++i) part.values[i] ^= fsr::holds(block, i) ? pattern : 0;
  }
  for (const auto& [cells, part] : parts) parts_.push_back(part);
}

}  // namespace gforbit::cycles
