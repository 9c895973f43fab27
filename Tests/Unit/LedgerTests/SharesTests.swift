internal import Ledger
internal import StoreConformance
internal import Testing

struct SharesTests {
  @Test func `the units that remain go out one by one from the first`() {
    #expect(Shares.split(99, by: [1, 1, 1, 1, 1]) == [20, 20, 20, 20, 19])
    #expect(Shares.split(15, by: [80, 8, 12]) == [13, 1, 1])
    #expect(Shares.split(0, by: [1, 2]) == [0, 0])
    #expect(Shares.split(.max, by: [.max, .max]) == [Int64.max / 2 + 1, Int64.max / 2])
    #expect(Shares.split(1, by: [0, 1, 1]) == [0, 1, 0])
  }

  @Test func `nothing is split by nothing, and nothing negative is split`() {
    #expect(Shares.split(1, by: []) == nil)
    #expect(Shares.split(1, by: [0]) == nil)
    #expect(Shares.split(-1, by: [1]) == nil)
    #expect(Shares.split(1, by: [2, -1]) == nil)
  }

  @Test func `shares always sum to the whole`() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<2_000 {
      let minor = Int64.random(in: 0...(.max), using: &generator)
      let weights = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
        Int64.random(in: 1...1_000_000, using: &generator)
      }
      #expect(try #require(Shares.split(minor, by: weights)).reduce(0, +) == minor)
    }
  }
}
