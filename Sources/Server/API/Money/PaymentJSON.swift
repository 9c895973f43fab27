internal import Commerce
internal import Core
internal import Cryptography

/// Payments as the wire has them.
enum PaymentJSON {
  /// A payment as it is; why it is stuck only for operators.
  static func payment(_ payment: Payment, forOperator: Bool = false) -> JSON {
    var object = JSON.Object([
      ("id", .string(payment.id.description)), ("citizen", .string(payment.citizen)),
      ("kind", .string(payment.kind.rawValue)), ("state", .string(payment.state.rawValue)),
    ])
    let amounts = [
      ("charge", payment.charge), ("ducats", payment.ducats), ("bonus", payment.bonus), ("fee", payment.fee),
      ("payout", payment.payout),
    ]
    for (name, amount) in amounts {
      if let amount { object.append(name, amount.json) }
    }
    if payment.reversed > 0, let charge = payment.charge {
      object.append("reversed", Amount(payment.reversed, charge.asset).json)
    }
    if let intent = payment.intent { object.append("intent", .string(intent)) }
    if let refusal = payment.refusal { object.append("refusal", .string(refusal)) }
    if forOperator, let problem = payment.problem { object.append("problem", .string(problem)) }
    object.append("created_milliseconds", .integer(payment.created))
    object.append("updated_milliseconds", .integer(payment.updated))
    return .object(object)
  }

  /// A payment with what its buyer's browser confirms with, and why a first attempt was declined.
  static func opened(_ opened: OpenedPayment) -> JSON {
    var object = payment(opened.payment).object ?? JSON.Object()
    guard opened.payment.state == .open, let intent = opened.intent else { return .object(object) }
    if let secret = intent.clientSecret {
      object.append("client_secret", .string(secret.withBytes { String(decoding: $0, as: UTF8.self) }))
    }
    if let failure = intent.lastFailure { object.append("declined", .string(failure)) }
    return .object(object)
  }
}
