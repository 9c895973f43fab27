package import Core
internal import Platform

/// What a data directory says of itself, in its file `host.json`: whose data it holds, and what a host has made in it.
/// With it the next host tells what is lost from what never was.
package struct DataMark: Sendable, Equatable {
  /// Whose data they are; never changes.
  package enum Use: String, Sendable {
    /// Sample citizens, who exist nowhere else.
    case demo
    /// The network's citizens and their money.
    case live
  }

  /// The version of the form.
  private static let format: Int64 = 1
  private static let name = "host.json"
  private static let limit = 4 << 20

  package var use: Use
  /// What a host made in the directory.
  package var parts: Set<DataPart>
  /// How many records the log had at least when it was last asked.
  package var records: Int64 = 0
  /// The last generation's number, as far as it was noted.
  package var generation = 0
  /// Bytes of the audit log that there were at least.
  package var audit: Int64 = 0
  /// Revoked tokens that had not ended then: how many end in each minute since 1970.
  package var revoked: [Int64: Int] = [:]
  /// The clocks as the last host saw them; nil when none did yet.
  package var clock: ClockReading?
  /// Tokens issued earlier don't count, seconds since 1970: those of before a restore. 0 where there was none.
  package var tokensFrom: Int64 = 0
  /// The version of the program that wrote it last; nil when that was before it was noted.
  package var version: String?
  /// The SHA-256 of each database that the last host closed in order, hexadecimal; empty while a host runs.
  package var left: [DataPart: String] = [:]
  /// How old the databases were when they were last asked, which a host that is killed leaves behind.
  package var ages: [DataPart: StoreAge] = [:]
  /// The last entry of the ledger as far as it was noted; 0 of a host that shares one.
  package var entries: Int64 = 0
  /// What an operator accepted to be lost, oldest first.
  package var losses: [AcceptedLoss] = []

  /// The mark of a directory in which these parts are.
  package init(_ use: Use, parts: Set<DataPart> = []) {
    self.use = use
    self.parts = parts
  }

  /// The mark in the directory `data`; nil when there is none. Blocks. Throws `corrupt` when it isn't in the form that
  /// ``write(in:)`` gives it, `unsupported_version` for a later form.
  package static func read(in data: String) throws(StoreError) -> DataMark? {
    let path = data + "/" + name
    guard File.exists(path) else { return nil }
    let bytes = try StoreError.catching { () throws(FileError) in try File.read(path) }
    guard bytes.count <= limit, let json = try? JSON(parsing: bytes, limits: JSON.ParsingLimits(bytes: limit)),
      let version = json["format"]?.integer
    else { throw damaged(path) }
    if version > format { throw later(path, in: data) }
    guard let mark = DataMark(json) else { throw damaged(path) }
    return mark
  }

  /// Throws when a host kept `part` in the directory `data` and it isn't there: a command that writes it would begin a
  /// new one. Blocks.
  package static func check(_ part: DataPart, in data: String) throws(StoreError) {
    if let mark = try read(in: data), mark.parts.contains(part), !part.isThere(in: data) { throw part.loss(in: data) }
  }

  /// Has the next host take `part` as it then is: a command is about to write it. Blocks.
  package static func expectChange(of part: DataPart, in data: String) throws(StoreError) {
    guard var mark = try read(in: data), mark.left[part] != nil else { return }
    mark.left[part] = nil
    try mark.write(in: data)
  }

  private static func damaged(_ path: String) -> StoreError {
    StoreError(
      .corrupt,
      "\(path), which says what a host keeps here, is damaged; put back a copy, or remove it and start once with "
        + "--live or --demo, as the data are")
  }

  /// The error that a later version wrote the file at `path` of the directory `data`, with the version that is needed,
  /// as far as it was noted.
  package static func later(_ path: String, in data: String) -> StoreError {
    let bytes = try? File.read(data + "/" + name, limit: limit)
    let json = bytes.flatMap { try? JSON(parsing: $0, limits: JSON.ParsingLimits(bytes: limit)) }
    let writer = json?["cascade"]?.string.map { "cascade \($0)" } ?? "a later version"
    return StoreError(
      .unsupportedVersion, "\(writer) wrote \(path), in a form that this version doesn't know; use that one, or a later"
    )
  }

  /// Writes it durably into the directory `data`. Blocks.
  package func write(in data: String) throws(StoreError) {
    let bytes = Array((json.prettyText + "\n").utf8)
    try StoreError.catching { () throws(FileError) in try File.replace(data + "/" + Self.name, with: bytes) }
  }

  /// What must be in a directory with this mark, or with none, in which the parts `found` are.
  package static func expected(_ mark: DataMark?, found: Set<DataPart>) -> Set<DataPart> {
    if let mark { return mark.parts }
    // Commands make a ledger and number a rulebook before any host; what only hosts make says that one ran.
    if found.contains(.generation), !found.isDisjoint(with: DataPart.ofHostsAlone) { return DataPart.ofEveryHost }
    return found.contains(.checkpoints) ? [.ledger, .keys] : []
  }
}

