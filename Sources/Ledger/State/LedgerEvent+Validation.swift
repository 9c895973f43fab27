package import Core
internal import Cryptography

extension LedgerEvent {
  /// Why the event is malformed by itself, whatever the state; nil when it isn't. O(size).
  func malformation(_ limits: LedgerLimits) -> RefusalReason? {
    if id.isOfLedger { return .invalidID }
    if let reason = metadataMalformation(limits) { return reason }
    if limit.utf8.count > limits.metadataValueBytes { return .invalidMetadata }
    if let reason = miscount { return reason }
    if code.utf8.count > limits.textBytes || code.utf8.contains(0) { return .invalidCode }
    // Whoever reads texts up to a NUL, as C does, would read another one.
    if reference.utf8.count > limits.textBytes || reference.utf8.contains(0) { return .invalidReference }
    if let amount, amount.minor < 0 { return .invalidAmount }
    if kind != .pending, timeoutSeconds != 0 { return .timeoutPresent }
    // What is only of one kind would be written with another, and counted as if it were that kind.
    if kind != .reversal, reverses != nil { return .invalidEvent }
    if kind != .account, floor != nil || isClosed != nil { return .invalidEvent }
    switch kind {
    case .posted, .pending, .reversal:
      guard let from else { return .invalidFrom }
      guard let to else { return .invalidTo }
      if amount == nil { return .invalidAmount }
      if pendingID != nil { return .pendingIDPresent }
      if from == to { return .accountsMustBeDifferent }
      if kind == .reversal, reverses == nil { return .invalidEvent }
    case .post, .void:
      if pendingID == nil { return .pendingIDMissing }
    case .account:
      guard let from else { return .invalidFrom }
      if from.isWorld { return .accountIsWorld }
      if pendingID != nil { return .pendingIDPresent }
      if let floor, floor > 0 || floor == .min { return .invalidFloor }
      if floor == nil, isClosed == nil { return .invalidEvent }
    }
    return nil
  }

  private func metadataMalformation(_ limits: LedgerLimits) -> RefusalReason? {
    if metadata.count > limits.metadataPairs { return .invalidMetadata }
    for (key, value) in metadata {
      if key.text.utf8.first == UInt8(ascii: "_") { return .reservedMetadataKey }
      if key.text.isEmpty || key.text.utf8.count > limits.textBytes || value.utf8.count > limits.metadataValueBytes {
        return .invalidMetadata
      }
      if key.text.utf8.contains(0) || value.utf8.contains(0) { return .invalidMetadata }
    }
    return nil
  }
}

extension Identifier {
  /// The id that the ledger makes for itself from these bytes: their SHA-256, with variant bits of 111, which no caller
  /// may use, so that nobody can take it first. O(bytes).
  init(ofLedger bytes: [UInt8]) {
    let digest = SHA256.hash(bytes)
    let high = digest[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = digest[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.init(high: high, low: low | 7 << 61)
  }

  /// Whether it is one that the ledger makes for itself; callers may not use these.
  package var isOfLedger: Bool { low >> 61 == 7 }
}
