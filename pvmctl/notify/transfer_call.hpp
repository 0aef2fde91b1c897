// SPDX-License-Identifier: Apache-2.0
// One transfer as libcurl does it: set up, and read when it is over.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pvmctl/notify/errand.hpp"

namespace pvm::notify {

class TransferCall {
 public:
  TransferCall(Transfer transfer, std::function<void(Answer)> done);

  /// Null where libcurl has no memory.
  [[nodiscard]] CURL* handle() const { return handle_.get(); }
  /// What `result` means, with what was received.
  [[nodiscard]] Answer answer(CURLcode result);
  [[nodiscard]] std::function<void(Answer)> take_done() { return std::move(done_); }

 private:
  void set_up();
  void set_up_http();
  void set_up_mail();
  void set_up_mailbox();
  void set_up_user();
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_upload(char* to, std::size_t size, std::size_t count, void* self);

  Transfer transfer_;
  std::function<void(Answer)> done_;
  std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> headers_{nullptr, ::curl_slist_free_all};
  std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> recipients_{nullptr, ::curl_slist_free_all};
  std::string received_;
  std::size_t header_bytes_ = 0;
  std::size_t uploaded_ = 0;
  std::optional<base::Seconds> retry_after_;
  bool is_too_large_ = false;
  // The last: it goes first, while what it points to is there.
  std::unique_ptr<CURL, decltype(&::curl_easy_cleanup)> handle_;
};

}  // namespace pvm::notify
