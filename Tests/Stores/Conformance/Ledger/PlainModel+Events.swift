internal import Core
internal import Ledger

/// The rules, in the order in which they are asked; each function gives the first that refuses, and else does it.
extension PlainModel {
  func malformation(of event: LedgerEvent) -> RefusalReason? {
    if let amount = event.amount, amount.minor < 0 { return .invalidAmount }
    if event.timeoutSeconds > 0, event.kind != .pending { return .timeoutPresent }
    if event.reverses != nil, event.kind != .reversal { return .invalidEvent }
    if event.floor != nil || event.isClosed != nil, event.kind != .account { return .invalidEvent }
    let isResolution = event.kind == .post || event.kind == .void
    if isResolution { return event.pendingID == nil ? .pendingIDMissing : nil }
    if event.kind == .account { return event.from?.text == "world" ? .accountIsWorld : nil }
    if event.pendingID != nil { return .pendingIDPresent }
    return event.from == event.to ? .accountsMustBeDifferent : nil
  }

  /// The first of from, to, amount, asset, kind, pending_id, timeout, code, reference, metadata that differs. What a
  /// resolution leaves out is what its hold says.
  func difference(between event: LedgerEvent, and row: Row) -> RefusalReason? {
    var held = event.pendingID.flatMap { places[$0] }.map { rows[$0] }
    if held?.event.kind == .account { held = nil }
    if let from = event.from, from.text != row.from { return .existsWithDifferentFrom }
    if let to = event.to, to.text != row.to { return .existsWithDifferentTo }
    if event.kind != .void {
      let minor = event.amount?.minor ?? (event.kind == .post ? held?.minor : nil)
      let asset = event.amount?.asset.name ?? (event.kind == .post ? held?.asset : nil)
      if let minor, minor != row.minor || row.event.kind == .account { return .existsWithDifferentAmount }
      if let asset, asset != row.asset { return .existsWithDifferentAsset }
    }
    let earlier = row.event
    if event.kind != earlier.kind { return .existsWithDifferentKind }
    if event.pendingID != earlier.pendingID || event.reverses != earlier.reverses {
      return .existsWithDifferentPendingID
    }
    if event.timeoutSeconds != earlier.timeoutSeconds { return .existsWithDifferentTimeout }
    if Array(event.code.utf8) != Array(earlier.code.utf8) { return .existsWithDifferentCode }
    if Array(event.reference.utf8) != Array(earlier.reference.utf8) { return .existsWithDifferentReference }
    let pairs = [event, earlier].map { sent in
      sent.metadata.map { [Array($0.key.text.utf8), Array($0.value.utf8)] }.sorted {
        $0[0].lexicographicallyPrecedes($1[0])
      }
    }
    if pairs[0] != pairs[1] || event.floor != earlier.floor || event.isClosed != earlier.isClosed {
      return .existsWithDifferentMetadata
    }
    return nil
  }

  private func obstacle(_ row: Row) -> RefusalReason? {
    let (from, to, minor) = (row.from, row.to, Int128(row.minor))
    if from == "world", authority != .operator { return .operatorRequired }
    if closed.contains(from) || closed.contains(to) { return .accountClosed }
    if from != "world", assets[from, default: row.asset] != row.asset { return .fromHasDifferentAsset }
    if to != "world", assets[to, default: row.asset] != row.asset { return .toHasDifferentAsset }
    let (source, destination) = (four(from, row.asset), four(to, row.asset))
    if source[0] + source[1] + minor > Int128(Int64.max) { return .overflowsDebits }
    if destination[2] + destination[3] + minor > Int128(Int64.max) { return .overflowsCredits }
    if from != "world", source[3] - source[1] - source[0] - minor < Int128(floor(from)) { return .exceedsCredits }
    return nil
  }

  private func row(of event: LedgerEvent) -> Row {
    Row(
      event: event, from: event.from?.text ?? "", to: event.to?.text ?? "", asset: event.amount?.asset.name ?? "",
      minor: event.amount?.minor ?? 0)
  }

  mutating func takeTransfer(_ event: LedgerEvent, at timestamp: Int64) -> RefusalReason? {
    var row = row(of: event)
    if let reason = obstacle(row) { return reason }
    if event.kind == .pending { row.state = .held }
    if event.timeoutSeconds > 0 { row.expiresAt = timestamp + Int64(event.timeoutSeconds) * 1_000_000_000 }
    append(row)
    return nil
  }

  mutating func takeResolution(_ event: LedgerEvent, at timestamp: Int64) -> RefusalReason? {
    guard let index = event.pendingID.flatMap({ places[$0] }) else { return .pendingNotFound }
    let held = rows[index]
    if case .resolved(let reason) = held.state { return reason }
    if held.state != .held { return .pendingNotPending }
    if let from = event.from, from.text != held.from { return .pendingHasDifferentFrom }
    if let to = event.to, to.text != held.to { return .pendingHasDifferentTo }
    if let amount = event.amount, amount.asset.name != held.asset { return .pendingHasDifferentAsset }
    if let expiresAt = held.expiresAt, expiresAt <= timestamp { return .pendingExpired }
    var row = Row(event: event, from: held.from, to: held.to, asset: held.asset, minor: held.minor)
    if event.kind == .post {
      if held.from == "world", authority != .operator { return .operatorRequired }
      row.minor = event.amount?.minor ?? held.minor
      if row.minor > held.minor { return .exceedsPendingAmount }
      if closed.contains(held.from) || closed.contains(held.to) { return .accountClosed }
    }
    resolve(index, event.kind == .post ? .pendingAlreadyPosted : .pendingAlreadyVoided)
    append(row)
    return nil
  }

  mutating func takeReversal(_ event: LedgerEvent) -> RefusalReason? {
    guard let index = event.reverses.flatMap({ places[$0] }) else { return .originalNotFound }
    let original = rows[index]
    if original.event.kind != .posted && original.event.kind != .post { return .originalNotReversible }
    let row = row(of: event)
    let mayPay = row.from == original.to || row.from == "receivable:\(original.to)"
    if row.to != original.from || !mayPay || row.asset != original.asset { return .reversalDoesNotMirror }
    if original.reversed == original.minor { return .alreadyReversed }
    if row.minor > original.minor - (original.reversed ?? 0) { return .exceedsOriginalAmount }
    if let reason = obstacle(row) { return reason }
    append(row)
    reverse(index, to: (original.reversed ?? 0) + row.minor)
    return nil
  }

  mutating func takeChange(_ event: LedgerEvent) -> RefusalReason? {
    guard let name = event.from?.text else { return .invalidFrom }
    if authority != .operator { return .operatorRequired }
    let four = four(name, "")
    if let new = event.floor, new != floor(name), four[0] != 0 || four[2] != 0 || four[1] != four[3] {
      return .accountNotEmpty
    }
    append(Row(event: event, from: name))
    change(event, of: name)
    return nil
  }
}
