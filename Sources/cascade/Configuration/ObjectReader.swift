import Core

/// Reads settings that are the members of one JSON object.
enum ObjectReader {
  /// The members with the lines of their names. Throws what is wrong with the form. O(bytes).
  static func members(of bytes: [UInt8]) throws(TOMLReader.Fault) -> [ConfigurationFile.Member] {
    let json: JSON
    do throws(JSON.ParsingError) {
      json = try JSON(parsing: bytes, limits: JSON.ParsingLimits(bytes: ConfigurationFile.mostBytes))
    } catch {
      throw TOMLReader.Fault(line: line(at: error.offset, in: bytes), message: error.message)
    }
    guard let object = json.object else {
      throw TOMLReader.Fault(line: 1, message: #"the file must hold an object of options: {"api":"127.0.0.1:8080",…}"#)
    }
    // The names stand in the file in the order of the members.
    return zip(object.members, nameOffsets(in: bytes)).map { member, offset in
      ConfigurationFile.Member(name: member.name, value: value(member.value), line: line(at: offset, in: bytes))
    }
  }

  private static func line(at offset: Int, in bytes: [UInt8]) -> Int {
    1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
  }

  /// Where the names of the outermost object begin, in a text that is known to be JSON.
  private static func nameOffsets(in bytes: [UInt8]) -> [Int] {
    var offsets: [Int] = []
    var (depth, isText, isEscaped, awaitsName) = (0, false, false, false)
    for (offset, byte) in bytes.enumerated() {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        isText = true
        if depth == 1, awaitsName { offsets.append(offset) }
        awaitsName = false
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        awaitsName = depth == 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ","): awaitsName = depth == 1
      default: break
      }
    }
    return offsets
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
