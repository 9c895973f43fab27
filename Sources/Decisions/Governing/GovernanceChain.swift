internal import Core
package import Governance
package import Ledger

/// What the steps of a ledger's chain come to, and where they end.
package struct GovernanceChain: Sendable {
  /// Nil without a root.
  package var state: GovernanceState?
  /// How many steps there are. The next one's id is made of this number, so of two hosts that take a step at the same
  /// time one writes it, and the other finds it taken.
  package var count: Int64 = 0
  /// The sequence of the last step's entry.
  package var last: Int64 = 0
  private let check: SignatureCheck

  /// A chain of which nothing was read.
  package init(check: SignatureCheck = .ed25519) { self.check = check }

  /// Takes in the steps that are in `ledger` and not yet here, and tells `body` each. Throws `corrupt` at one that
  /// isn't justified, and what the ledger throws. O(steps).
  package mutating func follow(
    _ ledger: any LedgerReading, _ body: (GovernanceStep, GovernanceState) -> Void = { _, _ in }
  ) async throws {
    while true {
      let page = try await ledger.governance(after: last, limit: LedgerLimits.pageRows)
      for stored in page {
        let step = try await Self.step(stored.entry, ledger)
        do throws(GovernanceError) {
          try take(step, stored.entry)
        } catch {
          throw GovernanceError(
            .corrupt, "entry \(stored.entry.sequence), a step of governance, isn't justified: \(error)")
        }
        if let state { body(step, state) }
      }
      if page.isEmpty { return }
    }
  }

  private mutating func take(_ step: GovernanceStep, _ entry: Entry) throws(GovernanceError) {
    // A step says when it was decided, and its entry was written after that.
    if step.moment.ledger > entry.timestamp / 1_000_000 {
      throw GovernanceError(.time, "it is of a time after its entry")
    }
    if state == nil { state = try GovernanceState(founding: step, check: check) } else { try state?.take(step) }
    count += 1
    last = entry.sequence
  }

  /// The id of the step of this number, from 0; further ones in case that somebody's transfer has it.
  static func identifier(of number: Int64, attempt: Int) -> Identifier {
    let first = Identifier(high: 0, low: UInt64(attempt))
    return Identifier(derived: Identifier.digest("cascade-governance-v1\0", of: first, Int(number)))
  }

  private static func step(_ entry: Entry, _ ledger: any LedgerReading) async throws -> GovernanceStep {
    var attachment: [UInt8]?
    if let hash = entry.attachment {
      guard let bytes = try await ledger.attachment(hash), Statement.Attachment(bytes).hash == hash else {
        throw GovernanceError(.corrupt, "the attachment of entry \(entry.sequence) is missing or was changed")
      }
      attachment = bytes
    }
    return try GovernanceStep(pairs: entry.metadata, attachment: attachment, ledger: ledger.ledgerID)
  }
}
