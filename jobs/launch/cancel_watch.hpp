/// Looks whether a person wants items of the run cancelled (`gforbit cancel`), and answers.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "gforbit/store/cancel_file.hpp"
#include "gforbit/sys/clock.hpp"
#include "gforbit/sys/log.hpp"

namespace gforbit::launch {

class CancelWatch {
 public:
  using Cancel = std::function<store::CancelAnswer(const std::string& item)>;

  /// @param output  without symbolic links; its claim is held
  CancelWatch(const std::filesystem::path& output, sys::Log& log) : inbox_(output), log_(log) {}
  /// Removes the file: the run has ended. Who has just got an answer has time to read it.
  ~CancelWatch();
  CancelWatch(const CancelWatch&) = delete;
  CancelWatch& operator=(const CancelWatch&) = delete;

  /// Of a run from the beginning: forgets what an earlier one has left.
  void forget() { inbox_.remove(); }
  /// To be called ten times a second or more; reads the file about twice a second.
  void look(const Cancel& cancel);

 private:
  store::CancelInbox inbox_;
  sys::Log& log_;
  sys::SteadyTime last_{}, answered_{};
};

}  // namespace gforbit::launch
