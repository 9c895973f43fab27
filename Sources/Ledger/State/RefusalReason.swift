/// Every reason for which the ledger refuses an event. The raw value is the name on the wire.
package enum RefusalReason: String, Sendable, CaseIterable {
  // The event itself is malformed; nothing is stored.
  case invalidEvent = "invalid_event"
  case unknownField = "unknown_field"
  case invalidID = "invalid_id"
  case invalidFrom = "invalid_from"
  case invalidTo = "invalid_to"
  case invalidAmount = "invalid_amount"
  case invalidAsset = "invalid_asset"
  case invalidKind = "invalid_kind"
  case invalidPendingID = "invalid_pending_id"
  case invalidTimeout = "invalid_timeout_seconds"
  case invalidLinked = "invalid_linked"
  case invalidCode = "invalid_code"
  case invalidReference = "invalid_reference"
  case invalidMetadata = "invalid_metadata"
  case invalidFloor = "invalid_floor"
  case invalidClosed = "invalid_closed"
  case reservedMetadataKey = "reserved_metadata_key"
  case accountsMustBeDifferent = "accounts_must_be_different"
  case pendingIDMissing = "pending_id_must_be_present"
  case pendingIDPresent = "pending_id_must_be_absent"
  case timeoutPresent = "timeout_reserved_for_pending_transfer"
  case accountIsWorld = "account_is_world"
  case operatorRequired = "operator_required"

  // The event's place in its chain or its id; nothing is stored.
  case linkedEventFailed = "linked_event_failed"
  case linkedEventChainOpen = "linked_event_chain_open"
  case tooManyEvents = "too_many_events"
  case idAlreadyFailed = "id_already_failed"
  case existsWithDifferentFrom = "exists_with_different_from"
  case existsWithDifferentTo = "exists_with_different_to"
  case existsWithDifferentAmount = "exists_with_different_amount"
  case existsWithDifferentAsset = "exists_with_different_asset"
  case existsWithDifferentKind = "exists_with_different_kind"
  case existsWithDifferentPendingID = "exists_with_different_pending_id"
  case existsWithDifferentTimeout = "exists_with_different_timeout"
  case existsWithDifferentCode = "exists_with_different_code"
  case existsWithDifferentReference = "exists_with_different_reference"
  case existsWithDifferentMetadata = "exists_with_different_metadata"

  // The state of the ledger; remembered, so that the same id is refused for ever.
  case exceedsCredits = "exceeds_credits"
  case overflowsDebits = "overflows_debits"
  case overflowsCredits = "overflows_credits"
  case accountClosed = "account_closed"
  case accountNotEmpty = "account_not_empty"
  case fromHasDifferentAsset = "from_account_has_different_asset"
  case toHasDifferentAsset = "to_account_has_different_asset"
  case pendingNotFound = "pending_transfer_not_found"
  case pendingNotPending = "pending_transfer_not_pending"
  case pendingHasDifferentFrom = "pending_transfer_has_different_from"
  case pendingHasDifferentTo = "pending_transfer_has_different_to"
  case pendingHasDifferentAsset = "pending_transfer_has_different_asset"
  case exceedsPendingAmount = "exceeds_pending_transfer_amount"
  case pendingAlreadyPosted = "pending_transfer_already_posted"
  case pendingAlreadyVoided = "pending_transfer_already_voided"
  case pendingExpired = "pending_transfer_expired"
  case originalNotFound = "original_transfer_not_found"
  case originalNotReversible = "original_transfer_not_reversible"
  case reversalDoesNotMirror = "reversal_does_not_mirror_original"
  case exceedsOriginalAmount = "exceeds_original_amount"
  case alreadyReversed = "already_reversed"
  case tooManyOpenHolds = "too_many_open_holds"

  /// Whether a refusal for this reason is remembered: those that came from the ledger's state are.
  package var isRemembered: Bool {
    switch self {
    case .exceedsCredits, .overflowsDebits, .overflowsCredits, .accountClosed, .accountNotEmpty,
      .fromHasDifferentAsset, .toHasDifferentAsset, .pendingNotFound, .pendingNotPending, .pendingHasDifferentFrom,
      .pendingHasDifferentTo, .pendingHasDifferentAsset, .exceedsPendingAmount, .pendingAlreadyPosted,
      .pendingAlreadyVoided, .pendingExpired, .originalNotFound, .originalNotReversible, .reversalDoesNotMirror,
      .exceedsOriginalAmount, .alreadyReversed:
      true
    default: false
    }
  }
}