extension DataMark {
  private var json: JSON {
    let object: JSON = [
      "format": .integer(Self.format), "use": .string(use.rawValue),
      "parts": .array(DataPart.allCases.filter(parts.contains).map { .string($0.rawValue) }),
      "records": .integer(records),
      "revoked": .array(
        revoked.sorted { $0.key < $1.key }.map { .array([.integer($0.key), .integer(Int64($0.value))]) }),
      "losses": .array(losses.map(\.json)),
    ]
    guard case .object(var members) = object else { return object }
    if generation > 0 { members.append("generation", .integer(Int64(generation))) }
    if audit > 0 { members.append("audit", .integer(audit)) }
    if let version { members.append("cascade", .string(version)) }
    if tokensFrom > 0 { members.append("tokens_from", .integer(tokensFrom)) }
    if let clock { members.append("clock", clock.json) }
    if !left.isEmpty {
      let digests = DataPart.allCases.compactMap { part in left[part].map { (part.rawValue, JSON.string($0)) } }
      members.append("left", .object(JSON.Object(digests)))
    }
    if entries > 0 { members.append("entries", .integer(entries)) }
    if !ages.isEmpty {
      let pairs = DataPart.allCases.compactMap { part in
        ages[part].map { (part.rawValue, JSON.array([.integer($0.content), .integer($0.file)])) }
      }
      members.append("ages", .object(JSON.Object(pairs)))
    }
    return .object(members)
  }

  private init?(_ json: JSON) {
    guard let use = json["use"]?.string.flatMap(Use.init(rawValue:)), let parts = json["parts"]?.array,
      let records = json["records"]?.integer, let revoked = json["revoked"]?.array, let losses = json["losses"]?.array
    else { return nil }
    self.init(use)
    self.records = records
    version = json["cascade"]?.string
    generation = Int(clamping: json["generation"]?.integer ?? 0)
    audit = json["audit"]?.integer ?? 0
    tokensFrom = json["tokens_from"]?.integer ?? 0
    for part in parts {
      guard let part = part.string.flatMap(DataPart.init(rawValue:)) else { return nil }
      self.parts.insert(part)
    }
    for pair in revoked {
      guard let pair = pair.array, pair.count == 2, let minute = pair[0].integer, let count = pair[1].integer
      else { return nil }
      self.revoked[minute] = Int(count)
    }
    if let clock = json["clock"] {
      guard let clock = ClockReading(json: clock) else { return nil }
      self.clock = clock
    }
    for digest in json["left"]?.object?.members ?? [] {
      guard let part = DataPart(rawValue: digest.name), let text = digest.value.string else { return nil }
      left[part] = text
    }
    for loss in losses {
      guard let loss = AcceptedLoss(json: loss) else { return nil }
      self.losses.append(loss)
    }
    entries = json["entries"]?.integer ?? 0
    guard let ages = Self.ages(json["ages"]) else { return nil }
    self.ages = ages
  }

  private static func ages(_ json: JSON?) -> [DataPart: StoreAge]? {
    var ages: [DataPart: StoreAge] = [:]
    for (name, pair) in json?.object?.members ?? [] {
      guard let part = DataPart(rawValue: name), let pair = pair.array, pair.count == 2,
        let content = pair[0].integer, let file = pair[1].integer
      else { return nil }
      ages[part] = StoreAge(content: content, file: file)
    }
    return ages
  }
}
