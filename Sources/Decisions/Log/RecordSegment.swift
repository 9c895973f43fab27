internal import Core
internal import Cryptography
internal import Glibc

/// The form of a segment file: a head, then entries, each with the hash that chains it to the one before.
///
///     head  = "cascade-records-v1\n" || previous[32]      the hash the first entry follows
///     entry = u32be(len) || hash[32] || payload           hash = SHA-256(previous || payload)
///
/// The payload is the record's JSON, which begins with its id and its point. Files are numbered from 1; an index lies
/// beside each that is full, see ``RecordIndexFile``. ``SegmentScan`` reads a file.
enum RecordSegment {
  static let magic = Array("cascade-records-v1\n".utf8)
  static let headBytes = magic.count + SHA256.byteCount
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

  static func append(_ payload: [UInt8], hash: [UInt8], to bytes: inout [UInt8]) {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
    bytes += hash
    bytes += payload
  }

  /// The length of the payload behind the frame that `bytes` begin with.
  static func length(_ bytes: ArraySlice<UInt8>) -> Int { bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

  /// The id at the beginning of a record's bytes, `{"id":"…"`.
  static func id(of payload: some Collection<UInt8>) -> Identifier? {
    guard payload.starts(with: beginning) else { return nil }
    return Identifier(String(decoding: payload.dropFirst(beginning.count).prefix(36), as: UTF8.self))
  }

  /// Whether a record's bytes, `{"id":"…","point":"…",…`, are of this decision. O(length of the name).
  static func isOf(_ point: String, _ payload: [UInt8]) -> Bool {
    payload.dropFirst(idBytes).starts(with: pointMember(point))
  }

  /// How many of a record's bytes tell whether it is of this decision.
  static func pointBytes(_ point: String) -> Int { idBytes + pointMember(point).count }

  private static let idBytes = #"{"id":"00000000-0000-0000-0000-000000000000""#.utf8.count

  private static func pointMember(_ point: String) -> [UInt8] {
    Array(",\"point\":".utf8) + JSON.string(point).bytes + [UInt8(ascii: ",")]
  }
}
