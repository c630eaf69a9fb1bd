/// Families of feedback functions over GF(2) that a text with names describes: `x0 + x{a} + x{b}*x{c}`.
///
/// Each name stands for a cell x1 to x{n-1}; different names stand for different cells, and none for a cell
/// that the text names by its number. An assignment is the list of the cells of all names, in the order in
/// which the names appear. Assignments are ordered as lists, and the rank is the place in that order. Where
/// exchanging names leaves the text as it is, several assignments give one function: the smallest one counts,
/// the others are skipped. Where the text is its own reverse up to an exchange of names, as without cells
/// named by number, the reverse of each function is in the family, and of the two that of the smaller rank is
/// canonical. Else all functions are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gforbit/search/family.hpp"

namespace gforbit::search {

/// A text with names, for registers of any number of cells.
class Template {
 public:
  static constexpr std::size_t kMostNames = 8;

  /// @throws core::InputError  no sum of x0 and products of other cells, no name, too many names
  explicit Template(std::string text);

  struct Monomial {
    std::uint64_t cells = 0;  ///< bit i: x_i
    std::uint64_t names = 0;  ///< bit i: the name i
    auto operator<=>(const Monomial&) const = default;
  };

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] int names() const noexcept { return names_; }
  [[nodiscard]] const std::vector<Monomial>& monomials() const noexcept { return monomials_; }  ///< with x0
  [[nodiscard]] std::uint64_t cells() const noexcept;  ///< that are named by number, without x0

 private:
  std::string text_;
  int names_ = 0;
  std::vector<Monomial> monomials_;  ///< sorted
};

/// Of a template and a number of cells. Immutable and thread-safe.
class TemplateFamily {
 public:
  /// @throws core::InputError  the degree is out of range, there are not enough cells, or 2^63 assignments
  TemplateFamily(int degree, Template of);

  [[nodiscard]] int degree() const noexcept { return degree_; }
  [[nodiscard]] const Template& of() const noexcept { return template_; }
  [[nodiscard]] std::uint64_t assignments() const noexcept { return assignments_; }  ///< ranks are below
  [[nodiscard]] std::uint64_t functions() const noexcept;
  [[nodiscard]] std::uint64_t canonical_functions() const noexcept;
  [[nodiscard]] bool parity_rules_out() const noexcept { return template_.monomials().size() % 2 == 1; }

  /// Requires rank < assignments().
  [[nodiscard]] Function function(std::uint64_t rank) const { return function_of(cells_of(rank)); }
  /// Whether this rank counts: the smallest of its function and of the reverse.
  [[nodiscard]] bool is_canonical(std::uint64_t rank) const;
  /// The smallest rank of the reverse; nullopt: the functions are no pairs.
  [[nodiscard]] std::optional<std::uint64_t> reversed_rank(std::uint64_t rank) const;

  /// Calls `action(rank, function)` for the canonical functions with ranks in [begin, end), until it returns
  /// false.
  template <class Action>
  void for_each_canonical(std::uint64_t begin, std::uint64_t end, Action&& action) const {
    for (std::uint64_t rank = begin; rank < end;) {
      const Cells cells = cells_of(rank);
      if (const auto next = next_if_unordered(rank, cells)) {
        rank = *next;
        continue;
      }
      if (is_smallest(cells) && !action(rank, static_cast<const Function&>(function_of(cells)))) return;
      ++rank;
    }
  }

 private:
  using Cells = std::vector<int>;  ///< by name
  /// Names that may be exchanged, perhaps together with a reversal: name i takes the place of image[i].
  struct Symmetry {
    std::vector<int> image;
    bool reverses = false;
  };

  void find_symmetries();
  [[nodiscard]] Cells cells_of(std::uint64_t rank) const;
  [[nodiscard]] std::uint64_t rank_of(const Cells& cells) const;
  [[nodiscard]] Function function_of(const Cells& cells) const;
  [[nodiscard]] Cells image(const Symmetry& symmetry, const Cells& cells) const;
  [[nodiscard]] bool is_smallest(const Cells& cells) const;
  /// If two names that may be exchanged stand in the wrong order: the next rank where they do not for these
  /// cells of the names before.
  [[nodiscard]] std::optional<std::uint64_t> next_if_unordered(std::uint64_t rank, const Cells& cells) const;
  [[nodiscard]] std::uint64_t own_reverses() const noexcept;

  int degree_;
  Template template_;
  std::vector<int> free_;              ///< cells for names, ascending
  std::vector<std::uint64_t> behind_;  ///< by name: assignments of the names after it
  std::uint64_t assignments_ = 1;
  std::vector<Symmetry> symmetries_;        ///< a group
  std::uint64_t exchanges_ = 0;             ///< those that do not reverse
  std::vector<std::pair<int, int>> pairs_;  ///< names first < second that may be exchanged alone
};

}  // namespace gforbit::search
