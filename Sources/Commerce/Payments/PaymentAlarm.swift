package import Core
package import Logging
internal import Metrics

/// Something about money that an operator must look at. Nothing was posted because of it.
package struct PaymentAlarm: Sendable, Equatable {
  /// What it is; the raw value is the label in logs and metrics.
  package enum Code: String, Sendable, CaseIterable {
    /// Another amount was collected than was asked.
    case wrongAmount = "wrong_amount"
    /// It was collected in another currency.
    case wrongCurrency = "wrong_currency"
    /// The intent's metadata aren't those it was made with.
    case wrongMetadata = "wrong_metadata"
    /// Test money on a live host, or the other way round.
    case wrongMode = "wrong_mode"
    /// An event came from somebody else's account.
    case wrongAccount = "wrong_account"
    /// An event has the id of another one, and other bytes; the first was kept.
    case conflictingEvent = "conflicting_event"
    /// Money was collected for a payment that the host doesn't have.
    case unknownPayment = "unknown_payment"
    /// There are two intents for one payment.
    case twoIntents = "two_intents"
    /// The provider doesn't have the intent of a payment.
    case missingIntent = "missing_intent"
    /// The intent is in a state that the host doesn't know.
    case unknownState = "unknown_state"
    /// Money was collected and nothing is posted.
    case unposted
    /// Money came when the ducats were no longer held, and was booked to suspense.
    case lateSuccess = "late_success"
    /// A rule or the ledger failed where a payment must go on.
    case ruleFailed = "rule_failed"
    /// The provider doesn't take what the host asks.
    case providerRefused = "provider_refused"
    /// A dispute was won, or a refund failed: money came back that was taken back here.
    case wonBack = "won_back"
    /// Venice doesn't take a credit.
    case creditRefused = "credit_refused"
  }

  /// Names the kind of alarm.
  package var code: Code
  /// The payment; nil when none is known.
  package var payment: Identifier?
  /// What happened, for people; holds no secret.
  package var message: String

  /// An alarm with these parts.
  package init(_ code: Code, payment: Identifier?, _ message: String) {
    self.code = code
    self.payment = payment
    self.message = message
  }

  /// Takes each alarm once; it must not block.
  package typealias Handler = @Sendable (PaymentAlarm) -> Void

  /// Writes alarms to the log and counts them as `cascade_payment_alarms`, each kind of which is there from now on.
  package static func reporting(to logger: Logger) -> Handler {
    let counters = Dictionary(
      uniqueKeysWithValues: Code.allCases.map { code in
        (code, Counter(label: "cascade_payment_alarms", dimensions: [("code", code.rawValue)]))
      })
    return { alarm in
      let payment = alarm.payment?.description ?? "none"
      logger.critical(
        "payments: \(alarm.message)", metadata: ["code": "\(alarm.code.rawValue)", "payment": "\(payment)"])
      counters[alarm.code]?.increment()
    }
  }
}
