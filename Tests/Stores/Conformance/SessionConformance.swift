package import Citizens
internal import Core

/// What every store of sessions must do.
package enum SessionConformance {
  /// All cases.
  package static let cases: [StoreCase<any SessionStore>] = [
    StoreCase("the newest token is current, those before are reused, others unknown") { store in
      try await begin(store, session(1), [1])
      try expect(await store.state(ofRefresh: [1], now: 0), .current(session(1)))
      try expect(await store.state(ofRefresh: [9], now: 0), .unknown)
      try expect(await store.rotate([1], to: [2], access: access(2), limit: 9, now: 5), .current(session(1)))
      try expect(
        await store.rotate([1], to: [3], access: access(3), limit: 9, now: 5), .reused(session(1, refreshes: 1)))
      try expect(await store.state(ofRefresh: [2], now: 5), .current(session(1, refreshes: 1)))
      try expect(await store.state(ofRefresh: [3], now: 5), .unknown, "what lost was not kept:")
      try expect(await store.state(ofRefresh: [2], now: 1_000_000), .unknown, "over:")
    },
    StoreCase("those that go on are counted") { store in
      try expect(await store.count(now: 0), 0)
      for number: UInt64 in 1...3 { try await begin(store, session(number), [UInt8(number)]) }
      try expect(await store.count(now: 0), 3)
      _ = try await store.end(id(2), now: 0)
      try expect(await store.count(now: 0), 2)
      try expect(await store.count(now: 1_000_000), 0, "over:")
    },
    StoreCase("of many that refresh with one token at the same time one wins") { store in
      try await begin(store, session(1), [1])
      let outcomes = try await withThrowingTaskGroup(of: RefreshState.self) { group in
        for index in 0..<20 as Range<UInt8> {
          group.addTask {
            try await store.rotate([1], to: [7, index], access: access(UInt64(index) + 500), limit: 99, now: 0)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try expect(outcomes.count { $0 == .current(session(1)) }, 1)
      try expect(outcomes.count { $0 == .reused(session(1, refreshes: 1)) }, 19)
    },
    StoreCase("an ended session gives the access tokens that have not expired") { store in
      try await begin(store, session(1), [1])
      try await begin(store, session(2), [2])
      _ = try await store.rotate([1], to: [3], access: access(7, expiry: 3000), limit: 9, now: 5)
      try expect(await store.session(given: id(7)), session(1, refreshes: 1))
      try expect(await store.session(given: id(101)), session(1, refreshes: 1))
      try expect(await store.session(given: id(99)), nil)
      try expect(await Set(store.end(id(1), now: 0)), [access(101), access(7, expiry: 3000)])
      try expect(await store.end(id(1), now: 0), [])
      for digest: [UInt8] in [[1], [3]] { try expect(await store.state(ofRefresh: digest, now: 0), .unknown) }
      try expect(await store.session(given: id(7)), nil)
      try expect(await store.state(ofRefresh: [2], now: 0), .current(session(2)))
      try expect(await store.end(id(2), now: 1_800_000), [], "what has expired needs no revoking:")
    },
    StoreCase("a further access token is given only to a session in which nothing was replaced since") { store in
      try await begin(store, session(1), [1])
      _ = try await store.rotate([1], to: [2], access: access(2), limit: 9, now: 5)
      try expect(await store.give(access(3), to: session(1), now: 5), false)
      try expect(await store.give(access(3), to: session(9, refreshes: 1), now: 5), false)
      try expect(await store.give(access(3), to: session(1, refreshes: 1), now: 1_000_000), false, "over:")
      try expect(await store.session(given: id(3)), nil)
      try expect(await store.give(access(3), to: session(1, refreshes: 1), now: 5), true)
      try expect(await store.session(given: id(3)), session(1, refreshes: 1))
      try expect(await Set(store.end(id(1), now: 0)), [access(101), access(2), access(3)])
      try expect(await store.give(access(4), to: session(1, refreshes: 1), now: 5), false)
    },
    StoreCase("names of other bytes are other citizens, as equal as they look") { store in
      try await begin(store, session(1, "Jos\u{E9}"), [1], limit: 1)
      try await begin(store, session(2, "Jose\u{301}"), [2], limit: 1)
      try expect(await store.state(ofRefresh: [1], now: 0), .current(session(1, "Jos\u{E9}")))
      guard case .current(let second) = try await store.state(ofRefresh: [2], now: 0) else {
        throw StoreError(.io, "gone")
      }
      try expect(Array(second.citizen.utf8), Array("Jose\u{301}".utf8))
    },
    StoreCase("a citizen's oldest session makes way, another citizen's doesn't") { store in
      try await begin(store, session(50, "bob"), [50], limit: 3)
      for number: UInt64 in 1...5 { try await begin(store, session(number), [UInt8(number)], limit: 3) }
      var open: [UInt8] = []
      for digest: UInt8 in [1, 2, 3, 4, 5, 50] where try await store.state(ofRefresh: [digest], now: 0) != .unknown {
        open.append(digest)
      }
      try expect(open, [3, 4, 5, 50])
    },
    StoreCase("a name with a zero byte is refused, as not every store could give it back") { store in
      let session = Session(id: id(1), citizen: "ali\0ce", key: [1], expiry: 1_000_000)
      try await fails(.io) {
        try await store.begin(session, refresh: [1], access: access(2), limit: 5, now: 0)
      }
      try expect(await store.state(ofRefresh: [1], now: 0), .unknown)
    },
    StoreCase("a session refreshed too often is unknown") { store in
      try await begin(store, session(1), [0])
      for number: UInt8 in 0..<3 {
        let state = try await store.rotate(
          [number], to: [number + 1], access: access(UInt64(number)), limit: 3, now: 0)
        try expect(state, .current(session(1, refreshes: Int(number))))
      }
      try expect(await store.rotate([3], to: [4], access: access(9), limit: 3, now: 0), .unknown)
    },
  ]

  private static func session(_ number: UInt64, _ citizen: String = "alice", refreshes: Int = 0) -> Session {
    Session(id: id(number), citizen: citizen, key: [1, 2, 3], expiry: 1_000_000, refreshes: refreshes)
  }

  private static func access(_ number: UInt64, expiry: Int64 = 1800) -> IssuedAccessToken {
    IssuedAccessToken(identity: id(number), expiry: expiry)
  }

  private static func begin(
    _ store: any SessionStore, _ session: Session, _ digest: [UInt8], limit: Int = 5
  ) async throws {
    let access = IssuedAccessToken(identity: id((session.id.low & 0xFFFF) + 100), expiry: 1800)
    try await store.begin(session, refresh: digest, access: access, limit: limit, now: 0)
  }
}
