// Where registers come from: a single one from the options, or the lines of a CSV or JSONL file.
#include "cycles/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "cycles/equal_rows.hpp"
#include "cycles/register_file.hpp"
#include "cycles/system_json.hpp"
#include "gforbit/config/line_file.hpp"
#include "gforbit/core/digest.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/fsr/equivalence.hpp"

namespace gforbit::job_cycles {

namespace {

// What is kept of a line. The checksum notices a file that is edited while the job runs.
struct LineRecord {
  std::uint64_t offset_and_priority{};  // offset * 8 + priority
  std::uint32_t number{};
  std::uint32_t checksum{};

  [[nodiscard]] std::uint64_t offset() const { return offset_and_priority >> 3; }
  [[nodiscard]] Priority priority() const { return static_cast<Priority>(offset_and_priority & 7); }
  void make_as_urgent_as(Priority other) {
    if (other < priority())
      offset_and_priority = (offset_and_priority & ~std::uint64_t{7}) | static_cast<std::uint64_t>(other);
  }
};
static_assert(sizeof(LineRecord) == 16);

std::uint32_t hash(std::string_view text) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(text));
}

// Equal for requests whose work is the same. Of linear and affine registers more is reported than equivalent
// ones share.
std::string work_key(const RegisterRequest& request, config::Coalesce coalesce) {
  const fsr::Register& reg = request.reg;
  const bool by_graph = coalesce == config::Coalesce::equivalent && reg.system() == nullptr &&
                        reg.kind() == fsr::FeedbackKind::nonlinear;
  return fmt::format("{} {} {} {} {} {} {}", reg.field().order(), reg.field().modulus_text(), reg.degree(),
                     static_cast<int>(request.method), request.index,
                     request.timeout.value_or(std::chrono::milliseconds(0)).count(),
                     by_graph ? fsr::equivalence_key(reg.feedback()) : reg.text());
}

bool is_blank(std::string_view text) {
  return core::trimmed(text).empty();
}

}  // namespace

class BatchInput::Source {
 public:
  explicit Source(const CyclesOptions& options);

  [[nodiscard]] std::uint64_t size() const noexcept { return records_.size(); }
  [[nodiscard]] const skeleton::BatchRows& rows() const noexcept { return rows_; }
  [[nodiscard]] Priority priority(std::uint64_t row) const { return records_[row].priority(); }
  [[nodiscard]] RegisterRequest at(std::uint64_t row);
  [[nodiscard]] std::string id(std::uint64_t row);
  [[nodiscard]] std::size_t longest_id() const noexcept { return longest_id_; }
  [[nodiscard]] const core::Natural& largest_state_count() const noexcept { return largest_state_count_; }
  [[nodiscard]] std::string digest() { return file_ ? file_->digest() : system_digest_; }

 private:
  void note_size(const RegisterRequest& request);
  void validate_options(const CyclesOptions& options);
  void validate_file();
  void read_system_of(const std::string& path);
  void validate_ids(std::span<const std::uint32_t> hashes);
  void keep_part(config::Part part);
  void open_registers(const CyclesOptions& options);
  [[nodiscard]] std::string_view first_line();
  void read_data_set();
  bool next_line(config::Line& line);
  [[nodiscard]] RegisterLine read(std::string_view text) const;
  [[nodiscard]] RegisterRequest request(const RegisterLine& line, std::uint64_t number);
  [[nodiscard]] std::string_view text_at(const LineRecord& record);
  [[noreturn]] void fail(std::uint64_t number, std::string_view message) const;

  Method method_;
  std::chrono::milliseconds timeout_;
  config::Coalesce coalesce_;
  bool verify_;
  bool index_;                            // is written, too
  RegisterLine given_;                    // by options: the whole register, or the field of a CSV file
  bool json_;                             // lines are JSON objects
  FileFormat format_;                     // of the others
  std::optional<config::LineFile> file_;  // empty: one register, that of the options
  std::vector<std::string> lines_;        // of the data set
  std::size_t next_line_ = 0;             // of lines_
  std::vector<LineRecord> records_;
  std::vector<std::uint32_t> first_equal_;  // of the whole batch, while it is read
  skeleton::BatchRows rows_;
  std::string system_digest_;  // of the file of --system
  std::size_t longest_id_{1};
  core::Natural largest_state_count_{0};
  std::pair<std::uint64_t, int> last_size_{};  // field order and degree of the line before
  FieldCache fields_;
};

