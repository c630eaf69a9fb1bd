// Statistics of all items up to each one, or of the last n. Those of the last n are kept as two stacks of
// partial results, so that nothing is subtracted: what leaves the window leaves no error of rounding behind.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "aggregates.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

__extension__ using Wide = __int128;

/// What is known of some items after one another. Integers are those of int64 and of uint64.
struct Partial {
  std::uint64_t items = 0, values = 0;  ///< values: those that are there
  Wide integers = 0, least = 0, most = 0;
  double reals = 0, low = 0, high = 0;
  double mean = 0, deviations = 0;

  static Partial missing() {
    Partial one;
    one.items = 1;
    return one;
  }
  static Partial of(double value) {
    if (std::isnan(value)) return missing();
    Partial one;
    one.items = one.values = 1;
    one.reals = one.low = one.high = one.mean = value;
    return one;
  }
  template <std::integral T>
  static Partial of(T value) {
    Partial one;
    one.items = one.values = 1;
    one.integers = one.least = one.most = value;
    one.mean = static_cast<double>(value);
    return one;
  }

  /// Of these items and those after them. Deviations after Chan, Golub and LeVeque, The American Statistician
  /// 37, 1983.
  [[nodiscard]] Partial then(const Partial& next) const {
    if (next.values == 0 || values == 0) {
      Partial all = values == 0 ? next : *this;
      all.items = items + next.items;
      return all;
    }
    const auto n = static_cast<double>(values), m = static_cast<double>(next.values);
    const double between = next.mean - mean;
    Partial all;
    all.items = items + next.items;
    all.values = values + next.values;
    all.integers = integers + next.integers;
    all.least = std::min(least, next.least);
    all.most = std::max(most, next.most);
    all.reals = reals + next.reals;
    all.low = std::min(low, next.low);
    all.high = std::max(high, next.high);
    all.mean = mean + between * (m / (n + m));
    all.deviations = deviations + next.deviations + between * between * (n * m / (n + m));
    return all;
  }

  void save(core::ByteWriter& out) const {
    out.put(items).put(values).put(integers).put(least).put(most);
    out.put(reals).put(low).put(high).put(mean).put(deviations);
  }
  static Partial load(core::ByteReader& in) {
    Partial one;
    one.items = in.get<std::uint64_t>();
    one.values = in.get<std::uint64_t>();
    one.integers = in.get<Wide>();
    one.least = in.get<Wide>();
    one.most = in.get<Wide>();
    one.reals = in.get<double>();
    one.low = in.get<double>();
    one.high = in.get<double>();
    one.mean = in.get<double>();
    one.deviations = in.get<double>();
    return one;
  }
};

/// The items that count for the next one.
class Recent {
 public:
  /// @param most  of them; 0: all
  void add(const Partial& one, std::uint64_t most) {
    newer_ = newer_.then(one);
    if (most == 0) return;
    singles_.push_back(one);
    if (older_.size() + singles_.size() <= most) return;
    if (older_.empty()) turn();
    older_.pop_back();
  }
  [[nodiscard]] Partial total() const { return older_.empty() ? newer_ : older_.back().then(newer_); }
  /// Kept beside the total.
  [[nodiscard]] std::size_t size() const noexcept { return older_.size() + singles_.size(); }

  void save(core::ByteWriter& out) const {
    newer_.save(out);
    for (const auto* const list : {&older_, &singles_}) {
      out.put(static_cast<std::uint64_t>(list->size()));
      for (const Partial& one : *list) one.save(out);
    }
  }
  void load(core::ByteReader& in) {
    newer_ = Partial::load(in);
    for (auto* const list : {&older_, &singles_}) {
      list->clear();
      for (std::uint64_t n = in.get_count(); n > 0; --n) list->push_back(Partial::load(in));
    }
  }

 private:
  /// The newer ones become the older ones.
  void turn() {
    Partial all;
    for (std::size_t i = singles_.size(); i-- > 0;) {
      all = singles_[i].then(all);
      older_.push_back(all);
    }
    singles_.clear();
    newer_ = {};
  }

