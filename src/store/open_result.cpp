/// The system is asked first, then the first bytes of the file, then HDF5, whose reasons are texts only.
#include "open_result.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "gforbit/core/error.hpp"

namespace gforbit::store {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n"sv;
constexpr std::size_t kHeadBytes = 4096;
constexpr std::size_t kSmallestFile = 96;  ///< bytes: a superblock of any version and an object

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw core::InputError(fmt::format("'{}' {}", path.string(), why));
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

[[noreturn]] void refuse_by_system(const fs::path& path, int error) {
  const std::string reason = std::generic_category().message(error);
  if (error == EACCES || error == EPERM)
    refuse(path, fmt::format("cannot be read: {}. Its owner can allow it: chmod a+r", reason));
  refuse(path, fmt::format("cannot be read: {}", reason));
}

void check_kind(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    refuse(path, fs::is_symlink(fs::symlink_status(path, error))
                     ? "is a symbolic link to a file that does not exist"
                     : "does not exist: check its name and folder");
  }
  if (error) refuse_by_system(path, error.value());
  if (fs::is_directory(status)) refuse(path, "is a folder, not a result file: name a file in it");
  if (!fs::is_regular_file(status))
    refuse(path, "is not a regular file: HDF5 reads files on a disk only, so copy it to one");
}

/// The first bytes of the file.
std::string head_of(const fs::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) refuse_by_system(path, errno);
  std::string head(kHeadBytes, '\0');
  ssize_t n = 0;
  do {
    n = ::read(file.fd, head.data(), head.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) refuse_by_system(path, errno);
  head.resize(static_cast<std::size_t>(n));
  return head;
}

/// What a file without HDF5's signature is known to be, with what to do; empty for everything else.
std::string_view known_format(std::string_view head) {
  struct Format {
    std::string_view begin, text;
  };
  constexpr std::array kFormats = {
      Format{
          "gforbit journal\n"sv,
          "is a checkpoint of gforbit, not a result file: --resume with its --output continues that run"sv},
      Format{"\x1f\x8b"sv, "is compressed by gzip: unpack it first (gunzip)"sv},
      Format{"\x28\xb5\x2f\xfd"sv, "is compressed by zstd: unpack it first (unzstd)"sv},
      Format{"\xfd"
             "7zXZ"sv,
             "is compressed by xz: unpack it first (unxz)"sv},
      Format{"BZh"sv, "is compressed by bzip2: unpack it first (bunzip2)"sv},
      Format{"PK\x03\x04"sv, "is a zip archive: unpack it first (unzip)"sv},
      Format{"version https://git-lfs"sv, "is a pointer of Git LFS, not the file itself: git lfs pull"sv}};
  for (const Format& format : kFormats) {
    if (head.starts_with(format.begin)) return format.text;
  }
  return {};
}

/// HDF5 looks for its signature at 0, 512, 1024, 2048, ...
bool has_signature(std::string_view head) {
  for (std::size_t at = 0; at + kSignature.size() <= head.size(); at = at == 0 ? 512 : 2 * at) {
    if (head.substr(at, kSignature.size()) == kSignature) return true;
  }
  return false;
}

constexpr std::string_view kCopyAgain = "copy it again from where it was written";

void check_head(const fs::path& path, std::string_view head) {
  if (head.empty()) {
    refuse(path,
           fmt::format("is empty, so its copy or download failed or its disk was full: {}", kCopyAgain));
  }
  if (head.size() < kSmallestFile && kSignature.starts_with(head.substr(0, kSignature.size())))
    refuse(path, fmt::format("is truncated: it has only {} bytes. Please {}", head.size(), kCopyAgain));
  if (const auto known = known_format(head); !known.empty()) refuse(path, std::string(known));
  if (has_signature(head)) return;
  const bool zeros = head.find_first_not_of('\0') == std::string_view::npos;
  refuse(path,
         zeros ? fmt::format("begins with zeros instead of an HDF5 header, so it is damaged: {}", kCopyAgain)
               : "is no HDF5 file, so no result of gforbit: name the file that a run wrote as --output");
}

/// The number behind `key` in a text of HDF5's.
std::optional<std::uint64_t> number_behind(const std::string& text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string::npos) return std::nullopt;
  const auto begin = at + key.size(), end = text.find_first_not_of("0123456789", begin);
  const std::string digits = text.substr(begin, end - begin);
  return digits.empty() || digits.size() > 19 ? std::nullopt
                                              : std::optional<std::uint64_t>(std::stoull(digits));
}

/// What HDF5's reason means, with what to do.
std::string meaning(const std::string& reason) {
  const auto says = [&](std::string_view part) { return reason.find(part) != std::string::npos; };
  if (says("truncated file") || says("bad byte number in an address") || says("addr overflow")) {
    const auto has = number_behind(reason, "eof = "), needs = number_behind(reason, "stored_eof = ");
    return has && needs
               ? fmt::format("is truncated: it has {} of {} bytes. Please {}", *has, *needs, kCopyAgain)
               : fmt::format("is truncated within its header. Please {}", kCopyAgain);
  }
  if (says("lock file") && !says("Resource temporarily unavailable")) {
    return "cannot be opened: the environment asks for locks, which are refused here: set "
           "HDF5_USE_FILE_LOCKING to FALSE";
  }
  if (says("Resource temporarily unavailable")) {
    return "is locked by another program that has it open for writing: close it there, or unset "
           "HDF5_USE_FILE_LOCKING";
  }
  if (says("already open for write") || says("consistency flag") || says("SWMR")) {
    return "was left open by a program that ended while it changed the file: 'h5clear -s' marks it as "
           "closed, then "
           "'gforbit check' tells whether it is whole";
  }
  if (says("bad superblock version") || says("unknown superblock version")) {
    return "has an HDF5 format that is newer than the HDF5 library of this gforbit: use a gforbit that is "
           "built with a "
           "newer one, or convert the file there (h5repack --high=v110)";
  }
  if (says("Input/output error")) return "cannot be read: Input/output error. Its disk or file server fails";
  return fmt::format("is damaged ({}): {}", reason, kCopyAgain);
}

}  // namespace

hdf5::File open_result(const fs::path& path) {
  check_kind(path);
  check_head(path, head_of(path));
  hdf5::initialize();
  try {
    const hdf5::Properties access = hdf5::file_access();
    return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), "open it"};
  } catch (const hdf5::Failure& failure) {
    refuse(path, meaning(failure.what()));
  }
}

}  // namespace gforbit::store
