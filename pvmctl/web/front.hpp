// SPDX-License-Identifier: Apache-2.0
// All that stands between a request's bytes and the desk, in this order: is it one request and no two (duplicate headers,
// bodies without a length), is it for us and from our page (Origins), who asks (Sessions), how often (Bucket), and only
// then what (answer_call). No network in it, so that each step is tested by itself.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "libpvm/base/time.hpp"
#include "pvmctl/web/desk.hpp"
#include "pvmctl/web/events.hpp"
#include "pvmctl/web/http.hpp"
#include "pvmctl/web/http_words.hpp"
#include "pvmctl/web/metrics.hpp"
#include "pvmctl/web/origins.hpp"
#include "pvmctl/web/rate.hpp"
#include "pvmctl/web/sessions.hpp"

namespace pvm::pvmctl::web {

enum class Transport { plain, secure };  // whether the browser speaks TLS, to us or to the proxy before us

/// Everything it uses is passed in and outlives it.
class Front {
 public:
  struct Parts {
    Desk& desk;
    Sessions& sessions;
    const Events& events;
    Metrics& metrics;
    const base::Clock& clock;
  };
  Front(Parts parts, Origins origins, Transport transport);

  /// What is to be done about a request, and whether it came from somebody who is logged in.
  struct Taken {
    Outcome outcome;
    bool is_known = false;
  };
  [[nodiscard]] Taken take(const HttpRequest& request, Moment now);

  /// "pvm-8765", or "__Host-pvm" where the browser speaks TLS: a cookie is not kept apart by port, a name is.
  [[nodiscard]] const std::string& cookie_name() const { return cookie_name_; }
  [[nodiscard]] const Origins& origins() const { return origins_; }

 private:
  [[nodiscard]] Taken take_good(const HttpRequest& request, const Target& target, Moment now);
  [[nodiscard]] Taken take_api(const HttpRequest& request, const Target& target, Moment now);
  [[nodiscard]] Answer show(const Target& target);
  [[nodiscard]] Answer log_in(const HttpRequest& request, Moment now);
  [[nodiscard]] Answer log_out(const Session& session);
  [[nodiscard]] Outcome listen(const HttpRequest& request, const Session& session) const;
  [[nodiscard]] bool is_within_rate(const std::string& peer, Moment now);
  [[nodiscard]] std::string cookie(const std::string& value) const;

  Parts parts_;
  Origins origins_;
  Transport transport_;
  std::string cookie_name_;
  std::map<std::string, Bucket> strangers_;         // by address
  std::map<std::uint64_t, Bucket> known_;           // by session
};

}  // namespace pvm::pvmctl::web
