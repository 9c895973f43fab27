internal import Commerce
internal import Core

/// A parsed `Stripe-Signature` header: `t=1700000000,v1=5257a8…,v1=…`.
struct WebhookSignature: Equatable {
  /// The time of signing, seconds since 1970, as written; the signed bytes begin with these digits.
  let time: String
  /// The time of signing as a number.
  let seconds: Int64
  /// The signatures of scheme `v1`, 32 bytes each.
  let codes: [[UInt8]]

  /// Parses a header with exactly one `t` of digits and at least one `v1`, each of 64 lower-case hexadecimal digits;
  /// ignores other schemes. Throws `malformed_signature`. O(bytes).
  init(_ headers: [String]) throws(PaymentEventRefusal) {
    guard let header = headers.first else { throw Self.malformed("there is no Stripe-Signature header") }
    guard headers.count == 1 else { throw Self.malformed("there is more than one Stripe-Signature header") }
    guard header.utf8.count <= StripeLimits.signatureBytes else {
      throw Self.malformed("the Stripe-Signature header is over \(StripeLimits.signatureBytes) bytes")
    }
    var times: [String] = []
    var codes: [[UInt8]] = []
    for item in header.pieces(at: ",") {
      let parts = item.pieces(at: "=", most: 1)
      guard parts.count == 2, !parts[0].isEmpty else { throw Self.malformed("an item has no name and value") }
      switch parts[0] {
      case "t": times.append(String(parts[1]))
      case "v1":
        guard let code = Hexadecimal.bytes(parts[1]), code.count == 32 else {
          throw Self.malformed("a v1 is not of 64 lower-case hexadecimal digits")
        }
        codes.append(code)
      default: break
      }
    }
    guard times.count == 1 else { throw Self.malformed("\(times.count) times instead of one") }
    guard times[0].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let seconds = Int64(times[0])
    else { throw Self.malformed("t is not a number of seconds") }
    guard !codes.isEmpty else { throw Self.malformed("there is no v1") }
    guard codes.count <= StripeLimits.signatures else { throw Self.malformed("\(codes.count) signatures") }
    self.time = times[0]
    self.seconds = seconds
    self.codes = codes
  }

  private static func malformed(_ message: String) -> PaymentEventRefusal {
    PaymentEventRefusal(.malformedSignature, message)
  }
}
