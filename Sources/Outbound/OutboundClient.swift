internal import Synchronization

/// Asks other servers over HTTP/1.1, by libcurl, on one thread of its own.
///
/// Certificates are checked against the system's (or the given) authorities; TLS 1.2 is the least. Redirects aren't
/// followed, since they could carry a key elsewhere. The usual environment variables name a proxy, which is never asked
/// for an address on loopback, nor for a request that forbids it. A connection is kept for the next request to the same
/// server.
package final class OutboundClient: Sendable {
  private let limits: OutboundLimits
  private let loop: TransferLoop

  /// A client; `authorities` is a file of certificates in PEM to trust in place of the system's.
  package init(limits: OutboundLimits = OutboundLimits(), authorities: String? = nil) {
    self.limits = limits
    loop = TransferLoop(limits: limits, authorities: authorities)
  }

  deinit { loop.stop() }

  /// The whole answer to `request`, within `limit` when that is shorter than the client's own.
  ///
  /// Throws when none came; `wasSent` of the error tells whether the request may have been carried out all the same.
  /// Cancelling the task ends the request.
  package func send(
    _ request: OutboundRequest, within limit: Duration? = nil
  ) async throws(OutboundError) -> OutboundResponse {
    if let fault = request.fault { throw OutboundError(.malformed, fault) }
    return try await run(
      Transfer(request, limits: limits, total: min(limit ?? limits.total, limits.total))
    ).get()
  }

  /// The same of an answer that comes piece by piece: `take` gets what comes of the body of a 200, on the client's
  /// thread, and ends the request by answering false. The answer that is returned at the end has no body then.
  package func receive(
    _ request: OutboundRequest, _ take: @escaping @Sendable ([UInt8]) -> Bool
  ) async throws(OutboundError) -> OutboundResponse {
    if let fault = request.fault { throw OutboundError(.malformed, fault) }
    return try await run(Transfer(request, limits: limits, total: limits.total, pieces: take)).get()
  }

  private func run(_ transfer: Transfer) async -> Transfer.Outcome {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.begin(continuation)
        if let refusal = loop.start(transfer) { transfer.end(.failure(refusal)) }
      }
    } onCancel: {
      loop.cancel(transfer)
    }
  }

  /// Ends what is under way with `closed`, and all connections. Nothing can be asked afterwards; a second call does
  /// nothing. Returns when the thread has ended its work.
  package func shutdown() async {
    await withCheckedContinuation { continuation in
      loop.stop { continuation.resume() }
    }
  }
}
