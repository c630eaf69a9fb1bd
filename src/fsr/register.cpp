#include "gforbit/fsr/register.hpp"

#include <stdexcept>
#include <utility>

#include "gforbit/fsr/system.hpp"

namespace gforbit::fsr {

Register::Register(Feedback feedback) : feedback_(std::make_shared<const Feedback>(std::move(feedback))) {}

Register::Register(System system) : system_(std::make_shared<const System>(std::move(system))) {}

const galois::Field& Register::field() const noexcept {
  return system_ ? system_->field() : feedback_->field();
}

int Register::degree() const noexcept {
  return system_ ? system_->degree() : feedback_->degree();
}

const Feedback& Register::feedback() const {
  if (system_) throw std::logic_error("a system of registers was asked for its feedback");
  return *feedback_;
}

FeedbackKind Register::kind() const noexcept {
  return system_ ? system_->kind() : feedback_->kind();
}

std::string Register::text() const {
  return system_ ? system_->text() : feedback_->text();
}

std::size_t Register::length() const noexcept {
  return system_ ? system_->length() : feedback_->length();
}

bool Register::has_algebra() const noexcept {
  return kind() != FeedbackKind::nonlinear && (!system_ || system_->degree() <= kMaxLinearSystem);
}

std::optional<bool> is_nonsingular(const Register& reg, core::StopSignal stop) {
  return reg.system() != nullptr ? is_nonsingular(*reg.system(), std::move(stop))
                                 : is_nonsingular(reg.feedback(), std::move(stop));
}

core::Natural Register::state_count() const {
  return core::power(field().order(), static_cast<unsigned>(degree()));
}

std::optional<std::uint64_t> Register::enumerable_state_count() const {
  const std::uint64_t q = field().order();
  std::uint64_t states = 1;
  for (int i = 0; i < degree(); ++i) {
    if (states > kMaxStateCount / q) return std::nullopt;
    states *= q;
  }
  return states;
}

}  // namespace gforbit::fsr
