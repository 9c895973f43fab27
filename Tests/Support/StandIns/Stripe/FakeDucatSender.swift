package import Commerce
package import Core
internal import Synchronization

/// A Venice in memory that counts a credit once, however often it is sent.
package final class FakeDucatSender: DucatSender {
  /// What goes wrong with a sending.
  package enum Fault: Sendable {
    /// Venice didn't get it.
    case refused(DucatSenderError)
    /// Venice got it; the acknowledgement was lost.
    case replyLost
  }

  private struct State {
    var credits: [Identifier: DucatCredit] = [:]
    var sendings = 0
    var faults: @Sendable (DucatCredit) -> Fault?
  }

  private let state: Mutex<State>

  /// A Venice with these faults.
  package init(faults: @escaping @Sendable (DucatCredit) -> Fault? = { _ in nil }) {
    state = Mutex(State(faults: faults))
  }

  /// Replaces what decides on faults.
  package func setFaults(_ faults: @escaping @Sendable (DucatCredit) -> Fault?) {
    state.withLock { $0.faults = faults }
  }

  /// What Venice has credited, by transfer.
  package var credits: [Identifier: DucatCredit] { state.withLock { $0.credits } }

  /// How often anything was sent.
  package var sendings: Int { state.withLock { $0.sendings } }

  /// See `DucatSender`.
  package func send(_ credit: DucatCredit) async throws(DucatSenderError) -> DucatReceipt {
    let faults = state.withLock { $0.faults }
    let fault = faults(credit)
    let outcome: Result<DucatReceipt, DucatSenderError> = state.withLock { state in
      state.sendings += 1
      if case .refused(let error) = fault { return .failure(error) }
      if let before = state.credits[credit.id], before != credit {
        return .failure(DucatSenderError(.refused, "the id was used for another credit"))
      }
      let isRepeated = state.credits.updateValue(credit, forKey: credit.id) != nil
      if case .replyLost = fault { return .failure(DucatSenderError(.unavailable, "the reply was lost")) }
      return .success(DucatReceipt(id: credit.id, isRepeated: isRepeated))
    }
    return try outcome.get()
  }
}
