@testable import Citizens
import Testing

/// A book that can be asked inside an expectation.
private final class Book {
  private var book: ChallengeBook
  init(life: Int64, limit: Int) { book = ChallengeBook(life: life, limit: limit) }
  var count: Int { book.count }
  func add(_ nonce: String, for name: String, now: Int64) { book.add(nonce, for: name, now: now) }
  func redeem(_ nonce: String, for name: String, now: Int64) -> Bool { book.redeem(nonce, for: name, now: now) }
}

struct ChallengeBookTests {
  @Test func `a nonce counts once, for its name, for five minutes`() {
    let book = Book(life: 300_000, limit: 10)
    book.add("n1", for: "alice", now: 0)
    #expect(book.redeem("n1", for: "alice", now: 299_999))
    #expect(!book.redeem("n1", for: "alice", now: 299_999), "used up")
    book.add("n2", for: "alice", now: 0)
    #expect(!book.redeem("n2", for: "bob", now: 1))
    #expect(!book.redeem("n2", for: "alice", now: 1), "used up by the wrong name")
    book.add("n3", for: "alice", now: 0)
    #expect(!book.redeem("n3", for: "alice", now: 300_000))
    #expect(!book.redeem("n4", for: "alice", now: 0))
  }

  @Test func `names are compared by their bytes`() {
    let book = Book(life: 300_000, limit: 10)
    book.add("n", for: "caf\u{E9}", now: 0)
    #expect(!book.redeem("n", for: "cafe\u{301}", now: 0))
  }

  @Test func `a flood drops the oldest, and never more than the limit is held`() {
    let book = Book(life: 300_000, limit: 100)
    for number in 0..<10_000 {
      book.add("n\(number)", for: "alice", now: Int64(number))
      #expect(book.count <= 100)
      if number % 3 == 0 { #expect(book.redeem("n\(number)", for: "alice", now: Int64(number))) }
    }
    #expect(!book.redeem("n9800", for: "alice", now: 10_000))
    #expect(book.redeem("n9998", for: "alice", now: 10_000))
  }

  @Test func `what is over is forgotten with the next challenge`() {
    let book = Book(life: 10, limit: 100)
    for number in 0..<50 { book.add("n\(number)", for: "alice", now: 0) }
    book.add("late", for: "alice", now: 10)
    #expect(book.count == 1)
  }
}
