#include "cycles/column_texts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "gforbit/core/text.hpp"

namespace gforbit::job_cycles {

namespace {

std::optional<cycles::PolynomialFactor> parse_factor(const nlohmann::json& item) {
  const bool is_factor = item.is_object() && item.contains("polynomial") && item.contains("multiplicity") &&
                         item.contains("order") && item["polynomial"].is_array() &&
                         item["polynomial"].size() >= 2 && item["multiplicity"].is_number_unsigned() &&
                         item["order"].is_string();
  if (!is_factor) return std::nullopt;
  cycles::PolynomialFactor factor;
  for (const auto& coefficient : item["polynomial"]) {
    if (!coefficient.is_number_unsigned()) return std::nullopt;
    factor.coefficients.push_back(coefficient.get<std::uint64_t>());
  }
  const auto multiplicity = item["multiplicity"].get<std::uint64_t>();
  const auto order = parse_decimal(item["order"].get<std::string>());
  if (multiplicity > std::numeric_limits<unsigned>::max() || !order) return std::nullopt;
  factor.multiplicity = static_cast<unsigned>(multiplicity);
  factor.order = *order;
  return factor;
}

}  // namespace

std::optional<core::Natural> parse_decimal(const std::string& text) {
  const bool is_digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return core::natural(text);
}

std::string coefficients_text(std::span<const galois::Element> coefficients) {
  return fmt::format("{}", fmt::join(coefficients, ","));
}

std::optional<cycles::Coefficients> parse_coefficients(const std::string& text) {
  cycles::Coefficients coefficients;
  if (text.empty()) return coefficients;
  for (const auto part : core::split(text, ',')) {
    const auto value = core::parse_u64(core::trimmed(part));
    if (!value) return std::nullopt;
    coefficients.push_back(*value);
  }
  return coefficients;
}

std::string factorization_json(std::span<const cycles::PolynomialFactor> factors) {
  std::string text;
  for (const auto& factor : factors) {
    text += fmt::format("{}{{\"polynomial\": [{}], \"multiplicity\": {}, \"order\": \"{}\"}}",
                        text.empty() ? "" : ", ", fmt::join(factor.coefficients, ", "), factor.multiplicity,
                        core::decimal(factor.order));
  }
  return "[" + text + "]";
}

std::optional<std::vector<cycles::PolynomialFactor>> parse_factorization(const std::string& text) {
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return std::nullopt;
  std::vector<cycles::PolynomialFactor> factors;
  for (const auto& item : list) {
    auto factor = parse_factor(item);
    if (!factor) return std::nullopt;
    factors.push_back(std::move(*factor));
  }
  return factors;
}

}  // namespace gforbit::job_cycles
