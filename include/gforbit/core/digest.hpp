/// SHA-256, for the digest of results and of problems (OpenSSL's libcrypto does the work).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gforbit::core {

/// Incremental SHA-256. Not thread-safe. Throws EnvironmentError when the library refuses.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// 64 hexadecimal digits; the object is spent.
  [[nodiscard]] std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace gforbit::core
