#pragma once
#include <curl/curl.h>

// libcurl sets options and reads facts through variadic functions, which Swift can't call: one typed form of each.

/// Sets a number or a switch.
static inline CURLcode cascade_curl_set_number(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

/// Sets a text, which libcurl copies.
static inline CURLcode cascade_curl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

/// Copies a request's body of `count` bytes.
static inline CURLcode cascade_curl_set_body(CURL *easy, const void *bytes, curl_off_t count) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, count);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, bytes);
}

/// Sets the fields of the head; the list must live as long as the transfer.
static inline CURLcode cascade_curl_set_fields(CURL *easy, struct curl_slist *fields) {
  return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
}

/// Sets who takes the answer's body and head, and what the two are called with.
static inline CURLcode cascade_curl_set_receivers(
    CURL *easy, curl_write_callback body, curl_write_callback head, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body);
  if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
  if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, head);
  if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
  return code;
}

/// Sets who is asked before a request is sent over a connection, and what it is called with.
static inline CURLcode cascade_curl_set_permission(CURL *easy, curl_prereq_callback ask, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, ask);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
}

/// A number that libcurl knows of a transfer.
static inline CURLcode cascade_curl_number(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

/// Sets a number of all transfers together.
static inline CURLMcode cascade_curl_multi_set_number(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

/// The next transfer that has ended, with its outcome; NULL when none has.
static inline CURL *cascade_curl_ended(CURLM *multi, CURLcode *outcome) {
  int left = 0;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
    if (message->msg != CURLMSG_DONE) continue;
    *outcome = message->data.result;
    return message->easy_handle;
  }
  return NULL;
}
