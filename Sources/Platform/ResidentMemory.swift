internal import CMalloc
internal import Core
internal import Glibc

/// What of this process stands in memory.
package enum ResidentMemory {
  /// Gives back what nobody needs now: what was freed but is kept by the allocator, and the pages of code, which later
  /// uses read from the page cache again. Code is never written, so nothing is lost. Takes about a millisecond, in
  /// which a thread that wants memory may wait.
  package static func giveBack() {
    malloc_trim(0)
    guard let maps = unsafe fopen("/proc/self/maps", "re") else { return }
    defer { unsafe fclose(maps) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { unsafe free(line) }
    while unsafe getline(&line, &capacity, maps) > 0 {
      guard let line = unsafe line, let range = codeRange(unsafe String(cString: line)) else { continue }
      unsafe madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), Int(range.count), MADV_DONTNEED)
    }
  }

  /// The addresses of a line like `55d0c8e00000-55d0ca000000 r-xp 00e00000 fe:00 1234 /usr/bin/cascade`; nil when it
  /// isn't a file's code.
  static func codeRange(_ line: String) -> Range<UInt>? {
    let fields = line.words()
    guard fields.count >= 6, fields[1] == "r-xp", fields[5].begins(with: "/") else { return nil }
    let addresses = fields[0].words(at: "-").compactMap { UInt($0, radix: 16) }
    guard addresses.count == 2, addresses[0] < addresses[1] else { return nil }
    return addresses[0]..<addresses[1]
  }
}
