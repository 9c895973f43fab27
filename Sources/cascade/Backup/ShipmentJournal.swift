import Core
import Cryptography
import Platform

/// The shipments of a backup that is followed: a file each in its folder `shipped`, chained by hash, and
/// `shipped.json`,
/// which says up to where it is.
struct ShipmentJournal: Sendable {
  /// Up to where a backup is.
  struct End: Sendable, Equatable {
    /// The last shipment; 0 when there is none.
    var number = 0
    /// Its hash, or the manifest's.
    var hash = ""
    /// Up to when nothing is missing, milliseconds since 1970.
    var milliseconds: Int64 = 0
    /// Where the ledger ends.
    var size: Int64 = 0
    var head = ""

    /// Where that is, for people: `entry 8244, 2026-11-30T08:00:01Z`.
    var text: String { "entry \(size), \(KeyListing.instant(milliseconds))" }
  }

  private let folder: String
  private let status: String
  private let files: NumberedFiles

  /// That of the backup in the folder `backup`.
  init(of backup: String) {
    folder = backup + "/shipped"
    status = backup + "/shipped.json"
    files = NumberedFiles(in: folder, ending: ".shipment")
  }

  /// Whether the backup was ever followed.
  var isThere: Bool { File.exists(status) }

  /// Keeps a shipment durably, and gives its hash: of the bytes as they are read again. Throws what the disk says, and
  /// when they aren't what was written. O(bytes).
  func append(_ shipment: Shipment) throws -> String {
    try Directory.make(folder)
    let (path, bytes) = (files.path(of: shipment.number), shipment.bytes)
    try File.replace(path, with: bytes)
    let (size, hash) = try CopiedFile.hash(path)
    guard size == Int64(bytes.count), hash.isSame(as: Hexadecimal.text(SHA256.hash(bytes))) else {
      File.remove(path)
      throw ReadingError(message: "\(path) isn't what was written to it")
    }
    return hash
  }

  /// Says up to where it is.
  func note(_ end: End) throws(FileError) {
    let json: JSON = [
      "format": 1, "number": .integer(Int64(end.number)), "hash": .string(end.hash),
      "at": .integer(end.milliseconds), "size": .integer(end.size), "head": .string(end.head),
    ]
    try File.replace(status, with: Array((json.prettyText + "\n").utf8))
  }

  /// Up to where it says that it is; nil when it was never followed. Throws when that is damaged.
  func end() throws -> End? {
    guard isThere else { return nil }
    guard let json = try? JSON(parsing: File.read(status, limit: 1 << 16)), json["format"]?.integer == 1,
      let number = json["number"]?.integer, let hash = json["hash"]?.string, let at = json["at"]?.integer,
      let size = json["size"]?.integer, let head = json["head"]?.string
    else { throw Restoring.Finding(description: "\(status) is damaged") }
    return End(number: Int(number), hash: hash, milliseconds: at, size: size, head: head)
  }

  /// Calls `body` with each shipment, in order, until it is false. Gives the end of the last one that it took whole.
  /// `base` is the end of the backup that they follow. Throws a finding before the first when one is damaged or
  /// missing.
  /// O(bytes).
  func each(after base: End, _ body: (Shipment) throws -> Bool) throws -> End {
    let ends = try checked(after: base)
    var reached = base
    for end in ends {
      guard let shipment = Shipment(try File.read(files.path(of: end.number))) else { throw damaged(end.number) }
      if try !body(shipment) { return reached }
      reached = end
    }
    if let said = try end(), said.number == reached.number { reached.milliseconds = said.milliseconds }
    return reached
  }

  /// Where each shipment ends, after following the chain of their hashes.
  private func checked(after base: End) throws -> [End] {
    guard let said = try end() else { return [] }
    var ends: [End] = []
    var last = base
    for number in 1...max(1, try files.numbers().last ?? 0, said.number) where number <= said.number || last.number > 0
    {
      let path = files.path(of: number)
      guard File.exists(path) else { throw Restoring.Finding(description: "\(path) is missing") }
      let bytes = try File.read(path)
      guard let shipment = Shipment(bytes), shipment.number == number, shipment.previous.isSame(as: last.hash) else {
        // One that a crash left behind the end was never told of.
        if number > said.number { break }
        throw damaged(number)
      }
      last = End(
        number: number, hash: Hexadecimal.text(SHA256.hash(bytes)), milliseconds: shipment.milliseconds,
        size: shipment.size, head: shipment.head)
      if number == said.number, !said.hash.isSame(as: last.hash) { throw damaged(number) }
      ends.append(last)
    }
    return ends
  }

  private func damaged(_ number: Int) -> Restoring.Finding {
    Restoring.Finding(
      description: "\(files.path(of: number)) isn't what was written, or doesn't follow the one before it")
  }
}
