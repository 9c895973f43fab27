package import Core

extension PaymentEvent {
  /// The event as stores keep it. O(size).
  package var json: JSON {
    var object = JSON.Object([
      ("id", .string(id)), ("type", .string(type)), ("object_kind", .string(objectKind)),
      ("object", .string(objectID)), ("livemode", .bool(livemode)), ("created", .integer(created)),
    ])
    object["intent"] = intent.map { .string($0) }
    object["account"] = account.map { .string($0) }
    return .object(object)
  }

  /// The event that a store has kept like this. Throws `corrupt` when it can't be read. O(bytes).
  package init(kept bytes: [UInt8]) throws(StoreError) {
    guard let json = try? JSON(parsing: bytes, limits: Payment.kept), let event = PaymentEvent(json: json) else {
      throw StoreError(.corrupt, "an event in the store of payments can't be read")
    }
    self = event
  }

  private init?(json: JSON) {
    guard let id = json["id"]?.string, let type = json["type"]?.string, let kind = json["object_kind"]?.string,
      let object = json["object"]?.string, let livemode = json["livemode"]?.bool,
      let created = json["created"]?.integer
    else { return nil }
    self.init(
      id: id, type: type, objectKind: kind, objectID: object, intent: json["intent"]?.string, livemode: livemode,
      account: json["account"]?.string, created: created)
  }
}

extension Payment {
  /// What the host itself has kept is read back, whatever texts it holds.
  fileprivate static let kept = JSON.ParsingLimits(bytes: 16 << 20, takesZeroBytes: true)

  /// The payment that a store has kept as ``json``, and as this revision. Throws `corrupt` when it can't be read.
  /// O(bytes).
  package init(kept bytes: [UInt8], revision: Int64) throws(StoreError) {
    guard let json = try? JSON(parsing: bytes, limits: Self.kept), let payment = Payment(json: json) else {
      throw StoreError(.corrupt, "a payment in the store of payments can't be read")
    }
    self = payment
    self.revision = revision
  }
}
