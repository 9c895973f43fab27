package import AsyncHTTPClient
internal import Commerce
internal import Core
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A client of Stripe's API for one account. This file holds the course of one request;
/// `StripeClient+PaymentProvider.swift` holds the calls.
package struct StripeClient: Sendable {
  /// The pinned version of Stripe's API.
  package static let version = "2024-06-20"
  /// The address of the API.
  package static let address = "https://api.stripe.com"

  private let http: HTTPClient
  private let key: StripeKey
  private let base: String
  private let policy: RetryPolicy
  private let pacing: StripePacing
  private let timeout: Duration

  /// Whether the key moves real money.
  package var livemode: Bool { key.livemode }

  /// A client over `http`, which the caller creates with `httpConfiguration` and shuts down. `timeout` bounds one
  /// attempt. Nil when `address` is neither `https` nor on loopback, because the key would travel in clear text.
  package init?(
    http: HTTPClient, key: StripeKey, address: String = StripeClient.address, policy: RetryPolicy = RetryPolicy(),
    pacing: StripePacing = .real, timeout: Duration = .seconds(30)
  ) {
    let isLoopback = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].contains { address.begins(with: $0) }
    guard isLoopback || address.begins(with: "https://"), !address.contains("@"), !address.contains("?") else {
      return nil
    }
    self.http = http
    self.key = key
    base = address.ends(with: "/") ? String(address.dropLast()) : address
    self.policy = policy
    self.pacing = pacing
    self.timeout = timeout
  }

  /// No redirects (they would carry the key elsewhere), no retries beneath ours, 5 s to connect.
  package static var httpConfiguration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5), read: .seconds(30)))
    configuration.connectionPool.retryConnectionEstablishment = false
    return configuration
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
    var request = HTTPClientRequest(url: base + path + (query.text.isEmpty ? "" : "?" + query.text))
    request.method = .GET
    return try await answer(request, changes: false)
  }

  /// Sends a `POST` and returns the body of a 200. `key` makes a change safe to repeat; pass nil for a request that is
  /// repeatable anyway.
  func post(_ path: String, _ form: FormBody, key: Identifier?) async throws(ProviderError) -> JSON {
    var request = HTTPClientRequest(url: base + path)
    request.method = .POST
    if let key { request.headers.add(name: "Idempotency-Key", value: key.description) }
    request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
    request.body = .bytes(ByteBuffer(string: form.text))
    return try await answer(request, changes: true)
  }

  private func answer(_ request: HTTPClientRequest, changes: Bool) async throws(ProviderError) -> JSON {
    var request = request
    request.headers.add(name: "Authorization", value: key.authorization)
    request.headers.add(name: "Stripe-Version", value: Self.version)
    request.headers.add(name: "User-Agent", value: "cascade")
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

  private func attempt(_ request: HTTPClientRequest) async -> Attempt {
    do {
      let (response, body) = try await exchange(request)
      let json = try? JSON(
        parsing: Array(body.readableBytesView), limits: JSON.ParsingLimits(bytes: StripeLimits.answerBytes))
      let status = Int(response.status.code)
      return .answer(
        StripeAnswer(status: status, body: json ?? .null, requestID: response.headers.first(name: "Request-Id")),
        .answered(
          status: status, shouldRetry: Self.flag(response.headers.first(name: "Stripe-Should-Retry")),
          retryAfter: Self.seconds(response.headers.first(name: "Retry-After"))))
    } catch is NIOTooManyBytesError {
      return .tooLong
    } catch let error as HTTPClientError {
      let neverSent: [HTTPClientError] = [.connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout]
      return .failed("no answer from Stripe: \(error.shortDescription)", sent: !neverSent.contains(error))
    } catch let error as NIOConnectionError {
      return .failed("no connection to Stripe: \(error.host):\(error.port)", sent: false)
    } catch let error as IOError where [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH].contains(error.errnoCode) {
      return .failed("no connection to Stripe: \(error)", sent: false)
    } catch {
      return .failed("no answer from Stripe: \(error)", sent: true)
    }
  }

  private func exchange(_ request: HTTPClientRequest) async throws -> (HTTPClientResponse, ByteBuffer) {
    let limit = TimeAmount.nanoseconds(Int64(timeout / .nanoseconds(1)))
    return try await withThrowingTaskGroup(of: (HTTPClientResponse, ByteBuffer).self) { group in
      group.addTask {
        let response = try await http.execute(request, timeout: limit)
        return (response, try await response.body.collect(upTo: StripeLimits.answerBytes))
      }
      // The client's deadline covers only the head; a body could trickle for ever.
      group.addTask {
        try await Task.sleep(for: timeout)
        throw HTTPClientError.deadlineExceeded
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw HTTPClientError.cancelled }
      return first
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
