import TestSupport
import Testing

/// The short form of `make fuzz`: whether a request is taken past the parser makes no difference to its answer.
struct PortFuzzTests {
  @Test func `changed requests are answered the same with and without the parser, however they are cut`() throws {
    let (status, said) = try BuiltProgram.run("PortFuzz", ["3000"])
    #expect(status == 0, "\(said)")
    #expect(said.contains("3000 streams answered alike"), "\(said)")
  }
}
