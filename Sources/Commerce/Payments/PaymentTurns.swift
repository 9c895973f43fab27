internal import Core

/// Lets one at a time work on a payment; the others wait in order.
actor PaymentTurns {
  private var waiting: [Identifier: [CheckedContinuation<Void, Never>]] = [:]

  private func begin(_ payment: Identifier) async {
    if waiting[payment] == nil {
      waiting[payment] = []
    } else {
      await withCheckedContinuation { waiting[payment]?.append($0) }
    }
  }

  private func end(_ payment: Identifier) {
    guard waiting[payment]?.isEmpty == false else {
      waiting[payment] = nil
      return
    }
    waiting[payment]?.removeFirst().resume()
  }

  /// Runs `body` when it is this caller's turn.
  nonisolated func take<Value: Sendable>(
    _ payment: Identifier, _ body: () async throws(PaymentError) -> Value
  ) async throws(PaymentError) -> Value {
    await begin(payment)
    do throws(PaymentError) {
      let value = try await body()
      await end(payment)
      return value
    } catch {
      await end(payment)
      throw error
    }
  }
}
