// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/repo_name.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "libpvm/model/scope.hpp"
#include "tests/unit/model/tables.hpp"
#include "tests/unit/thorough.hpp"

namespace pvm::model {
namespace {

const std::vector<std::string> k_forges = {"github.com", "gitlab.com"};

struct UrlRow {
  std::size_t line;
  std::string url;
  std::string normal;  // empty where it is refused
  std::string note;
};

std::vector<UrlRow> read_url_rows() {
  std::vector<UrlRow> rows;
  for (const test::TableRow& row : test::read_table("repo_urls.tsv", 3)) {
    const std::string& normal = row.columns[1];
    rows.push_back({row.line, test::decoded(row.columns[0]), normal == "!" ? "" : test::decoded(normal), row.columns[2]});
  }
  return rows;
}

bool is_of_helper(std::string_view url) {
  constexpr std::string_view known[] = {"ssh:", "git:", "file:", "http:", "https:", "ftp:", "ftps:"};
  return std::none_of(std::begin(known), std::end(known), [&](std::string_view scheme) { return url.starts_with(scheme); });
}

TEST_CASE("every row of the table of addresses holds") {
  const std::vector<UrlRow> rows = read_url_rows();
  CHECK(rows.size() >= 200);
  for (const UrlRow& row : rows) {
    CAPTURE(row.line);
    CAPTURE(row.note);
    const auto normal = normalised_url(row.url, k_forges);
    CHECK((normal ? *normal : std::string()) == row.normal);
    if (normal) continue;
    CHECK(normal.error().code == base::Code::malformed);
    CHECK(normal.error().message.starts_with("the address '"));
  }
}

TEST_CASE("a normal form is its own, whatever the forges") {
  for (const UrlRow& row : read_url_rows()) {
    if (row.normal.empty() || is_of_helper(row.normal)) continue;
    CAPTURE(row.line);
    CHECK(normalised_url(row.normal, k_forges).value() == row.normal);
    CHECK(normalised_url(row.normal, {}).value() == row.normal);
  }
}

TEST_CASE("a normal form with a ref is a name with a path, and nothing near to it is") {
  for (const UrlRow& row : read_url_rows()) {
    if (row.normal.empty()) continue;
    CAPTURE(row.line);
    const std::string name = repo_resource(row.normal, "refs/heads/main");
    CHECK(is_repo_name(name));
    const std::string path = path_of_repo_name(name);
    CHECK(is_canonical(path));
    CHECK(path.ends_with("/^/refs/heads/main"));
    CHECK(path.find("/^/") == path.rfind("/^/"));
    CHECK_FALSE(is_repo_name(row.normal));
    CHECK_FALSE(is_repo_name(row.normal + "/#refs/heads/main"));
    CHECK_FALSE(is_repo_name(row.normal + "/../x#refs/heads/main"));
    CHECK_FALSE(is_repo_name(row.normal + "%2e#refs/heads/main"));
    CHECK_FALSE(is_repo_name(row.normal + " #refs/heads/main"));
    CHECK_FALSE(is_repo_name("/" + name));
    // Without the list of forges nothing tells that their names lack ".git".
    if (row.url != row.normal && !is_of_helper(row.normal) && !row.note.starts_with("of a forge")) {
      CHECK_FALSE(is_repo_name(repo_resource(row.url, "refs/heads/main")));
    }
  }
}

TEST_CASE("two helpers' addresses never share a name, nor two paths") {
  std::map<std::string, std::string> seen;
  for (const UrlRow& row : read_url_rows()) {
    if (row.normal.empty() || !is_of_helper(row.normal)) continue;
    CAPTURE(row.line);
    CHECK(seen.emplace(row.normal, row.url).second);
  }
  CHECK(seen.size() >= 10);
}

TEST_CASE("no two names have one path") {
  std::map<std::string, std::string> names;
  for (const UrlRow& row : read_url_rows()) {
    if (row.normal.empty()) continue;
    const std::string name = repo_resource(row.normal, "refs/heads/main");
    CAPTURE(name);
    const auto [at, is_new] = names.emplace(path_of_repo_name(name), name);
    CHECK((is_new || at->second == name));
  }
}

TEST_CASE("no error tells a password") {
  for (const char* url :
       {"ssh://u:s3cr3t@h/p", "https://u:s3cr3t@h./p", "https://u:s3cr3t@h/a/../p", "https://u:s3c/r3t-s3cr3t@h/%2F",
        "https://a@b:s3cr3t@h/p", "https::https://u:s3cr3t@h/p", "https://u:s3cr3t@h/p?x"}) {
    const auto normal = normalised_url(url, k_forges);
    REQUIRE_FALSE(normal.has_value());
    CHECK_MESSAGE(normal.error().message.find("s3cr3t") == std::string::npos, normal.error().message);
  }
}

TEST_CASE("what is no ref of a server makes no name") {
  for (const char* ref : {"refs/heads/main", "refs/tags/v1.0", "refs/for/main%topic=x", "refs/heads/a@b", "refs/heads/#",
                          "refs/heads/a#b", "refs/x", "refs/heads/\xC3\xBC", "refs/heads/%2e", "refs/heads/-x"}) {
    CAPTURE(ref);
    CHECK(is_full_ref(ref));
    CHECK(is_repo_name(repo_resource("https://h/p", ref)));
  }
  for (const char* ref :
       {"", "HEAD", "main", "heads/main", "refs", "refs/", "/refs/heads/x", "refs//x", "refs/heads/", "refs/heads/.x",
        "refs/./x", "refs/heads/a..b", "refs/../x", "refs/heads/x.lock", "refs/x.lock/y", "refs/heads/x.", "refs/heads/a b",
        "refs/heads/a~", "refs/heads/a^", "refs/heads/a:b", "refs/heads/a?", "refs/heads/a*", "refs/heads/[a]", "refs/heads/^",
        "refs/heads/a\\b", "refs/heads/a@{b", "refs/heads/a\x01", "refs/heads/a\x7F", "Refs/heads/x", "refs/heads/a\n"}) {
    CAPTURE(ref);
    CHECK_FALSE(is_full_ref(ref));
    CHECK_FALSE(is_repo_name(repo_resource("https://h/p", ref)));
    CHECK(path_of_repo_name(repo_resource("https://h/p", ref)).empty());
  }
  CHECK_FALSE(is_full_ref(std::string_view("refs/a\0b", 8)));
}

// Random addresses made of what matters to a reader of URLs.
class AddressMaker {
 public:
  explicit AddressMaker(unsigned seed) : random_(seed) {}
  std::string address() {
    constexpr std::string_view fronts[] = {"ssh://", "https://", "git@", "", "file://", "/", "git://", "http://u:p@", "ext::"};
    constexpr std::string_view parts[] = {"h",   "H",   "github.com", ":",  "/",   "/",  "~",   "~/",  "..",  ".",  "%2e", "%2F", "%",
                                          "%41", "[",   "]",          "@",  "@[",  "#",  "?",   "22",  "p",   ".git", "::1", " ",  "\\",
                                          "*",   "%00", "\n",         "a:", "443", "-x", "%25", "%5B", "%40", "\xFF"};
    std::string text(fronts[random_() % std::size(fronts)]);
    for (std::size_t left = 1 + random_() % 8; left > 0; --left) text += parts[random_() % std::size(parts)];
    return text;
  }

 private:
  std::mt19937 random_;
};

TEST_CASE("whatever is normalised is normal, and a name that its own scope covers alone") {
  AddressMaker maker(7);
  std::size_t normal_ones = 0;
  std::string before = "https://h/q#refs/heads/x";
  for (int i = 0; i < 60'000; i += stride()) {
    const std::string address = maker.address();
    const auto normal = normalised_url(address, k_forges);
    if (!normal) continue;
    ++normal_ones;
    CAPTURE(address);
    const std::string name = repo_resource(*normal, "refs/heads/x");
    REQUIRE(is_repo_name(name));
    REQUIRE(normal->find_first_of("#?* \\\n") == std::string::npos);
    if (!is_of_helper(*normal)) REQUIRE(normalised_url(*normal, {}).value() == *normal);
    const auto scope = Scope::parse(ScopeType::repo, name, k_forges);
    REQUIRE(scope.has_value());
    REQUIRE(scope->pattern() == name);
    REQUIRE(*scope == Scope::exactly(name));
    REQUIRE(scope->covers({name}));
    REQUIRE(scope->covers({before}) == (before == name));
    before = name;
  }
  CHECK(normal_ones > 5000U / static_cast<unsigned>(stride()));
}

}  // namespace
}  // namespace pvm::model
