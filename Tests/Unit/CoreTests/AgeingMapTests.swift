import Core
import Testing

/// What forgets the oldest.
struct AgeingMapTests {
  @Test func `a map that ages keeps the youngest half at least and its limit at most`() {
    var map = AgeingMap<Int, Int>(limit: 100)
    for key in 0..<1000 {
      map[key] = key * 2
      #expect(map.count <= 100)
      for young in max(0, key - 49)...key { #expect(map[young] == young * 2) }
    }
    #expect(map[0] == nil)
    map[999] = nil
    #expect(map[999] == nil)
    var small = AgeingMap<String, Int>(limit: 0)
    small["a"] = 1
    small["b"] = 2
    #expect(small["b"] == 2 && small.count <= 2)
  }

  @Test func `what is set again stays`() {
    var map = AgeingMap<Int, Int>(limit: 10)
    map[0] = 0
    for key in 1...1000 {
      map[key] = key
      map[0] = map[0]
    }
    #expect(map[0] == 0)
  }
}
