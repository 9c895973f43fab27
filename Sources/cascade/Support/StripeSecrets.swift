import Cryptography
import Stripe
import Tokens

/// The secrets for Stripe, from the environment or from files that only their owner may read.
struct StripeSecrets: Sendable {
  /// The account's secret key.
  let key: StripeKey?
  /// The verifier of Stripe's webhook events.
  let webhooks: StripeWebhooks?
  /// The address of Stripe's API.
  let address: String

  private init() { (key, webhooks, address) = (nil, nil, StripeClient.address) }

  /// Neither of both, as none was read.
  static let none = StripeSecrets()

  /// Reads the secrets. Throws the fault of a given one without quoting a character of it.
  init(keyFile: String?, webhookSecretFile: String?, isDemo: Bool) throws(ReadingError) {
    address = Environment.value("STRIPE_URL") ?? StripeClient.address
    let secret = try Self.secret("STRIPE_KEY", file: keyFile)
    let webhookSecret = try Self.secret("STRIPE_WEBHOOK_SECRET", file: webhookSecretFile)
    let key = secret?.withBytes { StripeKey(String(decoding: $0, as: UTF8.self)) }
    if secret != nil && key == nil {
      throw ReadingError(message: "the key of Stripe must begin with sk_test_ or sk_live_ (rk_… for a restricted one)")
    }
    if isDemo && key?.livemode == true {
      throw ReadingError(message: "a demonstration moves no real money: give it a test key of Stripe (sk_test_…)")
    }
    let livemode = key?.livemode ?? false
    webhooks = webhookSecret.flatMap { StripeWebhooks(secret: $0, livemode: livemode) }
    if webhookSecret != nil && webhooks == nil {
      throw ReadingError(message: "the webhook secret of Stripe must begin with whsec_")
    }
    self.key = key
  }

  /// The missing settings, as a user would give them.
  var missing: [String] {
    (key == nil ? ["CASCADE_STRIPE_KEY (or --stripe-key-file)"] : [])
      + (webhooks == nil ? ["CASCADE_STRIPE_WEBHOOK_SECRET (or --stripe-webhook-secret-file)"] : [])
  }

  private static func secret(_ name: String, file: String?) throws(ReadingError) -> Secret? {
    let given = Environment.value(name)
    if let file, given != nil {
      throw ReadingError(message: "CASCADE_\(name) and the file \(file) both give the same secret; keep one")
    }
    do throws(TokenError) {
      if let given { return try SecretText.secret(Array(given.utf8), in: "CASCADE_\(name)") }
      return try file.map { (file) throws(TokenError) in try SecretFile.read(file) }
    } catch {
      throw ReadingError(message: error.reason)
    }
  }
}
