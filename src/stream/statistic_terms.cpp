#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/stream/statistics.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

/// Statistics of one vector, of which each has a name.
struct Test {
  std::vector<std::string> names{};
  /// Fills in as many as there are names. @throws Stopped
  std::function<void(const Elements&, const galois::Field&, const StopLook&, std::span<Statistic>)> measure{};
};

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// The rows of statistics that go out for the items of a batch, one after the other.
class Rows {
 public:
  Rows(const Batch& in, const std::vector<std::string>& names)
      : in_(in),
        names_(names),
        most_(in.size * names.size()),
        numbers_(make_block<double>(2 * most_)),
        lengths_(make_block<std::int64_t>(most_)) {
    texts_.reserve(most_);
  }
  /// Of the next item: as many as there are names.
  void add(std::span<const Statistic> measured, std::uint64_t length) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const std::size_t row = texts_.size();
      numbers_[row] = measured[i].value;
      numbers_[most_ + row] = measured[i].p_value;
      lengths_[row] = static_cast<std::int64_t>(length);
      texts_.push_back(names_[i]);
    }
  }
  /// The next item has none.
  void leave_out(std::size_t item) { left_out_.push_back(item); }

  [[nodiscard]] Batch take() && {
    Batch out{texts_.size(), indices(), {}};
    out.columns.reserve(4);
    out.columns.emplace_back(make_slice(std::move(texts_)));
    const auto values = make_slice(std::move(numbers_));
    out.columns.emplace_back(values);
    out.columns.emplace_back(values.from(most_));
    out.columns.emplace_back(make_slice(std::move(lengths_)));
    return out;
  }

 private:
  /// Those of the items; shared where they are the same, so that a merge sees that at once.
  [[nodiscard]] Indices indices() const {
    if (names_.size() == 1 && texts_.size() == in_.size) return in_.indices;
    auto list = make_block<std::uint64_t>(texts_.size());
    auto left_out = left_out_.begin();
    for (std::size_t row = 0, item = 0; row < texts_.size(); ++item) {
      if (left_out != left_out_.end() && *left_out == item) {
        ++left_out;
        continue;
      }
      for (std::size_t i = 0; i < names_.size(); ++i) list[row++] = in_.indices[item];
    }
    return Indices::list(std::move(list));
  }

  const Batch& in_;
  const std::vector<std::string>& names_;
  std::size_t most_;
  std::vector<std::string, BlockAllocator<std::string>> texts_;
  std::shared_ptr<double[]> numbers_;  ///< values, then p_values
  std::shared_ptr<std::int64_t[]> lengths_;
  std::vector<std::size_t> left_out_;
};

/// Where the column of vectors stands. @throws core::InputError
std::size_t vectors_in(const Schema& in, const std::string& column) {
  const std::size_t place = in.index_of(column);
  if (in[place].type != Type::elements)
    throw core::InputError(fmt::format("needs vectors of elements, as window(n) makes them, but '{}' is {}",
                                       column, type_name(in[place].type)));
  return place;
}
void require_bits(const Schema& in, std::size_t place) {
  if (in[place].field->order() != 2)
    throw core::InputError(
        fmt::format("needs bits, but '{}' is over GF({})", in[place].name, in[place].field->order()));
}

/// A row for each number that a statistic has: statistic, value, p_value, n.
class StatisticTerm final : public FlatMap {
 public:
  StatisticTerm(std::string column, bool bits_only, Test test)
      : column_(std::move(column)), bits_only_(bits_only), test_(std::move(test)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    place_ = vectors_in(in, column_);
    field_ = in[place_].field;
    if (bits_only_) require_bits(in, place_);
    return Schema({{"statistic", Type::text, {}},
                   {"value", Type::float64, {}},
                   {"p_value", Type::float64, {}},
                   {"n", Type::int64, {}}});
  }

