package import Core

/// One activation: from when on which rulebook decides, under which number.
package struct RulebookActivation: Sendable, Equatable {
  /// The generation's number, from 1; none is ever used twice.
  package var number: Int
  /// The digest of the rulebook's files: `sha256:…`
  package var digest: String
  /// When it was activated; milliseconds since 1970.
  package var milliseconds: Int64
  /// The digest of the files that a rollback set aside: while the rulebook's directory holds them, this activation
  /// stays. Nil when the directory decides.
  package var setAside: String?

  package init(number: Int, digest: String, milliseconds: Int64, setAside: String? = nil) {
    self.number = number
    self.digest = digest
    self.milliseconds = milliseconds
    self.setAside = setAside
  }
}

extension RulebookActivation {
  /// Whether a rollback made it.
  var isRollback: Bool { setAside != nil }
}

/// Keeps every rulebook that ever decided, by its digest, and which one decides. Each call is one transaction, and what
/// changes something returns when that outlasts a power cut.
package protocol RulebookStore: Sendable {
  /// Keeps a rulebook, unless it is kept already, and gives the number that its generation will have: the next one,
  /// which nobody gets again, also when it never decides. O(bytes).
  func stage(_ snapshot: RulebookSnapshot) async throws(StoreError) -> Int
  /// The rulebook of this digest, which history is run again by; nil when it isn't kept. Throws `corrupt` when what is
  /// kept isn't that rulebook. O(bytes).
  func snapshot(_ digest: String) async throws(StoreError) -> RulebookSnapshot?
  /// Notes that a staged rulebook decides from now on. Throws `conflict`, and nothing changes, when its number wasn't
  /// given to anybody, it isn't later than the current one's, or the rulebook isn't kept.
  func activate(_ activation: RulebookActivation) async throws(StoreError)
  /// The same for the very first: throws `conflict` when one decides already, whatever its number.
  func begin(_ activation: RulebookActivation) async throws(StoreError)
  /// The last activation; nil before the first, and in data of the first stage, which kept its number alone.
  func current() async throws(StoreError) -> RulebookActivation?
}

extension RulebookStore {
  /// For stores of a single host, which nobody else activates anything in.
  package func begin(_ activation: RulebookActivation) async throws(StoreError) {
    if let current = try await current() { throw .begun(by: current) }
    try await activate(activation)
  }
}

extension StoreError {
  /// What another host has begun, nobody begins.
  package static func begun(by current: RulebookActivation) -> StoreError {
    StoreError(.conflict, "generation \(current.number) decides already; nothing was activated")
  }

  /// What wasn't staged, or comes too late, can't decide.
  package static func notStaged(_ activation: RulebookActivation) -> StoreError {
    StoreError(
      .conflict,
      "generation \(activation.number) of \(activation.digest) can't be activated: it was not staged, or a "
        + "later one decides already")
  }
}
