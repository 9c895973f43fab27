#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

// What takes OSSL_PARAMs is wrapped here: they keep pointers to their names, which outlive the call
// only in C. Every function returns NULL or 0 on failure and leaves the reason in the error queue.

/// Sets up `context` for HMAC over `digest` with this key. 1 or 0.
static inline int cascade_hmac_init(
    EVP_MAC_CTX *context, const char *digest, const unsigned char *key, size_t length) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_init(context, key, length, parameters);
}

/// A big-endian unsigned integer.
typedef struct {
  const unsigned char *bytes;
  size_t count;
} cascade_integer;

/// The names of an RSA key's numbers: n, e and, for a private key, d, p, q, dp, dq, qi.
enum { cascade_rsa_public_count = 2, cascade_rsa_private_count = 8 };

static inline EVP_PKEY *cascade_key_from_parameters(
    const char *type, int selection, OSSL_PARAM_BLD *builder) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  if (parameters && context && EVP_PKEY_fromdata_init(context) == 1 &&
      EVP_PKEY_fromdata(context, &key, selection, parameters) != 1) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  return key;
}

/// An RSA key of `count` numbers (2 public, 8 private) in the order n, e, d, p, q, dp, dq, qi.
static inline EVP_PKEY *cascade_rsa_key(const cascade_integer *numbers, int count) {
  static const char *const names[] = {
      OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
      OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
      OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
      OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
  };
  BIGNUM *values[cascade_rsa_private_count] = {0};
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  int fine = builder != NULL && count <= cascade_rsa_private_count;
  for (int i = 0; fine && i < count; i++) {
    values[i] = i < cascade_rsa_public_count ? BN_new() : BN_secure_new();
    fine = values[i] && BN_bin2bn(numbers[i].bytes, (int)numbers[i].count, values[i]) &&
           OSSL_PARAM_BLD_push_BN(builder, names[i], values[i]);
  }
  int selection = count > cascade_rsa_public_count ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  EVP_PKEY *key = fine ? cascade_key_from_parameters("RSA", selection, builder) : NULL;
  OSSL_PARAM_BLD_free(builder);
  for (int i = 0; i < cascade_rsa_private_count; i++) BN_clear_free(values[i]);
  return key;
}

/// A key on `curve`: the uncompressed point, and the private number unless its bytes are NULL.
static inline EVP_PKEY *cascade_ec_key(
    const char *curve, const unsigned char *point, size_t point_length,
    cascade_integer private_number) {
  BIGNUM *number = NULL;
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  int fine = builder &&
             OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) &&
             OSSL_PARAM_BLD_push_octet_string(
                 builder, OSSL_PKEY_PARAM_PUB_KEY, point, point_length);
  if (fine && private_number.bytes) {
    number = BN_secure_new();
    fine = number && BN_bin2bn(private_number.bytes, (int)private_number.count, number) &&
           OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number);
  }
  int selection = private_number.bytes ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (fine) key = cascade_key_from_parameters("EC", selection, builder);
  OSSL_PARAM_BLD_free(builder);
  BN_clear_free(number);
  return key;
}

/// A new key of `type` ("RSA" with `bits`, "EC" with `curve`, "ED25519").
static inline EVP_PKEY *cascade_generate_key(const char *type, const char *curve, int bits) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  int fine = context && EVP_PKEY_keygen_init(context) == 1;
  if (fine && curve) fine = EVP_PKEY_CTX_set_group_name(context, curve) == 1;
  if (fine && bits) fine = EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1;
  if (fine && EVP_PKEY_generate(context, &key) != 1) key = NULL;
  EVP_PKEY_CTX_free(context);
  return key;
}

/// Writes the number of this name, big-endian, padded with zeros to `width` unless that is 0.
/// Returns its bytes, or 0.
static inline size_t cascade_key_number(
    const EVP_PKEY *key, const char *name, unsigned char *out, size_t capacity, size_t width) {
  BIGNUM *number = NULL;
  size_t count = 0;
  if (EVP_PKEY_get_bn_param(key, name, &number) == 1) {
    count = width ? width : (size_t)BN_num_bytes(number);
    if (count > capacity || BN_bn2binpad(number, out, (int)count) < 0) count = 0;
  }
  BN_clear_free(number);
  return count;
}

/// Begins signing (or verifying) with `key` in `context`; RSA-PSS with a salt as long as the hash.
/// 1 or 0.
static inline int cascade_signature_init(
    EVP_MD_CTX *context, EVP_PKEY *key, const char *digest, int is_pss, int is_verifying) {
  EVP_PKEY_CTX *parameters = NULL;
  int status = is_verifying
      ? EVP_DigestVerifyInit_ex(context, &parameters, digest, NULL, NULL, key, NULL)
      : EVP_DigestSignInit_ex(context, &parameters, digest, NULL, NULL, key, NULL);
  if (status != 1) return 0;
  if (!is_pss) return 1;
  return EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/// Seals `count` bytes with AES-256-GCM, bound to `extra`, and writes as many and 16 bytes of tag. How many that are,
/// or
/// 0.
static inline size_t cascade_seal(
    const unsigned char *key, const unsigned char *nonce, const unsigned char *extra, size_t extra_count,
    const unsigned char *bytes, size_t count, unsigned char *out) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int written = 0;
  int fine = context && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
             EVP_EncryptUpdate(context, NULL, &written, extra, (int)extra_count) == 1 &&
             (count == 0 || EVP_EncryptUpdate(context, out, &written, bytes, (int)count) == 1) &&
             EVP_EncryptFinal_ex(context, out + count, &written) == 1 &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out + count) == 1;
  EVP_CIPHER_CTX_free(context);
  return fine ? count + 16 : 0;
}

/// Opens `count` bytes and the tag behind them; writes as many bytes, of which none counts unless this is 1.
static inline int cascade_open(
    const unsigned char *key, const unsigned char *nonce, const unsigned char *extra, size_t extra_count,
    const unsigned char *bytes, size_t count, unsigned char *out) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int written = 0;
  int fine = context && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
             EVP_DecryptUpdate(context, NULL, &written, extra, (int)extra_count) == 1 &&
             (count == 0 || EVP_DecryptUpdate(context, out, &written, bytes, (int)count) == 1) &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)(bytes + count)) == 1 &&
             EVP_DecryptFinal_ex(context, out + count, &written) == 1;
  EVP_CIPHER_CTX_free(context);
  return fine;
}
