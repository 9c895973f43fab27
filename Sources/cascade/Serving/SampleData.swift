import Citizens
import Core
import TrustGraph

/// The sample citizens and the trust between them, part of the program itself.
enum SampleData {
  /// The trust between the sample citizens.
  static func relationships() throws -> [Relationship] {
    try RelationshipTable.relationships(parsing: PackageResources.venice_relationships_csv)
  }

  /// The sample citizens and their relationships, as a directory.
  static func citizens() throws -> ListedCitizens {
    let json = try JSON(parsing: PackageResources.venice_citizens_json)
    guard let citizens = ListedCitizens(json: json, relationships: try relationships()) else {
      throw ReadingError(message: "the sample data venice_citizens.json have another form")
    }
    return citizens
  }
}
