internal import Commerce
internal import Core
internal import Cryptography

/// Reads Stripe's objects. Where money or state depend on a member, a missing or wrong one makes the whole response
/// unreadable instead of taking a default.
enum StripeObjects {
  /// The intent in a response, with `disputed` minor units; nil for any other object.
  static func intent(_ json: JSON?, disputed: Int64 = 0) -> PaymentIntent? {
    guard let json, json["object"]?.string == "payment_intent", let id = json["id"]?.string,
      let amount = json["amount"]?.integer, let received = json["amount_received"]?.integer,
      let currency = json["currency"]?.string, let status = json["status"]?.string,
      let livemode = json["livemode"]?.bool, let created = json["created"]?.integer,
      let metadata = strings(json["metadata"])
    else { return nil }
    let failure = json["last_payment_error"]
    return PaymentIntent(
      id: id, amount: amount, amountReceived: received, currency: currency,
      status: PaymentIntentStatus(rawValue: status), metadata: metadata, livemode: livemode, created: created,
      amountRefunded: json["latest_charge"]?["amount_refunded"]?.integer ?? 0, amountDisputed: disputed,
      lastFailure: failure?["decline_code"]?.string ?? failure?["code"]?.string,
      clientSecret: json["client_secret"]?.string.map { Secret($0.utf8) })
  }

  /// Whether the intent's charge was ever disputed.
  static func isDisputed(_ json: JSON) -> Bool { json["latest_charge"]?["disputed"]?.bool ?? false }

  /// The refund in a response; nil for any other object.
  static func refund(_ json: JSON) -> PaymentRefund? {
    guard json["object"]?.string == "refund", let id = json["id"]?.string, let amount = json["amount"]?.integer,
      let status = json["status"]?.string
    else { return nil }
    return PaymentRefund(id: id, amount: amount, status: status)
  }

  /// The sum of a list of disputes that are open or lost, in minor units. An inquiry (`warning_…`) has taken nothing
  /// yet. Nil for any other object, and for a sum beyond 64 bits.
  static func disputed(_ list: JSON) -> Int64? {
    guard let disputes = list["data"]?.array else { return nil }
    var sum: Int64 = 0
    for dispute in disputes {
      guard let amount = dispute["amount"]?.integer, let status = dispute["status"]?.string else { return nil }
      if status == "won" || status == "prevented" || status.begins(with: "warning_") { continue }
      let (next, overflow) = sum.addingReportingOverflow(amount)
      if overflow { return nil }
      sum = next
    }
    return sum
  }

  private static func strings(_ json: JSON?) -> [ExactText: String]? {
    guard let members = json?.object?.members else { return nil }
    var out: [ExactText: String] = [:]
    for member in members {
      guard let value = member.value.string else { return nil }
      out[member.name] = value
    }
    return out
  }
}
