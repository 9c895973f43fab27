/// The generations that were activated and can be again: what a rollback goes back to. A value that decides.
struct GenerationHistory {
  /// How many stay loaded, the current one included: ten to go back to.
  let limit: Int
  private var generations: [Generation] = []

  /// No generation yet; at most `limit` are kept, at least one.
  init(limit: Int = 11) { self.limit = max(1, limit) }

  /// The generation that decides.
  var current: Generation? { generations.last }

  /// What a rollback activates again; nil when there is nothing earlier.
  var previous: Generation? { generations.dropLast().last }

  /// All that are kept, newest first. O(generations).
  var all: [Generation] { generations.reversed() }

  /// A rulebook of these generations; nil when it is none's. O(generations).
  func rulebook(_ digest: String) -> CheckedRulebook? { generations.last { $0.digest == digest }?.rulebook }

  /// The numbers a rollback can go to, newest first. O(generations).
  var retained: [Int] { generations.dropLast().reversed().map(\.number) }

  /// A new generation was activated.
  mutating func activated(_ generation: Generation) {
    generations.append(generation)
    if generations.count > limit { generations.removeFirst() }
  }

  /// ``previous`` was activated again, as `generation`: what came after it is forgotten, so that another
  /// rollback goes further back.
  mutating func rolledBack(to generation: Generation) {
    generations.removeLast(min(2, generations.count))
    generations.append(generation)
  }
}
