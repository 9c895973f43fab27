import Core
import Testing

struct AmountTextTests {
  @Test(arguments: [
    ("97.50 USD/2", 9_750), ("97.5 USD/2", 9_750), ("97 USD/2", 9_700), ("0.00 USD/2", 0), ("007 X", 7),
    ("92233720368547758.07 USD/2", Int64.max), ("0.000000000000000001 W/18", 1),
  ])
  func `an amount is read as people write it`(text: String, minor: Int64) throws {
    let amount = try #require(Amount(text: text))
    #expect(amount.minor == minor)
    #expect(Amount(text: amount.description) == amount)
  }

  @Test(arguments: [
    "", "97.50", "USD/2", "97.505 USD/2", "97. USD/2", ".5 USD/2", "1.0 X", "-1 USD/2", "+1 USD/2", "1e3 USD/2",
    "1,5 USD/2", "1 000 USD/2", "1  USD/2", " 1 USD/2", "1 USD/2 ", "1 usd/2", "0x1 USD/2", "1.2.3 USD/2", "١ USD/2",
    "92233720368547758.08 USD/2", "100000000000000000000 X", "1 W/99",
  ])
  func `what is no exact amount is none`(text: String) {
    #expect(Amount(text: text) == nil)
  }
}
