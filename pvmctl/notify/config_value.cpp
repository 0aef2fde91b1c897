// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/config_value.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>

#include "libpvm/base/text.hpp"
#include "libpvm/system/safe_file.hpp"

namespace pvm::notify {
namespace {

using base::Result;

constexpr std::size_t k_most_secret_bytes = 4096;
constexpr std::size_t k_most_values = 32;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool has_only(std::string_view text, std::string_view besides) {
  return std::all_of(text.begin(), text.end(), [besides](char c) {
    return is_letter_or_digit(c) || besides.find(c) != std::string_view::npos;
  });
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && (name.front() < '0' || name.front() > '9') && has_only(name, "_");
}

struct Expanded {
  std::string text;
  bool has_variable = false;
};

Result<Expanded> expand(const Tree& value, const system::Environment& environment) {
  Expanded expanded;
  std::string_view rest = value.text;
  for (;;) {
    const auto start = rest.find("${");
    expanded.text += rest.substr(0, start);
    if (start == std::string_view::npos) return expanded;
    rest.remove_prefix(start + 2);
    const auto end = rest.find('}');
    const std::string_view name = rest.substr(0, end);
    if (end == std::string_view::npos || !is_variable_name(name)) {
      return fail_at(value.mark, "has '${' without a variable's name and '}' behind it");
    }
    const auto found = environment.find_filled(name);
    if (!found) return fail_at(value.mark, "names the variable " + base::quoted(name, 64) + ", which is not set");
    expanded.text += *found;
    expanded.has_variable = true;
    rest.remove_prefix(end + 1);
  }
}

Result<std::string> secret_text(const Tree& value, const Sources& sources) {
  constexpr std::string_view k_file_mark = "file:";
  constexpr std::string_view k_command_mark = "cmd:";
  const std::string_view text = value.text;
  if (text.starts_with(k_file_mark)) {
    const std::string path(text.substr(k_file_mark.size()));
    if (!path_complaint(path).empty()) return fail_at(value.mark, "must name a file by an absolute path after file:");
    auto read = system::read_checked_file(path, system::Guard::own_private, k_most_secret_bytes + 1);
    if (!read) return fail_at(value.mark, "cannot be read: " + read.error().message);
    return read;
  }
  if (text.starts_with(k_command_mark)) {
    auto printed = sources.run(std::string(text.substr(k_command_mark.size())));
    if (!printed) return fail_at(value.mark, "cannot be had: " + printed.error().message);
    return printed;
  }
  auto expanded = expand(value, sources.environment);
  if (!expanded) return base::pass_on(expanded);
  if (!expanded->has_variable) {
    return fail_at(value.mark, "must not stand here, where others can read it, but as ${VARIABLE}, file:/PATH or cmd:COMMAND");
  }
  return std::move(expanded->text);
}

/// The parts of a URL as libcurl, which goes there, sees them.
class Parts {
 public:
  explicit Parts(const std::string& url) : handle_(::curl_url(), ::curl_url_cleanup) {
    is_good_ = handle_ && ::curl_url_set(handle_.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] std::string get(CURLUPart part) const {
    char* text = nullptr;
    if (::curl_url_get(handle_.get(), part, &text, 0) != CURLUE_OK) return {};
    std::string value(text);
    ::curl_free(text);
    return value;
  }

 private:
  std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)> handle_;
  bool is_good_ = false;
};

bool is_this_machine(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

Result<std::string> read_text(const Tree& value, const Sources& sources) {
  if (value.kind != Tree::Kind::scalar || value.text.empty()) return fail_at(value.mark, "must be a text");
  auto expanded = expand(value, sources.environment);
  if (!expanded) return base::pass_on(expanded);
  if (!base::is_plain(expanded->text)) return fail_at(value.mark, "holds what cannot be shown, by its variable");
  return std::move(expanded->text);
}

Result<std::vector<std::string>> read_texts(const Tree& value, const Sources& sources) {
  std::vector<std::string> texts;
  if (value.kind != Tree::Kind::list) {
    auto text = read_text(value, sources);
    if (!text) return base::pass_on(text);
    texts.push_back(*std::move(text));
    return texts;
  }
  if (value.items.size() > k_most_values) return fail_at(value.mark, "has too many values");
  for (const Tree& item : value.items) {
    auto text = read_text(item, sources);
    if (!text) return base::pass_on(text);
    if (std::find(texts.begin(), texts.end(), *text) != texts.end()) return fail_at(item.mark, "repeats a value");
    texts.push_back(*std::move(text));
  }
  return texts;
}

Result<bool> read_truth(const Tree& value) {
  const bool is_true = value.text == "true";
  if (value.kind != Tree::Kind::scalar || (!is_true && value.text != "false")) {
    return fail_at(value.mark, "must be true or false");
  }
  return is_true;
}

Result<Secret> read_secret(const Tree& value, const Sources& sources) {
  if (value.kind != Tree::Kind::scalar || value.text.empty()) return fail_at(value.mark, "must be a secret");
  auto text = secret_text(value, sources);
  if (!text) return base::pass_on(text);
  if (text->ends_with('\n')) text->pop_back();
  const bool is_printable = std::all_of(text->begin(), text->end(), [](char c) { return c > ' ' && c <= '~'; });
  if (text->empty() || text->size() > k_most_secret_bytes || !is_printable) {
    ::sodium_memzero(text->data(), text->size());
    return fail_at(value.mark, "must have 1 to 4,096 letters, digits and signs, without spaces, as its value");
  }
  Secret secret(*text);
  ::sodium_memzero(text->data(), text->size());
  return secret;
}

Result<std::vector<Secret>> read_secrets(const Tree& value, const Sources& sources) {
  std::vector<Secret> secrets;
  const bool is_list = value.kind == Tree::Kind::list;
  if (is_list && (value.items.empty() || value.items.size() > k_most_values)) {
    return fail_at(value.mark, "must have one secret or more");
  }
  const std::size_t count = is_list ? value.items.size() : 1;
  for (std::size_t at = 0; at < count; ++at) {
    auto secret = read_secret(is_list ? value.items[at] : value, sources);
    if (!secret) return base::pass_on(secret);
    secrets.push_back(*std::move(secret));
  }
  return secrets;
}

std::string url_complaint(std::string_view value, Scheme scheme) {
  constexpr std::array<std::string_view, 3> k_wanted = {
      "must be an address with https://, or with http:// on this machine, without user, '?' and '#'",
      "must be smtp://HOST (with STARTTLS) or smtps://HOST, perhaps with a port",
      "must be imaps://HOST, perhaps with a port"};
  std::string wanted(k_wanted[static_cast<std::size_t>(scheme)]);
  const bool is_printable = std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!is_printable || value.find_first_of("\\\"<>^`{|}#?@") != std::string_view::npos) return wanted;
  const Parts parts{std::string(value)};
  if (!parts.is_good()) return wanted;
  const std::string name = parts.get(CURLUPART_SCHEME);
  const std::string host = parts.get(CURLUPART_HOST);
  const bool is_named = !host.empty() && value.starts_with(name + "://");  // libcurl guesses where there is none
  const std::string path = parts.get(CURLUPART_PATH);
  if (!is_named) return wanted;
  switch (scheme) {
    case Scheme::http:
      return name == "https" || (name == "http" && is_this_machine(host)) ? "" : wanted;
    case Scheme::smtp:
      return (name == "smtp" || name == "smtps") && path == "/" ? "" : wanted;
    case Scheme::imap:
      return name == "imaps" && path == "/" ? "" : wanted;
  }
  return wanted;
}

std::string phone_complaint(std::string_view value) {
  const bool is_good = value.size() >= 4 && value.size() <= 16 && value.front() == '+' && value[1] != '0' &&
                       value.find_first_not_of("0123456789", 1) == std::string_view::npos;
  return is_good ? "" : "must be a number such as +15551230000";
}

std::string address_complaint(std::string_view value) {
  const auto at = value.find('@');
  const std::string_view local = value.substr(0, at);
  const std::string_view domain = at == std::string_view::npos ? "" : value.substr(at + 1);
  const bool is_good = value.size() <= 254 && !local.empty() && !domain.empty() && has_only(local, "._%+-") &&
                       has_only(domain, ".-") && local.front() != '-' && is_letter_or_digit(domain.front()) &&
                       is_letter_or_digit(domain.back()) && domain.find("..") == std::string_view::npos;
  return is_good ? "" : "must be an address such as alice@example.org";
}

std::string place_complaint(std::string_view value) {
  const bool is_good = !value.empty() && value.size() <= 128 && has_only(value, "#@_.:-");
  return is_good ? "" : "must be a name of letters, digits and #@_.:-";
}

std::string path_complaint(std::string_view value) {
  return value.starts_with('/') && value.size() < 4096 ? "" : "must be an absolute path";
}

}  // namespace pvm::notify
