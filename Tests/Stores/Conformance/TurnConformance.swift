package import Core

/// What everybody who says whose turn it is must do, with two hosts on one.
package enum TurnConformance {
  /// All cases; two hosts on the same claims.
  package static let cases: [StoreCase<[any WorkTurns]>] = [
    StoreCase("work that somebody does is nobody else's, until it is done and due again") { hosts in
      let claim = try some(try await hosts[0].claim(.decay, for: .seconds(60)))
      try expect(try await hosts[1].claim(.decay, for: .seconds(60)), nil)
      try expect(try await hosts[0].claim(.decay, for: .seconds(60)), nil)
      try expect(try await hosts[1].claim(.sweep, for: .seconds(60)) != nil, true, "other work:")
      try await hosts[0].finish(claim, pause: .seconds(600))
      try expect(try await hosts[1].claim(.decay, for: .seconds(60)), nil, "not due yet:")
    },
    StoreCase("work is the next one's when it is done, or whoever had it is silent for too long") { hosts in
      let first = try some(try await hosts[0].claim(.decay, for: .zero))
      let second = try some(try await hosts[1].claim(.decay, for: .seconds(60)))
      // The first comes back: the turn isn't theirs any more.
      try await hosts[0].finish(first, pause: .zero)
      try expect(try await hosts[0].claim(.decay, for: .seconds(60)), nil)
      try await hosts[1].finish(second, pause: .zero)
      try expect(try await hosts[0].claim(.decay, for: .seconds(60)) != nil, true)
    },
    StoreCase("of many who ask at once one has the turn") { hosts in
      let count = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<20 {
          group.addTask { try await hosts[number % 2].claim(.checkpoints, for: .seconds(60)) != nil }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      try expect(count, 1)
    },
    StoreCase("work that failed is due at once") { hosts in
      struct Failure: Error {}
      do {
        _ = try await hosts[0].once(.sweep, for: .seconds(60), pause: .seconds(60)) { throw Failure() }
      } catch is Failure {}
      try expect(try await hosts[1].once(.sweep, for: .seconds(60), pause: .seconds(60)) { 7 }, 7)
      try expect(try await hosts[0].once(.sweep, for: .seconds(60), pause: .seconds(60)) { 7 }, nil)
    },
  ]
}
