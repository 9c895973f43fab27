import Foundation
import TrustGraph

/// The sample citizens and the trust between them, shipped with the program.
enum SampleData {
  /// The trust between the sample citizens.
  static func relationships() throws -> [Relationship] {
    try RelationshipTable.relationships(parsing: try bytes("venice_relationships.csv"))
  }

  /// The bytes of a shipped file. Throws when the program was moved without its resources.
  static func bytes(_ name: String) throws -> [UInt8] {
    guard let path = Bundle.module.path(forResource: name, ofType: nil) else {
      throw ReadingError(message: "the sample data \(name) is missing beside the program")
    }
    return try InputFile.read(path)
  }
}
