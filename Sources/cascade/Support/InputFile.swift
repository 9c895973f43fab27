import ArgumentParser
import Core
import Glibc
import Rulebook

/// Files a command reads whole.
enum InputFile {
  /// Bytes that are read at most.
  static let limit = 64 << 20

  /// The bytes at `path`, or of standard input for `-`. Throws a usage error that names the file.
  static func read(_ path: String) throws -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw failure("can't read \(path): \(String(cString: strerror(errno)))") }
    defer { if path != "-" { _ = close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw failure("can't read \(path): \(String(cString: strerror(errno)))") }
      if count == 0 { return bytes }
      bytes += chunk.prefix(count)
      if bytes.count > limit { throw failure("\(path) is over \(limit >> 20) MiB") }
    }
  }

  /// The JSON in the file at `path`. Throws a message with the place of what is wrong.
  static func json(_ path: String) throws -> JSON {
    do {
      return try JSON(parsing: try read(path), limits: JSON.ParsingLimits(bytes: limit))
    } catch let error as JSON.ParsingError {
      throw failure("\(path): \(error)")
    }
  }

  /// A decision's bare input, and the fakes in a file when there is one. Tells what is wrong and exits with 1.
  static func question(_ input: String, fakes: String?) throws -> (input: [UInt8], fakes: Fakes) {
    do {
      return (try read(input), try fakes.map { try Fakes(json: try json($0)) } ?? Fakes())
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  private static func failure(_ message: String) -> ReadingError { ReadingError(message: message) }
}

/// Why a file can't be read.
struct ReadingError: Error, CustomStringConvertible {
  var message: String
  var description: String { message }
}
