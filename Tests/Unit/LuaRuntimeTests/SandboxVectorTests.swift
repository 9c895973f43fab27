internal import Core
internal import Foundation
internal import LuaRuntime
internal import TestSupport
internal import Testing

/// The bodies in `sandbox_cases.lua`, read from beside the package or from CASCADE_VECTORS.
struct SandboxVectorTests {
  static let file: URL = {
    let environment = ProcessInfo.processInfo.environment["CASCADE_VECTORS"]
    let shared = Checkout.url.deletingLastPathComponent().appending(path: "shared/vectors")
    let folder = environment.map { URL(filePath: $0) } ?? shared
    return folder.appending(path: "sandbox_cases.lua")
  }()
  static let isPresent = FileManager.default.fileExists(atPath: file.path)
  static let isInCI = ProcessInfo.processInfo.environment["CI"] == "true"

  @Test(.enabled(if: isPresent || isInCI, "the vectors are not beside the package; CASCADE_VECTORS names their folder"))
  func `every listed attack ends, and the next decision is fine`() throws {
    var reader = Rules("return cases")
    reader.top = "local cases = require \"policies.cases\""
    reader.modules = ["policies.cases": try String(contentsOf: Self.file, encoding: .utf8)]
    let cases = try #require(JSON(parsing: reader.decide().result).array)
    #expect(cases.count >= 38)
    for one in cases {
      let name = try #require(one["name"]?.string)
      let body = try #require(one["code"]?.string)
      let elapsed = try processorTime {
        _ = try Rules("do \(body)\nend").decide(limits: RunLimits())
        #expect(try Rules("return 1").decide().result == "1", "after \(name)")
      }
      #expect(elapsed < .seconds(5), "\(name) took \(elapsed)")
    }
  }
}
