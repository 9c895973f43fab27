import Core
import Foundation
import Testing

/// The options of `serve` in all their forms.
struct ConfigurationTests {
  /// The long names of all options but those that no file can hold.
  private static func options() throws -> [String] {
    let help = try JSON(parsing: try Program.run(["serve", "--experimental-dump-help"]).out)
    let names = (help["command"]?["arguments"]?.array ?? []).compactMap { argument in
      argument["names"]?.array?.first { $0["kind"] == "long" }?["name"]?.string
    }
    return names.filter { !["config", "version", "help"].contains($0) }
  }

  @Test func `every option stands in the file, too, and a value of another type is named`() throws {
    let options = try Self.options()
    #expect(options.count > 15)
    let scratch = try Scratch()
    for option in options {
      let file = try scratch.write("\(option).json", "{\"\(option)\":{}}")
      let ending = try Program.run(["serve", "--config", file])
      #expect(ending.code == 1, "\(option)")
      #expect(ending.error.contains("\(option).json") && ending.error.contains("'\(option)' wants"), "\(ending.error)")
    }
  }
}
