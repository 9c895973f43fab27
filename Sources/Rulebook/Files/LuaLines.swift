/// The lines of a Lua source as Lua counts them: LF, CR, CR LF and LF CR each end one.
package enum LuaLines {
  /// The lines without their ends; what stands behind the last end counts, too. O(bytes).
  package static func of(_ source: [UInt8]) -> [ArraySlice<UInt8>] {
    let (feed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var lines: [ArraySlice<UInt8>] = []
    var (start, place) = (0, 0)
    while place < source.count {
      let byte = source[place]
      guard byte == feed || byte == carriageReturn else {
        place += 1
        continue
      }
      lines.append(source[start..<place])
      place += 1
      // The other one of the two belongs to the same end.
      if place < source.count, source[place] != byte, source[place] == feed || source[place] == carriageReturn {
        place += 1
      }
      start = place
    }
    lines.append(source[start...])
    return lines
  }
}
