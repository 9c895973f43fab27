internal import Core
package import Logging
internal import Metrics
internal import NIOCore
internal import Synchronization

/// How many connections a port has at a time.
package struct ConnectionLimits: Sendable {
  /// Of all clients together.
  package var total: Int
  /// Of these, those that are left for health checks and operators.
  package var reserve: Int
  /// Of one address, or of the half of an IPv6 address that one customer has; trusted proxies may have more.
  package var ofOneClient: Int

  /// Limits of a port.
  package init(total: Int, reserve: Int, ofOneClient: Int) {
    self.total = total
    self.reserve = reserve
    self.ofOneClient = ofOneClient
  }

  /// Takes no more than `total` in all, of which a quarter at most is left.
  package mutating func cut(to total: Int) { (self.total, reserve) = (total, min(reserve, total / 4)) }
}

/// The connections that a port has open, of all clients and of each.
///
/// Who comes when the port, or the client's own share, is full is let in on a reserve: nothing but health checks and
/// operators' requests are answered there. When that is used up, too, the client is told to come back.
package final class ConnectionPlaces: Sendable {
  /// Whether a connection is let in.
  package enum Admission: Sendable, Equatable {
    case welcome
    /// Only for health checks and operators.
    case reserved
    case refused
  }

  fileprivate struct State {
    var open = 0
    var reserved: Set<ObjectIdentifier> = []
    var ofClients: [String: Int] = [:]
    var toldLast: [Reason: ContinuousClock.Instant] = [:]
  }

  /// Why there was no place: the port was full, or the client had its share.
  fileprivate enum Reason: String, CaseIterable {
    case total
    case client
  }

  /// No more than a line of this kind in so long a time.
  private static let linesApart = Duration.seconds(60)

  private let port: String
  private let limits: ConnectionLimits
  private let proxies: TrustedProxies
  private let logger: Logger
  private let state = Mutex(State())
  private let gauge: Gauge
  private let full: [Reason: Counter]
  private let late: [RequestWatch.Part: Counter]

  /// Places of the port of this name, which stands in metrics and in the log.
  package init(_ port: String, _ limits: ConnectionLimits, proxies: TrustedProxies = .none, logger: Logger) {
    self.port = port
    self.limits = limits
    self.proxies = proxies
    self.logger = logger
    gauge = Gauge(label: "cascade_connections", dimensions: [("port", port)])
    full = Dictionary(
      uniqueKeysWithValues: Reason.allCases.map { reason in
        let labels = [("port", port), ("full", reason.rawValue)]
        return (reason, Counter(label: "cascade_connections_over_limit", dimensions: labels))
      })
    late = Dictionary(
      uniqueKeysWithValues: [RequestWatch.Part.head, .body].map { part in
        (part, Counter(label: "cascade_requests_late", dimensions: [("port", port), ("part", "\(part)")]))
      })
  }

  /// Lets a connection in, or not; when it closes, its place is free again.
  func admit(_ channel: any Channel) -> Admission {
    let client = ClientAddress(channel.remoteAddress)
    // A proxy's connections are those of many clients.
    let share = proxies.trusts(client) ? nil : client.customer
    let id = ObjectIdentifier(channel)
    let (admission, reason, open) = state.withLock { $0.admit(id, share, limits) }
    if let reason { tell(reason, client) }
    if admission == .refused { return admission }
    gauge.record(open)
    channel.closeFuture.whenComplete { _ in
      let open = self.state.withLock { $0.leave(id, share) }
      self.gauge.record(open)
    }
    return admission
  }

  /// Whether a connection was let in on the reserve.
  func isReserved(_ connection: ObjectIdentifier) -> Bool {
    state.withLock { $0.reserved.contains(connection) }
  }

  /// A part of a request didn't come in time.
  func count(_ part: RequestWatch.Part) { late[part]?.increment() }

  private func tell(_ reason: Reason, _ client: ClientAddress) {
    full[reason]?.increment()
    let now = ContinuousClock.now
    let isNews = state.withLock { state in
      if let last = state.toldLast[reason], now - last < Self.linesApart { return false }
      state.toldLast[reason] = now
      return true
    }
    if !isNews { return }
    let what =
      switch reason {
      case .total: "all \(limits.total - limits.reserve) connections of the port are taken"
      case .client: "\(client.text) has its \(limits.ofOneClient) connections open"
      }
    logger.warning(
      "\(what); further ones are answered for health checks and operators only", metadata: ["port": "\(port)"])
  }

  /// The answer for whoever comes when there is no place.
  static let refusal = ProblemDocument(
    .tooManyConnections, "too many connections; come back soon", headers: [("retry-after", "1")])
}

extension ConnectionPlaces.State {
  /// The verdict on one more connection, what was full, and how many are open then. O(1).
  fileprivate mutating func admit(
    _ id: ObjectIdentifier, _ client: String?, _ limits: ConnectionLimits
  ) -> (ConnectionPlaces.Admission, ConnectionPlaces.Reason?, Int) {
    let own = client.flatMap { ofClients[$0] } ?? 0
    let reason: ConnectionPlaces.Reason? =
      open - reserved.count >= limits.total - limits.reserve
      ? .total : client != nil && own >= limits.ofOneClient ? .client : nil
    if reason != nil {
      if reserved.count >= limits.reserve { return (.refused, reason, open) }
      reserved.insert(id)
    }
    open += 1
    if let client { ofClients[client] = own + 1 }
    return (reason == nil ? .welcome : .reserved, reason, open)
  }

  /// A connection has closed; how many are open. O(1).
  fileprivate mutating func leave(_ id: ObjectIdentifier, _ client: String?) -> Int {
    open -= 1
    reserved.remove(id)
    if let client, let own = ofClients[client] { ofClients[client] = own > 1 ? own - 1 : nil }
    return open
  }
}
