internal import Core
internal import Decisions

extension StreamViewer {
  /// What this viewer sees of a decision: an operator the whole record, a citizen what concerns it. O(bytes).
  func bytes(ofDecision record: [UInt8]) -> [UInt8] {
    guard case .citizen = self else { return record }
    guard let json = try? JSON(parsing: record, limits: RecordLimits.parsing) else { return Array("{}".utf8) }
    var object = JSON.Object()
    for name in ["id", "point", "time", "generation", "result"] { object[name] = json[name] }
    return JSON.object(object).bytes
  }
}

extension StreamEvent {
  /// The event of a decision whose record has these bytes: `{"id":"…","point":"…",…,"requester":"…",…,"input":…`.
  /// O(bytes before the input).
  init(decision record: [UInt8], at position: UInt64) {
    let point = Self.text(of: Self.pointMember, in: record)
    let requester = Self.text(of: Self.requesterMember, in: record)
    let citizen = requester.flatMap { $0.rest(behind: StreamViewer.citizenPrefix) }.map { String($0) }
    self.init(.decisions, "decision", at: position, bytes: record, point: point, citizen: citizen)
  }

  private static let pointMember = Array(#","point":"#.utf8)
  private static let requesterMember = Array(#","requester":"#.utf8)
  private static let inputMember = Array(#","input":"#.utf8)

  /// The text that a member before the input has. A quotation mark inside a text has a backslash before it, so that
  /// these members can't be found inside one, and nothing before the input is an object.
  private static func text(of member: [UInt8], in record: [UInt8]) -> String? {
    var place = 0
    while place + member.count < record.count {
      if record[place] == member[0] {
        if record[place...].starts(with: inputMember) { return nil }
        if record[place...].starts(with: member) {
          let text = record[(place + member.count)...]
          var end = text.startIndex + 1
          while end < text.endIndex, text[end] != UInt8(ascii: "\"") {
            end += text[end] == UInt8(ascii: "\\") ? 2 : 1
          }
          guard end < text.endIndex else { return nil }
          return (try? JSON(parsing: text[...end], limits: RecordLimits.parsing))?.string
        }
      }
      place += 1
    }
    return nil
  }
}
