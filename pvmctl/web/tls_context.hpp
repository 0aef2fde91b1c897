// SPDX-License-Identifier: Apache-2.0
// Certificate and key as Boost.Asio wants them. Included by server.cpp alone: OpenSSL's headers take long to compile.
#pragma once

#include <boost/asio/ssl.hpp>
#include <memory>

#include "libpvm/base/text.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/web/server.hpp"

namespace pvm::pvmctl::web {

/// TLS 1.2 or later. The key is read by descriptor, from a file that is its owner's alone. Errors: missing, unsafe (the
/// key), malformed.
inline base::Result<std::shared_ptr<boost::asio::ssl::context>> tls_context(const Tls& tls) {
  namespace asio = boost::asio;
  constexpr std::size_t k_key_max_bytes = 64 * 1024;
  const auto key = system::read_checked_file(tls.key, system::Guard::own_private, k_key_max_bytes);
  if (!key) return base::pass_on(key);
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  boost::system::error_code error;
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  if (!error) context->use_certificate_chain_file(tls.certificate, error);
  if (error) return base::fail(base::Code::malformed, base::quoted(tls.certificate) + " is no certificate: " + base::display(error.message()));
  context->use_private_key(asio::buffer(*key), asio::ssl::context::pem, error);
  if (error) return base::fail(base::Code::malformed, base::quoted(tls.key) + " is not the key of that certificate: " + base::display(error.message()));
  return context;
}

}  // namespace pvm::pvmctl::web
