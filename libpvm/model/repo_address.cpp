// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/repo_address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "libpvm/model/url_authority.hpp"

namespace pvm::model {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_scheme_end = "://";
constexpr std::string_view k_helper_end = "::";
constexpr std::string_view k_home = "~/";

struct Transport {
  std::string_view scheme;
  std::string_view name;  // what the normal form says
  std::string_view default_port;
  enum class Kind { ssh, git, file, web } kind;
};
constexpr std::array<Transport, 9> k_transports = {{
    {"ssh", "ssh", "22", Transport::Kind::ssh},
    {"git+ssh", "ssh", "22", Transport::Kind::ssh},
    {"ssh+git", "ssh", "22", Transport::Kind::ssh},
    {"git", "git", "9418", Transport::Kind::git},
    {"file", "file", "", Transport::Kind::file},
    {"http", "http", "80", Transport::Kind::web},
    {"https", "https", "443", Transport::Kind::web},
    {"ftp", "ftp", "21", Transport::Kind::web},
    {"ftps", "ftps", "990", Transport::Kind::web},
}};

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& byte : lower) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return lower;
}

const Transport* find_transport(std::string_view scheme) {
  const std::string lower = in_lower_case(scheme);
  const auto* found =
      std::find_if(k_transports.begin(), k_transports.end(), [&](const Transport& t) { return t.scheme == lower; });
  return found == k_transports.end() ? nullptr : found;
}

// The longest front that git takes for a scheme (is_urlschemechar): letters, digits, and after the first "+-." too.
std::string_view scheme_of(std::string_view text) {
  std::size_t size = 0;
  const auto is_scheme_byte = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (size > 0 && (c == '+' || c == '-' || c == '.'));
  };
  while (size < text.size() && is_scheme_byte(text[size])) ++size;
  return text.substr(0, size);
}

class AddressReader {
 public:
  AddressReader(std::span<const std::string> forges, Reading reading) : forges_(forges), reading_(reading) {}

  Result<std::string> read(std::string_view text) const {
    if (text.empty()) return fail(Code::malformed, "it is empty");
    if (reading_ == Reading::address && text.find('\0') != std::string_view::npos) return fail(Code::malformed, "a NUL byte");
    const std::string_view scheme = scheme_of(text);
    const std::string_view after = text.substr(scheme.size());
    if (after.starts_with(k_helper_end)) return helper(scheme, k_helper_end, after.substr(k_helper_end.size()));
    if (!scheme.empty() && after.starts_with(k_scheme_end)) return url(scheme, after.substr(k_scheme_end.size()));
    if (text.find(k_scheme_end) != std::string_view::npos) {
      return fail(Code::malformed, "before '://' stands no scheme");
    }
    const std::size_t colon = text.find(':');
    const bool is_local = colon == std::string_view::npos || text.find('/') < colon;
    return is_local ? local(text) : scp_form(text);
  }

 private:
  Result<std::string> url(std::string_view scheme, std::string_view rest) const {
    const Transport* transport = find_transport(scheme);
    if (transport == nullptr) return helper(scheme, k_scheme_end, rest);
    switch (transport->kind) {
      case Transport::Kind::web:
        return web(*transport, rest);
      case Transport::Kind::file:
        return local(unescape_as_git(rest));
      case Transport::Kind::ssh:
      case Transport::Kind::git:
        break;
    }
    // git unescapes before it looks for anything.
    const std::string plain = unescape_as_git(rest);
    const std::size_t slash = plain.find('/');
    if (slash == std::string::npos) return fail(Code::malformed, "it names no path");
    return served(*transport, std::string_view(plain).substr(0, slash), std::string_view(plain).substr(slash));
  }

  // [USER@]HOST:PATH. The first colon divides, but for one in brackets.
  Result<std::string> scp_form(std::string_view text) const {
    const std::size_t colon = text.find(':');
    const std::size_t bracket = text.find('[');
    std::size_t divider = colon;
    if (bracket < colon && (bracket == 0 || text[bracket - 1] == '@')) {
      const std::size_t close = text.find(']', bracket);
      if (close == std::string_view::npos) return fail(Code::malformed, "a '[' without its ']'");
      divider = close + 1;
      if (!text.substr(divider).starts_with(':')) return fail(Code::malformed, "no ':' after the ']'");
    }
    return served(k_transports.front(), text.substr(0, divider), text.substr(divider + 1));
  }

  // What a server of git's own is asked for over `transport`: `path` as it is sent, but for what git takes off it.
  Result<std::string> served(const Transport& transport, std::string_view authority_text, std::string_view path) const {
    // Wherever it stands, git takes what is before it for the host.
    if (path.find("@[") != std::string_view::npos) return fail(Code::malformed, "'@[' in its path");
    const AuthorityRules rules{transport.default_port, reading_};
    const auto authority =
        transport.kind == Transport::Kind::ssh ? ssh_authority(authority_text, rules) : git_authority(authority_text, rules);
    if (!authority) return base::pass_on(authority);
    if (transport.kind == Transport::Kind::git && !authority->user.empty()) {
      return fail(Code::malformed, "git:// takes no user name");
    }
    // Whatever the first byte is: "h:x~/p" asks for "~/p".
    if (path.size() > 1 && path[1] == '~') path.remove_prefix(1);
    if (is_forge(authority->host)) {
      if (path.starts_with('/')) path.remove_prefix(1);
      while (path.starts_with(k_home)) path.remove_prefix(k_home.size());
      return joined(transport, *authority, "/", components(path, Ending::of_forge));
    }
    if (path.starts_with('/')) return joined(transport, *authority, "/", components(path.substr(1)));
    const std::string_view home = path.starts_with('~') ? "/" : "/~/";
    return joined(transport, *authority, home, components(path));
  }

