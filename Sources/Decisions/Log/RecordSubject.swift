internal import Core
internal import Glibc

/// Whom a decision is about: the text in the field of its input that the decision names, `citizen` when it names none.
enum RecordSubject {
  /// The member of a record that holds it.
  static let member = Array(#","subject":"#.utf8)

  /// The 32-bit FNV-1a hash of a subject, by which the indexes of segments know it; 0 for none. Two subjects may have
  /// one hash, so whoever finds a record by it looks at the record. O(bytes).
  static func hash(_ subject: some Sequence<UInt8>) -> UInt32 {
    var hash: UInt32 = 2_166_136_261
    for byte in subject { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return hash == 0 ? 1 : hash
  }

  /// The hash of the subject in a record's bytes; 0 when there is none. O(bytes before the input).
  static func hash(in record: ArraySlice<UInt8>) -> UInt32 {
    guard let text = text(in: record) else { return 0 }
    return hash(text.utf8)
  }

  /// The subject in a record's bytes; nil when there is none. O(bytes before the input).
  ///
  /// A quotation mark inside a text has a backslash before it, so these members can't be found inside one, and nothing
  /// before the input is an object.
  static func text(in record: ArraySlice<UInt8>) -> String? {
    let input = record.place(of: Self.input, before: record.endIndex) ?? record.endIndex
    guard let start = record.place(of: member, before: input) else { return nil }
    let text = start + member.count
    // It ends where the next member begins, the first of which may be the input.
    var end = text + 1
    while end < input, record[end] != UInt8(ascii: "\"") { end += record[end] == UInt8(ascii: "\\") ? 2 : 1 }
    guard end < input else { return nil }
    return (try? JSON(parsing: record[text...end], limits: RecordLimits.parsing))?.string
  }

  private static let input = Array(#","input":"#.utf8)
}

extension ArraySlice<UInt8> {
  /// Where `bytes` lie first, whole before `end`; nil when they don't. O(bytes).
  func place(of bytes: [UInt8], before end: Int) -> Int? {
    self[..<end].withUnsafeBytes { all in
      bytes.withUnsafeBytes { wanted in
        guard let base = all.baseAddress, let first = wanted.first, let start = wanted.baseAddress else { return nil }
        var place = 0
        while place + wanted.count <= all.count,
          let next = memchr(base + place, Int32(first), all.count - wanted.count - place + 1)
        {
          if memcmp(next, start, wanted.count) == 0 { return startIndex + (UnsafeRawPointer(next) - base) }
          place = UnsafeRawPointer(next) - base + 1
        }
        return nil
      }
    }
  }
}
