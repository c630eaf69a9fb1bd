#include "gforbit/search/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cctype>
#include <numeric>

#include "combinations.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::search {

namespace {

/// Names are read as cells from this one on.
constexpr int kFirstName = kLargestDegree + 1;

const galois::Field& field() {
  static const galois::Field two = galois::Field::of_order(2);
  return two;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

/// The number of the cell for a name, as long as the name with its braces, so that places stay.
std::string digits_for(const std::string& name, std::ptrdiff_t number) {
  return fmt::format("{:0{}}", kFirstName + number, name.size() + 2);
}

/// A cell that is written with its number, x70 or x[70], and is not one of a register here.
void refuse_large_cells(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('x', at)) != std::string_view::npos;) {
    if (++at < text.size() && text[at] == '[') ++at;
    const std::string_view digits = text.substr(at, text.find_first_not_of("0123456789", at) - at);
    const bool is_large = core::parse_u64(digits).value_or(digits.empty() ? 0 : kFirstName) >= kFirstName;
    if (is_large && (at < 2 || text[at - 2] != '0'))  // not of a number such as 0x96
      throw core::InputError(
          fmt::format("there is no cell x{}: registers have up to {} cells", digits, kLargestDegree));
  }
}

/// The text with a cell for each name, and the names.
std::pair<std::string, std::vector<std::string>> with_cells(std::string_view text) {
  refuse_large_cells(text);
  std::string plain;
  std::vector<std::string> names;
  for (std::size_t open; (open = text.find('{')) != std::string_view::npos;) {
    const std::size_t close = text.find('}', open);
    if (open == 0 || text[open - 1] != 'x' || close == std::string_view::npos)
      throw core::InputError(fmt::format("a name stands in braces behind an x, as in x{{a}}: not {}",
                                         core::quoted(text.substr(open), 20)));
    const std::string name(text.substr(open + 1, close - open - 1));
    if (!is_name(name))
      throw core::InputError(
          fmt::format("a name has a letter, then letters, digits and _: not {}", core::quoted(name, 20)));
    auto known = std::ranges::find(names, name);
    if (known == names.end()) known = names.insert(names.end(), name);
    plain += fmt::format("{}{}", text.substr(0, open), digits_for(name, known - names.begin()));
    text.remove_prefix(close + 1);
  }
  return {plain += text, std::move(names)};
}

/// Of the text with cells for names. @throws core::InputError  with the names
fsr::Feedback parsed(const std::string& plain, const std::vector<std::string>& names) {
  try {
    return fsr::Feedback::parse(field(), kFirstName + static_cast<int>(names.size()), plain);
  } catch (const core::InputError& error) {
    std::string message = error.what();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string digits = "x" + digits_for(names[i], static_cast<std::ptrdiff_t>(i));
      for (std::size_t at; (at = message.find(digits)) != std::string::npos;)
        message.replace(at, digits.size(), fmt::format("x{{{}}}", names[i]));
    }
    throw core::InputError(message);
  }
}

}  // namespace

Template::Template(std::string text) : text_(core::trimmed(text)) {
  const auto [plain, names] = with_cells(text_);
  if (names.empty()) throw core::InputError("it has no name: write x{a} for a cell that is to be chosen");
  if (names.size() > kMostNames)
    throw core::InputError(
        fmt::format("it has {} names, and at most {} are allowed", names.size(), kMostNames));
  names_ = static_cast<int>(names.size());
  const fsr::Feedback feedback = parsed(plain, names);
  if (feedback.constant() != 0)
    throw core::InputError("it has a constant term, so that the zero state is not fixed: leave the 1 out");
  for (const fsr::Term& term : feedback.terms()) {
    Monomial& monomial = monomials_.emplace_back();
    for (const fsr::Factor& factor : term.factors) {
      (factor.cell >= kFirstName ? monomial.names : monomial.cells) |=
          std::uint64_t{1} << (factor.cell >= kFirstName ? factor.cell - kFirstName : factor.cell);
    }
  }
  std::uint64_t used = 0;
  for (const Monomial& monomial : monomials_) used |= monomial.names;
  for (std::size_t name = 0; name < names.size(); ++name) {
    if ((used >> name & 1) == 0)
      throw core::InputError(fmt::format(
          "the name {0} cancels out of the text, which is the same for every cell x{{{0}}}: leave "
          "it out",
          names[name]));
  }
  std::ranges::sort(monomials_);
  const auto with_x0 = [](const Monomial& monomial) { return (monomial.cells & 1) != 0; };
  if (std::ranges::count_if(monomials_, with_x0) != 1 ||
      std::ranges::find(monomials_, Monomial{1, 0}) == monomials_.end())
    throw core::InputError("x0 must stand in the sum once and in no product: else the register is singular");
}

