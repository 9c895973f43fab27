import ArgumentParser
import Core
import Glibc
import Rulebook

/// The files that a command reads.
enum InputFile {
  /// The most bytes of a file that is read whole.
  static let limit = 64 << 20
  private static let piece = 1 << 18

  /// The bytes at `path`, or of standard input for `-`. Throws a usage error that names the file.
  static func read(_ path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachPiece(of: path) { piece, _ in
      bytes += piece
      if bytes.count > limit { throw failure("\(path) is over \(limit >> 20) MiB") }
    }
    return bytes
  }

  /// Passes the bytes at `path`, or of standard input for `-`, to `body` piece by piece, and finally an empty piece
  /// with true. Throws a usage error that names the file, and any error of `body`.
  static func forEachPiece(of path: String, _ body: (ArraySlice<UInt8>, _ isLast: Bool) throws -> Void) throws {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw failure("can't read \(path): \(String(cString: strerror(errno)))") }
    defer { if path != "-" { _ = close(descriptor) } }
    var bytes = [UInt8](repeating: 0, count: piece)
    while true {
      let count = Glibc.read(descriptor, &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw failure("can't read \(path): \(String(cString: strerror(errno)))") }
      try body(bytes[..<count], count == 0)
      if count == 0 { return }
    }
  }

  /// Whether there is a file at `path`, readable or not.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The JSON in the file at `path`. Throws an error that names the place of the fault.
  static func json(_ path: String) throws -> JSON {
    do {
      return try JSON(parsing: try read(path), limits: JSON.ParsingLimits(bytes: limit))
    } catch let error as JSON.ParsingError {
      throw failure("\(path): \(error)")
    }
  }

  /// A decision's bare input and the fakes, of those files that are given. On failure prints the problem and exits
  /// with 1.
  static func question(_ input: String?, fakes: String?) throws -> (input: [UInt8], fakes: Fakes) {
    do {
      return (try input.map { try read($0) } ?? [], try fakes.map { try Fakes(json: try json($0)) } ?? Fakes())
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  private static func failure(_ message: String) -> ReadingError { ReadingError(message: message) }
}

/// The reason why a file can't be read or written.
struct ReadingError: Error, CustomStringConvertible {
  var message: String
  var description: String { message }
}
