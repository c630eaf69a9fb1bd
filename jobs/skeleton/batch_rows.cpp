#include "skeleton/batch_rows.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::skeleton {

void require_parts(config::Part part, std::uint64_t n, std::string_view what) {
  if (part.count <= n) return;
  throw core::UsageError(fmt::format("'--part {}/{}': the batch has {} only; ask for at most as many parts",
                                     part.index, part.count, core::counted(n, what)));
}

PartRows part_rows(config::Part part, std::uint64_t n, std::string_view what) {
  require_parts(part, n, what);
  const auto row_of = [&](std::uint64_t i) { return n / part.count * i + n % part.count * i / part.count; };
  return {row_of(part.index - 1), row_of(part.index)};
}

std::vector<std::uint32_t> first_equal(std::span<const std::string> keys) {
  std::unordered_map<std::string_view, std::uint32_t> firsts;
  std::vector<std::uint32_t> first;
  first.reserve(keys.size());
  for (const std::string& key : keys)
    first.push_back(firsts.try_emplace(key, static_cast<std::uint32_t>(first.size())).first->second);
  return first;
}

BatchRows::BatchRows(std::vector<std::uint32_t> first_equal, PartRows part) : part_(part) {
  if (part.size() == first_equal.size() || first_equal.empty()) {
    first_ = std::move(first_equal);
    return;
  }
  const auto begin = first_equal.begin();
  first_of_batch_.assign(begin + static_cast<std::ptrdiff_t>(part.first),
                         begin + static_cast<std::ptrdiff_t>(part.end));
  std::unordered_map<std::uint32_t, std::uint32_t> first_of_part;
  first_.reserve(first_of_batch_.size());
  for (const std::uint32_t first : first_of_batch_)
    first_.push_back(
        first_of_part.try_emplace(first, static_cast<std::uint32_t>(first_.size())).first->second);
}

BatchRows::BatchRows(std::span<const std::string> keys, const config::CommonOptions& options,
                     std::string_view what)
    : BatchRows(options.coalesce == config::Coalesce::off ? std::vector<std::uint32_t>()
                                                          : skeleton::first_equal(keys),
                part_rows(options.part, keys.size(), what)) {}

}  // namespace gforbit::skeleton