std::uint64_t Template::cells() const noexcept {
  std::uint64_t cells = 0;
  for (const Monomial& monomial : monomials_) cells |= monomial.cells;
  return cells & ~std::uint64_t{1};
}

TemplateFamily::TemplateFamily(int degree, Template of) : degree_(degree), template_(std::move(of)) {
  if (degree < kSmallestDegree || degree > kLargestDegree)
    throw core::InputError(
        fmt::format("the degree {} is not from {} to {}", degree, kSmallestDegree, kLargestDegree));
  const std::uint64_t taken = template_.cells();
  if (taken >> degree != 0)
    throw core::InputError(fmt::format("the cell x{} is not one of x0 to x{}",
                                       static_cast<int>(std::bit_width(taken)) - 1, degree - 1));
  for (int cell = 1; cell < degree; ++cell) {
    if ((taken >> cell & 1) == 0) free_.push_back(cell);
  }
  const auto names = static_cast<std::size_t>(template_.names());
  if (free_.size() < names)
    throw core::InputError(
        fmt::format("it has {} names, and only {} cells are left for them", names, free_.size()));
  behind_.resize(names);
  for (std::size_t name = names; name-- > 0;) {
    behind_[name] = assignments_;
    assignments_ = product(assignments_, free_.size() - name);
  }
  if (assignments_ == kTooMany) throw core::InputError("it has 2^63 assignments or more");
  find_symmetries();
}

void TemplateFamily::find_symmetries() {
  const auto reversed_cells = [this](std::uint64_t cells) {
    std::uint64_t image = cells & 1;
    for (std::uint64_t rest = cells & ~std::uint64_t{1}; rest != 0; rest &= rest - 1)
      image |= std::uint64_t{1} << (degree_ - std::countr_zero(rest));
    return image;
  };
  std::vector<int> image(static_cast<std::size_t>(template_.names()));
  std::iota(image.begin(), image.end(), 0);
  do {
    std::vector<Template::Monomial> same, reverse;
    for (const Template::Monomial& monomial : template_.monomials()) {
      std::uint64_t names = 0;
      for (std::uint64_t rest = monomial.names; rest != 0; rest &= rest - 1)
        names |= std::uint64_t{1} << image[static_cast<std::size_t>(std::countr_zero(rest))];
      same.push_back({monomial.cells, names});
      reverse.push_back({reversed_cells(monomial.cells), names});
    }
    std::ranges::sort(same);
    std::ranges::sort(reverse);
    if (same == template_.monomials()) symmetries_.push_back({image, false});
    if (reverse == template_.monomials()) symmetries_.push_back({image, true});
  } while (std::next_permutation(image.begin(), image.end()));
  for (const Symmetry& symmetry : symmetries_) {
    if (symmetry.reverses) continue;
    ++exchanges_;
    std::vector<int> moved;
    for (int name = 0; name < template_.names(); ++name) {
      if (symmetry.image[static_cast<std::size_t>(name)] != name) moved.push_back(name);
    }
    if (moved.size() == 2) pairs_.emplace_back(moved[0], moved[1]);
  }
}

TemplateFamily::Cells TemplateFamily::cells_of(std::uint64_t rank) const {
  Cells cells, left = free_;
  for (const std::uint64_t behind : behind_) {
    const auto chosen = left.begin() + static_cast<std::ptrdiff_t>(rank / behind);
    cells.push_back(*chosen);
    left.erase(chosen);
    rank %= behind;
  }
  return cells;
}

std::uint64_t TemplateFamily::rank_of(const Cells& cells) const {
  std::uint64_t rank = 0;
  Cells left = free_;
  for (std::size_t name = 0; name < cells.size(); ++name) {
    const auto chosen = std::ranges::find(left, cells[name]);
    rank += static_cast<std::uint64_t>(chosen - left.begin()) * behind_[name];
    left.erase(chosen);
  }
  return rank;
}

