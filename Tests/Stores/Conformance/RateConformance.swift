package import Core

/// What everybody who limits rates must do.
package enum RateConformance {
  /// All cases.
  package static let cases: [StoreCase<Timed<any RateLimiter>>] = [
    StoreCase("the burst passes at once, then one an interval") { timed in
      for remaining in [2, 1, 0] {
        try expect(await timed.store.take("a", "test", rate), RateVerdict(remaining: remaining, wait: .zero))
      }
      let refused = try await timed.store.take("a", "test", rate)
      try expect(refused.isAllowed, false)
      try expect(refused.wait > .milliseconds(1_900) && refused.wait <= .seconds(2), true, "\(refused.wait)")
      try await timed.pass(.seconds(2))
      try expect(await timed.store.take("a", "test", rate).isAllowed, true)
      try expect(await timed.store.take("a", "test", rate).isAllowed, false)
    },
    StoreCase("a try that is refused costs nothing") { timed in
      for _ in 0..<3 { _ = try await timed.store.take("a", "test", rate) }
      for _ in 0..<10 { try expect(await timed.store.take("a", "test", rate).isAllowed, false) }
      try await timed.pass(.seconds(2))
      try expect(await timed.store.take("a", "test", rate).isAllowed, true)
    },
    StoreCase("names and titles are counted apart") { timed in
      for _ in 0..<3 { _ = try await timed.store.take("a", "test", rate) }
      try expect(await timed.store.take("a", "test", rate).isAllowed, false)
      try expect(await timed.store.take("b", "test", rate).isAllowed, true)
      try expect(await timed.store.take("a", "other", rate).isAllowed, true)
    },
    StoreCase("a rest gives no more than the burst") { timed in
      _ = try await timed.store.take("a", "test", rate)
      try await timed.pass(.seconds(60))
      for _ in 0..<3 { try expect(await timed.store.take("a", "test", rate).isAllowed, true) }
      try expect(await timed.store.take("a", "test", rate).isAllowed, false)
    },
    StoreCase("of many tries at the same time the burst passes") { timed in
      let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<30 { group.addTask { try await timed.store.take("a", "test", rate).isAllowed } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try expect(allowed.count { $0 }, 3)
    },
  ]

  private static let rate = Rate(burst: 3, interval: .seconds(2))
}
