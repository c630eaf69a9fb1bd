/// Bodies of the engine's own messages, written and read in one place.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/sched/ledger.hpp"

namespace gforbit::sched {

enum class Outcome : std::uint8_t {
  completed,
  failed,  ///< the item of the unit has no result, the others go on
  broken,  ///< the run must end: core::stops_run()
};

/// Of what a unit threw.
[[nodiscard]] inline Outcome outcome_of(const std::exception& error) {
  return core::stops_run(error) ? Outcome::broken : Outcome::failed;
}

struct RequestBody {
  std::uint32_t units = 0;
  double busy_s = 0;           ///< of all threads of the rank until now
  std::uint64_t capacity = 0;  ///< Executor::capacity()
  [[nodiscard]] core::Bytes bytes() const {
    return core::ByteWriter().put(units).put(busy_s).put(capacity).take();
  }
  [[nodiscard]] static RequestBody from(std::span<const std::byte> body) {
    core::ByteReader in(body);
    RequestBody request;
    request.units = in.get<std::uint32_t>();
    request.busy_s = in.get<double>();
    request.capacity = in.get<std::uint64_t>();
    return request;
  }
};

/// Of the messages cancel and begun.
struct LeaseBody {
  LeaseId lease;
  [[nodiscard]] core::Bytes bytes() const { return core::ByteWriter().put(lease).take(); }
  [[nodiscard]] static LeaseBody from(std::span<const std::byte> body) {
    return {core::ByteReader(body).get<LeaseId>()};
  }
};

/// Lease and what Execution::news() said.
struct NewsBody {
  LeaseId lease;
  core::Bytes news;
  [[nodiscard]] core::Bytes bytes() const { return core::ByteWriter().put(lease).put_array(news).take(); }
  [[nodiscard]] static NewsBody from(std::span<const std::byte> body) {
    core::ByteReader in(body);
    const auto lease = in.get<LeaseId>();
    return {lease, in.get_array<std::byte>()};
  }
};

/// Lease and unit.
struct AssignBody {
  LeaseId lease;
  core::Bytes unit;
  bool announced = false;
  [[nodiscard]] core::Bytes bytes() const {
    return core::ByteWriter().put(lease).put(announced).put_array(unit).take();
  }
  [[nodiscard]] static AssignBody from(std::span<const std::byte> body) {
    core::ByteReader in(body);
    const auto lease = in.get<LeaseId>();
    const bool announced = in.get<bool>();
    return {lease, in.get_array<std::byte>(), announced};
  }
};

/// Lease, outcome, and the job's result or the message of what was thrown.
struct ResultBody {
  LeaseId lease;
  Outcome outcome{};
  core::Bytes result;
  std::string message;
  double took_s = 0;  ///< from the first slice to the last
  [[nodiscard]] core::Bytes bytes() const {
    return core::ByteWriter().put(lease).put(outcome).put_array(result).put_text(message).put(took_s).take();
  }
};

/// The same as it arrived: the result is that of the message, which must outlive the view.
struct ResultView {
  LeaseId lease;
  Outcome outcome{};
  std::span<const std::byte> result;
  std::string message;
  double took_s = 0;
  [[nodiscard]] static ResultView of(std::span<const std::byte> body) {
    core::ByteReader in(body);
    ResultView r;
    r.lease = in.get<LeaseId>();
    r.outcome = in.get<Outcome>();
    if (r.outcome > Outcome::broken) core::fail_corrupt("has an unknown outcome");
    r.result = in.get_bytes();
    r.message = in.get_text();
    r.took_s = in.get<double>();
    return r;
  }
};

}  // namespace gforbit::sched
