internal import Core

/// The proxies whose word about their clients counts, and the field in which they give it.
///
/// Each proxy appends the address that it was asked from, so the field is read from its right end: as long as an
/// address is a trusted proxy's, the one before it counts. What a client wrote itself stands further left and is never
/// reached, as the walk ends at the first address that isn't a proxy's, and at whatever can't be read.
package struct TrustedProxies: Sendable, Equatable {
  /// The field that proxies append to; the other one is ignored.
  package enum Field: String, Sendable, CaseIterable {
    /// A list, the nearest last: `X-Forwarded-For: client, proxy`.
    case forwardedFor = "x-forwarded-for"
    /// `Forwarded: for=client, for="[proxy]:1234"` (RFC 7239)
    case forwarded
  }

  private let networks: [AddressRange]
  private let trustsUnix: Bool
  private let field: Field

  /// No proxy is trusted: the client is whoever connects.
  package static let none = TrustedProxies(networks: [], trustsUnix: false, field: .forwardedFor)

  private init(networks: [AddressRange], trustsUnix: Bool, field: Field) {
    self.networks = networks
    self.trustsUnix = trustsUnix
    self.field = field
  }

  /// Proxies in these networks, such as `10.0.0.0/8`, `2001:db8::/32` and `192.0.2.7`; `unix` stands for whoever
  /// connects over a Unix socket. Nil when a text is none of these.
  package init?(_ texts: [String], field: Field = .forwardedFor) {
    var networks: [AddressRange] = []
    for text in texts where text != "unix" {
      guard let range = AddressRange(text) else { return nil }
      networks.append(range)
    }
    self.init(networks: networks, trustsUnix: texts.contains("unix"), field: field)
  }

  /// The name of the field that is read; nil when nobody is trusted.
  package var fieldName: String? { networks.isEmpty && !trustsUnix ? nil : field.rawValue }

  /// The client of a request from `peer`, whose field was sent with these values, one a line. O(bytes) for every hop
  /// that is trusted.
  func client(of peer: ClientAddress, _ values: [String]) -> ClientAddress {
    var client = peer
    // Lines of one field are one list (RFC 9110, section 5.3).
    var elements = ForwardedElements(values.joined(separator: ","))
    while trusts(client), let element = elements.removeLast() {
      let address = field == .forwarded ? ForwardedElements.client(ofPairs: element) : ForwardedElements.node(element)
      guard let address else { break }
      client = address
    }
    return client
  }

  /// Whether the word of a peer at `address` counts. O(networks).
  func trusts(_ address: ClientAddress) -> Bool {
    if address == .unix { return trustsUnix }
    guard let bytes = address.bytes else { return false }
    return networks.contains { $0.contains(bytes) }
  }
}

/// A network: all addresses that begin alike.
struct AddressRange: Sendable, Equatable {
  private let bytes: [UInt8]
  private let prefix: Int

  /// Reads `address/bits`, or one address. Nil for what isn't that, and where bits behind the prefix are set, as then
  /// it isn't clear what was meant. O(length).
  init?(_ text: String) {
    let parts = text.pieces(at: "/").map { String($0) }
    guard (1...2).contains(parts.count), let bytes = ClientAddress(digits: parts[0])?.bytes else { return nil }
    var prefix = bytes.count * 8
    if parts.count == 2 {
      let digits = parts[1].utf8
      guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
        digits.count == 1 || digits.first != UInt8(ascii: "0"), let given = Int(parts[1]), given <= prefix
      else { return nil }
      prefix = given
    }
    self.bytes = bytes
    self.prefix = prefix
    guard (prefix..<bytes.count * 8).allSatisfy({ bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) == 0 }) else { return nil }
  }

  /// Whether an address of 4 or 16 bytes lies in it; one of the other length never does.
  func contains(_ address: [UInt8]) -> Bool {
    guard address.count == bytes.count else { return false }
    let (whole, rest) = (prefix / 8, prefix % 8)
    guard address.prefix(whole) == bytes.prefix(whole) else { return false }
    return rest == 0 || (address[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
  }
}
