package import Core
package import Decisions

/// What every store of the logs of decisions must do.
package enum DecisionLogConformance {
  /// All cases.
  package static let cases: [StoreCase<any DecisionLog>] = [
    StoreCase("what was appended comes back by its id, and on pages from the last id down") { store in
      try await append([1, 2, 3], to: "one/0", store)
      try await append([4, 5], to: "two/0", store)
      try expect(try await store.entry(id(4)), bytes(4))
      try expect(try await store.entry(id(9)), nil)
      try expect(try await store.page(before: nil, subject: nil, limit: 9).map(\.id), [5, 4, 3, 2, 1].map(id))
      try expect(try await store.page(before: id(4), subject: nil, limit: 2).map(\.bytes), [3, 2].map(bytes))
      try expect(try await store.logs(), ["one/0", "two/0"])
    },
    StoreCase("whom a record is about is found among all") { store in
      try await append(Array(1...20), to: "one/0", store)
      let about = LoggedRecord(sequence: 1, id: id(4), bytes: bytes(4)).subject
      try expect(try await store.page(before: nil, subject: about, limit: 9).map(\.id), [20, 16, 12, 8, 4].map(id))
      try expect(try await store.page(before: id(16), subject: about, limit: 1).map(\.id), [id(12)])
    },
    StoreCase("of an id the record that was made last is shown") { store in
      try await append([7], to: "one/effects", store, milliseconds: 5_000)
      try await append([7], to: "two/effects", store, milliseconds: 9_000)
      try expect(try await store.entry(id(7)), bytes(7, milliseconds: 9_000))
      let page = try await store.page(before: nil, subject: nil, limit: 9)
      try expect(page.map(\.bytes), [bytes(7, milliseconds: 9_000)])
    },
    StoreCase("the same piece again changes nothing, and one that doesn't follow is refused") { store in
      let first = piece([1, 2], after: LogEnd())
      for _ in 0..<2 { try await store.append(first.records, to: "one/0", after: LogEnd(), end: first.end) }
      try expect(try await store.end(of: "one/0"), first.end)
      let second = piece([3], after: first.end)
      try await fails(.conflict) {
        try await store.append(second.records, to: "one/0", after: LogEnd(), end: second.end)
      }
      try await store.append(second.records, to: "one/0", after: first.end, end: second.end)
      try await fails(.conflict) { try await store.append(first.records, to: "one/0", after: LogEnd(), end: first.end) }
      try expect(try await store.page(before: nil, subject: nil, limit: 9).count, 3)
      try expect(try await store.end(of: "two/0"), LogEnd())
    },
    StoreCase("each log is followed in its order, from any place on") { store in
      let logs = try some(store as? any OrderedDecisionLogs)
      try expect(try await logs.ends(), [:])
      try expect(try await logs.first(of: "one/0"), nil)
      let first = piece([3, 1, 2], after: LogEnd())
      try await store.append(first.records, to: "one/0", after: LogEnd(), end: first.end)
      let second = piece([9, 4], after: first.end)
      try await store.append(second.records, to: "one/0", after: first.end, end: second.end)
      try await append([7], to: "two/effects", store)
      try expect(try await logs.ends(), ["one/0": 5, "two/effects": 1])
      try expect(try await logs.first(of: "one/0"), 1)
      try expect(
        try await logs.records(of: "one/0", after: 0, limit: 9).map(\.id), [3, 1, 2, 9, 4].map { id($0) })
      try expect(try await logs.records(of: "one/0", after: 2, limit: 2).map(\.sequence), [3, 4])
      try expect(try await logs.records(of: "one/0", after: 2, limit: 2).map(\.bytes), [2, 9].map { bytes($0) })
      try expect(try await logs.records(of: "one/0", after: 5, limit: 9), [])
      try expect(try await logs.records(of: "three/0", after: 0, limit: 9), [])
      // What is gone from the beginning leaves the end where it is.
      try await store.remove("one/0", through: 3)
      try expect(try await logs.first(of: "one/0"), 4)
      try await store.remove("one/0", through: 5)
      try expect(try await logs.first(of: "one/0"), nil)
      try expect(try await logs.ends()["one/0"], 5)
    },
    StoreCase("the hash of a frame is found by the record that it ends with") { store in
      let first = piece([1, 2], after: LogEnd())
      try await store.append(first.records, to: "one/0", after: LogEnd(), end: first.end)
      try expect(try await store.hash(of: "one/0", at: 1), nil)
      try expect(try await store.hash(of: "one/0", at: 2), first.end.hash)
      try expect(try await store.hash(of: "one/0", at: 3), nil)
      try expect(try await store.hash(of: "two/0", at: 2), nil)
    },
    StoreCase("a log is held against its hashes") { store in
      try expect(try await store.verify("one/0", after: nil), LogVerification())
      var end = LogEnd()
      for number in 0..<10 {
        let part = piece([3 * number + 1, 3 * number + 2, 3 * number + 3], after: end)
        try await store.append(part.records, to: "one/0", after: end, end: part.end)
        end = part.end
      }
      var whole = LogVerification()
      whole.records = 30
      try expect(try await store.verify("one/0", after: nil), whole)
      var wrong = piece([31], after: end)
      wrong.records[0].bytes[30] ^= 1
      try await store.append(wrong.records, to: "one/0", after: end, end: wrong.end)
      try expect(try await store.verify("one/0", after: nil).fault?.contains("one/0: record 31") ?? false, true)
    },
    StoreCase("old records go from the beginning of a log, whole turns, and the chain is followed from there on") {
      store in
      let start: Int64 = 1_764_000_000_000
      var end = LogEnd()
      for number in 0..<5 {
        let part = piece(
          [2 * number + 1, 2 * number + 2], after: end, milliseconds: start + Int64(number) * 1_000, apart: 10)
        try await store.append(part.records, to: "one/0", after: end, end: part.end)
        end = part.end
      }
      try expect(try await store.old("one/0", after: nil, before: start), nil)
      try expect(try await store.old("two/0", after: nil, before: start + 9_000), nil)
      // The second record of the third turn is younger.
      let first = try some(try await store.old("one/0", after: nil, before: start + 2_005))
      try expect(first.first, 1)
      try expect(first.last, 4)
      try await store.remove("one/0", through: first.last)
      try expect(try await store.page(before: nil, subject: nil, limit: 99).map(\.id), (5...10).reversed().map(id))
      var left = LogVerification()
      left.records = 6
      try expect(try await store.verify("one/0", after: first), left)
      try expect(try await store.verify("one/0", after: nil).fault?.contains("one/0: record 1") ?? false, true)
      let second = try some(try await store.old("one/0", after: first, before: start + 60_000))
      try expect([second.first, second.last], [5, 10])
      try expect(second.before, first.after)
      try expect(second.after, end.hash)
      try await store.remove("one/0", through: second.last)
      // The log goes on where it was.
      let part = piece([11], after: end)
      try await store.append(part.records, to: "one/0", after: end, end: part.end)
      left.records = 1
      try expect(try await store.verify("one/0", after: second), left)
    },
    StoreCase("old records that aren't what was written stay, with all behind them") { store in
      let good = piece([1, 2], after: LogEnd())
      try await store.append(good.records, to: "one/0", after: LogEnd(), end: good.end)
      var wrong = piece([3, 4], after: good.end)
      wrong.records[0].bytes[30] ^= 1
      try await store.append(wrong.records, to: "one/0", after: good.end, end: wrong.end)
      try await fails(.corrupt) { _ = try await store.old("one/0", after: nil, before: 1_790_000_000_000) }
      // Neither does an anchor stand for what doesn't follow it.
      let other = RecordAnchor(log: "shared/one/0", first: 1, last: 1, before: [], after: good.end.hash)
      try await fails(.corrupt) { _ = try await store.old("one/0", after: other, before: 1_790_000_000_000) }
    },
    StoreCase("records of many days are kept apart and found together") { store in
      let day: Int64 = 86_400_000
      var end = LogEnd()
      for number in 1...5 {
        let part = piece([number], after: end, milliseconds: 1_764_000_000_000 + Int64(number) * day)
        try await store.append(part.records, to: "one/0", after: end, end: part.end)
        end = part.end
      }
      try expect(try await store.page(before: nil, subject: nil, limit: 9).count, 5)
      try expect(try await store.verify("one/0", after: nil).fault, nil)
    },
  ]

  private static func append(
    _ numbers: [Int], to log: String, _ store: any DecisionLog, milliseconds: Int64 = 1_764_000_000_000
  ) async throws {
    let part = piece(numbers, after: LogEnd(), milliseconds: milliseconds)
    try await store.append(part.records, to: log, after: LogEnd(), end: part.end)
  }

  /// Records of these numbers in one frame behind `end`, made at this time, and each so much later than the one before.
  package static func piece(
    _ numbers: [Int], after end: LogEnd, milliseconds: Int64 = 1_764_000_000_000, apart: Int64 = 0
  ) -> (records: [LoggedRecord], end: LogEnd) {
    var records = numbers.enumerated().map { index, number in
      LoggedRecord(
        sequence: end.sequence + Int64(index) + 1, id: id(number),
        bytes: bytes(number, milliseconds: milliseconds + Int64(index) * apart))
    }
    var next = end
    next.sequence += Int64(numbers.count)
    next.position += 4_096
    next.hash = LoggedRecord.hash(ofFrame: records, after: end.hash)
    records[records.count - 1].hash = next.hash
    return (records, next)
  }

  /// The id of the record of this number.
  package static func id(_ number: Int) -> Identifier {
    Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | UInt64(number))
  }

  private static func bytes(_ number: Int) -> [UInt8] { bytes(number, milliseconds: 1_764_000_000_000) }

  private static func bytes(_ number: Int, milliseconds: Int64) -> [UInt8] {
    let text = """
      {"id":"\(id(number))","point":"a.b","generation":1,"digest":"","time":\(milliseconds),"requester":"",\
      "subject":"s\(number % 4)","input":{},"calls":[],"effects":[]}
      """
    return Array(text.utf8)
  }
}
