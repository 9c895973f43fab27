internal import Core

/// The token in `Authorization: Bearer …` (RFC 6750, section 2.1), the one way to read it: behind one space.
enum BearerToken {
  /// The token in a field's value, in which a further space counts; nil when it isn't of this kind. O(length).
  static func token(in field: String?) -> Substring? {
    let parts = field?.pieces(at: " ", most: 1) ?? []
    guard parts.count == 2, String(parts[0]).isHeader("bearer") else { return nil }
    return parts[1]
  }
}
