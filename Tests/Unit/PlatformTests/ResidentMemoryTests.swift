import Glibc
@testable import Platform
import TestSupport
import Testing

/// A quiet host has in memory what it needs.
struct ResidentMemoryTests {
  @Test("What was freed is given back, though the allocator would keep it for what stands behind it")
  func freedMemory() throws {
    let (block, count) = (4096, 65536)
    var blocks = try (0..<count).map { _ in try #require(malloc(block)) }
    for block in blocks { memset(block, 1, 4096) }
    let last = blocks.removeLast()
    defer { free(last) }
    for block in blocks { free(block) }
    let before = residentBytes()
    ResidentMemory.giveBack()
    #expect(before - residentBytes() > count * block / 2)
  }

  @Test("The code of files is found in the map of memory, and nothing that is written")
  func codeRanges() {
    #expect(
      ResidentMemory.codeRange("55d0c8e00000-55d0c8e02000 r-xp 00e00000 fe:00 1234   /usr/bin/cascade\n")
        == 0x55d0_c8e0_0000..<0x55d0_c8e0_2000)
    for other in [
      "55d0c8e00000-55d0c8e02000 rw-p 00e00000 fe:00 1234   /usr/bin/cascade",
      "7ffc1000-7ffc2000 r-xp 0 00:00 0 [vdso]",
      "7ffc1000-7ffc2000 r-xp 00000000 00:00 0 ", "", "x-y r-xp 0 0 0 /bin/true",
    ] {
      #expect(ResidentMemory.codeRange(other) == nil, "\(other)")
    }
  }
}