  std::vector<Partial> older_;    ///< each together with those before it in this list; the oldest is the last
  std::vector<Partial> singles_;  ///< the newer ones
  Partial newer_;                 ///< all of singles_; without a limit, of all items
};

/// Adds columns with statistics of the items up to each one.
class Running final : public Stateful {
 public:
  Running(std::vector<Definition> definitions, std::uint64_t over, std::optional<std::string> by)
      : definitions_(std::move(definitions)), over_(over), by_(std::move(by)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    std::vector<ColumnType> columns = in.columns(), added;
    if (by_) static_cast<void>(key_column(in, *by_, key_));
    for (const Definition& d : definitions_) {
      formulas_.emplace_back();
      types_.push_back(Type::int64);
      added.push_back({d.name, Type::int64, {}});
      if (!d.value) continue;
      added.back() = column_of(d, formulas_.back().emplace(d.text, *d.value, in));
      types_.back() = formulas_.back()->type();
    }
    columns.insert(columns.end(), added.begin(), added.end());
    added_ = Schema(std::move(added));
    begin();
    return Schema(std::move(columns));
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t n) const override {
    ColumnSet needed(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(n));
    if (by_) needed[key_] = true;
    for (const auto& formula : formulas_) {
      if (formula) formula->add_columns(needed);
    }
    return needed;
  }
  void limit_memory(std::uint64_t bytes) override { bytes_ = std::min(bytes, kMostBytes); }

  void process(const Batch& in, Output& out, Context& context) override {
    const auto [values, is_wrong] = evaluate_all(formulas_, in, context);
    BatchBuilder results(added_);
    std::vector<std::uint32_t> rows;
    std::vector<Value> row;
    for (std::size_t i = 0; i < in.size; ++i) {
      if (!is_wrong.empty() && is_wrong[i]) continue;
      const auto group = by_ ? groups_.number(in.columns[key_], i) : std::optional<std::size_t>(0);
      if (!group) continue;
      if (recent_.size() < definitions_.size() * (*group + 1))
        recent_.resize(definitions_.size() * (*group + 1));
      std::string message;
      add(values, i, *group, row, message);
      if (!message.empty()) {
        context.fail_row(in, i, message);
        continue;
      }
      results.add(in.indices[i], std::span<Value>(row));
      rows.push_back(static_cast<std::uint32_t>(i));
    }
    check_memory();
    if (rows.empty()) return;
    Batch all = rows.size() == in.size ? in : in.gather(rows);
    std::ranges::move(results.take().columns, std::back_inserter(all.columns));
    out.emit(std::move(all));
  }

  void save(core::ByteWriter& out) const override {
    groups_.save(out);
    out.put(static_cast<std::uint64_t>(recent_.size()));
    for (const Recent& recent : recent_) recent.save(out);
  }
  void load(core::ByteReader& in) override {
    groups_.load(in);
    recent_.assign(in.get_count(), {});
    kept_ = 0;
    for (Recent& recent : recent_) {
      recent.load(in);
      kept_ += recent.size();
    }
  }

 private:
  void begin() {
    groups_.clear();
    recent_.assign(by_ ? 0 : definitions_.size(), {});
  }

