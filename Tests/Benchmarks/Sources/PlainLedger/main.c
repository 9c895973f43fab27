/*
 * The limit: the ledger's transfers in plain C and SQLite. The same tables, canonical bytes, chain of hashes and
 * durability, each id looked up, one writer whose commit all waiting callers share; nothing else.
 *
 *   PlainLedger write DIRECTORY CALLERS SOURCES SECONDS   on a ledger that was made before and that nobody else has;
 *                                                          prints transfers, seconds and processor seconds
 *   PlainLedger sync DIRECTORY SECONDS                    the disk alone: writes of a page, each with fdatasync;
 *                                                          prints writes and seconds
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NAME_SIZE = 32, TABLE_SIZE = 1 << 14, BATCH_SIZE = 1000, MAX_CALLERS = 1024 };

static const char ASSET[] = "DUC/2", REFERENCE[] = "benchmark";

static void fail(const char *what) {
  fprintf(stderr, "PlainLedger: %s\n", what);
  exit(1);
}

static int64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* ---- accounts, found by name ---- */

struct account {
  char key[NAME_SIZE], name[NAME_SIZE];
  int64_t debits_pending, debits_posted, credits_pending, credits_posted, floor, version;
  int is_dirty;
};

static struct account table[TABLE_SIZE];
static int account_count;

static struct account *find(const char *key) {
  uint64_t hash = 14695981039346656037u;
  for (const char *c = key; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211u;
  size_t place = hash % TABLE_SIZE;
  while (table[place].key[0] && strcmp(table[place].key, key) != 0) place = (place + 1) % TABLE_SIZE;
  return &table[place];
}

/* ---- canonical bytes ---- */

struct bytes {
  size_t count;
  uint8_t at[1024];
};

static void put(struct bytes *out, const void *from, size_t count) {
  memcpy(out->at + out->count, from, count);
  out->count += count;
}

static void put_integer(struct bytes *out, uint64_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) out->at[out->count++] = (uint8_t)(value >> shift);
}

static void put_prefixed(struct bytes *out, const void *from, size_t count) {
  put_integer(out, count, 4);
  put(out, from, count);
}

static void put_text(struct bytes *out, const char *text) { put_prefixed(out, text, strlen(text)); }

struct transfer {
  uint8_t id[16];
  char from[NAME_SIZE], to[NAME_SIZE];
  int64_t minor;
  /* The answer. */
  int is_created;
  int64_t sequence, timestamp;
  struct bytes canonical, balances;
  uint8_t hash[32];
};

static struct {
  int64_t sequence, timestamp;
  uint8_t hash[32];
} head;

static EVP_MD_CTX *digest;
static EVP_MD *sha256;

static void seal(struct transfer *transfer) {
  struct bytes *out = &transfer->canonical;
  char amount[24];
  snprintf(amount, sizeof amount, "%lld", (long long)transfer->minor);
  out->count = 0;
  put(out, "cascade-ledger-v1", 18);
  put(out, head.hash, 32);
  put_integer(out, (uint64_t)transfer->sequence, 8);
  put_integer(out, (uint64_t)transfer->timestamp, 8);
  put_integer(out, 1, 1);
  put_prefixed(out, transfer->id, 16);
  put_integer(out, 1, 4);
  put_text(out, transfer->from);
  put_text(out, transfer->to);
  put_text(out, ASSET);
  put_text(out, amount);
  put_text(out, REFERENCE);
  put_text(out, "");
  put_integer(out, 0, 4);
  if (!EVP_DigestInit_ex2(digest, sha256, NULL) || !EVP_DigestUpdate(digest, out->at, out->count) ||
      !EVP_DigestFinal_ex(digest, transfer->hash, NULL))
    fail("can't hash");
  head.sequence = transfer->sequence;
  head.timestamp = transfer->timestamp;
  memcpy(head.hash, transfer->hash, 32);
}

static void put_balances(struct bytes *out, const struct account *account) {
  int64_t posted = account->credits_posted - account->debits_posted;
  put_text(out, account->name);
  put_text(out, ASSET);
  put_integer(out, (uint64_t)posted, 8);
  put_integer(out, (uint64_t)account->debits_pending, 8);
  put_integer(out, (uint64_t)(posted - account->debits_pending), 8);
}

/* ---- the tables ---- */

