package import Core
internal import LuaRuntime

/// The answer of a decision that was made.
package struct Decided: Sendable, Equatable {
  /// The decision's id; of one with effects its idempotency key.
  package let id: Identifier
  /// The number of the generation that decided.
  package let generation: Int
  /// The result as JSON, in the bytes in which it was printed.
  package let printed: [UInt8]
  /// Whether it was decided before, under the same key.
  package let isRepeat: Bool
  /// Whether another generation may have decided elsewhere by then.
  package let isStale: Bool

  /// A decision with this result.
  package init(id: Identifier, generation: Int, printed: [UInt8], isRepeat: Bool = false, isStale: Bool = false) {
    self.id = id
    self.generation = generation
    self.printed = printed
    self.isRepeat = isRepeat
    self.isStale = isStale
  }

  /// The result. Throws `invalid_output` when it can't be read. O(size).
  package func result() throws(DecisionFailure) -> JSON {
    do throws(JSON.ParsingError) {
      return try JSON(parsing: printed, limits: RecordLimits.parsing)
    } catch {
      let failure = LuaFailure(code: .invalidOutput, message: "the result can't be read")
      throw DecisionFailure(failure, id: id, generation: generation)
    }
  }
}
