internal import Rulebook

extension RulebookArchive {
  /// The rulebook of this digest, loaded to run again what it decided. Throws why it can't be had. O(rulebook).
  func rulebook(_ digest: String) throws(RulebookError) -> CheckedRulebook {
    guard let snapshot = try load(digest: digest) else {
      throw RulebookError(.storage, message: "the rulebook '\(digest)' is not in \(directory)")
    }
    do throws(RulebookRejected) {
      return try RulebookLoader.load(snapshot, runSpecs: false, isPatient: true)
    } catch {
      throw error.errors.first ?? RulebookError(.storage, message: "the rulebook does not load any more")
    }
  }
}
