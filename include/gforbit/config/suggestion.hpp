/// "did you mean ...?" for names that people typed.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gforbit::config {

/// `; did you mean '--threads'?`, or nothing where no candidate is likely. Offered is the nearest name, else
/// one with the same letters in another order (`feild`), else the only one that begins with `name` (`thr`).
/// @param prefix  stands before the offered name
[[nodiscard]] std::string suggestion(std::string_view name, std::span<const std::string> candidates,
                                     std::string_view prefix = "");

}  // namespace gforbit::config
