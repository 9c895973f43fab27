internal import Core

/// Hands out generations' numbers, from 1, none ever twice: the last one stands in a file.
struct GenerationNumber {
  private let path: String?
  private var last: Int

  /// Goes on behind the number in the file at `path`; without a path it begins at 1. Blocks.
  init(path: String?) throws(RulebookError) {
    self.path = path
    guard let path else {
      last = 0
      return
    }
    let text: String
    do throws(FileSystem.Failure) {
      text = String(decoding: try FileSystem.read(path, limit: 32), as: UTF8.self)
    } catch {
      guard error.isMissing else { throw RulebookError(.storage, message: "can't read \(path): \(error.text)") }
      last = 0
      return
    }
    guard let number = Int(text.trimmed), (0..<Int.max).contains(number) else {
      throw RulebookError(
        .storage,
        message: "\(path) should hold the last generation's number; write a number into it that is "
          + "higher than any in the decision records")
    }
    last = number
  }

  /// The next number, durably taken. Blocks.
  mutating func take() throws(RulebookError) -> Int {
    let (next, isUsedUp) = last.addingReportingOverflow(1)
    if isUsedUp { throw RulebookError(.storage, message: "all numbers of generations are used up") }
    if let path {
      do throws(FileSystem.Failure) {
        try FileSystem.replace(path, with: Array("\(next)\n".utf8))
      } catch {
        throw RulebookError(.storage, message: "can't write \(path): \(error.text)")
      }
    }
    last = next
    return next
  }
}
