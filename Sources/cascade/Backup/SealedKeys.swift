import Core
import Cryptography
import Decisions
import Platform

/// The private keys of a data directory in a backup: one file that a passphrase opens.
struct SealedKeys {
  /// Its name in a backup's folder.
  static let name = "keys.sealed"
  private static let limit = 64 << 20

  /// The parts of the data that are in it.
  private static let parts = DataPart.allCases.filter { $0.copying == .sealed }

  private let data: String
  private let passphrase: Secret
  private var seen: [FileSignature?]?

  /// Of the data directory `data`.
  init(_ data: String, _ passphrase: Secret) {
    self.data = data
    self.passphrase = passphrase
  }

  /// Whether a backup's file is this one.
  static func isSealed(_ path: String) -> Bool { path.isSame(as: name) }

  /// The keys as they are now, sealed. Throws what can't be read. Takes a moment, and 128 MiB.
  mutating func seal() throws -> [UInt8] {
    seen = signatures
    var files: [JSON] = []
    for part in Self.parts where part.isThere(in: data) {
      let bytes = try File.read(data + "/" + part.path, limit: Self.limit)
      files.append(["path": .string(part.path), "hexadecimal": .string(Hexadecimal.text(bytes))])
    }
    let json: JSON = ["files": .array(files)]
    return try PassphraseSeal.seal(json.bytes, by: passphrase)
  }

  /// Throws when `sealed`, as it came back, isn't opened by the passphrase.
  func check(_ sealed: [UInt8]?) throws {
    guard let sealed, try PassphraseSeal.open(sealed, by: passphrase) != nil else {
      throw Restoring.Finding(description: "\(Self.name) isn't what was sealed")
    }
  }

  /// The same as a piece of a shipment when a key changed since; nil when none did.
  mutating func changed() throws -> Shipment.Piece? {
    if let seen, seen == signatures { return nil }
    return Shipment.Piece(path: Self.name, change: .whole(try seal()))
  }

  private var signatures: [FileSignature?] { Self.parts.map { try? FileSignature(data + "/" + $0.path) } }

  /// Puts the keys that `sealed` holds into the data directory `data`. Throws when the passphrase is another one.
  static func open(_ sealed: [UInt8], _ passphrase: Secret, into data: String) throws {
    guard let bytes = try PassphraseSeal.open(sealed, by: passphrase) else {
      throw ReadingError(message: "the passphrase isn't the one that \(name) was sealed by, or \(name) was changed")
    }
    guard let json = try? JSON(parsing: bytes, limits: JSON.ParsingLimits(bytes: limit)),
      let files = json["files"]?.array
    else { throw ReadingError(message: "\(name) holds no keys") }
    for file in files {
      guard let path = file["path"]?.string, parts.contains(where: { $0.path.isSame(as: path) }),
        let bytes = file["hexadecimal"]?.string.flatMap({ Hexadecimal.bytes($0) })
      else { throw ReadingError(message: "\(name) holds what is no key") }
      try Directory.make(Directory.parent(of: data + "/" + path))
      try File.replace(data + "/" + path, with: bytes)
    }
  }
}
