internal import Core
internal import Glibc
internal import Platform

/// What a shadow made of one decision.
struct ShadowVerdict: Sendable, Equatable {
  /// The id of the record.
  var record: Identifier
  /// The digest of the rules that decided along.
  var candidate: String
  /// What they make of it.
  var kind: BacktestClass
  /// SHA-256 of the candidate's answer and effects; empty when there is none.
  var digest: String

  /// `{"record","candidate","class","digest"}`
  var json: JSON {
    [
      "record": .string(record.description), "candidate": .string(candidate), "class": .string(kind.rawValue),
      "digest": .string(digest),
    ]
  }

  init(record: Identifier, candidate: String, kind: BacktestClass, digest: String) {
    (self.record, self.candidate, self.kind, self.digest) = (record, candidate, kind, digest)
  }

  /// Reads ``json`` back; nil when it isn't that.
  init?(json: JSON) {
    guard let record = json["record"]?.string.flatMap({ Identifier($0) }), let candidate = json["candidate"]?.string,
      let kind = json["class"]?.string.flatMap({ BacktestClass(rawValue: $0) }), let digest = json["digest"]?.string
    else { return nil }
    self.init(record: record, candidate: candidate, kind: kind, digest: digest)
  }
}

/// How far a shadow has come in the logs of decisions, and what it left out.
struct ShadowMark: Sendable, Equatable {
  /// The position in each log by its name.
  var positions: [String: UInt64]
  /// Decisions that came faster than they could be compared.
  var dropped = 0

  /// `{"at":{log:position},"dropped"}`
  var json: JSON {
    let places = positions.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSON.string(String($0.value))) }
    return ["at": .object(JSON.Object(places)), "dropped": .integer(Int64(dropped))]
  }

  init(positions: [String: UInt64]) { self.positions = positions }

  /// Reads ``json`` back; nil when it isn't that.
  init?(json: JSON) {
    guard let positions = json["at"].flatMap(ShadowPlan.positions),
      let dropped = json["dropped"]?.integer.flatMap({ Int(exactly: $0) })
    else { return nil }
    self.init(positions: positions)
    self.dropped = dropped
  }
}

/// The verdicts of one shadow, a line each, with a mark behind those that belong together. What a crash left behind the
/// last mark is made again.
struct ShadowLog: Sendable {
  /// Where the file of the log is.
  let path: String

  private static let chunk = 1 << 20
  private static let rowHead = Array(#"{"record":""#.utf8)

  /// Appends verdicts and a mark in one write. The system has them when this returns. O(bytes).
  func append(_ verdicts: [ShadowVerdict], _ mark: ShadowMark) throws(FileError) {
    var lines: [UInt8] = []
    for verdict in verdicts { lines += verdict.json.bytes + [0x0A] }
    lines += mark.json.bytes + [0x0A]
    try File.append(path, lines)
  }

  /// Gives the verdicts before the last mark to `body`, cuts off what is behind it, and returns the mark; nil without
  /// one, as when there is no file. O(bytes).
  func recover(_ body: (ShadowVerdict) async throws -> Void) async throws -> ShadowMark? {
    guard File.exists(path) else { return nil }
    var last: (mark: ShadowMark, end: Int)?
    var waiting: [ShadowVerdict] = []
    var (place, rest) = (0, [UInt8]())
    let file = try Descriptor(opening: path, O_RDWR)
    while case let bytes = try file.next(Self.chunk), !bytes.isEmpty {
      rest += bytes
      var start = 0
      while let end = rest[start...].firstIndex(of: 0x0A) {
        let line = Array(rest[start..<end])
        start = end + 1
        guard let json = try? JSON(parsing: line) else { continue }
        if let verdict = ShadowVerdict(json: json) { waiting.append(verdict) }
        guard let mark = ShadowMark(json: json) else { continue }
        last = (mark, place + start)
        for verdict in waiting { try await body(verdict) }
        waiting = []
      }
      place += start
      rest.removeFirst(start)
    }
    if ftruncate(file.number, off_t(last?.end ?? 0)) != 0 { throw FileError("cut", path) }
    return last?.mark
  }

  /// The verdict on a record; nil when there is none. O(bytes).
  func verdict(of record: Identifier) throws(FileError) -> ShadowVerdict? {
    guard File.exists(path) else { return nil }
    let wanted = Self.rowHead + Array(record.description.utf8)
    let file = try Descriptor(opening: path, O_RDONLY)
    var rest: [UInt8] = []
    while case let bytes = try file.next(Self.chunk), !bytes.isEmpty {
      rest += bytes
      var start = 0
      while let end = rest[start...].firstIndex(of: 0x0A) {
        if rest[start..<end].starts(with: wanted), let json = try? JSON(parsing: Array(rest[start..<end])) {
          return ShadowVerdict(json: json)
        }
        start = end + 1
      }
      rest.removeFirst(start)
    }
    return nil
  }
}
