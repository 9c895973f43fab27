import Core

/// Reads settings that are the members of one JSON object.
enum ObjectReader {
  /// The members with the lines of their names. Throws what is wrong with the form. O(bytes).
  static func members(of bytes: [UInt8]) throws(TOMLReader.Fault) -> [ConfigurationFile.Member] {
    let json: JSON
    do throws(JSON.ParsingError) {
      json = try JSON(parsing: bytes, limits: JSON.ParsingLimits(bytes: ConfigurationFile.mostBytes))
    } catch {
      throw TOMLReader.Fault(line: bytes.line(at: error.offset), message: error.message)
    }
    guard let object = json.object else {
      throw TOMLReader.Fault(line: 1, message: #"the file must hold an object of options: {"api":"127.0.0.1:8080",…}"#)
    }
    // A member begins with its name, and they stand in the file in their order.
    var lines: [Int] = []
    JSON.forEachPart(in: bytes) { part in
      lines.append(bytes.line(at: part.lowerBound))
      return true
    }
    return zip(object.members, lines).map { member, line in
      ConfigurationFile.Member(name: member.name, value: value(member.value), line: line)
    }
  }

  private static func value(_ json: JSON) -> ConfigurationFile.Value {
    switch json {
    case .string(let text): return .text(text)
    case .integer(let number): return .number(number)
    case .bool(let flag): return .flag(flag)
    case .array(let elements):
      let texts = elements.compactMap(\.string)
      return texts.count == elements.count ? .list(texts) : .other("a list of other things than texts")
    case .null: return .other("null")
    case .object: return .other("an object")
    default: return .other("a number that isn't whole")
    }
  }
}
