internal import Core

/// Holds the entries that decisions made against the records of those decisions, both ways: each entry names its
/// decision's record by its hash and is among that record's effects, and each effect has its entry.
///
/// Only from the first entry on that names a record; older ones are counted. A record comes when it is asked for
/// (``wanted``), and so does the place of an effect that is none of its decision's own entries (``stray``).
struct RecordBinding: Sendable {
  /// The decision whose entries are being taken.
  private struct Decision {
    var key: String
    /// The sequence of its first entry.
    var sequence: Int64
    /// What its entries name.
    var fingerprint: String?
    /// The effects for which no entry has come yet; nil as long as the record isn't here.
    var effects: Set<Identifier>?
  }

  /// What is wrong with an entry.
  typealias Problem = VerificationReport.Problem

  /// Where the ledger says that entries begin to name records, 0 for nowhere; nil when it doesn't say.
  private let expected: Int64?
  /// The first entry that names a record; 0 while none does.
  private(set) var first: Int64 = 0
  /// Entries of decisions before that.
  private(set) var uncovered: Int64 = 0
  private var current: Decision?
  /// The entry that waits for its record.
  private var waiting: Entry?
  /// The decision whose record is to be given to ``take(record:)`` next.
  private(set) var wanted: Identifier?
  /// An effect whose place is to be given to ``take(place:)`` next, with the first entry of its decision.
  var stray: (effect: Identifier, sequence: Int64)? { strays.last }
  private var strays: [(effect: Identifier, sequence: Int64)] = []

  init(from expected: Int64?) { self.expected = expected }

  /// Takes the next entry; what is wrong with it or the one before it. O(1).
  mutating func take(_ entry: Entry) -> Problem? {
    let key = entry.idempotencyKey
    if let current, current.key != key { end() }
    if key.isEmpty { return entry.record == nil ? nil : Problem(entry, "names a record, and no decision") }
    guard let id = Identifier(key) else {
      if first > 0 || entry.record != nil { return Problem(entry, "names a decision by what is no id") }
      uncovered += 1
      return nil
    }
    if entry.record != nil, first == 0 {
      first = entry.sequence
      if let expected, expected != first {
        let text = expected == 0 ? "none does" : "entry \(expected) does"
        return Problem(entry, "is the first that names its decision's record, and the ledger says that \(text)")
      }
    }
    if first == 0 { uncovered += 1 }
    if let current {
      if current.fingerprint != entry.record { return Problem(entry, "names another record than its decision's first") }
      return settle(entry)
    }
    current = Decision(key: key, sequence: entry.sequence, fingerprint: entry.record)
    (wanted, waiting) = (id, entry)
    return nil
  }

  /// Takes the record that was ``wanted``, nil when there is none; what is wrong with the entry that waits for it, and
  /// whether the record is covered by the chain. O(record).
  mutating func take(record bytes: [UInt8]?) -> (problem: Problem?, isCovered: Bool) {
    guard let entry = waiting, let id = wanted else { return (nil, false) }
    (wanted, waiting) = (nil, nil)
    guard let bytes else {
      return (Problem(entry, "was made by decision \(entry.idempotencyKey), of which is no record"), false)
    }
    if first == 0 { return (nil, false) }
    let record = DecisionRecord(id: id, bytes: bytes)
    guard let named = entry.record else {
      return (Problem(entry, "doesn't name the record of the decision that made it"), false)
    }
    if named != record.fingerprint { return (Problem(entry, "names a record of \(id) that isn't the one kept"), false) }
    guard let effects = record.effects else { return (Problem(entry, "names a record that can't be read"), false) }
    current?.effects = Set(effects)
    return (settle(entry), true)
  }

  /// That an entry is one of its decision's effects.
  private mutating func settle(_ entry: Entry) -> Problem? {
    if entry.kind == .decision || current?.effects == nil { return nil }
    if current?.effects?.remove(entry.id) != nil { return nil }
    return Problem(entry, "isn't among the effects in the record of decision \(entry.idempotencyKey)")
  }

  /// No further entry is of the decision: what is left of its effects must be older.
  mutating func end() {
    for effect in current?.effects ?? [] { strays.append((effect, current?.sequence ?? 0)) }
    current = nil
  }

  /// Takes the place of the ``stray`` effect, nil when no entry has its id; what is wrong with its decision. O(1).
  mutating func take(place: Int64?) -> Problem? {
    guard let stray = strays.popLast() else { return nil }
    if let place, place < stray.sequence { return nil }
    let message = "is of a decision whose record has the effect \(stray.effect), which no entry is"
    return Problem(sequence: stray.sequence, message: message)
  }
}

extension VerificationReport.Problem {
  fileprivate init(_ entry: Entry, _ message: String) { self.init(sequence: entry.sequence, message: message) }
}
