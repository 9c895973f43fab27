@testable import Core
import Testing

struct IdentifierGeneratorTests {
  @Test func `ids go up within a millisecond and when the clock goes back a little`() {
    var generator = IdentifierGenerator()
    var last = generator.next(at: 1_700_000_000_000)
    for turn in 0..<10_000 as Range<Int64> {
      let id = generator.next(at: 1_700_000_000_000 + turn / 100 - (turn % 7 == 0 ? 9_000 : 0))
      #expect(id > last)
      #expect(id.high >> 12 & 0xF == 7 && id.low >> 62 == 2)
      last = id
    }
  }

  @Test func `a clock that is set back far takes the ids with it`() {
    var generator = IdentifierGenerator()
    _ = generator.next(at: 1_700_000_000_000)
    #expect(generator.next(at: 1_600_000_000_000).milliseconds == 1_600_000_000_000)
    #expect(generator.next(at: 1_600_000_000_005).milliseconds == 1_600_000_000_005)
  }

  @Test func `two generators make different ids at one time`() {
    var (first, second) = (IdentifierGenerator(), IdentifierGenerator())
    var seen: Set<Identifier> = []
    for _ in 0..<10_000 {
      #expect(seen.insert(first.next(at: 1_700_000_000_000)).inserted)
      #expect(seen.insert(second.next(at: 1_700_000_000_000)).inserted)
    }
  }
}