  [[nodiscard]] Batch apply(const Batch& in, Context& context) const override {
    const auto& vectors = std::get<Slice<Elements>>(in.columns[place_]);
    Rows rows(in, test_.names);
    std::vector<Statistic> measured(test_.names.size());
    const StopLook stop = [&] { return context.stop().stop_requested(); };
    for (std::size_t i = 0; i < in.size && !stop(); ++i) {
      try {
        test_.measure(vectors[i], *field_, stop, measured);
        rows.add(measured, vectors[i].size());
      } catch (const Stopped&) {
        break;
      } catch (const Inapplicable&) {
        std::ranges::fill(measured, Statistic{kNone, kNone});
        rows.add(measured, vectors[i].size());
      } catch (const std::invalid_argument& error) {
        rows.leave_out(i);
        context.fail_row(in, i, error.what());
      }
    }
    return std::move(rows).take();
  }

 private:
  std::string column_;
  bool bits_only_;
  Test test_;
  std::size_t place_ = 0;
  std::optional<galois::Field> field_;
};

Statistic complexity(const Elements& sequence, const galois::Field& field, const StopLook& stop) {
  std::optional<std::uint64_t> length;
  if (field.order() == 2) {
    length = linear_complexity_of_bits(sequence, stop);
  } else if (const auto shortest = shortest_register(sequence, field, stop)) {
    length = shortest->length;
  }
  if (!length) throw Stopped{};
  return {static_cast<double>(*length), kNone};
}

/// A test of one statistic.
template <class Action>
Test test_of(const std::string& name, Action action) {
  return {{name},
          [=](const Elements& sequence, const galois::Field& field, const StopLook& stop,
              std::span<Statistic> out) { out[0] = action(sequence, field, stop); }};
}

/// A test of bits that has several of them.
template <class Action>
Test test_of_several(std::vector<std::string> names, Action action) {
  return {std::move(names),
          [=](const Elements& bits, const galois::Field&, const StopLook& stop, std::span<Statistic> out) {
            std::ranges::copy(action(bits, stop), out.begin());
          }};
}

// ---- tests of SP 800-22 -----------------------------------------------------------------------------------

Test bits_test(const std::string& name, Statistic (*statistic)(const Elements&, const StopLook&)) {
  return test_of(name, [=](const Elements& bits, const galois::Field&, const StopLook& stop) {
    return statistic(bits, stop);
  });
}
Test block_frequency_test(std::uint64_t m) {
  return test_of(fmt::format("block_frequency(m={})", m),
                 [m](const Elements& bits, const galois::Field&, const StopLook& stop) {
                   return block_frequency(bits, m, stop);
                 });
}
Test serial_test(int m) {
  return test_of_several({fmt::format("serial_1(m={})", m), fmt::format("serial_2(m={})", m)},
                         [m](const Elements& bits, const StopLook& stop) { return serial(bits, m, stop); });
}
Test approximate_entropy_test(int m) {
  return test_of(fmt::format("approximate_entropy(m={})", m),
                 [m](const Elements& bits, const galois::Field&, const StopLook& stop) {
                   return approximate_entropy(bits, m, stop);
                 });
}
Test cumulative_sums_test() {
  return test_of_several({"cumulative_sums_forward", "cumulative_sums_backward"}, cumulative_sums);
}
Test non_overlapping_test(int m, std::uint64_t blocks) {
  std::vector<std::string> names;
  for (const std::uint32_t pattern : aperiodic_templates(m))
    names.push_back(fmt::format("non_overlapping_template({:0{}b})", pattern, m));
  return test_of_several(std::move(names), [=](const Elements& bits, const StopLook& stop) {
    return non_overlapping_templates(bits, m, blocks, stop);
  });
}
Test overlapping_test(int m, bool exact) {
  return test_of(fmt::format("overlapping_template(m={}{})", m, exact ? ", shares=exact" : ""),
                 [=](const Elements& bits, const galois::Field&, const StopLook& stop) {
                   return overlapping_template(bits, m, exact, stop);
                 });
}
/// One for each state but 0.
std::vector<std::string> names_of_states(const char* test, int most) {
  std::vector<std::string> names;
  for (int x = -most; x <= most; ++x) {
    if (x != 0) names.push_back(fmt::format("{}(x={:+})", test, x));
  }
  return names;
}
Test excursions_test() {
  return test_of_several(names_of_states("random_excursions", 4), random_excursions);
}
Test variant_test() {
  return test_of_several(names_of_states("random_excursions_variant", 9), random_excursions_variant);
}
Test block_complexity_test(std::uint64_t block) {
  return test_of(fmt::format("linear_complexity(block={})", block),
                 [block](const Elements& bits, const galois::Field& field, const StopLook& stop) {
                   if (field.order() != 2) throw std::invalid_argument("the test of blocks needs bits");
                   return linear_complexity_test(bits, block, stop);
                 });
}

