/// The process that holds a lock file, and whether it can still exist. Private to the module.
#pragma once

#include <string>
#include <string_view>

namespace gforbit::store {

/// What this process writes into a lock file: a line for people, a line for is_gone().
[[nodiscard]] std::string lock_text();

/// The line for people.
[[nodiscard]] std::string holder_of(std::string_view lock_text);

/// True only if the process that wrote `lock_text` is certainly gone: no such process on this host, or it
/// belonged to an earlier start of this Slurm job, which Slurm ended before it put the job back in the queue.
[[nodiscard]] bool is_gone(std::string_view lock_text);

}  // namespace gforbit::store
