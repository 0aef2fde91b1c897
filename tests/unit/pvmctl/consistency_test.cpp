// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/consistency.hpp"

#include <doctest/doctest.h>

using namespace pvm;
using namespace pvm::pvmctl::log;
using base::Code;

namespace {

constexpr base::UnixTime k_now = base::from_unix(1'790'000'000);

base::Digest leaf(std::uint64_t number, char log) { return crypto::leaf_hash(log + std::to_string(number)); }

crypto::TreeEdge a_log(std::uint64_t size, char log = 'a') {
  crypto::TreeEdge edge;
  for (std::uint64_t i = 0; i < size; ++i) edge.append(leaf(i, log));
  return edge;
}

Testified testified(std::uint64_t size, std::uint64_t since, char log = 'a') {
  auto builder = crypto::ProofBuilder::of_consistency(since, size);
  REQUIRE(builder.has_value());
  for (std::uint64_t i = 0; i < size; ++i) builder->take(leaf(i, log));
  return {a_log(size, log), builder->finish().value()};
}

SeenLog seen(std::uint64_t size) { return {{{a_log(size).head(), k_now}}, a_log(size)}; }

}  // namespace

TEST_CASE("a log that extends what was seen is believed, and every other is not") {
  CHECK(judge({a_log(9), {}}, a_log(9).head(), {}).has_value());  // the first look
  for (const std::uint64_t size : {5U, 6U, 8U, 13U}) {
    CHECK(judge(testified(size, 5), a_log(size).head(), seen(5)).has_value());
    if (size == 5) continue;
    CHECK(judge({a_log(size), {}}, a_log(size).head(), seen(5)).error().code == Code::broken);
    CHECK(judge(testified(size, 5, 'b'), a_log(size, 'b').head(), seen(5)).error().code == Code::broken);
  }
  CHECK(judge({a_log(4), {}}, a_log(4).head(), seen(5)).error().message.find("fewer than before") != std::string::npos);
  CHECK(judge({a_log(8), testified(9, 5).proof}, a_log(9).head(), seen(5)).error().code == Code::malformed);
}
