internal import Core
internal import Cryptography

/// The secret key of a Stripe account; prints as `…`.
package struct StripeKey: Sendable {
  let secret: Secret
  /// Whether it moves real money.
  package let livemode: Bool

  /// Reads a key, `sk_test_…`, `sk_live_…` or a restricted `rk_…`; nil for any other text.
  package init?(_ text: some StringProtocol) {
    let kinds = ["sk_test_": false, "sk_live_": true, "rk_test_": false, "rk_live_": true]
    guard let kind = kinds.first(where: { text.begins(with: $0.key) }), text.utf8.count > kind.key.utf8.count,
      text.utf8.count <= 512, text.utf8.allSatisfy(Self.isAllowed)
    else { return nil }
    secret = Secret(text.utf8)
    livemode = kind.value
  }

  /// The value of the `Authorization` header, for nothing but a request's head.
  var authorization: String { secret.withBytes { "Bearer " + String(decoding: $0, as: UTF8.self) } }

  /// Removes the key from `text`, in case somebody echoed it.
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
  package var description: String { "Stripe \(livemode ? "live" : "test") key …" }
  /// Has no children, so `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
