internal import Core

/// Which records are wanted: those that fit everything that is said here.
package struct RecordFilter: Sendable, Equatable {
  /// A member that has to have a value: `result.tier=observer`.
  package struct Member: Sendable, Equatable {
    /// The most bytes of its text.
    package static let textBytes = 500

    private let path: [String]
    private let value: String

    /// Reads `PATH=VALUE`: the names of members with dots between them, of a list places from 0, and a text, or a
    /// number, `true`, `false` or `null` as JSON writes it. Nil for anything else.
    package init?(_ text: String) {
      let parts = text.pieces(at: "=", most: 1)
      guard text.utf8.count <= Self.textBytes, parts.count == 2 else { return nil }
      path = String(parts[0]).pieces(at: ".").map { String($0) }
      value = String(parts[1])
      if path.contains(where: \.isEmpty) { return nil }
    }

    /// Whether `record` has the member with this value. O(members on the way).
    func fits(_ record: JSON) -> Bool {
      var found = record
      for name in path {
        let next = found.array.map { list in Int(name).flatMap { list.indices.contains($0) ? list[$0] : nil } }
        guard let member = next ?? found[name] else { return false }
        found = member
      }
      return found.string.map { $0.isSame(as: value) } ?? found.text.isSame(as: value)
    }
  }

  /// Of this decision only.
  package var point: String?
  /// About this subject only.
  package var subject: String?
  /// Only of those that were refused.
  package var isRefused = false
  /// Only of those that failed for this reason.
  package var reason: String?
  /// Only those with this member.
  package var member: Member?

  /// Every record, or those of `point` and about `subject` when these are given.
  package init(point: String? = nil, subject: String? = nil) { (self.point, self.subject) = (point, subject) }

  /// Whether many records may have to be looked at for one that fits.
  var isSelective: Bool { point != nil || isRefused || reason != nil || member != nil }

  /// Whether a record fits; its point is looked at before it is read. O(members on the way).
  func fits(_ record: JSON) -> Bool {
    if let subject, !(Self.subject(of: record)?.isSame(as: subject) ?? false) { return false }
    let failure = record["error"]
    if isRefused, failure?["code"]?.string != "refused" { return false }
    if let reason, !(failure?["reason"]?.string?.isSame(as: reason) ?? false) { return false }
    return member?.fits(record) ?? true
  }

  /// Whom a record is about. Before records said so, it was the input's `citizen`.
  private static func subject(of record: JSON) -> String? {
    record["subject"]?.string ?? record["input"]?["citizen"]?.string
  }
}