static sqlite3 *database;
static struct {
  sqlite3_stmt *begin, *commit, *entry, *refusal, *insert, *account;
} sql;

static void execute(const char *text) {
  if (sqlite3_exec(database, text, NULL, NULL, NULL) != SQLITE_OK) fail(sqlite3_errmsg(database));
}

static sqlite3_stmt *prepare(const char *text) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
    fail(sqlite3_errmsg(database));
  return statement;
}

static int step(sqlite3_stmt *statement) {
  int status = sqlite3_step(statement);
  if (status != SQLITE_ROW && status != SQLITE_DONE) fail(sqlite3_errmsg(database));
  return status == SQLITE_ROW;
}

static void run(sqlite3_stmt *statement) {
  step(statement);
  sqlite3_reset(statement);
}

static void open_ledger(const char *directory) {
  char path[4096];
  snprintf(path, sizeof path, "%s/ledger.sqlite", directory);
  if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    fail(sqlite3_errmsg(database));
  execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;"
          "PRAGMA cell_size_check = ON");
  sql.begin = prepare("BEGIN IMMEDIATE");
  sql.commit = prepare("COMMIT");
  sql.entry = prepare("SELECT sequence, id, pending_id, reverses, canonical, hash, balances FROM entries WHERE id = ?");
  sql.refusal = prepare("SELECT reason FROM refusals WHERE id = ?");
  sql.insert = prepare("INSERT INTO entries (sequence, id, pending_id, reverses, canonical, hash, balances)"
                       " VALUES (?, ?, NULL, NULL, ?, ?, ?)");
  sql.account = prepare("INSERT OR REPLACE INTO accounts (key, name, asset, debits_pending, debits_posted,"
                        " credits_pending, credits_posted, floor, closed, version)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)");
  sqlite3_stmt *rows = prepare("SELECT key, name, debits_pending, debits_posted, credits_pending, credits_posted,"
                               " floor, version FROM accounts");
  while (step(rows)) {
    struct account *account = find((const char *)sqlite3_column_text(rows, 0));
    snprintf(account->key, NAME_SIZE, "%s", (const char *)sqlite3_column_text(rows, 0));
    snprintf(account->name, NAME_SIZE, "%s", (const char *)sqlite3_column_text(rows, 1));
    int64_t *figures = &account->debits_pending;
    for (int column = 0; column < 6; column++) figures[column] = sqlite3_column_int64(rows, 2 + column);
    account_count++;
  }
  sqlite3_finalize(rows);
  rows = prepare("SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1");
  if (!step(rows)) fail("the ledger has no entries");
  head.sequence = sqlite3_column_int64(rows, 0);
  memcpy(head.hash, sqlite3_column_blob(rows, 1), 32);
  sqlite3_finalize(rows);
}

static int is_known(sqlite3_stmt *statement, const uint8_t *id) {
  sqlite3_bind_blob(statement, 1, id, 16, SQLITE_STATIC);
  int found = step(statement);
  sqlite3_reset(statement);
  return found;
}

/* Decides a transfer as the accounts are now, and seals it onto the chain. */
static void apply(struct transfer *transfer, int64_t time) {
  transfer->is_created = 0;
  if (is_known(sql.entry, transfer->id) || is_known(sql.refusal, transfer->id)) return;
  struct account *from = find(transfer->from), *to = find(transfer->to);
  int64_t debits, credits;
  if (!from->key[0] || !to->key[0]) return;
  if (__builtin_add_overflow(from->debits_pending + from->debits_posted, transfer->minor, &debits)) return;
  if (__builtin_add_overflow(to->credits_pending + to->credits_posted, transfer->minor, &credits)) return;
  if (debits > from->credits_posted - from->floor) return;
  from->debits_posted += transfer->minor;
  to->credits_posted += transfer->minor;
  transfer->sequence = head.sequence + 1;
  transfer->timestamp = time > head.timestamp ? time : head.timestamp + 1;
  from->version = to->version = transfer->sequence;
  from->is_dirty = to->is_dirty = 1;
  transfer->balances.count = 0;
  put_balances(&transfer->balances, from);
  put_balances(&transfer->balances, to);
  seal(transfer);
  transfer->is_created = 1;
}

