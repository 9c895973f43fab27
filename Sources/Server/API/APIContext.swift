internal import Core
package import Hummingbird
package import NIOCore

/// What a handler knows beside the request.
package struct APIContext: RequestContext {
  /// What Hummingbird keeps.
  package var coreContext: CoreRequestContextStorage
  /// Where the request came from; nil when that isn't known.
  package let remoteAddress: SocketAddress?
  /// The operator who asks, as records name them; nil where none is needed.
  package var requester: String?

  /// The context of one request.
  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    remoteAddress = source.channel.remoteAddress
  }

  /// A parameter of the path, percent-decoded. Throws `malformed_request` when it can't be. O(length).
  package func pathParameter(_ name: String) throws(ProblemDocument) -> String {
    guard let raw = parameters[name[...]], let decoded = Self.decode(raw.utf8) else {
      throw ProblemDocument(.malformedRequest, "the path's {\(name)} is not percent-encoded UTF-8")
    }
    return decoded
  }

  /// Nil when a `%` lacks its two digits, or what comes out is no UTF-8.
  private static func decode(_ encoded: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    var rest = encoded
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = digit(rest.popFirst()), let low = digit(rest.popFirst()) else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8?) -> UInt8? {
    byte.flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map { UInt8(truncatingIfNeeded: $0) }
  }
}
