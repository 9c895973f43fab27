internal import Core
internal import Cryptography

/// The console's page: one file, with its script and style in it.
package enum ConsolePage {
  /// The media type of the page, with its character set.
  package static let mediaType = "text/html; charset=utf-8"

  /// The page's bytes, embedded when the binary was built.
  package static var bytes: [UInt8] { PackageResources.console_html }

  /// Nothing runs and nothing is drawn but what stands in the page, by its hash (CSP level 3); it speaks to this port
  /// alone, and no other page frames it.
  static let policy: String = [
    "default-src 'none'", "connect-src 'self'", "script-src '\(hash(of: "script"))'",
    "style-src '\(hash(of: "style"))'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")

  /// The header fields that go with it.
  package static let headers = [
    ("content-security-policy", policy), ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
  ]

  /// `sha256-…` of what stands between the tags of this name.
  private static func hash(of tag: String) -> String {
    let page = String(decoding: bytes, as: UTF8.self)
    guard let start = page.firstRange(of: "<\(tag)>")?.upperBound,
      let end = page[start...].firstRange(of: "</\(tag)>")?.lowerBound
    else { return "none" }
    let text = Base64URL.text(SHA256.hash(Array(page[start..<end].utf8)))
    return "sha256-" + text.replacing("-", with: "+").replacing("_", with: "/") + "="
  }
}
