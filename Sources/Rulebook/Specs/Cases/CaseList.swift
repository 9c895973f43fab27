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
      throw RulebookError(.invalidCases, file: path, line: bytes.line(at: error.offset), "\(error.message)")
    }
    guard let elements = json.array else {
      throw RulebookError(.invalidCases, file: path, line: 1, "cases are a list of objects: [{\"name\": value}, …]")
    }
    var lines: [Int] = []
    JSON.forEachPart(in: bytes) { part in
      lines.append(bytes.line(at: part.lowerBound))
      return true
    }
    for (line, element) in zip(lines, elements) where element.object == nil {
      throw RulebookError(.invalidCases, file: path, line: line, "a case is an object: {\"name\": value}")
    }
    return Array(zip(lines, elements))
  }
}