static void write_entry(const struct transfer *transfer) {
  sqlite3_bind_int64(sql.insert, 1, transfer->sequence);
  sqlite3_bind_blob(sql.insert, 2, transfer->id, 16, SQLITE_STATIC);
  sqlite3_bind_blob(sql.insert, 3, transfer->canonical.at, (int)transfer->canonical.count, SQLITE_STATIC);
  sqlite3_bind_blob(sql.insert, 4, transfer->hash, 32, SQLITE_STATIC);
  sqlite3_bind_blob(sql.insert, 5, transfer->balances.at, (int)transfer->balances.count, SQLITE_STATIC);
  run(sql.insert);
}

static void write_account(struct account *account) {
  if (!account->is_dirty) return;
  account->is_dirty = 0;
  sqlite3_bind_text(sql.account, 1, account->key, -1, SQLITE_STATIC);
  sqlite3_bind_text(sql.account, 2, account->name, -1, SQLITE_STATIC);
  sqlite3_bind_text(sql.account, 3, ASSET, -1, SQLITE_STATIC);
  const int64_t *figures = &account->debits_pending;
  for (int column = 0; column < 6; column++) sqlite3_bind_int64(sql.account, 4 + column, figures[column]);
  run(sql.account);
}

static void take(struct transfer **batch, size_t count) {
  run(sql.begin);
  int64_t time = now_ns(CLOCK_REALTIME);
  for (size_t i = 0; i < count; i++) apply(batch[i], time);
  for (size_t i = 0; i < count; i++)
    if (batch[i]->is_created) write_entry(batch[i]);
  for (size_t i = 0; i < count; i++) {
    write_account(find(batch[i]->from));
    write_account(find(batch[i]->to));
  }
  run(sql.commit);
}

/* ---- callers and the writer ---- */

struct caller {
  struct transfer transfer;
  sem_t answered;
  uint64_t random, count;
};

