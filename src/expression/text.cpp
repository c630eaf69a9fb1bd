// Expression::text().
#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "gforbit/expression/expression.hpp"

namespace gforbit::expression {
namespace {

class Writer {
 public:
  explicit Writer(const Expression& expression) : expression_(expression) {}

  std::string whole() {
    write(expression_.nodes().back());
    return std::move(text_);
  }

 private:
  /// Recursion is as deep as the expression, which the parser bounds.
  void write(const Node& node) {
    switch (node.op) {
      case Op::constant:
        put("{}", node.value);
        break;
      case Op::cell:
        put("x{}", node.value);
        break;
      case Op::sum:
        list(node, " + ", [](Op op) { return op != Op::either; });
        break;
      case Op::product:
        list(node, "*", [](Op op) { return op != Op::either && op != Op::sum; });
        break;
      case Op::power:
        operand(expression_.operands(node)[0], [](Op op) { return op < Op::sum || op > Op::either; });
        put("^{}", node.value);
        break;
      case Op::either:
        list(node, " | ", [](Op op) { return op < Op::sum || op > Op::either; });
        break;
      case Op::majority:
        call("maj", node);
        break;
      case Op::choose:
        call("mux", node);
        break;
      case Op::threshold:
        call(fmt::format("threshold({}, ", node.value), node);
        break;
      case Op::table:
        call(fmt::format("table({}, ", hex(expression_.table(node))), node);
        break;
    }
  }

  template <class... Values>
  void put(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }

  template <class IsPlain>
  void operand(Id id, IsPlain is_plain) {
    const Node& node = expression_.nodes()[id];
    const bool plain = is_plain(node.op);
    if (!plain) text_ += '(';
    write(node);
    if (!plain) text_ += ')';
  }

  /// @param is_plain  whether an operand of this kind needs no parentheses
  template <class IsPlain>
  void list(const Node& node, std::string_view separator, IsPlain is_plain) {
    bool first = true;
    for (const Id id : expression_.operands(node)) {
      if (!first) text_ += separator;
      first = false;
      operand(id, is_plain);
    }
  }

  void call(std::string_view name, const Node& node) {
    text_ += name;
    if (!name.ends_with(' ')) text_ += '(';
    list(node, ", ", [](Op) { return true; });
    text_ += ')';
  }

  static std::string hex(const Table& table) {
    std::size_t last = table.size() - 1;
    while (last > 0 && table[last] == 0) --last;
    std::string text = fmt::format("0x{:X}", table[last]);
    while (last-- > 0) text += fmt::format("{:016X}", table[last]);
    return text;
  }

  const Expression& expression_;
  std::string text_;
};

}  // namespace

std::string Expression::text() const {
  return Writer(*this).whole();
}

}  // namespace gforbit::expression
