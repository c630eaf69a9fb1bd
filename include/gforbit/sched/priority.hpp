/// How urgent a work item is. The classes are strict: nothing of a class runs while a higher one waits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gforbit::sched {

enum class Priority : std::uint8_t { critical, high, normal, low, idle };
constexpr Priority last_of(Priority) noexcept {
  return Priority::idle;
}

inline constexpr std::array<Priority, 5> kPriorities{Priority::critical, Priority::high, Priority::normal,
                                                     Priority::low, Priority::idle};

[[nodiscard]] constexpr std::size_t index_of(Priority priority) noexcept {
  return static_cast<std::size_t>(priority);
}

[[nodiscard]] constexpr std::string_view priority_name(Priority priority) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"critical", "high", "normal", "low", "idle"};
  return kNames[index_of(priority)];
}

}  // namespace gforbit::sched
