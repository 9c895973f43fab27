internal import Cryptography

/// The secret key of a Stripe account. Prints as `…`.
package struct StripeKey: Sendable {
  /// The key's text.
  let secret: Secret
  /// Whether it moves real money.
  package let livemode: Bool

  /// The key in this text, `sk_test_…`, `sk_live_…`, or a restricted `rk_…`; nil for anything else.
  package init?(_ text: some StringProtocol) {
    let kinds = ["sk_test_": false, "sk_live_": true, "rk_test_": false, "rk_live_": true]
    guard let kind = kinds.first(where: { text.hasPrefix($0.key) }), text.utf8.count > kind.key.utf8.count,
      text.utf8.count <= 512, text.utf8.allSatisfy(Self.isAllowed)
    else { return nil }
    secret = Secret(text.utf8)
    livemode = kind.value
  }

  /// The value of the `Authorization` header; for the request's head and nothing else.
  var authorization: String { secret.withBytes { "Bearer " + String(decoding: $0, as: UTF8.self) } }

  /// `text` without the key, should someone have echoed it.
  func removed(from text: String) -> String {
    secret.withBytes { bytes in
      text.split(separator: String(decoding: bytes, as: UTF8.self), omittingEmptySubsequences: false)
        .joined(separator: "…")
    }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension StripeKey: CustomStringConvertible, CustomReflectable {
  /// `Stripe test key …` or `Stripe live key …`.
  package var description: String { "Stripe \(livemode ? "live" : "test") key …" }
  /// A mirror without children.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
