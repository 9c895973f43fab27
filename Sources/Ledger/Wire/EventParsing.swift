package import Core

/// The ledger's JSON, as its routes have it.
package enum LedgerWire {
  /// The events of a body `{"events":[…]}`. Nil when the body isn't that; a malformed event is one with its reason,
  /// so that it is refused by itself. O(size).
  package static func events(_ body: JSON) -> [(id: String?, event: SubmittedEvent)]? {
    guard let members = body.object?.members, members.count == 1, let events = body["events"]?.array
    else { return nil }
    return events.map { ($0["id"]?.string, event($0)) }
  }

  /// One event of the wire. O(size).
  package static func event(_ json: JSON) -> SubmittedEvent {
    let isLinked = json["linked"]?.bool ?? false
    do throws(Malformed) {
      var event = try parse(json)
      event.isLinked = isLinked
      return .event(event)
    } catch {
      return .malformed(error.reason, isLinked: isLinked)
    }
  }

  /// The change that a `PUT` on an account asks for: `{"floor":-1000,"closed":true}`, each optional. O(1).
  package static func accountChange(_ body: JSON, account: AccountName, id: Identifier) -> SubmittedEvent {
    guard let object = body.object else { return .malformed(.invalidEvent, isLinked: false) }
    var event = LedgerEvent.account(id, account)
    for member in object.members {
      switch member.name {
      case "floor":
        guard let floor = member.value.integer else { return .malformed(.invalidFloor, isLinked: false) }
        event.floor = floor
      case "closed":
        guard let isClosed = member.value.bool else { return .malformed(.invalidClosed, isLinked: false) }
        event.isClosed = isClosed
      default: return .malformed(.unknownField, isLinked: false)
      }
    }
    return .event(event)
  }

  private struct Malformed: Error { var reason: RefusalReason }

  private static let members: Set<String> = [
    "id", "from", "to", "amount", "kind", "pending_id", "timeout_seconds", "linked", "code", "reference", "metadata",
  ]

  private static func parse(_ json: JSON) throws(Malformed) -> LedgerEvent {
    guard let object = json.object else { throw Malformed(reason: .invalidEvent) }
    for member in object.members where !members.contains(member.name) { throw Malformed(reason: .unknownField) }
    func value<Value>(
      _ name: String, _ reason: RefusalReason, _ read: (JSON) -> Value?
    ) throws(Malformed) -> Value? {
      guard let json = object[name], json != .null else { return nil }
      guard let value = read(json) else { throw Malformed(reason: reason) }
      return value
    }
    let id = try value("id", .invalidID) { $0.string.flatMap { Identifier($0) } }
    guard let id else { throw Malformed(reason: .invalidID) }
    let kind = try value("kind", .invalidKind) { $0.string.flatMap { wireKinds[$0] } }
    guard let kind else { throw Malformed(reason: .invalidKind) }
    var event = LedgerEvent(id: id, kind: kind)
    event.from = try value("from", .invalidFrom) { $0.string.flatMap { AccountName($0) } }
    event.to = try value("to", .invalidTo) { $0.string.flatMap { AccountName($0) } }
    if kind != .void, let amount = object["amount"], amount != .null { event.amount = try parse(amount: amount) }
    event.pendingID = try value("pending_id", .invalidPendingID) { $0.string.flatMap { Identifier($0) } }
    event.timeoutSeconds =
      try value("timeout_seconds", .invalidTimeout) { $0.integer.flatMap { UInt32(exactly: $0) } } ?? 0
    _ = try value("linked", .invalidLinked) { $0.bool }
    event.code = try value("code", .invalidCode) { $0.string ?? $0.integer.map { String($0) } } ?? ""
    event.reference = try value("reference", .invalidReference) { $0.string } ?? ""
    event.metadata = try value("metadata", .invalidMetadata, parse(metadata:)) ?? [:]
    return event
  }

  private static let wireKinds: [String: LedgerEvent.Kind] = [
    "posted": .posted, "pending": .pending, "post": .post, "void": .void,
  ]

  private static func parse(amount: JSON) throws(Malformed) -> Amount {
    guard let object = amount.object, object.members.count == 2 else { throw Malformed(reason: .invalidAmount) }
    guard let asset = object["asset"]?.string.flatMap({ Asset($0) }) else { throw Malformed(reason: .invalidAsset) }
    guard let minor = object["minor"]?.integer, minor >= 0 else { throw Malformed(reason: .invalidAmount) }
    return Amount(minor, asset)
  }

  private static func parse(metadata: JSON) -> [ExactText: String]? {
    guard let members = metadata.object?.members else { return nil }
    var pairs: [ExactText: String] = [:]
    for member in members {
      guard let value = member.value.string else { return nil }
      pairs[member.name] = value
    }
    return pairs
  }
}
