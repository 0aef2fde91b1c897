// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/transfer_call.hpp"

#include <algorithm>


namespace pvm::notify {
namespace {

constexpr std::size_t k_most_answer = 64 << 10;
constexpr long k_connect_ms = 5000;
constexpr long k_most_wait = 86400;

bool may_pass(CURLcode result) {
  switch (result) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
  }
}

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  ::curl_easy_setopt(handle, option, value);
}

}  // namespace

TransferCall::TransferCall(Transfer transfer, std::function<void(Answer)> done)
    : transfer_(std::move(transfer)), done_(std::move(done)), handle_(::curl_easy_init(), ::curl_easy_cleanup) {
  if (handle_) set_up();
}

void TransferCall::set_up() {
  CURL* const easy = handle_.get();
  const std::string& url = transfer_.url.reveal();
  set(easy, CURLOPT_URL, url.c_str());
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, k_connect_ms);
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(transfer_.limit.count()));
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!transfer_.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, transfer_.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  set(easy, CURLOPT_WRITEFUNCTION, &TransferCall::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  switch (transfer_.method) {
    case Transfer::Method::mail: return set_up_mail();
    case Transfer::Method::mailbox: return set_up_mailbox();
    default: return set_up_http();
  }
}

void TransferCall::set_up_http() {
  CURL* const easy = handle_.get();
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  const bool is_this_machine = transfer_.url.reveal().starts_with("http://");  // as the configuration has it
  if (is_this_machine) set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_USERAGENT, "pvm");
  set(easy, CURLOPT_HEADERFUNCTION, &TransferCall::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  headers_.reset(::curl_slist_append(nullptr, "Expect:"));
  for (const Secret& header : transfer_.headers) ::curl_slist_append(headers_.get(), header.reveal().c_str());
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
  set(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer_.body.size()));
  set(easy, CURLOPT_POSTFIELDS, transfer_.body.c_str());
  if (transfer_.method == Transfer::Method::patch) set(easy, CURLOPT_CUSTOMREQUEST, "PATCH");
}

void TransferCall::set_up_user() {
  if (transfer_.user.empty()) return;
  set(handle_.get(), CURLOPT_USERNAME, transfer_.user.c_str());
  set(handle_.get(), CURLOPT_PASSWORD, transfer_.password.reveal().c_str());
}

void TransferCall::set_up_mailbox() {
  set(handle_.get(), CURLOPT_PROTOCOLS_STR, "imaps");
  if (!transfer_.body.empty()) set(handle_.get(), CURLOPT_CUSTOMREQUEST, transfer_.body.c_str());
  set_up_user();
}

void TransferCall::set_up_mail() {
  CURL* const easy = handle_.get();
  set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(easy, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  set_up_user();
  const std::string from = "<" + transfer_.from + ">";
  set(easy, CURLOPT_MAIL_FROM, from.c_str());
  for (const std::string& address : transfer_.to) {
    curl_slist* const longer = ::curl_slist_append(recipients_.get(), ("<" + address + ">").c_str());
    static_cast<void>(recipients_.release());
    recipients_.reset(longer);
  }
  set(easy, CURLOPT_MAIL_RCPT, recipients_.get());
  set(easy, CURLOPT_UPLOAD, 1L);
  set(easy, CURLOPT_READFUNCTION, &TransferCall::on_upload);
  set(easy, CURLOPT_READDATA, static_cast<void*>(this));
}

std::size_t TransferCall::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& call = *static_cast<TransferCall*>(self);
  call.is_too_large_ = size * count > k_most_answer - call.received_.size();
  if (call.is_too_large_) return 0;
  call.received_.append(data, size * count);
  return size * count;
}

std::size_t TransferCall::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& call = *static_cast<TransferCall*>(self);
  const std::string_view line(data, size * count);
  call.header_bytes_ += line.size();
  call.is_too_large_ = call.header_bytes_ > k_most_answer;
  return call.is_too_large_ ? 0 : line.size();
}

std::size_t TransferCall::on_upload(char* to, std::size_t size, std::size_t count, void* self) {
  auto& call = *static_cast<TransferCall*>(self);
  const std::size_t next = std::min(size * count, call.transfer_.body.size() - call.uploaded_);
  std::copy_n(call.transfer_.body.data() + call.uploaded_, next, to);
  call.uploaded_ += next;
  return next;
}

Answer TransferCall::answer(CURLcode result) {
  Answer answer;
  ::curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  const bool is_mail = transfer_.method == Transfer::Method::mail;
  if (is_mail && result == CURLE_OK) answer.status = 250;
  const bool is_refused_mail = is_mail && result != CURLE_OK && answer.status >= 400;
  if (result != CURLE_OK && !is_refused_mail) {
    // Not libcurl's own message, which may name the address.
    answer.trouble = is_too_large_ ? "its answer is too large" : ::curl_easy_strerror(result);
    answer.is_worth_another = !is_too_large_ && may_pass(result);
  }
  curl_off_t wait = 0;
  ::curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &wait);  // seconds, also where it was a date
  if (wait > 0) answer.retry_after = base::Seconds(std::min<curl_off_t>(wait, k_most_wait));
  answer.body = std::move(received_);
  return answer;
}

}  // namespace pvm::notify
