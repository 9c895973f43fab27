package import Commerce
internal import Core
internal import Synchronization

/// Credits ducats in Venice: sends the stratagem `transfer_ducats` from the platform's own citizen to the buyer (`POST
/// /stratagems/try-create`), under an id derived from the payment alone.
///
/// Only Venice's own response with that id, or without any id, is an acknowledgement. After several failures in a row
/// the sender pauses for a while.
package final class VeniceDucats: DucatSender {
  /// The citizen of Venice who pays by default.
  package static let payer = "CASCADE_PAYMENT_PROCESSOR"
  /// The path that creates a stratagem.
  static let path = "/stratagems/try-create"

  private let transport: any VeniceTransport
  private let payer: String
  private let now: @Sendable () -> ContinuousClock.Instant
  private let breaker: Mutex<CircuitBreaker>

  /// A sender over `transport` that pays from the purse of `payer`; tests set `now`.
  package init(
    _ transport: any VeniceTransport, payer: String = VeniceDucats.payer, limits: VeniceLimits = VeniceLimits(),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.transport = transport
    self.payer = payer
    self.now = now
    breaker = Mutex(CircuitBreaker(failures: limits.failures, pause: limits.pause))
  }

  /// Closes all connections; send nothing afterwards.
  package func close() async { await transport.close() }

  /// The id of a credit at Venice.
  package static func name(of credit: DucatCredit) -> String { "transfer_ducats_\(credit.id)" }

  /// Sends a credit once; see `DucatSender`. Throws `unavailable` when Venice may not have received it, `refused` when
  /// Venice refuses it.
  package func send(_ credit: DucatCredit) async throws(DucatSenderError) -> DucatReceipt {
    let body = try Self.body(credit, payer: payer)
    if let wait = breaker.withLock({ $0.wait(now: now()) }) {
      throw DucatSenderError(.unavailable, "Venice failed; the host asks again later", retryAfter: wait)
    }
    do throws(DucatSenderError) {
      let receipt = try await exchange(credit, body)
      breaker.withLock { $0.succeeded() }
      return receipt
    } catch {
      breaker.withLock { breaker in
        // A refusal is an answer, so the circuit stays closed.
        if error.code == .refused { breaker.succeeded() } else { breaker.failed(now: now()) }
      }
      throw error
    }
  }

  private func exchange(_ credit: DucatCredit, _ body: [UInt8]) async throws(DucatSenderError) -> DucatReceipt {
    let response: VeniceResponse
    do throws(VeniceFailure) {
      response = try await transport.post(Self.path, body, key: credit.id)
    } catch {
      throw DucatSenderError(.unavailable, error.reason)
    }
    return try Self.receipt(response, for: credit)
  }

  /// The stratagem in Venice's form, with the amount in ducats written digit by digit.
  static func body(_ credit: DucatCredit, payer: String) throws(DucatSenderError) -> [UInt8] {
    let amount = credit.ducats.description.words().first ?? "0"
    guard credit.ducats.minor > 0 else { throw DucatSenderError(.mistaken, "there are no ducats to send") }
    let members: [(String, String)] = [
      ("stratagemId", JSON.string(name(of: credit)).text),
      ("targetCitizenUsername", JSON.string(credit.citizen).text), ("amount", String(amount)),
      ("reason", JSON.string("Ducats bought, payment \(credit.payment)").text),
    ]
    let details = members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
    let text =
      "{\"citizenUsername\":\(JSON.string(payer).text),\"stratagemType\":\"transfer_ducats\","
      + "\"stratagemDetails\":{\(details)}}"
    return Array(text.utf8)
  }

  /// Reads the response to a stratagem.
  static func receipt(
    _ response: VeniceResponse, for credit: DucatCredit
  ) throws(DucatSenderError) -> DucatReceipt {
    let status = response.status
    let json = (try? JSON(parsing: response.body, limits: JSON.ParsingLimits(bytes: response.body.count))) ?? .null
    guard [200, 201, 400, 404, 409, 422].contains(status), json.object != nil, !VeniceAnswer.isInvented(json) else {
      throw DucatSenderError(
        .unavailable, "Venice answered a transfer with status \(status), which settles nothing",
        retryAfter: response.retryAfterSeconds.map { .seconds($0) })
    }
    let named = json["stratagemId"]?.string
    let isKnown = status == 409 && named == name(of: credit)
    guard isKnown || status < 300 && json["success"] == true else {
      let reason = json["error"]?.string ?? json["message"]?.string ?? "no reason given"
      throw DucatSenderError(.refused, "Venice refuses the transfer (\(status)): \(reason.prefix(300))")
    }
    if let named, named != name(of: credit) {
      throw DucatSenderError(
        .mistaken, "Venice took the transfer under a name of its own, '\(named.prefix(80))'; it isn't sent again")
    }
    return DucatReceipt(id: credit.id, isRepeated: isKnown || json["alreadyExists"] == true)
  }
}
