import ArgumentParser
import Core

extension Output {
  /// Runs `body`. On a failure of a store or a file prints the problem and exits with 1, or with `damaged` where data
  /// is damaged.
  static func reporting<Value>(
    damaged: ExitCode = .couldNotStart, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let error as StoreError {
      note("error: \(error)")
      throw error.code == .corrupt ? damaged : ExitCode.couldNotStart
    } catch let error as ReadingError {
      note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}