Function TemplateFamily::function_of(const Cells& cells) const {
  std::vector<std::uint64_t> monomials;
  for (const Template::Monomial& monomial : template_.monomials()) {
    monomials.push_back(monomial.cells);
    for (std::uint64_t rest = monomial.names; rest != 0; rest &= rest - 1)
      monomials.back() |= std::uint64_t{1} << cells[static_cast<std::size_t>(std::countr_zero(rest))];
  }
  return Function::of_monomials(degree_, monomials);
}

TemplateFamily::Cells TemplateFamily::image(const Symmetry& symmetry, const Cells& cells) const {
  Cells result(cells.size());
  for (std::size_t name = 0; name < cells.size(); ++name)
    result[static_cast<std::size_t>(symmetry.image[name])] =
        symmetry.reverses ? degree_ - cells[name] : cells[name];
  return result;
}

bool TemplateFamily::is_smallest(const Cells& cells) const {
  // As the inverse of each symmetry is one, too, its image may be read backwards, name by name.
  return std::ranges::all_of(symmetries_, [&](const Symmetry& symmetry) {
    for (std::size_t name = 0; name < cells.size(); ++name) {
      const int from = cells[static_cast<std::size_t>(symmetry.image[name])];
      const int cell = symmetry.reverses ? degree_ - from : from;
      if (cell != cells[name]) return cell > cells[name];
    }
    return true;
  });
}

std::optional<std::uint64_t> TemplateFamily::next_if_unordered(std::uint64_t rank, const Cells& cells) const {
  for (const auto& [first, second] : pairs_) {
    if (cells[static_cast<std::size_t>(first)] < cells[static_cast<std::size_t>(second)]) continue;
    const std::uint64_t behind = behind_[static_cast<std::size_t>(second)];
    return (rank / behind + 1) * behind;
  }
  return std::nullopt;
}

bool TemplateFamily::is_canonical(std::uint64_t rank) const {
  return is_smallest(cells_of(rank));
}

std::optional<std::uint64_t> TemplateFamily::reversed_rank(std::uint64_t rank) const {
  const Cells cells = cells_of(rank);
  std::optional<std::uint64_t> smallest;
  for (const Symmetry& symmetry : symmetries_) {
    if (!symmetry.reverses) continue;
    const std::uint64_t other = rank_of(image(symmetry, cells));
    smallest = std::min(other, smallest.value_or(other));
  }
  return smallest;
}

std::uint64_t TemplateFamily::functions() const noexcept {
  return assignments_ / exchanges_;
}

/// As many orbits of the symmetries as the mean number of assignments that one leaves as they are (Burnside).
std::uint64_t TemplateFamily::canonical_functions() const noexcept {
  return (assignments_ + own_reverses()) / symmetries_.size();
}

/// Assignments that a reversal leaves as they are, summed over these. Such one exchanges names in pairs, for
/// cells x_i and x_{n-i}; at most one name is left, for the middle cell.
std::uint64_t TemplateFamily::own_reverses() const noexcept {
  const auto is_free = [this](int cell) { return std::ranges::find(free_, cell) != free_.end(); };
  std::uint64_t cell_pairs = 0;
  for (int cell = 1; 2 * cell < degree_; ++cell)
    cell_pairs += is_free(cell) && is_free(degree_ - cell) ? 1 : 0;
  const bool has_middle = degree_ % 2 == 0 && is_free(degree_ / 2);
  std::uint64_t sum = 0;
  for (const Symmetry& symmetry : symmetries_) {
    if (!symmetry.reverses) continue;
    std::uint64_t ways = 1, alone = 0, pairs = 0;
    for (int name = 0; name < template_.names(); ++name) {
      const int other = symmetry.image[static_cast<std::size_t>(name)];
      if (symmetry.image[static_cast<std::size_t>(other)] != name) ways = 0;
      if (other == name) ++alone;
      if (other > name) ways *= pairs < cell_pairs ? 2 * (cell_pairs - pairs++) : 0;
    }
    if (alone > (has_middle ? 1 : 0)) ways = 0;
    sum += ways;
  }
  return sum;
}

}  // namespace gforbit::search