  /// Takes an item and sets the values that its new columns have.
  void add(const std::vector<Column>& values, std::size_t item, std::size_t group, std::vector<Value>& row,
           std::string& message) {
    row.clear();
    for (std::size_t d = 0; d < definitions_.size(); ++d) {
      Recent& recent = recent_[group * definitions_.size() + d];
      kept_ -= recent.size();
      recent.add(partial(values[d], item), over_);
      kept_ += recent.size();
      row.push_back(result(recent.total(), definitions_[d], types_[d], message));
    }
  }
  static Partial partial(const Column& values, std::size_t item) {
    if (values.is_null(item)) return Partial::missing();
    if (const auto* const reals = std::get_if<Slice<double>>(&values)) return Partial::of((*reals)[item]);
    if (const auto* const naturals = std::get_if<Slice<std::uint64_t>>(&values))
      return Partial::of((*naturals)[item]);
    if (const auto* const ints = std::get_if<Slice<std::int64_t>>(&values); ints && ints->begin)
      return Partial::of((*ints)[item]);
    return Partial::of(std::int64_t{0});  // count() and texts: that the item is there
  }
  static Value result(const Partial& total, const Definition& d, Type type, std::string& message) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    const auto n = static_cast<double>(total.values);
    switch (d.function) {
      case Function::count:
        return static_cast<std::int64_t>(d.value ? total.values : total.items);
      case Function::missing:
        return static_cast<std::int64_t>(total.items - total.values);
      case Function::sum:
        if (type == Type::float64) return total.reals;
        return integer(total.integers, d, type, message);
      case Function::mean:
        return (type == Type::float64 ? total.reals : static_cast<double>(total.integers)) / n;
      case Function::std:
        return total.values < 2 ? kNone : std::sqrt(total.deviations / (n - 1));
      case Function::min:
      case Function::max:
      case Function::quantile:
        break;
    }
    const bool is_min = d.function == Function::min;
    if (type == Type::float64) return total.values == 0 ? kNone : is_min ? total.low : total.high;
    if (total.values == 0) return Null{};
    return integer(is_min ? total.least : total.most, d, type, message);
  }
  static Value integer(Wide value, const Definition& d, Type type, std::string& message) {
    const Wide least = type == Type::uint64 ? 0 : Wide{std::numeric_limits<std::int64_t>::min()};
    const Wide most = type == Type::uint64 ? Wide{std::numeric_limits<std::uint64_t>::max()}
                                           : Wide{std::numeric_limits<std::int64_t>::max()};
    if (value < least || value > most)
      message = fmt::format("{}: the sum does not fit {}", d.source, type_name(type));
    if (type == Type::uint64) return static_cast<std::uint64_t>(value);
    return static_cast<std::int64_t>(value);
  }

  void check_memory() const {
    const std::uint64_t bytes =
        groups_.bytes() + recent_.size() * sizeof(Recent) + kept_ * std::uint64_t{sizeof(Partial)};
    if (bytes <= bytes_) return;
    throw core::InputError(fmt::format(
        "running: what is kept of {} takes more than the {} MiB that this term may: give a larger --memory, "
        "a smaller `over`, or fewer keys",
        by_ ? core::counted(groups_.size(), "key") : "the last items", bytes_ >> 20));
  }

  std::vector<Definition> definitions_;
  std::uint64_t over_;  ///< 0: all items
  std::optional<std::string> by_;
  std::uint64_t bytes_ = kMostBytes;
  std::size_t key_ = 0;
  std::vector<std::optional<Formula>> formulas_;
  std::vector<Type> types_;  ///< by definition: of what it is of
  Schema added_;
  Groups groups_;
  std::vector<Recent> recent_;  ///< those of a group side by side
  std::uint64_t kept_ = 0;      ///< partial results
};

}  // namespace

void add_running(Library& library) {
  const auto read = [](Arguments& a) -> Pipeline::Make {
    const std::uint64_t over = a.natural_or("over", 0, 1, std::uint64_t{1} << 24);
    const auto by = a.has("by") ? std::optional(a.word("by")) : std::nullopt;
    std::vector<Definition> definitions;
    for (const Argument* const argument : a.others()) {
      definitions.push_back(read_definition(a, *argument));
      if (definitions.back().function == Function::quantile)
        throw SyntaxError(a.text(), argument->value.begin, "running has no quantile: aggregate has");
    }
    if (definitions.empty()) a.fail("running", "needs columns, such as running(s=sum(x), m=mean(x))");
    return [=] { return std::make_unique<Running>(definitions, over, by); };
  };
  library.add_term("running",
                   {{},
                    read,
                    "running(s=sum(x), m=mean(x), over=n, by=key): adds statistics of the items up to each "
                    "one, or of the last n, of its key",
                    true});
}

}  // namespace gforbit::stream
