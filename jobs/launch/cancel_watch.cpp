#include "launch/cancel_watch.hpp"

#include <thread>

namespace gforbit::launch {

CancelWatch::~CancelWatch() {
  constexpr std::chrono::milliseconds kTimeToRead{200};
  std::this_thread::sleep_until(answered_ + kTimeToRead);
  inbox_.remove();
}

void CancelWatch::look(const Cancel& cancel) {
  constexpr std::chrono::milliseconds kInterval{500};
  const auto now = sys::now().steady;
  if (now - last_ < kInterval) return;
  last_ = now;
  for (const store::CancelRequest& request : inbox_.take()) {
    const store::CancelAnswer answer = cancel(request.item);
    log_.info("cancel", "gforbit cancel: " + answer.text,
              {{"item", request.item}, {"cancelled", answer.cancelled ? "yes" : "no"}});
    inbox_.answer(request, answer);
    answered_ = sys::now().steady;
  }
}

}  // namespace gforbit::launch