/// A test of the whole suite, and how long sequences it needs to mean something.
struct SuiteTest {
  Test test;
  std::uint64_t least;
};

/// All fifteen, in the order of NIST's program and with its parameters; least lengths as SP 800-22 advises.
std::vector<SuiteTest> suite() {
  constexpr std::uint64_t kMillion = 1000000;
  return {{bits_test("frequency", frequency), 100},
          {block_frequency_test(128), 12800},
          {cumulative_sums_test(), 100},
          {bits_test("runs", runs), 100},
          {bits_test("longest_run", longest_run), 128},
          {bits_test("rank", matrix_rank), 38912},
          {bits_test("spectral", spectral), 1000},
          {non_overlapping_test(9, 8), 20544},  // five occurrences expected in a block
          {overlapping_test(9, false), kMillion},
          {bits_test("universal", universal), 387840},
          {approximate_entropy_test(10), std::uint64_t{1} << 16},
          {excursions_test(), kMillion},
          {variant_test(), kMillion},
          {serial_test(16), std::uint64_t{1} << 19},
          {block_complexity_test(500), kMillion}};
}

/// All tests of each vector. Where a test says nothing, the row says why.
class SuiteTerm final : public FlatMap {
 public:
  explicit SuiteTerm(std::string column) : column_(std::move(column)), tests_(suite()) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    place_ = vectors_in(in, column_);
    field_ = in[place_].field;
    require_bits(in, place_);
    schema_ = Schema({{"statistic", Type::text, {}},
                      {"value", Type::float64, {}},
                      {"p_value", Type::float64, {}},
                      {"n", Type::int64, {}},
                      {"reason", Type::text, {}}});
    return schema_;
  }

  [[nodiscard]] Batch apply(const Batch& in, Context& context) const override {
    const auto& vectors = std::get<Slice<Elements>>(in.columns[place_]);
    BatchBuilder rows(schema_);
    const StopLook stop = [&] { return context.stop().stop_requested(); };
    try {
      for (std::size_t i = 0; i < in.size && !stop(); ++i) {
        for (const SuiteTest& one : tests_) add(one, vectors[i], stop, in.indices[i], rows);
      }
    } catch (const Stopped&) {  // what is there is not used
    }
    return rows.take();
  }

 private:
  void add(const SuiteTest& one, const Elements& bits, const StopLook& stop, std::uint64_t index,
           BatchBuilder& rows) const {
    std::vector<Statistic> measured(one.test.names.size(), Statistic{kNone, kNone});
    std::string reason;
    if (bits.size() < one.least) {
      reason = fmt::format("needs at least {} bits", one.least);
    } else {
      try {
        one.test.measure(bits, *field_, stop, measured);
      } catch (const std::invalid_argument& error) {
        std::ranges::fill(measured, Statistic{kNone, kNone});
        reason = error.what();
      }
    }
    for (std::size_t i = 0; i < measured.size(); ++i)
      rows.add(index, {one.test.names[i], measured[i].value, measured[i].p_value,
                       static_cast<std::int64_t>(bits.size()), reason});
  }

  std::string column_;
  std::vector<SuiteTest> tests_;
  std::size_t place_ = 0;
  std::optional<galois::Field> field_;
  Schema schema_;
};

/// Adds a term whose test is made from its arguments.
void add(Library& library, const std::string& name, std::vector<std::string> positional, bool bits_only,
         std::function<Test(Arguments&)> read, const std::string& usage) {
  library.add_term(name, {std::move(positional),
                          [=](Arguments& a) -> Pipeline::Make {
                            const std::string column = a.word_or("column", "value");
                            const Test test = read(a);
                            return [=] { return std::make_unique<StatisticTerm>(column, bits_only, test); };
                          },
                          usage});
}

/// One without arguments.
void add(Library& library, const std::string& name, Statistic (*statistic)(const Elements&, const StopLook&),
         const std::string& usage) {
  add(
      library, name, {}, true, [=](Arguments&) { return bits_test(name, statistic); }, usage);
}

