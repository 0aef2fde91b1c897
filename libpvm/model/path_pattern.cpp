// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/path_pattern.hpp"

#include <algorithm>
#include <utility>

namespace pvm::model {
namespace {

using base::Code;
using base::fail;

// Takes the first component off `rest`, with the '/' that follows it.
std::string_view take_name(std::string_view& rest) {
  const std::string_view name = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  return name;
}

bool is_any_names(std::string_view component) {
  return component.size() >= 2 && component.find_first_not_of('*') == std::string_view::npos;
}

bool is_dot_or_dot_dot(const NameGlob& glob) {
  return glob.is_literal() && (glob.literal() == "." || glob.literal() == "..");
}

}  // namespace

// The positions in the row of components that can be reached; one past the last means a match.
class PathPattern::Walk {
 public:
  explicit Walk(const std::vector<Component>& components)
      : components_(components), reached_(components.size() + 1), next_(components.size() + 1) {
    reached_[0] = true;
    skip_any_names(reached_);
  }

  void through(std::string_view path) {
    for (std::string_view rest = path.substr(1); !rest.empty();) {
      const std::string_view name = take_name(rest);
      advance([&](const NameGlob& glob) { return glob.matches(name); });
    }
  }

  /// Goes on by a name of which nothing is known: only what matches every name lets it through.
  void through_unknown() {
    advance([](const NameGlob& glob) { return glob.is_any(); });
  }

  [[nodiscard]] bool is_match() const { return reached_.back(); }
  [[nodiscard]] const std::vector<bool>& reached() const { return reached_; }

 private:
  template <class LetsThrough>
  void advance(LetsThrough lets_through) {
    std::fill(next_.begin(), next_.end(), false);
    for (std::size_t i = 0; i < components_.size(); ++i) {
      if (!reached_[i]) continue;
      if (components_[i].kind == Component::Kind::any_names) {
        next_[i] = true;
      } else if (lets_through(components_[i].glob)) {
        next_[i + 1] = true;
      }
    }
    skip_any_names(next_);
    reached_.swap(next_);
  }

  // A "**" may stand for no name at all.
  void skip_any_names(std::vector<bool>& positions) const {
    for (std::size_t i = 0; i < components_.size(); ++i) {
      if (positions[i] && components_[i].kind == Component::Kind::any_names) positions[i + 1] = true;
    }
  }

  const std::vector<Component>& components_;
  std::vector<bool> reached_;
  std::vector<bool> next_;
};

base::Result<PathPattern> PathPattern::compile(std::string_view pattern) {
  if (pattern.empty()) return fail(Code::malformed, "it is empty");
  if (pattern.find('\0') != std::string_view::npos) return fail(Code::malformed, "a NUL byte");
  if (pattern.front() != '/') return fail(Code::malformed, "it does not begin with '/'");

  PathPattern compiled;
  for (std::string_view rest = pattern.substr(1); !rest.empty();) {
    const std::string_view before = rest;
    auto glob = NameGlob::read(rest);
    if (!glob) return base::pass_on(glob);
    const std::string_view component = before.substr(0, before.size() - rest.size());
    if (component.empty()) return fail(Code::malformed, "an empty component ('//')");
    if (is_dot_or_dot_dot(*glob)) return fail(Code::malformed, "'.' or '..' as a component");
    if (is_any_names(component)) {
      compiled.add_any_names();
    } else {
      compiled.add_name(*std::move(glob));
    }
    if (!rest.empty()) rest.remove_prefix(1);
  }
  compiled.settle_what_is_beneath(pattern);
  return compiled;
}

void PathPattern::add_name(NameGlob glob) {
  if (!glob.is_literal()) has_wildcard_ = true;
  if (!has_wildcard_) {
    if (anchor_ != "/") anchor_ += '/';
    anchor_ += glob.literal();
  }
  components_.push_back({Component::Kind::name, std::move(glob)});
}

void PathPattern::add_any_names() {
  has_wildcard_ = true;
  const bool repeats = !components_.empty() && components_.back().kind == Component::Kind::any_names;
  if (!repeats) components_.push_back({Component::Kind::any_names});
}

// A '/' at the end is the last byte neither of a set (it would be open) nor of a quoted pair (refused).
void PathPattern::settle_what_is_beneath(std::string_view pattern) {
  const bool ends_in_any_names =
      !components_.empty() && components_.back().kind == Component::Kind::any_names;
  if (ends_in_any_names) components_.push_back({Component::Kind::name, NameGlob::any()});
  if (!has_wildcard_ || pattern.ends_with('/')) components_.push_back({Component::Kind::any_names});
}

std::optional<bool> PathPattern::covers_by_anchor(std::string_view name) const {
  if (!name.starts_with(anchor_)) return false;
  const bool is_anchor = name.size() == anchor_.size();
  if (!is_anchor && anchor_ != "/" && name[anchor_.size()] != '/') return false;
  if (!has_wildcard_) return true;
  if (is_all_beneath_anchor()) return !is_anchor;
  return std::nullopt;
}

bool PathPattern::reaches_beneath(std::string_view name) const {
  Walk walk(components_);
  walk.through(name);
  // The last position is a match, with nothing after it; at any other a component is still to come.
  return std::find(walk.reached().begin(), walk.reached().end() - 1, true) != walk.reached().end() - 1;
}

bool PathPattern::covers_item(std::string_view name) const {
  if (const auto known = covers_by_anchor(name)) return *known;
  Walk walk(components_);
  walk.through(name);
  return walk.is_match();
}

// The tree is covered where the operand and every continuation of it match. Continue with a name of which
// nothing is known: the positions it reaches are reached by any real name as well, so a match here is a match
// for all. Go on until the positions repeat; from there on nothing changes. They do repeat: a reached "**"
// stays reached, and what is not fed by one is shifted out at the end. It takes at most one step a component,
// and a pattern that matches the operand has at most two components for each of the operand's, and one more.
bool PathPattern::covers_tree(std::string_view name) const {
  if (const auto known = covers_by_anchor(name)) return *known;
  Walk walk(components_);
  walk.through(name);
  std::vector<bool> before;
  do {
    if (!walk.is_match()) return false;
    before = walk.reached();
    walk.through_unknown();
  } while (walk.reached() != before);
  return true;
}

bool PathPattern::is_all_beneath_anchor() const {
  const auto first = std::find_if(components_.begin(), components_.end(), [](const Component& component) {
    return component.kind == Component::Kind::any_names || !component.glob.is_literal();
  });
  return components_.end() - first == 2 && first->kind == Component::Kind::any_names &&
         components_.back().glob.is_any();
}

PathPattern::Reach PathPattern::reach() const {
  const auto last = std::find_if(components_.rbegin(), components_.rend(), [](const Component& component) {
    return component.kind == Component::Kind::any_names;
  });
  if (last == components_.rend()) return Reach::exact;
  const bool lets_all_through = std::all_of(
      components_.rbegin(), last, [](const Component& component) { return component.glob.is_any(); });
  return lets_all_through ? Reach::beneath : Reach::by_match;
}

}  // namespace pvm::model
