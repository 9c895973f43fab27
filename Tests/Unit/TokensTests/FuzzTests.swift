import TestSupport
import Testing

/// The short form of `make fuzz`: changed tokens and key sets are refused, never crash and never take over 1 MiB.
struct FuzzTests {
  @Test func `changed tokens and key sets stay within their bounds`() throws {
    // Time is held to 10 ms by the long form alone, in a release build; here it ends what hangs.
    let (status, said) = try BuiltProgram.run("TokenFuzz", ["20000", "10000"])
    #expect(status == 0, "\(said)")
    #expect(said.contains("key sets read"), "\(said)")
  }
}
