// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/card.hpp"

#include <algorithm>
#include <vector>

#include "libpvm/base/text.hpp"
#include "libpvm/model/scope.hpp"
#include "pvmctl/ui/push_lines.hpp"

namespace pvm::pvmctl::ui {
namespace {

constexpr std::size_t k_most_named = 3;
constexpr std::size_t k_most_listed = 20;
constexpr std::size_t k_largest = 5;
constexpr std::size_t k_most_bytes = 300;

std::string line(const std::string& text) {
  return "  " + text + "\n";
}

std::string warning(const std::string& text, const Colour& colour) {
  return line(colour.red("!") + " " + text);
}

// "rm -r ~/a ~/b", "trash ~/a", or "rm (recursive) within /w/**"
std::string wish_text(const Card& card) {
  const model::Operation& operation = card.request.wish.operation;
  std::string text(model::to_text(operation.action));
  std::vector<std::string> things;
  if (operation.resources.empty()) {
    if (!operation.needs.is_empty()) text += " (" + operation.needs.text() + ")";
    text += " within";
    for (const model::Scope& scope : card.request.wish.scopes) {
      things.push_back(base::display(scope.pattern(), k_most_bytes));
    }
  } else {
    const bool is_rm = operation.action == model::Action::rm;  // to the trash a directory goes whole without a word
    if (is_rm && operation.needs.has(model::Attribute::recursive)) text += " -r";
    if (operation.action == model::Action::push && !operation.needs.is_empty()) text += " (" + operation.needs.text() + ")";
    for (const model::Resource& resource : operation.resources) {
      things.push_back(short_path(resource.name, card.home));
    }
  }
  for (std::size_t i = 0; i < things.size() && i < k_most_named; ++i) text += " " + things[i];
  if (things.size() > k_most_named) text += " and " + base::grouped(things.size() - k_most_named) + " more";
  return text;
}

std::string first_line(const Card& card, const Colour& colour) {
  const vault::Request& request = card.request;
  std::string text = base::display(request.wish.operation.agent) + " wants " + wish_text(card);
  if (!request.wish.operation.resources.empty()) text += ": " + model::to_text(card.view.summary);
  std::string when = "asked " + base::human_duration(card.now - request.asked) + " ago";
  const bool is_pending = request.state == vault::RequestState::pending;
  if (!is_pending) when += ", " + std::string(vault::to_text(request.state));
  if (is_pending && request.waiting_until > card.now) when += ", waiting";
  return colour.bold(text) + "     " + when + "\n";
}

std::string unsaved_line(const Card& card) {
  if (card.request.wish.operation.action == model::Action::trash) return line("it can be had back from the trash, until that is emptied");
  if (!card.facts.unsaved_files) return {};
  const std::uint64_t files = *card.facts.unsaved_files;
  if (files == 0) return line("nothing in it is new to git; what is ignored, or changed since its commit, cannot be had back");
  return line(base::counted(files, "file", "files") + " not in git and not ignored: cannot be had back");
}

// Whether the scope could take the home directory itself, or is not confined to one place beneath it.
bool reaches_home(const model::Scope& scope, const std::string& home) {
  return home.size() > 1 && model::is_canonical(home) && model::is_at_or_beneath(home, scope.anchor());
}

std::string doubts(const Card& card, const Colour& colour) {
  std::string text;
  for (const std::string& fact : card.facts.warnings) text += warning(fact, colour);
  for (const model::Scope& scope : card.request.wish.scopes) {
    if (!reaches_home(scope, card.home)) continue;
    text += warning("covers your home or things above it: " + base::quoted(scope.pattern(), k_most_bytes), colour);
  }
  if (card.previous == vault::RequestState::denied)
    text += warning("asked again after you denied it", colour);
  if (card.view.is_gone) {
    text += warning("there is nothing to approve: " + card.view.obstacle, colour);
  } else if (card.view.is_elsewhere) {
    text += warning("as told by " + base::quoted(card.request.host, k_most_bytes) + ", " +
                        base::human_duration(card.now - card.request.asked) +
                        " ago: another machine, and nothing was looked up on this one",
                    colour);
  } else if (!card.view.obstacle.empty()) {
    text += warning("as told by the agent: " + card.view.obstacle, colour);
  }
  return text;
}

std::string named_lines(const model::Differences& differences) {
  std::string text;
  for (const std::string& named : differences.named) text += line("    " + named);
  const std::size_t unnamed = differences.total - std::min(differences.total, differences.named.size());
  if (unnamed > 0) text += line("    and " + base::grouped(unnamed) + " more differences");
  return text;
}

std::string difference(const Card& card, const Colour& colour) {
  const approval::View& view = card.view;
  std::string text;
  if (view.is_changed) {
    text += warning("not what the agent asked about: it said " + model::to_text(card.request.wish.summary) +
                        ", now there are " + model::to_text(view.summary),
                    colour);
    text += named_lines(view.differences);
  }
  if (view.since_previous.total > 0) {
    text += warning("not what it was at the request before this one, which is stale:", colour);
    text += named_lines(view.since_previous);
  }
  return text;
}

std::string origin(const Card& card) {
  const vault::Request& request = card.request;
  std::string text = "host " + base::display(request.host, k_most_bytes);
  if (!request.wish.invocation.cwd.empty())
    text += ", in " + short_path(request.wish.invocation.cwd, card.home);
  if (!request.ancestry.empty()) text += ", by " + base::display(request.ancestry, k_most_bytes);
  return line(text);
}

// An agent's words between quotes that they cannot end, and without gaps that would pose as a line of ours.
std::string spoken(std::string_view words) {
  std::string text;
  for (const char c : base::display(words)) {
    if (c == ' ' && text.ends_with(' ')) continue;
    if (c == '"') text += '\\';
    text += c;
  }
  return "\"" + text + "\"";
}

std::string words(const Card& card) {
  const vault::Request& request = card.request;
  std::string text;
  if (!request.reason.empty()) text += line("its words: " + spoken(request.reason));
  std::string wanted;
  if (request.wanted_time) wanted += " for " + base::human_duration(*request.wanted_time);
  if (request.wanted_uses)
    wanted += (wanted.empty() ? " " : ", ") + base::display(*request.wanted_uses, 32) + " uses";
  if (!wanted.empty()) text += line("it would like a grant" + wanted);
  return text;
}

// The things one a line, where the first line could not name all of them.
std::string all_things(const Card& card) {
  const std::vector<model::Resource>& resources = card.request.wish.operation.resources;
  std::string text;
  // Scopes are what is signed, so each is shown and explained.
  for (const model::Scope& scope : card.request.wish.scopes) {
    text += line("  " + base::quoted(scope.pattern(), k_most_bytes) + " " + scope.explain());
  }
  if (resources.size() <= k_most_named) return text;
  for (std::size_t i = 0; i < resources.size() && i < k_most_listed; ++i) {
    text += line("    " + short_path(resources[i].name, card.home));
  }
  if (resources.size() > k_most_listed) {
    text += line("    and " + base::grouped(resources.size() - k_most_listed) + " more");
  }
  return text;
}

struct Sized {
  std::uint64_t bytes = 0;
  std::string path;
};

std::string largest(const Card& card) {
  if (!card.view.fresh) return {};
  std::vector<Sized> files;
  for (const model::OperandEffect& operand : card.view.fresh->operands) {
    for (const model::EffectEntry& entry : operand.entries) {
      if (entry.type != 'f' || entry.path.empty()) continue;
      files.push_back({entry.size, operand.operand + "/" + entry.path});
    }
  }
  const std::size_t most = std::min(k_largest, files.size());
  std::partial_sort(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(most), files.end(),
                    [](const Sized& a, const Sized& b) {
                      return a.bytes != b.bytes ? a.bytes > b.bytes : a.path < b.path;
                    });
  std::string text = most > 0 ? line("largest:") : "";
  for (std::size_t i = 0; i < most; ++i) {
    std::string size = base::human_bytes(files[i].bytes);
    size.insert(0, 10 - std::min<std::size_t>(size.size(), 10), ' ');
    text += line(size + "  " + short_path(files[i].path, card.home));
  }
  return text;
}

}  // namespace

std::string short_path(const std::string& path, const std::string& home) {
  const bool is_in_home = home.size() > 1 && model::is_canonical(home) && model::is_canonical(path) &&
                          model::is_at_or_beneath(path, home);
  const std::string name = is_in_home ? "~" + path.substr(home.size()) : path;
  // A name that could pose as the words around it stands between quotes.
  const bool is_plain = name.find_first_of(" :,'\"!") == std::string::npos;
  return is_plain ? base::display(name, k_most_bytes) : base::quoted(name, k_most_bytes);
}

std::string card_text(const Card& card, const Colour& colour) {
  return first_line(card, colour) + unsaved_line(card) + doubts(card, colour) + difference(card, colour) +
         origin(card) + words(card) + all_things(card) + largest(card) +
         (card.view.fresh ? push_lines(*card.view.fresh, card.facts.updates, card.home, colour) : "");
}

}  // namespace pvm::pvmctl::ui
