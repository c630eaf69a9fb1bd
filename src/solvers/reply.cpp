#include "reply.hpp"

#include <nlohmann/json.hpp>

namespace gforbit::solvers {

namespace {

using Json = nlohmann::json;

/// Stops the parser as soon as the id is known: usually at the first key, however long the reply.
class IdFinder final : public Json::json_sax_t {
 public:
  std::optional<std::uint64_t> id;

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(std::int64_t) override { return value(); }
  bool number_unsigned(std::uint64_t number) override {
    if (here_) id = number;
    return value();
  }
  bool number_float(double, const std::string&) override { return value(); }
  bool string(std::string&) override { return value(); }
  bool binary(Json::binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return deeper(); }
  bool key(std::string& name) override {
    here_ = depth_ == 1 && name == "id";
    return true;
  }
  bool end_object() override { return --depth_ > 0; }
  bool start_array(std::size_t) override { return depth_ > 0 && deeper(); }
  bool end_array() override { return --depth_ > 0; }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  bool value() const { return depth_ > 0 && !here_; }
  bool deeper() {
    if (here_) return false;
    ++depth_;
    return true;
  }
  int depth_ = 0;
  bool here_ = false;  ///< the next value is the id
};

}  // namespace

std::optional<std::uint64_t> reply_id(const std::string& line) {
  IdFinder finder;
  Json::sax_parse(line, &finder);
  return finder.id;
}

bool says_ready(const std::string& line) {
  const auto json = Json::parse(line, nullptr, false);
  return json.is_object() && json.value("ready", Json()) == Json(true);
}

}  // namespace gforbit::solvers
