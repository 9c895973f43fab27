package import Core

/// What every store of expiring values must do.
package enum ExpiringConformance {
  /// All cases.
  package static let cases: [StoreCase<Timed<any ExpiringStore>>] = [
    StoreCase("a value is there until its time is over") { timed in
      try await timed.store.put([1, 2], under: key("a"), for: .seconds(10))
      try expect(await timed.store.value(under: key("a")), [1, 2])
      try expect(await timed.store.value(under: key("b")), nil)
      try await timed.pass(.milliseconds(9_900))
      try expect(await timed.store.value(under: key("a")), [1, 2])
      try await timed.pass(.milliseconds(100))
      try expect(await timed.store.value(under: key("a")), nil)
      try expect(await timed.store.take(key("a")), nil)
    },
    StoreCase("a value that is taken is gone") { timed in
      try await timed.store.put([7], under: key("a"), for: .seconds(10))
      try expect(await timed.store.take(key("a")), [7])
      try expect(await timed.store.take(key("a")), nil)
      try expect(await timed.store.value(under: key("a")), nil)
    },
    StoreCase("a later value takes the place and the time of an earlier one") { timed in
      try await timed.store.put([1], under: key("a"), for: .seconds(10))
      try await timed.pass(.seconds(5))
      try await timed.store.put([2], under: key("a"), for: .seconds(10))
      try await timed.pass(.seconds(6))
      try expect(await timed.store.value(under: key("a")), [2])
      try await timed.store.put([3], under: key("a"), for: .seconds(1))
      try await timed.pass(.seconds(1))
      try expect(await timed.store.value(under: key("a")), nil)
    },
    StoreCase("rooms and names are apart") { timed in
      try await timed.store.put([1], under: ExpiringKey(.challenges, "a"), for: .seconds(10))
      try await timed.store.put([2], under: ExpiringKey(.consoleCodes, "a"), for: .seconds(10))
      try await timed.store.put([], under: ExpiringKey(.directory, ""), for: .seconds(10))
      try expect(await timed.store.take(ExpiringKey(.challenges, "a")), [1])
      try expect(await timed.store.take(ExpiringKey(.challenges, "A")), nil)
      try await timed.store.put([3], under: ExpiringKey(.directory, "caf\u{E9}"), for: .seconds(10))
      try expect(await timed.store.take(ExpiringKey(.directory, "cafe\u{301}")), nil)
      try expect(await timed.store.take(ExpiringKey(.consoleCodes, "a\0b")), nil)
      try await timed.store.put([4], under: ExpiringKey(.directory, "a\0b"), for: .seconds(10))
      try expect(await timed.store.take(ExpiringKey(.directory, "a\0c")), nil)
      try expect(await timed.store.take(ExpiringKey(.directory, "a\0b")), [4])
      try expect(await timed.store.take(ExpiringKey(.consoleCodes, "a")), [2])
      try expect(await timed.store.take(ExpiringKey(.directory, "")), [])
    },
    StoreCase("of many who take a value at the same time one gets it") { timed in
      try await timed.store.put([7], under: key("a"), for: .seconds(10))
      let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<20 { group.addTask { try await timed.store.take(key("a")) != nil } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try expect(taken.count { $0 }, 1)
    },
    StoreCase("a value that is too long is refused") { timed in
      let long = [UInt8](repeating: 0, count: ExpiringLimits.valueBytes + 1)
      try await fails(.overloaded) { try await timed.store.put(long, under: key("a"), for: .seconds(10)) }
      try expect(await timed.store.value(under: key("a")), nil)
      try await timed.store.put(Array(long.dropLast()), under: key("a"), for: .seconds(10))
      try expect(await timed.store.value(under: key("a"))?.count, ExpiringLimits.valueBytes)
    },
  ]

  private static func key(_ name: String) -> ExpiringKey { ExpiringKey(.challenges, name) }
}
