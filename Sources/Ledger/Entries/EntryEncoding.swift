internal import Core
internal import Cryptography

extension Entry {
  /// What every entry's canonical bytes begin with.
  static let preamble = Array("cascade-ledger-v1\0".utf8)
  /// The hash before the first entry: 32 zero bytes.
  package static let firstHash = [UInt8](repeating: 0, count: 32)

  /// The bytes that are hashed and stored, after the entry whose hash is `previous`. O(size).
  ///
  ///     preamble || prev[32] || u64be(seq) || u64be(ts_ns) || u8(kind) || LP(id) || u32be(#postings)
  ///     || per posting: LP(source) LP(destination) LP(asset) LP(decimal amount)
  ///     || LP(reference) || LP(idempotency_key) || u32be(#meta) || per pair, by key: LP(key) LP(value)
  ///
  /// with `LP(x) = u32be(len) || x`.
  package func canonicalBytes(after previous: [UInt8]) -> [UInt8] {
    var out = ByteWriter()
    out.bytes.reserveCapacity(256)
    out.bytes += Self.preamble
    out.bytes += previous
    out.integer(UInt64(bitPattern: sequence))
    out.integer(UInt64(bitPattern: timestamp))
    out.integer(kind.rawValue)
    out.prefixed(id)
    out.integer(UInt32(postings.count))
    for posting in postings {
      out.prefixed(posting.source.text)
      out.prefixed(posting.destination.text)
      out.prefixed(posting.amount.asset.name)
      out.prefixed(String(posting.amount.minor))
    }
    out.prefixed(reference)
    out.prefixed(idempotencyKey)
    out.integer(UInt32(metadata.count))
    if metadata.isEmpty { return out.bytes }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      out.prefixed(key.text)
      out.prefixed(value)
    }
    return out.bytes
  }

  /// SHA-256 of canonical bytes: the entry's hash.
  package static func hash(_ canonicalBytes: [UInt8]) -> [UInt8] { SHA256.hash(canonicalBytes) }

  /// Reads canonical bytes back with the hash they follow; nil for any others: what comes back encodes to
  /// exactly `bytes`, since every part has one form only and keys come in their order. O(size).
  package static func decode(_ bytes: [UInt8]) -> (entry: Entry, previous: [UInt8])? {
    var reader = ByteReader(bytes)
    guard let start = reader.take(preamble.count), start.elementsEqual(preamble), let previous = reader.take(32),
      let sequence = reader.integer(UInt64.self), let timestamp = reader.integer(UInt64.self),
      let kind = reader.integer(UInt8.self).flatMap(Kind.init(rawValue:)),
      let id = reader.prefixed().flatMap({ Identifier(bytes: $0) }),
      let postingCount = reader.integer(UInt32.self), postingCount <= 1_000
    else { return nil }
    var postings: [Posting] = []
    for _ in 0..<postingCount {
      guard let source = reader.text().flatMap({ AccountName($0) }),
        let destination = reader.text().flatMap({ AccountName($0) }),
        let asset = reader.text().flatMap({ Asset($0) }), let minor = reader.decimal()
      else { return nil }
      postings.append(Posting(source, destination, Amount(minor, asset)))
    }
    guard let reference = reader.text(), let key = reader.text(), let metadata = metadata(&reader), reader.isAtEnd
    else { return nil }
    let entry = Entry(
      sequence: Int64(bitPattern: sequence), timestamp: Int64(bitPattern: timestamp), kind: kind, id: id,
      postings: postings, reference: reference, idempotencyKey: key, metadata: metadata)
    return (entry, Array(previous))
  }

  /// Pairs in the strict order of their keys' bytes; nil for others.
  private static func metadata(_ reader: inout ByteReader) -> [ExactText: String]? {
    guard let count = reader.integer(UInt32.self) else { return nil }
    var metadata: [ExactText: String] = [:]
    var last: ExactText?
    for _ in 0..<count {
      guard let key = reader.text().map({ ExactText($0) }), let value = reader.text() else { return nil }
      if let last, last >= key { return nil }
      metadata[key] = value
      last = key
    }
    return metadata
  }
}
