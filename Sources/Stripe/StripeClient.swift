internal import Commerce
internal import Core
package import Outbound

/// A client of Stripe's API for one account. This file holds the course of one request;
/// `StripeClient+PaymentProvider.swift` holds the calls.
package struct StripeClient: Sendable {
  /// The pinned version of Stripe's API.
  package static let version = "2024-06-20"
  /// The address of the API.
  package static let address = "https://api.stripe.com"

  private let http: OutboundClient
  private let key: StripeKey
  private let base: String
  private let policy: RetryPolicy
  private let pacing: StripePacing
  private let timeout: Duration

  /// Whether the key moves real money.
  package var livemode: Bool { key.livemode }

  /// A client over `http`, which the caller creates with `httpLimits` and shuts down. `timeout` bounds one
  /// attempt. Nil when `address` is neither `https` nor on loopback, because the key would travel in clear text.
  package init?(
    http: OutboundClient, key: StripeKey, address: String = StripeClient.address, policy: RetryPolicy = RetryPolicy(),
    pacing: StripePacing = .real, timeout: Duration = .seconds(30)
  ) {
    let isPrivate = address.begins(with: "https://") || OutboundRequest(.get, address).isLoopback
    guard isPrivate, !address.contains(where: { "@?#".contains($0) }) else { return nil }
    self.http = http
    self.key = key
    base = address.ends(with: "/") ? String(address.dropLast()) : address
    self.policy = policy
    self.pacing = pacing
    self.timeout = timeout
  }

  /// The longest and largest answer of Stripe's that is waited for.
  package static var httpLimits: OutboundLimits {
    var limits = OutboundLimits()
    limits.bodyBytes = StripeLimits.answerBytes
    return limits
  }
}

extension StripeClient: CustomStringConvertible, CustomReflectable {
  package var description: String { "Stripe at \(base) with \(key)" }
  /// Has no children, so `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension StripeClient {
  /// Sends a `GET` and returns the body of a 200.
  func get(_ path: String, _ query: FormBody) async throws(ProviderError) -> JSON {
    let request = OutboundRequest(.get, base + path + (query.text.isEmpty ? "" : "?" + query.text))
    return try await answer(request, changes: false)
  }

  /// Sends a `POST` and returns the body of a 200. `key` makes a change safe to repeat; pass nil for a request that is
  /// repeatable anyway.
  func post(_ path: String, _ form: FormBody, key: Identifier?) async throws(ProviderError) -> JSON {
    var request = OutboundRequest(
      .post, base + path, fields: [.init("Content-Type", "application/x-www-form-urlencoded")],
      body: Array(form.text.utf8))
    if let key { request.fields.append(.init("Idempotency-Key", key.description)) }
    return try await answer(request, changes: true)
  }

  private func answer(_ request: OutboundRequest, changes: Bool) async throws(ProviderError) -> JSON {
    var request = request
    request.fields += [
      .init("Authorization", key.authorization), .init("Stripe-Version", Self.version), .init("User-Agent", "cascade"),
    ]
    if let trace = Correlation.current?.trace { request.fields.append(.init("traceparent", trace.description)) }
    var wasSent = false
    var attempt = 1
    while true {
      let failure: ProviderError
      let outcome: RetryPolicy.Outcome
      switch await self.attempt(request) {
      case .answer(let answer, _) where answer.status == 200:
        guard answer.body != .null else { throw answer.unreadable(changes: changes) }
        return answer.body
      case .answer(let answer, let advice):
        wasSent = true
        failure = redacted(answer.error(changes: changes))
        outcome = advice
      case .failed(let message, let sent):
        wasSent = wasSent || sent
        failure = redacted(ProviderError(changes && wasSent ? .outcomeUnknown : .unavailable, message))
        outcome = .connectionFailed
      case .tooLong: throw ProviderError(changes ? .outcomeUnknown : .unavailable, "Stripe's answer is too long")
      }
      guard let delay = policy.delay(after: attempt, outcome, random: pacing.random()) else { throw failure }
      do { try await pacing.sleep(delay) } catch { throw failure }
      attempt += 1
    }
  }

  private func redacted(_ error: ProviderError) -> ProviderError {
    var error = error
    error.message = key.removed(from: error.message)
    error.reason = error.reason.map(key.removed(from:))
    return error
  }

  private enum Attempt {
    case answer(StripeAnswer, RetryPolicy.Outcome)
    /// No complete response arrived; `sent` says whether the request may have reached Stripe.
    case failed(String, sent: Bool)
    case tooLong
  }

  private func attempt(_ request: OutboundRequest) async -> Attempt {
    do throws(OutboundError) {
      let response = try await http.send(request, within: timeout)
      let json = try? JSON(parsing: response.body, limits: JSON.ParsingLimits(bytes: StripeLimits.answerBytes))
      return .answer(
        StripeAnswer(status: response.status, body: json ?? .null, requestID: response.field("Request-Id")),
        .answered(
          status: response.status, shouldRetry: Self.flag(response.field("Stripe-Should-Retry")),
          retryAfter: Self.seconds(response.field("Retry-After"))))
    } catch {
      if error.code == .tooLarge { return .tooLong }
      return .failed("\(error.wasSent ? "no answer from" : "no connection to") Stripe: \(error)", sent: error.wasSent)
    }
  }

  private static func flag(_ text: String?) -> Bool? {
    switch text {
    case "true": true
    case "false": false
    default: nil
    }
  }

  private static func seconds(_ text: String?) -> Duration? {
    guard let text, let seconds = UInt32(text) else { return nil }
    return .seconds(Int64(seconds))
  }
}
