/*
 * A disk that fails, for LD_PRELOAD.
 *
 * CASCADE_FAIL_NAME=/NAME   of files or directories of this name or pattern, in
 *                     place of the ledger's
 * CASCADE_FAIL_AT=N   the N-th write or sync of a ledger file fails with EIO
 * CASCADE_CUT_AT=N    the process is killed in place of the N-th
 * CASCADE_MARK=FILE   is made when the N-th comes
 * CASCADE_SLOW=FILE   while FILE is there, a write of a ledger file waits half a
 *                     second, at most once in two
 * CASCADE_KEEP_SYNCED=1   after each sync of a ledger file, its content is kept
 *                     beside it as FILE.synced: what a power loss would leave
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;

/* The path of a ledger file (not its lock or shared memory), or of one that was named, else 0. */
static int ledger_path(int fd, char *path, size_t size)
{
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0)
    return 0;
  path[length] = 0;
  const char *name = strrchr(path, '/'), *wanted = getenv("CASCADE_FAIL_NAME");
  if (wanted)
    return name && fnmatch(wanted, name, FNM_PATHNAME) == 0;
  return name && strncmp(name, "/ledger.sqlite", 14) == 0 && !strstr(name, "-shm");
}

static int must_fail(int fd)
{
  char path[4096];
  const char *fail_at = getenv("CASCADE_FAIL_AT"), *cut_at = getenv("CASCADE_CUT_AT");
  if ((!fail_at && !cut_at) || !ledger_path(fd, path, sizeof path))
    return 0;
  long call = atomic_fetch_add(&calls, 1) + 1;
  if (call != atol(cut_at ? cut_at : fail_at))
    return 0;
  if (getenv("CASCADE_MARK"))
    close(open(getenv("CASCADE_MARK"), O_WRONLY | O_CREAT, 0600));
  if (cut_at)
    raise(SIGKILL);
  return 1;
}

static void wait_if_slow(int fd)
{
  static atomic_long waited;
  char path[4096];
  const char *slow = getenv("CASCADE_SLOW");
  if (!slow || access(slow, F_OK) != 0 || !ledger_path(fd, path, sizeof path))
    return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (now.tv_sec - atomic_load(&waited) <= 1)
    return;
  atomic_store(&waited, now.tv_sec);
  usleep(500000);
}

static void keep_synced(int fd)
{
  char path[4096], kept[4200], part[4200], buffer[65536];
  if (!getenv("CASCADE_KEEP_SYNCED") || !ledger_path(fd, path, sizeof path))
    return;
  snprintf(kept, sizeof kept, "%s.synced", path);
  snprintf(part, sizeof part, "%s.part", path);
  int from = open(path, O_RDONLY), to = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ssize_t count;
  while ((count = read(from, buffer, sizeof buffer)) > 0)
    syscall(SYS_write, to, buffer, count);
  close(from);
  close(to);
  rename(part, kept);
}

ssize_t write(int fd, const void *bytes, size_t count)
{
  if (must_fail(fd)) {
    errno = EIO;
    return -1;
  }
  wait_if_slow(fd);
  return syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset)
{
  if (must_fail(fd)) {
    errno = EIO;
    return -1;
  }
  wait_if_slow(fd);
  return syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
  return pwrite64(fd, bytes, count, offset);
}

static int synced(int fd, long call)
{
  if (must_fail(fd)) {
    errno = EIO;
    return -1;
  }
  int status = (int)syscall(call, fd);
  if (status == 0)
    keep_synced(fd);
  return status;
}

int fsync(int fd)
{
  return synced(fd, SYS_fsync);
}

int fdatasync(int fd)
{
  return synced(fd, SYS_fdatasync);
}
