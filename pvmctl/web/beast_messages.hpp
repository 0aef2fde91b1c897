// SPDX-License-Identifier: Apache-2.0
// Between Boost.Beast's messages and ours. Included by server.cpp alone: Beast takes long to compile.
#pragma once

#include <algorithm>
#include <boost/beast/http.hpp>
#include <optional>
#include <string>

#include "pvmctl/web/api.hpp"
#include "pvmctl/web/http.hpp"

namespace pvm::pvmctl::web {

namespace http = boost::beast::http;

enum class Afterwards { closed, kept };  // what becomes of the connection

inline http::response<http::string_body> as_response(const Answer& answer, Afterwards afterwards) {
  http::response<http::string_body> response{http::int_to_status(answer.status), 11};
  for (const auto& [name, value] : common_headers()) {
    response.insert(boost::beast::string_view(name.data(), name.size()), boost::beast::string_view(value.data(), value.size()));
  }
  response.set(http::field::content_type, answer.type);
  for (const auto& [name, value] : answer.headers) response.insert(name, value);
  response.body() = answer.body;
  response.keep_alive(afterwards == Afterwards::kept);
  response.prepare_payload();
  return response;
}

inline std::string stream_head() {
  std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\nX-Accel-Buffering: no\r\n";
  for (const auto& [name, value] : common_headers()) head += std::string(name) + ": " + std::string(value) + "\r\n";
  return head + "\r\nretry: 2000\n\n";
}

inline HttpRequest as_request(http::request<http::string_body>&& message, const std::string& peer) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.body = std::move(message.body());
  request.peer = peer;
  return request;
}

inline Answer fault_answer(unsigned status, std::string message) {
  Answer answer = error_answer({base::Code::malformed, std::move(message), ""});
  answer.status = status;
  answer.ends_connection = true;
  return answer;
}

/// What a request that could not be read is told; nullopt: nothing, the other end is gone or was too slow.
inline std::optional<Answer> answer_to(const boost::system::error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return fault_answer(431, "the head is over 8 KiB");
  if (error == http::error::body_limit) return fault_answer(413, "the body is over 16 KiB");
  const bool is_http = error.category() == http::make_error_code(http::error::bad_method).category();
  const bool is_over = error == http::error::end_of_stream || error == http::error::partial_message;
  if (is_http && !is_over) return fault_answer(400, "this is no HTTP/1.1 request");
  return std::nullopt;
}

}  // namespace pvm::pvmctl::web
