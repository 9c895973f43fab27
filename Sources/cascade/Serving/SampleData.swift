import Citizens
import Core
import Foundation
import TrustGraph

/// The sample citizens and the trust between them, shipped with the program.
enum SampleData {
  /// The trust between the sample citizens.
  static func relationships() throws -> [Relationship] {
    try RelationshipTable.relationships(parsing: try bytes("venice_relationships.csv"))
  }

  /// The sample citizens and their relationships, as a directory.
  static func citizens() throws -> ListedCitizens {
    let name = "venice_citizens.json"
    guard let citizens = ListedCitizens(json: try JSON(parsing: try bytes(name)), relationships: try relationships())
    else { throw ReadingError(message: "the sample data \(name) has another form") }
    return citizens
  }

  /// The bytes of a shipped file. Throws when the program was installed without its resources.
  static func bytes(_ name: String) throws -> [UInt8] {
    guard let path = Bundle.module.path(forResource: name, ofType: nil) else {
      throw ReadingError(message: "the sample data \(name) is missing beside the program")
    }
    return try InputFile.read(path)
  }
}
