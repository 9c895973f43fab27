package import Citizens
package import Core
package import Logging
internal import Outbound
internal import Synchronization
package import TrustGraph

/// Citizens and relationships from Venice (`GET /citizens/{username}`, `GET /relationships`).
///
/// Caches answers for a while, also together with other hosts, shares one request between equal questions, and stops
/// asking for a while after several failures in a row. A response that isn't Venice's own counts as unavailable and is
/// never cached.
package final class VeniceClient: CitizenDirectory {
  /// The address of Venice's API.
  package static let address = "https://serenissima.ai/api"

  private enum Reply: Sendable {
    case citizen(CitizenLookup)
    case relationships(RelationshipList)
    case relationship(Relationship?)
    case unavailable(DirectoryUnavailable)
  }

  private struct State {
    var cache: AnswerCache<Reply>
    var breaker: CircuitBreaker
    var flights: [String: Task<Reply, Never>] = [:]
    var joined = 0
    var cacheUse = (kept: 0, asked: 0)
  }

  private enum Step {
    case reply(Reply)
    case flight(Task<Reply, Never>)
  }

  private let transport: any VeniceTransport
  private let limits: VeniceLimits
  private let logger: Logger
  private let now: @Sendable () -> ContinuousClock.Instant
  private let state: Mutex<State>
  private let shared: SharedAnswers?

  /// A client over `transport`, which keeps answers in `shared`, too, where there is one; tests set `now`.
  package init(
    _ transport: any VeniceTransport, limits: VeniceLimits = VeniceLimits(), shared: (any ExpiringStore)? = nil,
    logger: Logger,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.transport = transport
    self.limits = limits
    self.logger = logger
    self.now = now
    self.shared = shared.map { SharedAnswers($0, life: limits.cache) }
    state = Mutex(
      State(
        cache: AnswerCache(life: limits.cache, limit: limits.cachedAnswers),
        breaker: CircuitBreaker(failures: limits.failures, pause: limits.pause)))
  }

  /// The number of questions that shared another's request.
  package var joined: Int { state.withLock { $0.joined } }

  /// How many questions were answered from memory since this was asked last, of how many.
  package func takeCacheUse() -> (kept: Int, asked: Int) {
    state.withLock { state in
      defer { state.cacheUse = (0, 0) }
      return state.cacheUse
    }
  }

  /// Closes all connections; make no further call.
  package func close() async { await transport.close() }

  /// See ``CitizenDirectory/citizen(named:_:)``. A fresh answer may come from a request that another caller started.
  package func citizen(named username: String, _ freshness: LookupFreshness) async -> CitizenLookup {
    // An empty name, and path segments that mean another path.
    if username.isEmpty || username == "." || username == ".." { return .notFound }
    let path = "/citizens/" + PercentEncoding.text(username)
    let reply = await ask(path, freshness) { response throws(DirectoryUnavailable) in
      .citizen(try VeniceAnswer.citizen(response, named: username))
    }
    switch reply {
    case .citizen(let lookup): return lookup
    case .unavailable(let why): return .unavailable(why)
    case .relationship, .relationships: return .notFound
    }
  }

  /// See ``CitizenDirectory/relationships()``.
  package func relationships() async throws(DirectoryUnavailable) -> RelationshipList {
    let reply = await ask("/relationships", .cached) { response throws(DirectoryUnavailable) in
      .relationships(try VeniceAnswer.relationships(response))
    }
    switch reply {
    case .relationships(let list): return list
    case .unavailable(let why): throw why
    case .citizen, .relationship: throw DirectoryUnavailable("an answer to another question")
    }
  }

  /// See ``CitizenDirectory/relationship(between:and:)``.
  package func relationship(
    between first: String, and second: String
  ) async throws(DirectoryUnavailable) -> Relationship? {
    // Venice stores a pair once, with the smaller name first.
    let isInOrder = first.utf8.lexicographicallyPrecedes(second.utf8)
    let (smaller, larger) = isInOrder ? (first, second) : (second, first)
    let query = "citizen1=\(PercentEncoding.text(smaller))&citizen2=\(PercentEncoding.text(larger))"
    let reply = await ask("/relationships?" + query, .cached) { response throws(DirectoryUnavailable) in
      .relationship(try VeniceAnswer.relationship(response, between: smaller, and: larger))
    }
    switch reply {
    case .relationship(let relationship): return relationship
    case .unavailable(let why): throw why
    case .citizen, .relationships: throw DirectoryUnavailable("an answer to another question")
    }
  }

  private typealias Reader = @Sendable (VeniceResponse) throws(DirectoryUnavailable) -> Reply

  private func ask(_ path: String, _ freshness: LookupFreshness, _ read: @escaping Reader) async -> Reply {
    state.withLock { $0.cacheUse.asked += 1 }
    if let kept = state.withLock({ $0.cache.answer(path, now: now()) }), Self.serves(kept, freshness) {
      state.withLock { $0.cacheUse.kept += 1 }
      return kept
    }
    if freshness != .anew, let told = await toldOthers(path, read), Self.serves(told, freshness) {
      state.withLock { $0.cacheUse.kept += 1 }
      return told
    }
    let step: Step = state.withLock { state in
      let now = now()
      if let flight = state.flights[path] {
        state.joined += 1
        return .flight(flight)
      }
      guard state.flights.count < limits.questions else {
        return .reply(.unavailable(DirectoryUnavailable("\(limits.questions) questions wait already", retrySeconds: 1)))
      }
      if let wait = state.breaker.wait(now: now) {
        let seconds = max(1, Int((wait / .seconds(1)).rounded(.up)))
        return .reply(
          .unavailable(DirectoryUnavailable("Venice failed; the host asks again later", retrySeconds: seconds)))
      }
      let flight = Task { await self.fetch(path, read) }
      state.flights[path] = flight
      return .flight(flight)
    }
    switch step {
    case .reply(let reply): return reply
    case .flight(let task): return await task.value
    }
  }

  /// What Venice told another host a while ago; nil without that. It isn't kept here, where it would get older than an
  /// answer may.
  private func toldOthers(_ path: String, _ read: Reader) async -> Reply? {
    guard let response = await shared?.answer(to: path) else { return nil }
    return try? read(response)
  }

  /// Whether a cached answer is fresh enough. An unknown name stays unknown for a while, as it does at Venice.
  private static func serves(_ kept: Reply, _ freshness: LookupFreshness) -> Bool {
    if case .citizen(.notFound) = kept { return freshness != .anew }
    return freshness == .cached
  }

  private func fetch(_ path: String, _ read: Reader) async -> Reply {
    var reply: Reply
    do throws(VeniceFailure) {
      let response = try await transport.get(path)
      do throws(DirectoryUnavailable) {
        reply = try read(response)
        await shared?.keep(response, for: path)
      } catch {
        reply = .unavailable(error)
      }
    } catch {
      reply = .unavailable(DirectoryUnavailable(error.reason))
    }
    state.withLock { state in
      state.flights[path] = nil
      if case .unavailable = reply {
        state.breaker.failed(now: now())
      } else {
        state.breaker.succeeded()
        state.cache.keep(reply, for: path, now: now())
      }
    }
    if case .unavailable(let why) = reply { logger.warning("Venice is unavailable: \(why.reason)") }
    return reply
  }
}
