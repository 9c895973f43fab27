import Commerce
import Core
import Decisions
import Foundation
import StandIns
import StoreSQLite
import Testing

struct StoreTests {
  private static func inDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/payments-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await body(directory)
  }

  @Test func `a payment goes on in a file that was closed and opened again`() async throws {
    try await Self.inDirectory { directory in
      let first = try SQLitePaymentStore(directory: directory)
      var fixture = try await PaymentsFixture(store: first)
      let opened = try await fixture.payments.create(fixture.order(1))
      try fixture.pay(opened.payment)
      let event = try #require(fixture.provider.newEvents().first { $0.type == "payment_intent.succeeded" })
      fixture.provider.setFaults { _ in .refused(ProviderError(.unavailable, "down")) }
      #expect(try await fixture.receive(event) == .deferred)
      await first.close()

      let second = try SQLitePaymentStore(directory: directory)
      fixture.restart(second)
      fixture.provider.setFaults { _ in nil }
      #expect(try await fixture.payment(opened.payment.id) == opened.payment)
      fixture.clock.pass(milliseconds: 100_000)
      _ = await fixture.reconciler.reconcile()
      #expect(try await fixture.payment(opened.payment.id).state == .settled)
      #expect(await fixture.outbox.deliver() == 1)
      #expect(await fixture.outbox.deliver() == 0)
      #expect(try await fixture.receive(event) == .repeated)
      #expect(try await fixture.receive(event, body: "other") == .conflicting)
      #expect(try await second.unfinished(until: .max, after: nil, limit: 10) == [])
      #expect(try await second.unfinishedEvents(until: .max, after: nil, limit: 10) == [])
      await second.close()
      await fixture.decisions.stop()
    }
  }
}
