internal import Core
internal import Cryptography

/// The form of a segment file: a head, then frames, each with the hash that chains it to the one before.
///
///     head  = magic || previous[32]                       the hash the first frame follows
///     frame = u32be(len) || hash[32] || payload           hash = SHA-256(previous || payload)
///
/// The magic tells what a payload is, see ``Form``. Files are numbered from 1. ``SegmentScan`` reads one,
/// ``PackedSegment`` is what becomes of one that is full.
enum RecordSegment {
  /// What the frames of a segment hold.
  enum Form: Sendable {
    /// One record each, its JSON alone: what the first stage wrote.
    case single
    /// All records of one turn of a loop, each `u32be(len) || JSON`; more than 64 KiB only when it is a single one.
    case turns

    /// What a file of this form begins with.
    var magic: [UInt8] { self == .single ? Self.singleMagic : Self.turnsMagic }
    /// Bytes of a payload before its first record's JSON.
    var payloadHead: Int { self == .single ? 0 : 4 }
    /// Bytes before a record's JSON, the first four of which have its length.
    var recordHead: Int { self == .single ? RecordSegment.frameBytes : 4 }
    /// What a frame is called where one is damaged.
    var frame: String { self == .single ? "record" : "frame" }

    private static let singleMagic = Array("cascade-records-v1\n".utf8)
    private static let turnsMagic = Array("cascade-records-v2\n".utf8)
  }

  static let headBytes = 19 + SHA256.byteCount
  static let frameBytes = 4 + SHA256.byteCount
  /// What the bytes of every record begin with.
  static let beginning = Array(#"{"id":""#.utf8)
  static let firstHash = [UInt8](repeating: 0, count: SHA256.byteCount)

  static func hash(_ payload: some Collection<UInt8>, after previous: [UInt8]) -> [UInt8] {
    var hasher = SHA256Hasher()
    hasher.update(previous)
    hasher.update(payload)
    return hasher.finish()
  }

  /// The length in the first four bytes.
  static func length(_ bytes: ArraySlice<UInt8>) -> Int { bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

  /// The four bytes of a length.
  static func bytes(ofLength length: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
  }

  /// The id at the beginning of a record's bytes, `{"id":"…"`.
  static func id(of payload: some Collection<UInt8>) -> Identifier? {
    guard payload.starts(with: beginning) else { return nil }
    return Identifier(String(decoding: payload.dropFirst(beginning.count).prefix(36), as: UTF8.self))
  }

  /// When a record was made, milliseconds since 1970: the first `time` in its bytes, which nothing before it can hold.
  /// Nil for a record that doesn't say. O(bytes before that).
  static func time(of payload: [UInt8]) -> Int64? {
    guard let place = payload[...].place(of: timeMember, before: payload.endIndex) else { return nil }
    let digits = payload[(place + timeMember.count)...].prefix { (0x30...0x39).contains($0) }
    return Int64(String(decoding: digits, as: UTF8.self))
  }

  private static let timeMember = Array(#","time":"#.utf8)

  /// Whether a record's bytes, `{"id":"…","point":"…",…`, are of this decision. O(length of the name).
  static func isOf(_ point: String, _ payload: some Collection<UInt8>) -> Bool {
    payload.dropFirst(idBytes).starts(with: pointMember(point))
  }

  private static let idBytes = #"{"id":"00000000-0000-0000-0000-000000000000""#.utf8.count

  private static func pointMember(_ point: String) -> [UInt8] {
    Array(",\"point\":".utf8) + JSON.string(point).bytes + [UInt8(ascii: ",")]
  }
}
