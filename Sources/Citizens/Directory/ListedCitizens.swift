package import Core
package import TrustGraph

/// A directory that never changes: citizens and relationships from a list, for a demo without a network.
package struct ListedCitizens: CitizenDirectory {
  private let citizens: [[UInt8]: CitizenLookup]
  private let rows: [Relationship]

  /// The directory of `{"citizens":[…]}`, each as Venice writes one; an absent `inVenice` means present here.
  /// Nil when the list is of another form or names somebody twice. O(citizens).
  package init?(json: JSON, relationships: [Relationship] = []) {
    guard let elements = json["citizens"]?.array else { return nil }
    var citizens: [[UInt8]: CitizenLookup] = [:]
    for element in elements {
      guard let citizen = Citizen(venice: element) else { return nil }
      let lookup: CitizenLookup = element["inVenice"] == false ? .notInVenice(citizen) : .citizen(citizen)
      guard citizens.updateValue(lookup, forKey: Array(citizen.username.utf8)) == nil else { return nil }
    }
    self.citizens = citizens
    rows = relationships
  }

  /// How many citizens are listed.
  package var count: Int { citizens.count }

  /// The citizen of the list with this name.
  package func citizen(named username: String, _ freshness: LookupFreshness) async -> CitizenLookup {
    citizens[Array(username.utf8)] ?? .notFound
  }

  /// All relationships of the list.
  package func relationships() async throws(DirectoryUnavailable) -> RelationshipList {
    RelationshipList(rows, isTruncated: false)
  }

  /// The first relationship of the list between these two. O(relationships).
  package func relationship(
    between first: String, and second: String
  ) async throws(DirectoryUnavailable) -> Relationship? {
    rows.first { row in
      Self.same(row.citizen1, first) && Self.same(row.citizen2, second)
        || Self.same(row.citizen1, second) && Self.same(row.citizen2, first)
    }
  }

  private static func same(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}
