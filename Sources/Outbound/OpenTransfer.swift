internal import CCurl

/// A transfer with the handles that libcurl keeps for it.
@unsafe struct OpenTransfer {
  let transfer: Transfer
  let easy: UnsafeMutableRawPointer
  private let fields: UnsafeMutablePointer<curl_slist>

  /// Sets up the request. Nil when there is no memory, or libcurl lacks what is asked of it.
  init?(_ transfer: Transfer, limits: OutboundLimits, authorities: String?) {
    guard let fields = unsafe Self.list(transfer.request) else { return nil }
    guard let easy = unsafe curl_easy_init() else {
      unsafe curl_slist_free_all(fields)
      return nil
    }
    unsafe self.transfer = transfer
    unsafe self.easy = easy
    unsafe self.fields = fields
    let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
    let codes = unsafe [
      Self.security(easy, transfer.request, authorities),
      cascade_curl_set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(limits.connect)),
      Self.content(easy, transfer.request),
      cascade_curl_set_fields(easy, fields),
      cascade_curl_set_receivers(
        easy,
        { bytes, size, count, context in
          unsafe Self.receive(bytes, size * count, context) { unsafe $0.receiveBody($1) }
        },
        { bytes, size, count, context in
          unsafe Self.receive(bytes, size * count, context) { unsafe $0.receiveHead($1) }
        }, context),
      cascade_curl_set_permission(
        easy,
        { context, _, _, _, _ in
          guard let context = unsafe context else { return CURL_PREREQFUNC_ABORT }
          let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
          return transfer.mayBeSent() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }, context),
    ]
    guard codes.allSatisfy({ $0 == CURLE_OK }) else {
      unsafe free()
      return nil
    }
  }

  /// Gives the handles back; the transfer is no longer libcurl's by then.
  func free() {
    unsafe curl_easy_cleanup(easy)
    unsafe curl_slist_free_all(fields)
  }

  private static func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ take: (Transfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return unsafe take(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
  }

  /// The fields of the head as libcurl takes them; nil without memory. A field with an empty value is written with a
  /// semicolon, or libcurl would leave it out. The fields that libcurl adds by itself are switched off.
  private static func list(_ request: OutboundRequest) -> UnsafeMutablePointer<curl_slist>? {
    let added = ["Expect", "Accept", "Content-Type"].filter { name in !request.fields.contains { $0.isNamed(name) } }
    let given = request.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    var list: UnsafeMutablePointer<curl_slist>?
    for line in added.map({ $0 + ":" }) + given {
      guard let longer = unsafe curl_slist_append(list, line) else {
        unsafe curl_slist_free_all(list)
        return nil
      }
      unsafe list = longer
    }
    return unsafe list
  }

  private static func security(
    _ easy: UnsafeMutableRawPointer, _ request: OutboundRequest, _ authorities: String?
  ) -> CURLcode {
    var code = unsafe cascade_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    let numbers: [(CURLoption, Int)] = [
      (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_NOSIGNAL, 1),
      (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
      (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
    ]
    for (option, value) in numbers where code == CURLE_OK {
      code = unsafe cascade_curl_set_number(easy, option, value)
    }
    if code == CURLE_OK, let authorities {
      code = unsafe cascade_curl_set_text(easy, CURLOPT_CAINFO, authorities)
    }
    if code == CURLE_OK, let path = request.unixSocket {
      code = unsafe cascade_curl_set_text(easy, CURLOPT_UNIX_SOCKET_PATH, path)
    }
    if code == CURLE_OK, !request.usesProxy || request.isLoopback {
      code = unsafe cascade_curl_set_text(easy, CURLOPT_PROXY, "")
    }
    return code
  }

  /// At least one, since 0 stands for libcurl's own choice.
  private static func milliseconds(_ duration: Duration) -> Int {
    let milliseconds = duration / .milliseconds(1)
    return max(1, Int(min(milliseconds, 86_400_000)))
  }

  private static func content(_ easy: UnsafeMutableRawPointer, _ request: OutboundRequest) -> CURLcode {
    var code = unsafe cascade_curl_set_text(easy, CURLOPT_URL, request.url)
    if code == CURLE_OK, let body = request.body ?? (request.method == .post ? [] : nil) {
      code = unsafe body.withUnsafeBytes { bytes in
        // An empty body still needs an address.
        unsafe withUnsafeBytes(of: UInt8(0)) { none in
          unsafe cascade_curl_set_body(easy, bytes.baseAddress ?? none.baseAddress, curl_off_t(bytes.count))
        }
      }
    }
    guard code == CURLE_OK else { return code }
    return unsafe cascade_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
  }
}
