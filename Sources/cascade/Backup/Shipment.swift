import Core
import Cryptography
import Glibc
import Platform
import StoreSQLite

/// What changed in a data directory since the shipment before, as it lies in a backup that is followed.
///
///     shipment = "cascade-shipment-v1\n" || u32be(bytes of the head) || head in JSON || the pieces' bytes, one by one
///     pages    = (u32be(pages of the file) || u32be(n) || n × (u32be(number) || page))…           a commit each
struct Shipment: Sendable, Equatable {
  /// What changed in one file.
  struct Piece: Sendable, Equatable {
    enum Change: Sendable, Equatable {
      /// Bytes at its end, from the place `at` on.
      case appended(at: Int, bytes: [UInt8])
      /// All of it is another.
      case whole([UInt8])
      /// Pages of a database, commit by commit; of a ledger, where it ended after each.
      case pages(size: Int, commits: [DatabaseCommit], sequences: [Int64])
      /// The file is there no more.
      case gone
    }

    /// Where it is, relative to the data directory.
    var path: String
    var change: Change
  }

  /// Its place among the shipments of the backup; the first one is 1.
  var number: Int
  /// The hash of the shipment before it, or of the backup's manifest, 64 hexadecimal digits.
  var previous: String
  /// When it was read, milliseconds since 1970.
  var milliseconds: Int64
  /// Where the ledger ends with it.
  var size: Int64
  var head: String
  /// In the order in which they were read.
  var pieces: [Piece]

  private static let magic = Array("cascade-shipment-v1\n".utf8)
  private static let headLimit = 64 << 20
}

// MARK: - Writing

extension Shipment {
  /// The bytes of its file. O(bytes).
  var bytes: [UInt8] {
    var blob: [UInt8] = []
    var described: [JSON] = []
    for piece in pieces {
      let before = blob.count
      var members: [(String, JSON)] = [("path", .string(piece.path))]
      switch piece.change {
      case .appended(let place, let bytes):
        members += [("change", "appended"), ("at", .integer(Int64(place)))]
        blob += bytes
      case .whole(let bytes):
        members.append(("change", "whole"))
        blob += bytes
      case .pages(let size, let commits, let sequences):
        members += [
          ("change", "pages"), ("page", .integer(Int64(size))), ("sequences", .array(sequences.map { .integer($0) })),
        ]
        for commit in commits { Self.append(commit, to: &blob) }
      case .gone: members.append(("change", "gone"))
      }
      members.append(("bytes", .integer(Int64(blob.count - before))))
      described.append(.object(JSON.Object(members)))
    }
    let head: JSON = [
      "number": .integer(Int64(number)), "previous": .string(previous), "at": .integer(milliseconds),
      "size": .integer(size), "head": .string(self.head), "pieces": .array(described),
    ]
    let text = head.bytes
    return Self.magic + Self.number(text.count) + text + blob
  }

  private static func append(_ commit: DatabaseCommit, to blob: inout [UInt8]) {
    blob += number(commit.pageCount) + number(commit.pages.count)
    for page in commit.pages { blob += number(page.number) + page.bytes }
  }

  private static func number(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}

// MARK: - Reading

extension Shipment {
  /// Reads ``bytes`` back; nil when they aren't that. O(bytes).
  init?(_ bytes: [UInt8]) {
    var reader = Reader(rest: bytes[...])
    guard bytes.starts(with: Self.magic) else { return nil }
    reader.rest = reader.rest.dropFirst(Self.magic.count)
    guard let length = reader.number(), length <= Self.headLimit, let text = reader.take(length),
      let head = try? JSON(parsing: Array(text), limits: JSON.ParsingLimits(bytes: Self.headLimit)),
      let number = head["number"]?.integer, let previous = head["previous"]?.string, let at = head["at"]?.integer,
      let size = head["size"]?.integer, let hash = head["head"]?.string, let described = head["pieces"]?.array
    else { return nil }
    self.init(number: Int(number), previous: previous, milliseconds: at, size: size, head: hash, pieces: [])
    for json in described {
      guard let piece = Piece(json, &reader) else { return nil }
      pieces.append(piece)
    }
    if !reader.rest.isEmpty { return nil }
  }

  /// Takes bytes from the front of others.
  fileprivate struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
      guard (0...rest.count).contains(count) else { return nil }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    mutating func number() -> Int? { take(4).map { Int(bigEndianBytes: $0) } }
  }
}

extension Shipment.Piece {
  fileprivate init?(_ json: JSON, _ reader: inout Shipment.Reader) {
    guard let path = json["path"]?.string, BackupManifest.isInside(path), let count = json["bytes"]?.integer,
      let bytes = reader.take(Int(clamping: count)), let name = json["change"]?.string
    else { return nil }
    switch name {
    case "appended":
      guard let place = json["at"]?.integer, place >= 0 else { return nil }
      self.init(path: path, change: .appended(at: Int(clamping: place), bytes: Array(bytes)))
    case "whole": self.init(path: path, change: .whole(Array(bytes)))
    case "pages":
      guard let size = json["page"]?.integer, (512...65_536).contains(size), let sequences = json["sequences"]?.array,
        let commits = Self.commits(bytes, size: Int(size))
      else { return nil }
      self.init(
        path: path, change: .pages(size: Int(size), commits: commits, sequences: sequences.compactMap(\.integer)))
    case "gone": self.init(path: path, change: .gone)
    default: return nil
    }
  }

  private static func commits(_ bytes: ArraySlice<UInt8>, size: Int) -> [DatabaseCommit]? {
    var reader = Shipment.Reader(rest: bytes)
    var commits: [DatabaseCommit] = []
    while !reader.rest.isEmpty {
      guard let count = reader.number(), let pages = reader.number() else { return nil }
      var commit = DatabaseCommit(pages: [], pageCount: count)
      for _ in 0..<pages {
        guard let number = reader.number(), number > 0, let page = reader.take(size) else { return nil }
        commit.pages.append(DatabaseCommit.Page(number: number, bytes: Array(page)))
      }
      commits.append(commit)
    }
    return commits
  }
}

// MARK: - Arriving

extension Shipment {
  /// Brings it into the copy of a data directory in `folder`; of the ledger no commit that goes beyond the entry
  /// `last`. Throws what the disk says. O(bytes).
  func apply(to folder: String, until last: Int64 = .max) throws(FileError) {
    for piece in pieces {
      let path = folder + "/" + piece.path
      switch piece.change {
      case .appended(let place, let bytes):
        let file = try Descriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW)
        try file.cut(to: place)
        try file.write(bytes, at: place)
      case .whole(let bytes):
        try Directory.make(Directory.parent(of: path))
        try File.replace(path, with: bytes)
      case .pages(let size, let commits, let sequences):
        for (index, commit) in commits.enumerated() {
          if sequences.indices.contains(index), sequences[index] > last { break }
          try commit.apply(to: path, pageBytes: size)
        }
      case .gone: File.remove(path)
      }
    }
  }
}
