package import Core

/// The ledger was asked about something that its store hadn't loaded: a fault of the store. What isn't loaded is never
/// taken for something that isn't there.
package struct NotLoaded: Error, Sendable, Equatable, CustomStringConvertible {
  /// What a store loads. The raw value is its name in messages.
  package enum Kind: String, Sendable, CaseIterable {
    /// Where the chain of hashes ends.
    case head
    /// How many holds are open.
    case openHoldCount = "open_hold_count"
    /// The holds that are due, the soonest first.
    case dueHolds = "due_holds"
    /// The holds of one account that are due, when there are more than one sweep releases.
    case dueHoldsOfAccount = "due_holds_of_account"
    /// An account, by its key.
    case account
    /// An open hold, by its id.
    case hold
    /// An entry, by its id.
    case entry
    /// Why an id was refused for good.
    case refusal
    /// How a hold ended.
    case resolution
    /// How much of an entry was taken back.
    case reversals
    /// A decision's record, by its id.
    case record
  }

  /// The code of this error, beside those of a store.
  package static let code = "not_loaded"

  /// What should have been loaded.
  package var kind: Kind
  /// Which one: an account's key, an id; empty where there is only one.
  package var name: String

  /// The `kind` called `name` wasn't loaded.
  package init(_ kind: Kind, _ name: String = "") {
    self.kind = kind
    self.name = name
  }

  package var description: String { "\(Self.code): \(kind.rawValue)" + (name.isEmpty ? "" : " \(name)") }
}

extension StoreError {
  /// What a store says of its own fault; nothing was written.
  package init(_ error: NotLoaded) {
    self.init(
      .io, "the store didn't load what the ledger had to look at; nothing was written", cause: error.description)
  }
}
