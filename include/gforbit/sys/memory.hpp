/// How much memory the process may still use and how much it has used. Batch systems and containers limit
/// memory through control groups, which the usual question ("how much does the machine have free?") does not
/// see.
#pragma once

#include <cstdint>
#include <filesystem>

namespace gforbit::sys {

/// Bytes that can be taken now without swapping: the least of MemAvailable and, for each control group (v1 or
/// v2) this process is in and each of its ancestors, limit - used + file cache that the kernel would give
/// back.
/// @param root  where /proc and /sys hang; another folder in tests
/// @throws core::EnvironmentError if root/proc/meminfo does not say MemAvailable
[[nodiscard]] std::uint64_t available_memory(const std::filesystem::path& root = "/");

/// The largest resident set this process ever had, in bytes.
[[nodiscard]] std::uint64_t peak_resident_memory();

}  // namespace gforbit::sys
