internal import Core

/// Cases in JSON: a list of objects, one a case.
enum CaseList {
  /// The cases of the file at `path`. Throws what is wrong with it, with its line. O(bytes).
  static func rows(_ path: String, _ bytes: [UInt8]) throws(RulebookError) -> [CaseFile.Row] {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    let json: JSON
    do throws(JSON.ParsingError) {
      json = try JSON(parsing: bytes, limits: JSON.ParsingLimits(takesWideIntegers: false))
    } catch {
      throw RulebookError(.invalidCases, file: path, line: line(of: error.offset, bytes), "\(error.message)")
    }
    guard let elements = json.array else {
      throw RulebookError(.invalidCases, file: path, line: 1, "cases are a list of objects: [{\"name\": value}, …]")
    }
    let lines = starts(bytes).map { line(of: $0, bytes) }
    for (line, element) in zip(lines, elements) where element.object == nil {
      throw RulebookError(.invalidCases, file: path, line: line, "a case is an object: {\"name\": value}")
    }
    return Array(zip(lines, elements))
  }

  private static func line(of offset: Int, _ bytes: [UInt8]) -> Int {
    bytes.prefix(max(0, offset)).count { $0 == UInt8(ascii: "\n") } + 1
  }

  /// Where the elements of a list begin, in a text that is known to be JSON.
  private static func starts(_ bytes: [UInt8]) -> [Int] {
    var (starts, depth, isInText, isDue): ([Int], Int, Bool, Bool) = ([], 0, false, false)
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      defer { place += 1 }
      if isInText {
        if byte == UInt8(ascii: "\\") { place += 1 }
        isInText = byte != UInt8(ascii: "\"")
        continue
      }
      if " \t\r\n".utf8.contains(byte) { continue }
      if isDue, byte != UInt8(ascii: "]") {
        starts.append(place)
        isDue = false
      }
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        isDue = depth == 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ","): isDue = depth == 1
      default: break
      }
    }
    return starts
  }
}
