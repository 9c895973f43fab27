import Core
import FoundationEssentials
import TestSupport
import Testing
import Tokens

/// Project Wycheproof's JSON Web Signature cases, read from beside the package or from CASCADE_VECTORS.
struct WycheproofTests {
  /// The cases whose label a strict verifier contradicts: 367 and 370 are byte for byte the valid 357; 372 and 373 hold
  /// characters outside base64url; 346 and 350 have two algorithms, and 347 and 351 one that does not exist.
  static let differences: Set<Int64> = [346, 347, 350, 351, 367, 370, 372, 373]

  static let path: String = {
    let environment = ProcessInfo.processInfo.environment["CASCADE_VECTORS"]
    let folder = environment ?? Checkout.url.deletingLastPathComponent().appending(path: "shared/vectors").path
    return folder + "/wycheproof_json_web_signature_test.json"
  }()
  static let isPresent = FileManager.default.fileExists(atPath: path)
  static let isInCI = ProcessInfo.processInfo.environment["CI"] == "true"

  @Test(.enabled(if: isPresent || isInCI, "the vectors are not beside the package; CASCADE_VECTORS names their folder"))
  func `401 cases come out as labelled but for eight`() throws {
    let file = try Data(contentsOf: URL(filePath: Self.path))
    let json = try JSON(parsing: file)
    var different: Set<Int64> = []
    var count = 0
    for group in try #require(json["testGroups"]?.array) {
      let key = try #require(group["public"] ?? group["private"])
      let keys = TokenReport.keys(parsing: JSON.object(JSON.Object([("keys", .array([key]))])).bytes)
      for test in try #require(group["tests"]?.array) {
        let token = try #require(test["jws"]?.string)
        let report = TokenReport(line: token.utf8, keys: keys, signatureOnly: true, now: 0)
        if report.isValid != (test["result"]?.string == "valid") {
          different.insert(try #require(test["tcId"]?.integer))
        }
        count += 1
      }
    }
    #expect(count == 401)
    #expect(different == Self.differences)
  }
}
