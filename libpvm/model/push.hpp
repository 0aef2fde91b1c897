// SPDX-License-Identifier: Apache-2.0
// What a push would move: the part of an effect that is about refs of other repositories. Floor: model.
//
// In the manifest (effect.hpp), after the operands:
//
//   push NAME URL REPOSITORY KIND LF     each repository that is pushed to; KIND is "plain" or "mirror"
//   MOVEMENT OLD NEW REF LF              each ref of it that moves, by the bytes of its name; no ref twice
//   code WHAT VALUE LF                   after all of them, sorted: programs that the caller's settings bring into it
//
// NAME is the URL's normal form (repo_name.hpp), URL what git would use, without a password, REPOSITORY the directory
// of the repository that is pushed from; these, REF, WHAT and VALUE are percent-encoded. MOVEMENT is new, forward,
// forced or delete. OLD and NEW are object ids in lower-case hexadecimal (40 or 64 digits), "-" where there is none, and for OLD of
// what a mirror deletes: git does not say it. Pushes are
// sorted by NAME, URL, REPOSITORY.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/model/fields.hpp"
#include "libpvm/model/operation.hpp"

namespace pvm::model {

enum class Movement { creation, fast_forward, forced, deletion };

/// "new", "forward", "forced", "delete"
[[nodiscard]] std::string_view to_text(Movement movement);

struct RefUpdate {
  Movement movement = Movement::creation;
  std::string old_id;  // empty for none
  std::string new_id;
  std::string ref;  // in full: "refs/heads/main"
  bool operator==(const RefUpdate&) const = default;
};

enum class PushKind { plain, mirror };

struct Push {
  std::string name;
  std::string url;
  std::string repository;  // absolute path
  PushKind kind = PushKind::plain;
  std::vector<RefUpdate> updates;
  bool operator==(const Push&) const = default;
};

/// A program, or the setting that names one, which a push would run: {"core.sshCommand", "ssh -F x"}.
struct InjectedCode {
  std::string what;
  std::string value;
  auto operator<=>(const InjectedCode&) const = default;
};

/// "URL#ref" of an update: the resource that a grant has to cover.
[[nodiscard]] std::string resource_of(const Push& push, const RefUpdate& update);
/// What `update` needs beyond the plain form: force, delete, tag (also of one in a namespace).
[[nodiscard]] Attributes needs_of(const RefUpdate& update);
/// The push that `pushes` are, as an operation of `agent`'s. Repetitions are named once.
[[nodiscard]] Operation operation_of(const std::vector<Push>& pushes, const std::string& agent);

/// Sorts pushes and updates by bytes, as the manifest wants them. Pushes equal in name, URL, repository and kind become
/// one. False: a ref of one of them would move in two ways.
[[nodiscard]] bool sort(std::vector<Push>& pushes);

/// The lines of the manifest. REQUIRES: sorted.
void append_pushes(std::string& out, const std::vector<Push>& pushes, const std::vector<InjectedCode>& code);
/// Reads the lines from a "push" or "code" line on; what is left over is for `in` to find.
[[nodiscard]] std::vector<Push> take_pushes(FieldReader& in);
[[nodiscard]] std::vector<InjectedCode> take_code(FieldReader& in);

/// What differs, one line for people each: "added 'URL#ref': new -> 1a2b3c4d5e", "changed …", "gone …".
[[nodiscard]] std::vector<std::string> differences(const std::vector<Push>& then, const std::vector<Push>& now);
[[nodiscard]] std::vector<std::string> differences(const std::vector<InjectedCode>& then,
                                                   const std::vector<InjectedCode>& now);

/// "forced, 1a2b3c4d5e -> 5d6e7f8a9b", "new, 1a2b3c4d5e", "delete, was 1a2b3c4d5e", "delete".
[[nodiscard]] std::string describe(const RefUpdate& update);

}  // namespace pvm::model
