#pragma once

namespace gforbit::core {

/// Threads that a rank may be asked for: as many as Linux allows cores. libgomp needs space on the stack for
/// each of them, and crashes where there is none.
inline constexpr int kMostThreads = 8192;

}  // namespace gforbit::core
