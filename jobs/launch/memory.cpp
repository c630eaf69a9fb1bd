#include "launch/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "gforbit/core/error.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/limits.hpp"
#include "gforbit/sys/memory.hpp"

namespace gforbit::launch {

namespace {

/// Bytes that the limits of rank 0's process leave; nullopt: it has none.
std::optional<std::uint64_t> addresses_left(std::span<const sys::RankPlacement> ranks) {
  return sys::address_space_left(sys::process_limits(), ranks[0].threads);
}

/// Rank 0's share of the memory of its node. @throws core::EnvironmentError if the kernel does not tell
std::uint64_t share_of_memory(std::span<const sys::RankPlacement> ranks) {
  const auto neighbors =
      std::count_if(ranks.begin(), ranks.end(), [&](const auto& r) { return r.host == ranks[0].host; });
  return sys::available_memory() / static_cast<std::uint64_t>(neighbors);
}

}  // namespace

std::uint64_t memory_bound(const config::CommonOptions& options, std::span<const sys::RankPlacement> ranks) {
  const auto most = addresses_left(ranks).value_or(std::numeric_limits<std::uint64_t>::max());
  if (options.memory) return std::min(*options.memory, most);
  return std::min(share_of_memory(ranks), most) / 5 * 4;
}

std::vector<std::string> memory_warnings(std::uint64_t asked, std::span<const sys::RankPlacement> ranks) {
  const auto addresses = addresses_left(ranks);
  if (addresses && asked > *addresses) {
    return {fmt::format(
        "--memory asks for {}, but a limit of the process leaves {}, which is used instead: {}",
        sys::bytes_text(asked), sys::bytes_text(*addresses), sys::memory_advice(sys::process_limits()))};
  }
  try {
    const std::uint64_t share = share_of_memory(ranks);
    if (asked <= share) return {};
    return {
        fmt::format("--memory asks for {}, but {} are available to each rank of this node: the system may "
                    "kill the run when it uses more; lower --memory or start fewer ranks on a node",
                    sys::bytes_text(asked), sys::bytes_text(share))};
  } catch (const core::EnvironmentError&) {
    return {};  // the machine does not tell; --memory is taken as given
  }
}

}  // namespace gforbit::launch
