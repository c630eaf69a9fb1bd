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
  std::vector<std::string> names;
  /// Fills in as many as there are names. @throws Stopped
  std::function<void(const Elements&, const galois::Field&, const StopLook&, std::span<Statistic>)> measure;
};

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

/// A row for each number that a statistic has: statistic, value, p_value, n.
class StatisticTerm final : public FlatMap {
 public:
  StatisticTerm(std::string column, bool bits_only, Test test)
      : column_(std::move(column)), bits_only_(bits_only), test_(std::move(test)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    place_ = in.index_of(column_);
    if (in[place_].type != Type::elements)
      throw core::InputError(fmt::format("needs vectors of elements, as window(n) makes them, but '{}' is {}",
                                         column_, type_name(in[place_].type)));
    field_ = in[place_].field;
    if (bits_only_ && field_->order() != 2)
      throw core::InputError(fmt::format("needs bits, but '{}' is over GF({})", column_, field_->order()));
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

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

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

/// A test of bits that has two of them.
template <class Action>
Test test_of_two(const std::string& first, const std::string& second, Action action) {
  return {{first, second},
          [=](const Elements& bits, const galois::Field&, const StopLook& stop, std::span<Statistic> out) {
            std::ranges::copy(action(bits, stop), out.begin());
          }};
}

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
      library, name, {}, true,
      [=](Arguments&) {
        return test_of(name, [=](const Elements& bits, const galois::Field&, const StopLook& stop) {
          return statistic(bits, stop);
        });
      },
      usage);
}

constexpr std::uint64_t kLongest = std::uint64_t{1} << 32;

}  // namespace

void add_statistics(Library& library) {
  add(library, "frequency", frequency, "frequency: monobit test (SP 800-22, 2.1)");
  add(library, "runs", runs, "runs (2.3)");
  add(library, "longest_run", longest_run, "longest_run (2.4)");
  add(
      library, "block_frequency", {"m"}, true,
      [](Arguments& a) {
        const std::uint64_t m = a.natural_or("m", 128, 1, kLongest);
        return test_of(fmt::format("block_frequency(m={})", m),
                       [m](const Elements& bits, const galois::Field&, const StopLook& stop) {
                         return block_frequency(bits, m, stop);
                       });
      },
      "block_frequency(m=128) (2.2)");
  add(
      library, "serial", {"m"}, true,
      [](Arguments& a) {
        const auto m = static_cast<int>(a.natural_or("m", 16, 2, 24));
        return test_of_two(fmt::format("serial_1(m={})", m), fmt::format("serial_2(m={})", m),
                           [m](const Elements& bits, const StopLook& stop) { return serial(bits, m, stop); });
      },
      "serial(m=16): two rows (2.11)");
  add(
      library, "approximate_entropy", {"m"}, true,
      [](Arguments& a) {
        const auto m = static_cast<int>(a.natural_or("m", 10, 1, 24));
        return test_of(fmt::format("approximate_entropy(m={})", m),
                       [m](const Elements& bits, const galois::Field&, const StopLook& stop) {
                         return approximate_entropy(bits, m, stop);
                       });
      },
      "approximate_entropy(m=10) (2.12)");
  add(
      library, "cumulative_sums", {}, true,
      [](Arguments&) {
        return test_of_two("cumulative_sums_forward", "cumulative_sums_backward", cumulative_sums);
      },
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
        const std::uint64_t block = a.natural("block", 1, kLongest);
        return test_of(fmt::format("linear_complexity(block={})", block),
                       [block](const Elements& bits, const galois::Field& field, const StopLook& stop) {
                         if (field.order() != 2) throw std::invalid_argument("the test of blocks needs bits");
                         return linear_complexity_test(bits, block, stop);
                       });
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
