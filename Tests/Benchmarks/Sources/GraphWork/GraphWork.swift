internal import Core
internal import Foundation
internal import TrustGraph

/// Work on a trust graph in process.
///
/// `GraphWork make CITIZENS LINKS SEED FILE.csv` writes a graph. `GraphWork serve FILE.csv` loads one, says
/// `{"name":…}` and answers each line of the input, the name of a piece of work, by `{"seconds":…,"value":…}`: what it
/// took, and a figure that tells whether the work was the same.
@main
enum GraphWork {
  static func main() {
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      switch arguments.first {
      case "make" where arguments.count == 5: try make(arguments)
      case "serve" where arguments.count == 2: try serve(arguments[1])
      default: throw WorkError("wants 'make CITIZENS LINKS SEED FILE' or 'serve FILE'")
      }
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func make(_ arguments: [String]) throws {
    guard let citizens = Int(arguments[1]), let links = Int(arguments[2]), let seed = UInt64(arguments[3]) else {
      throw WorkError("CITIZENS, LINKS and SEED are numbers")
    }
    var text = ""
    PreferentialAttachment(citizens: citizens, links: links, seed: seed).write { text += $0 }
    try Data(text.utf8).write(to: URL(fileURLWithPath: arguments[4]))
  }

  private static func serve(_ path: String) throws {
    guard let file = FileHandle(forReadingAtPath: path) else { throw WorkError("can't read \(path)") }
    var table = RelationshipTable()
    var builder = SnapshotBuilder()
    var isLast = false
    while !isLast {
      let piece = try file.read(upToCount: 1 << 18) ?? Data()
      isLast = piece.isEmpty
      for relationship in try table.relationships(in: piece, isLast: isLast) { builder.add(relationship) }
    }
    var work = Work(snapshot: builder.snapshot())
    answer(["name": "Cascade"])
    while let line = readLine() {
      let outcome = try work.perform(line)
      answer(["seconds": .double(outcome.seconds), "value": .double(outcome.value)])
    }
  }

  private static func answer(_ object: JSON) {
    print(object.text)
    fflush(nil)
  }
}

/// What kept work from being done.
struct WorkError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
