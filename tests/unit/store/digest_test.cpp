/// The digest depends on contents alone.
#include <gtest/gtest.h>

#include <functional>

#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/result_writer.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::store {
namespace {

using test::TemporaryDirectory;

constexpr std::size_t kRows = 70'000;  ///< more than one block
constexpr std::size_t kFew = 1000;

Table numbered(const std::string& path, std::size_t n = kRows) {
  Table table(test::every_type_spec(path));
  for (std::size_t i = 0; i < n; ++i) {
    table.append(i * i, -static_cast<std::int64_t>(i), i, i % 3, i % 2, static_cast<double>(i) / 3,
                 std::to_string(100 + i % 900), "text " + std::to_string(i));
  }
  return table;
}

/// The digest of a file with two tables, written by `write`; checked against the reader's.
std::string digest_of(const std::function<void(ResultWriter&)>& write) {
  const TemporaryDirectory directory;
  std::string written;
  {
    ResultWriter writer(directory / "a.h5", false);
    writer.set_header("test", true, core::ExitStatus::done);
    write(writer);
    written = writer.commit();
  }
  const ResultReader reader(directory / "a.h5");
  EXPECT_EQ(reader.digest(), written);
  EXPECT_EQ(reader.text_attribute("/", "results_sha256"), written);
  EXPECT_EQ(written.size(), 64u);
  return written;
}

std::string digest_of(const Table& table) {
  return digest_of([&](ResultWriter& writer) { writer.write(table); });
}

TEST(Digest, IsIndependentOfBlocksChunksOrderAndRuntime) {
  const Table a = numbered("results/a");
  const Table b = numbered("results/b", 10);
  const std::string whole = digest_of([&](ResultWriter& writer) {
    writer.write(a);
    writer.write(b);
  });
  for (const std::size_t block : {std::size_t{999}, std::size_t{65'536}, kRows}) {
    SCOPED_TRACE(block);
    EXPECT_EQ(whole, digest_of([&](ResultWriter& writer) {
                writer.set_attribute("runtime", "ranks", static_cast<std::int64_t>(block));
                // Interleaved and in the other order: other chunk sizes, other addresses, other heaps.
                TableStream stream_b = writer.open_table(b.spec(), {{"digits", 3}});
                TableStream stream_a = writer.open_table(a.spec(), {{"digits", 3}});
                stream_b.append(b);
                for (std::size_t at = 0; at < kRows; at += block) {
                  Table piece(a.spec());
                  piece.append_rows(a, at, std::min(block, kRows - at));
                  stream_a.append(piece);
                }
                stream_b.close();
                stream_a.close();
              }));
  }
}

TEST(Digest, ChangesWithAnyValueNameOrAttribute) {
  const std::string reference = digest_of(numbered("results/a", kFew));
  const auto differs = [&](const std::string& what, const std::function<void(Table&)>& change) {
    Table table = numbered("results/a", kFew);
    change(table);
    EXPECT_NE(digest_of(table), reference) << what;
  };
  differs("nothing last", [](Table& t) { t.column<std::uint64_t>("big")[kFew - 1] += 1; });
  differs("int64", [](Table& t) { t.column<std::int64_t>("signed")[5] = 7; });
  differs("int32", [](Table& t) { t.column<std::int32_t>("small")[5] = 7; });
  differs("int8", [](Table& t) { t.column<std::int8_t>("colour")[5] = 0; });
  differs("uint8", [](Table& t) { t.column<std::uint8_t>("truth")[5] = 0; });
  differs("float64", [](Table& t) { t.column<double>("real")[5] += 1e-9; });
  differs("fixed text", [](Table& t) { t.column<std::string>("digits")[5] = "999"; });
  differs("width of fixed text", [](Table& t) { t.column<std::string>("digits")[5] = "1000"; });
  differs("text", [](Table& t) { t.column<std::string>("words")[kFew - 1] += " "; });
  differs("text moved between rows", [](Table& t) {
    t.column<std::string>("words")[0] = "text 0t";
    t.column<std::string>("words")[1] = "ext 1";
  });
  const auto differs_in = [&](const std::string& what, const std::function<void(TableSpec&)>& change) {
    const Table table = numbered("results/a", kFew);
    TableSpec spec = table.spec();
    change(spec);
    Table other(spec);
    for (std::size_t i = 0; i < table.n_columns(); ++i) other.data(i) = table.data(i);
    EXPECT_NE(digest_of(other), reference) << what;
  };
  differs_in("table name", [](TableSpec& s) { s.path = "results/c"; });
  differs_in("title", [](TableSpec& s) { s.title += "!"; });
  differs_in("column name", [](TableSpec& s) { s.columns[0].name = "bigger"; });
  differs_in("long name", [](TableSpec& s) { s.columns[1].long_name = "other"; });
  differs_in("units", [](TableSpec& s) { s.columns[5].units = "ms"; });
  differs_in("flag meanings", [](TableSpec& s) { s.columns[3].flag_meanings[2] = "black"; });
  EXPECT_EQ(digest_of(numbered("results/a", kFew)), reference);
}

TEST(Digest, OfNoResults) {
  EXPECT_EQ(digest_of([](ResultWriter&) {}), digest_of([](ResultWriter&) {}));
}

}  // namespace
}  // namespace gforbit::store
