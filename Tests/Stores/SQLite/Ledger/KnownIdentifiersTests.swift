internal import Core
internal import Foundation
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

struct KnownIdentifiersTests {
  private let now: Int64 = 1_700_000_000_000
  private let day: Int64 = 86_400_000

  private func id(_ milliseconds: Int64, _ number: UInt64 = 0) -> Identifier {
    Identifier(milliseconds: milliseconds, random: (0, number))
  }

  @Test func `an id above all that came is new, one that came or is below isn't`() {
    var known = KnownIdentifiers(at: now)
    #expect(known.isNew(id(now)))
    known.insert(id(now, 5), at: now)
    #expect(!known.isNew(id(now, 5)) && !known.isNew(id(now, 4)))
    #expect(known.isNew(id(now, 6)))
  }

  @Test func `an id of years to come is known itself and hides nothing`() {
    var known = KnownIdentifiers(at: now)
    known.insert(id(now + 900 * day), at: now)
    #expect(!known.isNew(id(now + 900 * day)))
    #expect(known.isNew(id(now + 1)) && known.isNew(id(now + 901 * day)))
    #expect(!known.isNew(id(now + 9_000 * day)))
  }

  @Test func `ids of other versions are never told to be new, and hide nothing`() {
    var known = KnownIdentifiers(at: now)
    let other = Identifier(high: id(now + 1).high ^ 0xF000, low: 1 << 63)
    #expect(!known.isNew(other))
    known.insert(other, at: now)
    #expect(known.isNew(id(now)))
    #expect(!known.isNew(Identifier(high: id(now).high, low: 7 << 61)))
  }

  @Test func `so many ids ahead that there is no room hide only what is behind the first of them`() {
    var known = KnownIdentifiers(at: now)
    for number in UInt64(0)...10_000 { known.insert(id(now + 30 * day, number), at: now) }
    #expect(!known.isNew(id(now + 30 * day, 77)) && !known.isNew(id(now + 31 * day)))
    #expect(known.isNew(id(now + 29 * day)))
    // Those of which the time has come by then don't count.
    known = KnownIdentifiers(at: now)
    for number in UInt64(0)..<10_000 { known.insert(id(now + 30 * day, number), at: now) }
    known.insert(id(now + 31 * day), at: now + 31 * day)
    known.insert(id(now + 90 * day), at: now + 31 * day)
    #expect(known.isNew(id(now + 91 * day)) && known.isNew(id(now + 32 * day)))
    #expect(!known.isNew(id(now + 30 * day, 3)) && !known.isNew(id(now + 90 * day)))
  }

  @Test func `ids of any version and any time are known in the run they came in, and after a restart`() async throws {
    try await withDataDirectory { directory in
      let time = ManualTime(wall: now * 1_000_000)
      var store = try SQLiteLedgerStore(directory: directory, time: time.source)
      try await store.fund("alice", 1_000)
      let ids = [
        id(now - day), id(now), id(now + 900 * day), Identifier(high: id(now + 2).high ^ 0xF000, low: 1 << 63),
        Identifier(high: .max, low: 1 << 63),
      ]
      let events = ids.map { SubmittedEvent.event(.posted($0, from: account("alice"), to: account("bob"), ducats(1))) }
      #expect(
        try await store.commit(Submission(events, authority: .operator)).receipt.outcomes
          == Array(repeating: "created", count: 5))
      for _ in 0..<2 {
        #expect(
          try await store.commit(Submission(events, authority: .operator)).receipt.outcomes
            == Array(repeating: "exists", count: 5))
        await store.close()
        store = try SQLiteLedgerStore(directory: directory, time: time.source)
      }
      await store.close()
    }
  }
}