BatchInput::Source::Source(const CyclesOptions& options)
    : method_(options.method),
      timeout_(options.common.timeout),
      coalesce_(options.common.coalesce),
      verify_(options.verify),
      index_(!options.index.empty()),
      given_{.field = options.field, .modulus = options.modulus, .form = options.form},
      json_(options.batch.has_value()),
      format_(options.format) {
  if (options.registers && !given_.field) given_.field = 2;  // of the formats that have no other
  if (options.system) read_system_of(*options.system);
  if (!json_ && !options.system) validate_options(options);
  if (json_ || options.registers) {
    file_.emplace(json_ ? *options.batch : *options.registers);
    if (options.registers) open_registers(options);
    validate_file();
  } else {
    records_.push_back({.offset_and_priority = static_cast<std::uint64_t>(Priority::normal), .number = 1});
    note_size(at(0));
  }
  keep_part(options.common.part);
  for (std::size_t row = 0; row < records_.size(); ++row)
    records_[rows_.first_equal(row)].make_as_urgent_as(records_[row].priority());
}

void BatchInput::Source::read_system_of(const std::string& path) {
  given_.system = read_system_file(path);
  system_digest_ = core::sha256_hex(*given_.system);
  try {
    static_cast<void>(request(given_, 1));
  } catch (const KeyError& error) {
    throw core::InputError(fmt::format("{}: {}", path == "-" ? "standard input" : path, error.rule()));
  }
}

// Lines of other parts were checked all the same: ids are unique and equal rows known over the whole batch.
void BatchInput::Source::keep_part(config::Part part) {
  const skeleton::PartRows rows = skeleton::part_rows(part, records_.size(), "register");
  rows_ = {std::move(first_equal_), rows};
  if (rows.size() == records_.size()) return;
  const auto begin = records_.begin();
  records_ = std::vector<LineRecord>(begin + static_cast<std::ptrdiff_t>(rows.first),
                                     begin + static_cast<std::ptrdiff_t>(rows.end));
}

void BatchInput::Source::open_registers(const CyclesOptions& options) {
  if (format_ == FileFormat::automatic) format_ = format_of(first_line(), *given_.field);
  const bool bits =
      format_ == FileFormat::taps || format_ == FileFormat::monomials || format_ == FileFormat::data_set;
  if (bits && *given_.field != 2) {
    throw core::InputError(fmt::format("{}: registers in this format are over GF(2), and {} is {}",
                                       file_->name(), options.settings.origin("field"), *given_.field));
  }
  if (format_ == FileFormat::monomials && !given_.form.degree && !given_.form.any_degree) {
    throw core::InputError(
        fmt::format("{}: lists of cells do not say the number of cells: give --degree (auto: as the "
                    "highest cell of each line says)",
                    file_->name()));
  }
  if (format_ == FileFormat::data_set) read_data_set();
}

/// The first line that is not blank; the file begins anew afterwards.
std::string_view BatchInput::Source::first_line() {
  config::Line line;
  while (file_->next(line)) {
    if (!is_blank(line.text)) break;
  }
  file_->go_to(line);
  return line.text;
}

void BatchInput::Source::read_data_set() {
  std::string text;
  for (config::Line line; file_->next(line);) text.append(line.text).push_back('\n');
  try {
    lines_ = data_set_lines(text);
  } catch (const core::InputError& error) {
    throw core::InputError(fmt::format("{}: {}", file_->name(), error.what()));
  }
  json_ = true;
  if (lines_.empty()) throw core::InputError(fmt::format("{} holds no registers", file_->name()));
}

bool BatchInput::Source::next_line(config::Line& line) {
  if (lines_.empty()) return file_->next(line);
  if (next_line_ == lines_.size()) return false;
  line = {.offset = next_line_, .number = next_line_ + 1, .text = lines_[next_line_]};
  ++next_line_;
  return true;
}

// What is wrong with a value of an option is bad usage, not bad input.
void BatchInput::Source::validate_options(const CyclesOptions& options) {
  try {
    if (options.registers) {
      static_cast<void>(make_field(given_, fields_));
    } else {
      static_cast<void>(request(given_, 1));
    }
  } catch (const KeyError& error) {
    throw core::UsageError(fmt::format("{}: {}", options.settings.origin(error.key()), error.rule()));
  }
}

void BatchInput::Source::validate_file() {
  const bool coalesce = coalesce_ != config::Coalesce::off;
  // Memory is reserved at once: a vector that grows holds up to three times what it needs.
  const std::uint64_t lines = lines_.empty() ? file_->count_lines() : lines_.size();
  std::vector<std::uint32_t> ids, work;  // hashes
  records_.reserve(lines);
  if (json_) ids.reserve(lines);
  if (coalesce) work.reserve(lines);
  for (config::Line line; next_line(line);) {
    if (is_blank(line.text)) continue;
    if (line.number > std::numeric_limits<std::uint32_t>::max()) fail(line.number, "too many lines (2^32)");
    try {
      const RegisterRequest entry = request(read(line.text), line.number);
      note_size(entry);
      if (json_) ids.push_back(hash(entry.id));
      if (coalesce) work.push_back(hash(work_key(entry, coalesce_)));
      records_.push_back({line.offset << 3 | static_cast<std::uint64_t>(entry.priority),
                          static_cast<std::uint32_t>(line.number), hash(line.text)});
    } catch (const core::InputError& error) {
      fail(line.number, error.what());
    }
  }
  if (records_.empty()) throw core::InputError(fmt::format("{} holds no registers", file_->name()));
  validate_ids(ids);  // rows of a CSV file have their line numbers, all different
  ids = {};
  if (!coalesce) return;
  first_equal_ = first_equal_rows(work, [this](std::uint64_t row) { return work_key(at(row), coalesce_); });
}