  Result<std::string> web(const Transport& transport, std::string_view rest) const {
    if (rest.find_first_of("?#") != std::string_view::npos) {
      return fail(Code::malformed, "a '?' or '#', which ends the path of a URL; as a part of the path it is %3F or %23");
    }
    // libcurl reads it as any byte, others as a slash.
    if (rest.find('\\') != std::string_view::npos) return fail(Code::malformed, "a backslash; in the path it is %5C");
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const auto authority = web_authority(rest.substr(0, slash), {transport.default_port, reading_});
    if (!authority) return base::pass_on(authority);
    const std::string_view path = rest.substr(std::min(slash + 1, rest.size()));
    if (path.find("%2F") != std::string_view::npos || path.find("%2f") != std::string_view::npos) {
      return fail(Code::malformed, "a '/' written as an escape");
    }
    const auto plain = unescape(path);
    if (!plain) return base::pass_on(plain);
    return joined(transport, *authority, "/",
                  components(*plain, is_forge(authority->host) ? Ending::of_forge : Ending::as_it_is));
  }

  Result<std::string> local(std::string_view path) const {
    if (!path.starts_with('/')) {
      return fail(Code::malformed, "it is neither an absolute path nor a URL, nor has it the form HOST:PATH");
    }
    // What the file system does not tell apart, and nothing that a symbolic link could turn elsewhere.
    std::string collapsed;
    for (std::string_view rest = path; !rest.empty();) {
      const std::string_view component = rest.substr(0, rest.find('/'));
      rest.remove_prefix(std::min(component.size() + 1, rest.size()));
      if (component.empty() || component == ".") continue;
      collapsed += (collapsed.empty() ? "" : "/") + std::string(component);
    }
    if (collapsed.empty()) return fail(Code::malformed, "it names no path");
    const auto path_text = components(collapsed);
    if (!path_text) return path_text;
    return "file:///" + *path_text;
  }

  Result<std::string> helper(std::string_view scheme, std::string_view divider, std::string_view rest) const {
    if (find_transport(scheme) != nullptr) return fail(Code::malformed, "'::' after a scheme that has '://'");
    if (scheme.empty()) return fail(Code::malformed, "before '::' stands no scheme");
    // A person writes a pattern as it is signed; what an address says is its helper's own.
    std::string plain(rest);
    if (reading_ == Reading::pattern) {
      auto unescaped = unescape(rest);
      if (!unescaped) return unescaped;
      plain = *std::move(unescaped);
    }
    if (plain.empty() || plain == "." || plain == "..") return fail(Code::malformed, "it names nothing");
    return std::string(scheme) + std::string(divider) + escape(plain, Escape::all);
  }

  enum class Ending { as_it_is, of_forge };

  // The components of a path without its leading '/', escaped; slashes at the end are left out.
  static Result<std::string> components(std::string_view path, Ending ending = Ending::as_it_is) {
    while (path.ends_with('/')) path.remove_suffix(1);
    std::string text;
    while (!path.empty()) {
      std::string_view component = path.substr(0, path.find('/'));
      path.remove_prefix(std::min(component.size() + 1, path.size()));
      if (component.empty()) return fail(Code::malformed, "an empty component ('//')");
      if (component == "." || component == "..") return fail(Code::malformed, "'.' or '..' as a component");
      constexpr std::string_view k_git = ".git";
      const bool is_last = path.empty() && ending == Ending::of_forge;
      while (is_last && component.size() > k_git.size() && component.ends_with(k_git)) {
        component.remove_suffix(k_git.size());
      }
      if (component == "." || component == "..") return fail(Code::malformed, "'.' or '..' as a component");
      text += (text.empty() ? "" : "/") + escape(component, Escape::path);
    }
    return text;
  }

  static Result<std::string> joined(const Transport& transport, const Authority& authority, std::string_view root,
                                    const Result<std::string>& path) {
    if (!path) return path;
    const std::string served_by = std::string(transport.name) + std::string(k_scheme_end) + authority.text();
    if (!path->empty()) return served_by + std::string(root) + *path;
    if (transport.kind == Transport::Kind::web) return served_by;
    return fail(Code::malformed, "it names no path");
  }

  [[nodiscard]] bool is_forge(std::string_view host) const {
    return std::any_of(forges_.begin(), forges_.end(),
                       [&](const std::string& forge) { return in_lower_case(forge) == host; });
  }

  std::span<const std::string> forges_;
  Reading reading_;
};

}  // namespace

Result<std::string> normal_address(std::string_view text, std::span<const std::string> forges, Reading reading) {
  return AddressReader(forges, reading).read(text);
}

bool is_helper_scheme(std::string_view text) {
  return !text.empty() && scheme_of(text) == text && find_transport(text) == nullptr;
}

}  // namespace pvm::model