static struct caller callers[MAX_CALLERS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_waiting;
static struct caller *waiting[MAX_CALLERS];
static size_t waiting_count, awaited_count;
static int is_over, source_count;
static int64_t end_ns;

/* As the ledger does: waits for as many as shared the last commit, an eighth of its time at most. Holds the lock. */
static void gather(size_t last_count, int64_t last_ns) {
  struct timespec end;
  int64_t end_of_wait = now_ns(CLOCK_MONOTONIC) + last_ns / 8;
  end.tv_sec = end_of_wait / 1000000000;
  end.tv_nsec = end_of_wait % 1000000000;
  awaited_count = last_count;
  while (waiting_count < awaited_count && !is_over)
    if (pthread_cond_timedwait(&is_waiting, &lock, &end) != 0) break;
  awaited_count = 1;
  while (waiting_count == 0 && !is_over) pthread_cond_wait(&is_waiting, &lock);
}

static void *write_batches(void *none) {
  static struct caller *batch[MAX_CALLERS];
  struct transfer *transfers[BATCH_SIZE];
  size_t count = 0;
  int64_t begin = 0, end = 0;
  for (;;) {
    pthread_mutex_lock(&lock);
    gather(count, end - begin);
    count = waiting_count < BATCH_SIZE ? waiting_count : BATCH_SIZE;
    memcpy(batch, waiting, count * sizeof *batch);
    memmove(waiting, waiting + count, (waiting_count - count) * sizeof *waiting);
    waiting_count -= count;
    pthread_mutex_unlock(&lock);
    if (count == 0) return none;
    begin = now_ns(CLOCK_MONOTONIC);
    for (size_t i = 0; i < count; i++) transfers[i] = &batch[i]->transfer;
    take(transfers, count);
    for (size_t i = 0; i < count; i++) sem_post(&batch[i]->answered);
    end = now_ns(CLOCK_MONOTONIC);
  }
}

/* SplitMix64. */
static uint64_t random_of(struct caller *caller) {
  uint64_t mixed = caller->random += 0x9E3779B97F4A7C15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

static void next_transfer(struct caller *caller) {
  struct transfer *transfer = &caller->transfer;
  int accounts = account_count - 1, from = (int)(random_of(caller) % (uint64_t)source_count);
  int to = (from + 1 + (int)(random_of(caller) % (uint64_t)(accounts - 1))) % accounts;
  snprintf(transfer->from, NAME_SIZE, "account:%d", from);
  snprintf(transfer->to, NAME_SIZE, "account:%d", to);
  transfer->minor = (int64_t)(random_of(caller) % 1000);
  struct bytes id = {.count = 0};
  uint64_t time = (uint64_t)(now_ns(CLOCK_REALTIME) / 1000000);
  put_integer(&id, time << 16 | 0x7000 | (random_of(caller) & 0xFFF), 8);
  put_integer(&id, (random_of(caller) & 0x3FFFFFFFFFFFFFFF) | 1ull << 63, 8);
  memcpy(transfer->id, id.at, 16);
}

static void *call(void *argument) {
  struct caller *caller = argument;
  while (now_ns(CLOCK_MONOTONIC) < end_ns) {
    next_transfer(caller);
    pthread_mutex_lock(&lock);
    waiting[waiting_count++] = caller;
    if (waiting_count == awaited_count) pthread_cond_signal(&is_waiting);
    pthread_mutex_unlock(&lock);
    while (sem_wait(&caller->answered) != 0) {
    }
    if (!caller->transfer.is_created) fail("a transfer was refused");
    caller->count++;
  }
  return NULL;
}

static void write_ledger(const char *directory, int caller_count, int sources, int seconds) {
  pthread_t writer, threads[MAX_CALLERS];
  uint64_t count = 0;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&is_waiting, &attributes);
  digest = EVP_MD_CTX_new();
  sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  open_ledger(directory);
  source_count = sources;
  int64_t begin = now_ns(CLOCK_MONOTONIC);
  end_ns = begin + seconds * 1000000000ll;
  pthread_create(&writer, NULL, write_batches, NULL);
  for (int i = 0; i < caller_count; i++) {
    callers[i].random = (uint64_t)(i + 1) * 0xD1342543DE82EF95u;
    sem_init(&callers[i].answered, 0, 0);
    if (pthread_create(&threads[i], NULL, call, &callers[i]) != 0) fail("can't make a thread");
  }
  for (int i = 0; i < caller_count; i++) {
    pthread_join(threads[i], NULL);
    count += callers[i].count;
  }
  printf("%llu %.6f %.6f\n", (unsigned long long)count, (double)(now_ns(CLOCK_MONOTONIC) - begin) / 1e9,
         (double)now_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9);
  pthread_mutex_lock(&lock);
  is_over = 1;
  pthread_cond_signal(&is_waiting);
  pthread_mutex_unlock(&lock);
  pthread_join(writer, NULL);
  for (sqlite3_stmt *left; (left = sqlite3_next_stmt(database, NULL));) sqlite3_finalize(left);
  sqlite3_close(database);
}

/* Over and over into one file of its full size, as a write-ahead log is written. */
static void sync_disk(const char *directory, int seconds) {
  enum { PAGE = 4096, PAGES = 1000 };
  static char page[PAGE];
  char path[4096];
  snprintf(path, sizeof path, "%s/sync", directory);
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (int i = 0; i < PAGES; i++)
    if (pwrite(file, page, PAGE, (off_t)i * PAGE) != PAGE) fail("can't write");
  if (fsync(file) != 0) fail("can't sync");
  uint64_t count = 0;
  int64_t begin = now_ns(CLOCK_MONOTONIC), end = begin + seconds * 1000000000ll;
  for (; now_ns(CLOCK_MONOTONIC) < end; count++) {
    page[0]++;
    if (pwrite(file, page, PAGE, (off_t)(count % PAGES) * PAGE) != PAGE || fdatasync(file) != 0) fail("can't sync");
  }
  printf("%llu %.6f\n", (unsigned long long)count, (double)(now_ns(CLOCK_MONOTONIC) - begin) / 1e9);
  close(file);
  unlink(path);
}

int main(int count, char **arguments) {
  if (count == 4 && strcmp(arguments[1], "sync") == 0) {
    sync_disk(arguments[2], atoi(arguments[3]));
  } else if (count == 6 && strcmp(arguments[1], "write") == 0 && atoi(arguments[3]) <= MAX_CALLERS) {
    write_ledger(arguments[2], atoi(arguments[3]), atoi(arguments[4]), atoi(arguments[5]));
  } else {
    fail("write DIRECTORY CALLERS SOURCES SECONDS | sync DIRECTORY SECONDS");
  }
  return 0;
}
