internal import Core
internal import NIOHTTP1

/// What both ports take of a request's head at most.
package struct HeadLimits: Sendable {
  /// Bytes of one field, room for the longest token.
  package var fieldBytes = 16 << 10
  /// Bytes of the request's line and all fields.
  package var bytes = 32 << 10
  /// The most fields of a head.
  package var fields = 100

  /// The limits that serve, unless one is set.
  package init() {}

  /// What the parser is told.
  var decoding: NIOHTTPDecoderLimitConfiguration {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = fieldBytes
    limits.maxHeaderListSize = bytes
    limits.maxHeaderFieldCount = fields
    return limits
  }

  /// What is answered to bytes that the parser refuses.
  func problem(_ error: HTTPParserError) -> ProblemDocument {
    switch error {
    case .headerOverflow:
      ProblemDocument(
        .headTooLarge,
        "the head is over \(bytes) bytes, has a field over \(fieldBytes), or more than \(fields) fields")
    default: ProblemDocument(.malformedRequest, "this is no HTTP/1.1 request")
    }
  }
}
