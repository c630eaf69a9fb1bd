/// Typed errors. Every error that reaches a user carries the exit status it ends the program with, and a
/// message that says what was wrong and what to do. A broken invariant is an assert or an InternalError.
#pragma once

#include <stdexcept>
#include <string>

namespace gforbit::core {

/// Exit status of the program; the contract with job scripts.
enum class ExitStatus : int {
  done = 0,
  internal = 1,    ///< internal or environment failure
  usage = 2,       ///< bad usage or configuration
  input = 3,       ///< bad input or invalid file
  output = 4,      ///< output could not be written
  unfinished = 5,  ///< finished, but some work items failed, timed out or were cancelled by a limit
  stopped = 75,    ///< stopped early, checkpoint saved
};

class Error : public std::runtime_error {
 public:
  Error(ExitStatus status, const std::string& message) : std::runtime_error(message), status_(status) {}
  [[nodiscard]] ExitStatus status() const noexcept { return status_; }

 private:
  ExitStatus status_;
};

/// An option or a configuration file is wrong (exit 2).
struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error(ExitStatus::usage, message) {}
};

/// An input file is malformed, or a file is not what it claims to be (exit 3).
struct InputError : Error {
  explicit InputError(const std::string& message) : Error(ExitStatus::input, message) {}
};

/// The result cannot be written (exit 4).
struct OutputError : Error {
  explicit OutputError(const std::string& message) : Error(ExitStatus::output, message) {}
};

/// The machine, the launcher or a library failed (exit 1).
struct EnvironmentError : Error {
  explicit EnvironmentError(const std::string& message) : Error(ExitStatus::internal, message) {}
};

/// The certificate of one register does not close, or what was found of it contradicts itself. Its result is
/// not proven: it ends as failed, the others go on.
struct CertificateError : Error {
  explicit CertificateError(const std::string& message) : Error(ExitStatus::internal, message) {}
};

/// A message between ranks or a record of a checkpoint is truncated, or holds no value of its type. The run
/// stops (exit 1); a checkpoint with such a record is refused (InputError).
struct CorruptRecord : Error {
  explicit CorruptRecord(const std::string& message) : Error(ExitStatus::internal, message) {}
};

/// Something can be read, but was not to be sent or kept: a result of a unit that is not out, a message of an
/// unknown kind. The run stops as for CorruptRecord.
struct ProtocolError : Error {
  explicit ProtocolError(const std::string& message) : Error(ExitStatus::internal, message) {}
};

/// The program itself is wrong: what was to be true is not. The run stops (exit 1), and message_of() asks for
/// a report.
struct InternalError : std::logic_error {
  using std::logic_error::logic_error;
};

/// After this error the run cannot be trusted: a corrupt record, a broken protocol, a bug. All other errors
/// end only the work item that they are thrown for.
[[nodiscard]] bool stops_run(const std::exception& error) noexcept;

/// What an exception says, for messages and rows; in words where the library has none for users, and with
/// what to do after an error that stops_run().
[[nodiscard]] std::string message_of(const std::exception& error);

/// Of an exception that nothing in the program expects.
[[nodiscard]] std::string request_for_report(const std::exception& error);

}  // namespace gforbit::core
