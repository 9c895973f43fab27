import Testing

@testable import Decisions

struct FollowedSequenceTests {
  @Test func `what a host wrote itself needn't be read, whatever others write between`() {
    var followed = FollowedSequence(through: 10)
    #expect(followed.gap(before: 10) == nil)
    followed.take(11...12)
    #expect(followed.gap(before: 12) == nil)
    followed.take(15...16)
    followed.take(18...20)
    #expect(followed.gap(before: 20) == 13...14)
    followed.take(13...14)
    #expect(followed.through == 16)
    #expect(followed.gap(before: 20) == 17...17)
    followed.take(17...17)
    #expect(followed.gap(before: 20) == nil)
    #expect(followed.gap(before: 22) == 21...22)
  }

  @Test func `in whatever order ranges come, every entry is read or one's own, and none is missed`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var own: [ClosedRange<Int64>] = []
      var next: Int64 = 1
      while next < 200 {
        let length = Int64.random(in: 1...5, using: &generator)
        if Bool.random(using: &generator) { own.append(next...(next + length - 1)) }
        next += length
      }
      let last = next - 1
      var followed = FollowedSequence(through: 0)
      for range in own.shuffled(using: &generator) { followed.take(range) }
      var read: Set<Int64> = []
      while let gap = followed.gap(before: last) {
        read.formUnion(gap)
        followed.take(gap)
      }
      #expect(read == Set(1...last).subtracting(own.joined()))
    }
  }
}
