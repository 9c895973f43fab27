internal import Core
internal import Glibc

/// `host` or `host:port`, as `Host` has it (RFC 9110, section 7.2); no user, no zone.
struct Authority: Sendable, Equatable {
  /// The host of an authority, in the one form that can be compared.
  enum Name: Sendable, Equatable {
    /// A name in lower case, without a dot at the end.
    case registered(String)
    case version4([UInt8])
    case version6([UInt8])
  }

  /// Names the host, as a URL does.
  var name: Name
  /// 1…65535; nil when the text names none.
  var port: Int?
}

extension Authority {
  /// Reads `text`; nil when it isn't an authority. O(length).
  init?(_ text: String) {
    let utf8 = text.utf8
    guard utf8.count <= 300 else { return nil }
    if utf8.first == UInt8(ascii: "[") {
      guard let bracket = utf8.firstIndex(of: UInt8(ascii: "]")),
        let address = Name.version6(String(text[utf8.index(after: utf8.startIndex)..<bracket]))
      else { return nil }
      self.init(address, portSuffix: utf8[utf8.index(after: bracket)...])
    } else {
      let end = utf8.firstIndex(of: UInt8(ascii: ":")) ?? utf8.endIndex
      guard let name = Name(plain: text[..<end]) else { return nil }
      self.init(name, portSuffix: utf8[end...])
    }
  }

  /// `suffix` is empty, `:` or `:port`.
  private init?(_ name: Name, portSuffix suffix: Substring.UTF8View) {
    let digits = suffix.dropFirst()
    if digits.isEmpty {
      guard suffix.isEmpty || suffix.first == UInt8(ascii: ":") else { return nil }
      self.init(name: name, port: nil)
      return
    }
    guard suffix.first == UInt8(ascii: ":"), digits.count <= 5, digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = Int(Substring(digits)), (1...65535).contains(port)
    else { return nil }
    self.init(name: name, port: port)
  }
}

extension Authority.Name {
  /// Reads a name or an address as it is given to bind to: without brackets round an IPv6 address.
  init?(unbracketed text: String) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let address = Self.version6(text.begins(with: "[") ? String(text.dropFirst().dropLast()) : text)
      else { return nil }
      self = address
    } else {
      self.init(plain: text[...])
    }
  }

  /// Reads a name or an IPv4 address.
  init?(plain text: Substring) {
    // By case, other letters than those of ASCII may become one of those.
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
    var labels = text.lowercased()
    if let address = Self.version4(labels) {
      self = address
      return
    }
    if labels.utf8.last == UInt8(ascii: ".") { labels.removeLast() }
    let isName = labels.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isName, !labels.isEmpty, labels.utf8.first != UInt8(ascii: "."), !labels.contains("..") else { return nil }
    self = .registered(labels)
  }

  /// Four decimal numbers only: `inet_pton` knows none of the older forms.
  private static func version4(_ text: String) -> Self? {
    binary(text, family: AF_INET, count: 4).map { .version4($0) }
  }

  /// An IPv6 address without brackets and zone; one that maps an IPv4 address is that.
  static func version6(_ text: String) -> Self? {
    guard let bytes = binary(text, family: AF_INET6, count: 16) else { return nil }
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    return bytes.starts(with: mapped) ? .version4(Array(bytes.suffix(4))) : .version6(bytes)
  }

  private static func binary(_ text: String, family: Int32, count: Int) -> [UInt8]? {
    guard !text.utf8.contains(0) else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    return inet_pton(family, text, &bytes) == 1 ? bytes : nil
  }

  /// Whether this can only be this machine.
  var isLoopback: Bool {
    switch self {
    case .registered(let name): name == "localhost"
    case .version4(let bytes): bytes.first == 127
    case .version6(let bytes): bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
  }

  /// Whether binding to this binds to every address.
  var isUnspecified: Bool {
    switch self {
    case .registered: false
    case .version4(let bytes), .version6(let bytes): bytes.allSatisfy { $0 == 0 }
    }
  }

  /// Whether this is written in digits, so that no name server has a say.
  var isAddress: Bool { if case .registered = self { false } else { true } }
}

/// `scheme://host` or `scheme://host:port` (RFC 6454, section 6.1), HTTP's two schemes only.
struct Origin: Sendable, Equatable {
  /// Whether the scheme is `https`.
  var isSecure: Bool
  /// Names the host, as a URL does.
  var name: Authority.Name
  /// 1…65535, the scheme's when the text names none.
  var port: Int

  /// The port that isn't written.
  var defaultPort: Int { isSecure ? 443 : 80 }

  /// Reads `text`; nil when it isn't such an origin, as `null` isn't. O(length).
  init?(_ text: String) {
    let lower = text.lowercased()
    guard let (isSecure, scheme) = [(false, "http://"), (true, "https://")].first(where: { lower.begins(with: $0.1) }),
      let authority = Authority(String(lower.dropFirst(scheme.count)))
    else { return nil }
    self.isSecure = isSecure
    name = authority.name
    port = authority.port ?? (isSecure ? 443 : 80)
  }
}