constexpr std::uint64_t kLongest = std::uint64_t{1} << 32;

}  // namespace

void add_statistics(Library& library) {
  add(library, "frequency", frequency, "frequency: monobit test (SP 800-22, 2.1)");
  add(library, "runs", runs, "runs (2.3)");
  add(library, "longest_run", longest_run, "longest_run (2.4)");
  add(library, "rank", matrix_rank, "rank: of matrices of bits (2.5)");
  add(library, "spectral", spectral, "spectral: discrete Fourier transform (2.6)");
  add(
      library, "non_overlapping_template", {"m"}, true,
      [](Arguments& a) {
        const auto m = static_cast<int>(a.natural_or("m", 9, 2, 12));
        return non_overlapping_test(m, a.natural_or("blocks", 8, 1, 1000));
      },
      "non_overlapping_template(m=9, blocks=8): a row for each aperiodic template (2.7)");
  add(
      library, "overlapping_template", {"m"}, true,
      [](Arguments& a) {
        const auto m = static_cast<int>(a.natural_or("m", 9, 2, 12));
        const std::string shares = a.word_or("shares", "nist");
        if (shares != "nist" && shares != "exact") a.fail("shares", "expected nist or exact");
        return overlapping_test(m, shares == "exact");
      },
      "overlapping_template(m=9, shares=nist|exact): of ones (2.8)");
  add(library, "universal", universal, "universal: Maurer's test (2.9)");
  add(
      library, "random_excursions", {}, true, [](Arguments&) { return excursions_test(); },
      "random_excursions: 8 rows, of states of the walk (2.14)");
  add(
      library, "random_excursions_variant", {}, true, [](Arguments&) { return variant_test(); },
      "random_excursions_variant: 18 rows (2.15)");
  library.add_term("sp800_22", {{},
                                [](Arguments& a) -> Pipeline::Make {
                                  const std::string column = a.word_or("column", "value");
                                  return [column] { return std::make_unique<SuiteTerm>(column); };
                                },
                                "sp800_22(column=value): all fifteen tests as NIST's program does them, 188 "
                                "rows; where a test says nothing, `reason` says why"});
  add_second_level(library);
  add(
      library, "block_frequency", {"m"}, true,
      [](Arguments& a) { return block_frequency_test(a.natural_or("m", 128, 1, kLongest)); },
      "block_frequency(m=128) (2.2)");
  add(
      library, "serial", {"m"}, true,
      [](Arguments& a) { return serial_test(static_cast<int>(a.natural_or("m", 16, 2, 24))); },
      "serial(m=16): two rows (2.11)");
  add(
      library, "approximate_entropy", {"m"}, true,
      [](Arguments& a) { return approximate_entropy_test(static_cast<int>(a.natural_or("m", 10, 1, 24))); },
      "approximate_entropy(m=10) (2.12)");
  add(
      library, "cumulative_sums", {}, true, [](Arguments&) { return cumulative_sums_test(); },
      "cumulative_sums: two rows (2.13)");
  add(
      library, "autocorrelation", {"lag"}, true,
      [](Arguments& a) {
        const std::uint64_t lag = a.natural_or("lag", 1, 1, kLongest);
        return test_of(fmt::format("autocorrelation(lag={})", lag),
                       [lag](const Elements& bits, const galois::Field&, const StopLook& stop) {
                         return autocorrelation(bits, lag, stop);
                       });
      },
      "autocorrelation(lag=1)");
  add(
      library, "linear_complexity", {}, false,
      [](Arguments& a) {
        if (!a.has("block")) return test_of("linear_complexity", complexity);
        return block_complexity_test(a.natural("block", 1, kLongest));
      },
      "linear_complexity: of the vector over its field; linear_complexity(block=M): the test of blocks "
      "(2.10)");
  add(
      library, "period", {}, false,
      [](Arguments&) {
        return test_of("period",
                       [](const Elements& sequence, const galois::Field&, const StopLook& stop) -> Statistic {
                         return {static_cast<double>(smallest_period(sequence, stop)), kNone};
                       });
      },
      "period: smallest p with s[i + p] = s[i] throughout the vector");
}

}  // namespace gforbit::stream