// Batches are of few sizes, and a power costs more than all the rest of a line.
void BatchInput::Source::note_size(const RegisterRequest& request) {
  longest_id_ = std::max(longest_id_, request.id.size());
  const std::pair size(request.reg.field().order(), request.reg.degree());
  if (size == last_size_) return;
  last_size_ = size;
  const double bits = std::log2(static_cast<double>(size.first)) * size.second;
  if (largest_state_count_ > 0 && bits + 1 < static_cast<double>(msb(largest_state_count_))) return;
  largest_state_count_ = std::max(largest_state_count_, request.reg.state_count());
}

void BatchInput::Source::validate_ids(std::span<const std::uint32_t> hashes) {
  const auto id_of = [this](std::uint64_t row) { return id(row); };
  const auto first = first_equal_rows(hashes, id_of);
  for (std::size_t row = 0; row < first.size(); ++row) {
    if (first[row] == row) continue;
    fail(records_[row].number,
         fmt::format("key 'id': {} is the id of line {} already (without the key, the line number is the id)",
                     core::quoted(id_of(row)), records_[first[row]].number));
  }
}

RegisterLine BatchInput::Source::read(std::string_view text) const {
  if (json_) return read_json_line(text);
  return read_line(format_, text, given_);
}

RegisterRequest BatchInput::Source::request(const RegisterLine& line, std::uint64_t number) {
  const auto timeout = line.timeout.value_or(timeout_);
  if (line.index == true && !index_)
    throw KeyError("index", "this run writes no index: give --index FILE.gfi, or leave the key out");
  const bool index = index_ && line.index.value_or(true);
  if (line.form.galois && (verify_ || index || line.method.value_or(method_) == Method::enumerate)) {
    throw KeyError(
        "galois",
        "a Galois configuration is answered by algebra only, without --method enumerate, --verify and "
        "--index: "
        "the states that are enumerated are those of the similar Fibonacci register");
  }
  return {.id = line.id.value_or(std::to_string(number)),
          .reg = make_register(line, fields_),
          .method = line.method.value_or(method_),
          .priority = line.priority.value_or(Priority::normal),
          .timeout = timeout.count() > 0 ? std::optional(timeout) : std::nullopt,
          .index = index};
}

// The text that was validated, or an error: nothing else may become a register.
std::string_view BatchInput::Source::text_at(const LineRecord& record) {
  const std::string_view text = lines_.empty() ? file_->at(record.offset()) : lines_[record.offset()];
  if (hash(text) != record.checksum) fail(record.number, "the file was changed after it had been validated");
  return text;
}

RegisterRequest BatchInput::Source::at(std::uint64_t row) {
  const auto& record = records_[row];
  return request(file_ ? read(text_at(record)) : given_, record.number);
}

std::string BatchInput::Source::id(std::uint64_t row) {
  const auto& record = records_[row];
  std::optional<std::string> id;
  if (json_) id = read(text_at(record)).id;
  return id.value_or(std::to_string(record.number));
}

void BatchInput::Source::fail(std::uint64_t number, std::string_view message) const {
  throw core::InputError(
      fmt::format("{}{}{}: {}", file_->name(), lines_.empty() ? ":" : ": function ", number, message));
}

BatchInput BatchInput::from_options(const CyclesOptions& options) {
  return BatchInput(std::make_unique<Source>(options));
}

BatchInput::BatchInput(std::unique_ptr<Source> source) : source_(std::move(source)) {}
BatchInput::BatchInput(BatchInput&& other) noexcept = default;
BatchInput& BatchInput::operator=(BatchInput&& other) noexcept = default;
BatchInput::~BatchInput() = default;

std::uint64_t BatchInput::size() const noexcept {
  return source_->size();
}

const skeleton::BatchRows& BatchInput::rows() const noexcept {
  return source_->rows();
}

Priority BatchInput::priority(std::uint64_t row) const {
  assert(row < size());
  return source_->priority(row);
}

std::uint64_t BatchInput::first_equal(std::uint64_t row) const {
  assert(row < size());
  return source_->rows().first_equal(row);
}

std::string BatchInput::digest() {
  return source_->digest();
}

RegisterRequest BatchInput::at(std::uint64_t row) {
  assert(row < size());
  return source_->at(row);
}

std::string BatchInput::id(std::uint64_t row) {
  assert(row < size());
  return source_->id(row);
}

std::size_t BatchInput::longest_id() const noexcept {
  return source_->longest_id();
}

const core::Natural& BatchInput::largest_state_count() const noexcept {
  return source_->largest_state_count();
}

}  // namespace gforbit::job_cycles
