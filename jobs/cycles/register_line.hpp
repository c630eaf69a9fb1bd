/// One line of register input: read, then turned into a register. Reading checks form (keys, types, ranges
/// that do not depend on the field); making the register checks the mathematics. Neither knows the file; the
/// caller says where.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cycles/options.hpp"
#include "cycles/register_spec.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/fsr/forms.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/sched/priority.hpp"

namespace gforbit::job_cycles {

using sched::Priority;

/// What a line says; what it does not say is empty.
struct RegisterLine {
  std::optional<std::uint64_t> field{};
  std::vector<std::uint64_t> modulus{};  ///< empty: the default
  fsr::Form form{};
  std::optional<std::string> system{};  ///< JSON, which says field and modulus, too; without a form
  std::optional<std::string> id{};
  std::optional<Priority> priority{};
  std::optional<Method> method{};
  std::optional<std::chrono::milliseconds> timeout{};  ///< 0: none
  std::optional<bool> index{};                         ///< whether the index of the run has it
};

/// A key (or option) whose value breaks a rule. what() is `key 'field': rule`.
class KeyError : public core::InputError {
 public:
  KeyError(std::string key, std::string rule);
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] const std::string& rule() const noexcept { return rule_; }

 private:
  std::string key_, rule_;
};

inline constexpr std::size_t kLongestId = 255;  ///< bytes

/// Reads one JSON object, or a text: an expression over GF(2) whose highest cell says the degree. Memory is
/// that of the values; nesting is refused where it begins.
/// @throws core::InputError  KeyError, or a message that begins with the column (1-based byte of the line)
[[nodiscard]] RegisterLine read_json_line(std::string_view line);

/// Reads a row of lfsr-seq's files: c_0,...,c_{d-1}, each cell an element of GF(q), perhaps in double quotes.
/// @throws core::InputError  a message that begins with the column (1-based cell of the row)
[[nodiscard]] RegisterLine read_csv_row(std::string_view row, std::uint64_t q);

/// @throws KeyError  the key field or modulus
[[nodiscard]] galois::Field make_field(const RegisterLine& line, FieldCache& fields);

/// @throws KeyError  a required key is missing, keys contradict each other, or a value is not one of this
/// field
[[nodiscard]] fsr::Register make_register(const RegisterLine& line, FieldCache& fields);

}  // namespace gforbit::job_cycles
