/*
 * Preloaded into a process, remembers what it wrote under one folder and did not sync, and at a moment of its own choosing
 * ends the process as a power cut would: what was synced stays, of the rest a random part is lost, in blocks, in any order.
 * It can also play a full disk.
 *
 * POWER_CUT_FOLDER    absolute path; files elsewhere are left alone
 * POWER_CUT_SEED      of the choice of what is lost
 * POWER_CUT_AFTER_MS  no cut before; without it there is none
 * POWER_CUT_CALLS     so many writes, truncations and syncs later comes the cut, before the next is carried out
 * POWER_CUT_FULL      while a file of this name exists no file grows, but by what removed files gave back
 *
 * What is mapped into memory is not followed: SQLite maps its -shm file alone, which it builds anew after a crash.
 * cc -shared -fPIC -O1 -o power-cut.so power-cut.c -ldl -lpthread
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS 65536
#define BLOCK 4096

struct change {
  off_t at;
  size_t length; /* of what was written; 0 for a truncation to `at` */
  off_t size_before;
  size_t before_length;
  unsigned char *before, *after;
  struct change *previous, *next;
};
/* A file by its inode. `own` is never closed: closing any descriptor of a file drops the locks that the process has on it. */
struct file {
  dev_t dev;
  ino_t ino;
  int own, is_folder;
  struct change *first, *last;
  struct file *next;
};
enum kind { CREATED, RENAMED, REMOVED };
/* What happened to a name and is not synced. `kept` is another name of what the new one replaced. */
struct entry {
  enum kind kind;
  char path[PATH_MAX], from[PATH_MAX], kept[PATH_MAX];
  ino_t ino;
  struct entry *previous;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files, *fds[FDS];
static struct entry *entries;
static char folder[PATH_MAX];
static size_t folder_length;
static const char *full_flag;
static long cut_calls = -1, cut_after_ms = -1, calls;
static off_t given_back;
static uint64_t random_state;
static struct timespec began;
static unsigned kept_names;

#define REAL(type, name, ...) \
  static type (*name##_real)(__VA_ARGS__); \
  if (name##_real == NULL) *(void **)(&name##_real) = dlsym(RTLD_NEXT, #name)

static uint32_t random_word(void) {
  random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (uint32_t)(random_state >> 33);
}
static double chance(void) { return random_word() / 2147483648.0; }

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("POWER_CUT_FOLDER"), *seed = getenv("POWER_CUT_SEED");
  const char *after = getenv("POWER_CUT_AFTER_MS"), *count = getenv("POWER_CUT_CALLS");
  full_flag = getenv("POWER_CUT_FULL");
  if (path == NULL || strlen(path) >= PATH_MAX) return;
  strcpy(folder, path);
  folder_length = strlen(folder);
  random_state = seed == NULL ? 1 : strtoull(seed, NULL, 10) * 2654435761u + 1;
  if (after != NULL && count != NULL) {
    cut_after_ms = atol(after);
    cut_calls = atol(count);
  }
  clock_gettime(CLOCK_MONOTONIC, &began);
}

static int is_followed(const char *path) {
  size_t length = strlen(path);
  if (folder_length == 0 || strncmp(path, folder, folder_length) != 0) return 0;
  if (path[folder_length] != '/' && path[folder_length] != 0) return 0;
  return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static void forget_changes(struct file *file) {
  while (file->first != NULL) {
    struct change *change = file->first;
    file->first = change->next;
    free(change->before);
    free(change->after);
    free(change);
  }
  file->last = NULL;
}

/* ---- the cut ---- */

static void write_all(int fd, const unsigned char *bytes, size_t length, off_t at) {
  REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
  while (length > 0) {
    ssize_t done = pwrite64_real(fd, bytes, length, at);
    if (done <= 0) return;
    bytes += done, at += done, length -= (size_t)done;
  }
}

static void cut_file(struct file *file, unsigned *writes, unsigned *lost) {
  REAL(int, ftruncate64, int, off_t);
  double share = random_word() % 4 == 0 ? 0 : chance();
  for (struct change *change = file->last; change != NULL; change = change->previous) {
    write_all(file->own, change->before, change->before_length, change->at);
    ftruncate64_real(file->own, change->size_before);
  }
  for (struct change *change = file->first; change != NULL; change = change->next) {
    if (change->length == 0) {
      if (chance() < share) ftruncate64_real(file->own, change->at);
      continue;
    }
    for (off_t at = change->at, end = change->at + (off_t)change->length; at < end;) {
      off_t stop = (at / BLOCK + 1) * BLOCK < end ? (at / BLOCK + 1) * BLOCK : end;
      *writes += 1;
      if (chance() < share) write_all(file->own, change->after + (at - change->at), (size_t)(stop - at), at);
      else *lost += 1;
      at = stop;
    }
  }
}

static void cut_names(unsigned *lost) {
  REAL(int, rename, const char *, const char *);
  REAL(int, unlink, const char *);
  /* A journal of names is written in order: of what is not synced the end is lost. */
  for (struct entry *entry = entries; entry != NULL && random_word() % 2 == 0; entry = entry->previous) {
    *lost += 1;
    if (entry->kind == CREATED) unlink_real(entry->path);
    if (entry->kind == RENAMED) rename_real(entry->path, entry->from);
    if (entry->kept[0] != 0) rename_real(entry->kept, entry->path);
    entry->kept[0] = 0;
  }
  for (struct entry *entry = entries; entry != NULL; entry = entry->previous) if (entry->kept[0] != 0) unlink_real(entry->kept);
}

/* With the lock held, which is never given back. */
static void cut_now(void) {
  unsigned writes = 0, lost = 0, names = 0;
  for (struct file *file = files; file != NULL; file = file->next) if (!file->is_folder) cut_file(file, &writes, &lost);
  cut_names(&names);
  dprintf(2, "power cut: %u unsynced blocks, %u lost, %u names lost\n", writes, lost, names);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void maybe_cut(void) {
  struct timespec now;
  if (cut_calls < 0) return;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if ((now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 < cut_after_ms) return;
  if (++calls > cut_calls) cut_now();
}

/* ---- what is remembered ---- */

static struct file *file_of(int fd) {
  return fd >= 0 && fd < FDS ? fds[fd] : NULL;
}

static void follow(int fd, int is_new) {
  struct stat info;
  char link[64], path[PATH_MAX];
  if (fd < 0 || fd >= FDS || folder_length == 0 || fstat(fd, &info) != 0) return;
  if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = 0;
  if (!is_followed(path)) return;
  struct file *file = files;
  while (file != NULL && (file->dev != info.st_dev || file->ino != info.st_ino)) file = file->next;
  if (file == NULL) {
    REAL(int, open64, const char *, int, ...);
    file = calloc(1, sizeof *file);
    file->dev = info.st_dev;
    file->ino = info.st_ino;
    file->is_folder = S_ISDIR(info.st_mode);
    file->own = file->is_folder ? -1 : open64_real(link, O_RDWR | O_CLOEXEC);
    file->next = files;
    files = file;
  } else if (is_new) forget_changes(file);
  fds[fd] = file;
  if (!is_new) return;
  struct entry *entry = calloc(1, sizeof *entry);
  entry->kind = CREATED;
  strcpy(entry->path, path);
  entry->ino = info.st_ino;
  entry->previous = entries;
  entries = entry;
}

/* What is about to be overwritten or cut off, and how large the file is. */
static struct change *change_at(struct file *file, off_t at, size_t length) {
  struct stat info;
  REAL(ssize_t, pread64, int, void *, size_t, off_t);
  if (file->own < 0 || fstat(file->own, &info) != 0) return NULL;
  struct change *change = calloc(1, sizeof *change);
  off_t end = length == 0 ? info.st_size : at + (off_t)length < info.st_size ? at + (off_t)length : info.st_size;
  change->at = at;
  change->length = length;
  change->size_before = info.st_size;
  if (end > at) {
    change->before = malloc((size_t)(end - at));
    ssize_t read = pread64_real(file->own, change->before, (size_t)(end - at), at);
    change->before_length = read < 0 ? 0 : (size_t)read;
  }
  return change;
}

static void remember(struct file *file, struct change *change) {
  if (change == NULL) return;
  change->previous = file->last;
  if (file->last == NULL) file->first = change;
  else file->last->next = change;
  file->last = change;
}

/* True where the disk is full for a file that would grow to `end`. */
static int is_full(struct file *file, off_t end) {
  struct stat info;
  if (full_flag == NULL || access(full_flag, F_OK) != 0) return 0;
  if (fstat(file->own, &info) != 0 || end <= info.st_size) return 0;
  if (end - info.st_size > given_back) return 1;
  given_back -= end - info.st_size;
  return 0;
}

static void keep_name(struct entry *entry, const char *path) {
  struct stat info;
  if (stat(path, &info) != 0) return;
  snprintf(entry->kept, sizeof entry->kept, "%.3900s/.lost-%d-%u", folder, (int)getpid(), kept_names++);
  if (link(path, entry->kept) != 0) entry->kept[0] = 0;
  if (info.st_nlink <= 1) given_back += info.st_size;
}

static void names_synced(ino_t only) {
  REAL(int, unlink, const char *);
  for (struct entry **at = &entries; *at != NULL;) {
    struct entry *entry = *at;
    if (only != 0 && (entry->kind != CREATED || entry->ino != only)) {
      at = &entry->previous;
      continue;
    }
    if (entry->kept[0] != 0) unlink_real(entry->kept);
    *at = entry->previous;
    free(entry);
  }
}

/* ---- what the process calls ---- */

static int open_any(const char *path, int flags, mode_t mode) {
  REAL(int, open64, const char *, int, ...);
  struct stat info;
  if (folder_length == 0 || (flags & O_ACCMODE) == O_RDONLY) {
    int fd = open64_real(path, flags, mode);
    if (fd >= 0 && folder_length != 0) {
      pthread_mutex_lock(&lock);
      follow(fd, 0);
      pthread_mutex_unlock(&lock);
    }
    return fd;
  }
  pthread_mutex_lock(&lock);
  int is_new = (flags & O_CREAT) != 0 && stat(path, &info) != 0;
  int fd = open64_real(path, flags & ~O_TRUNC, mode);
  if (fd >= 0) follow(fd, is_new);
  pthread_mutex_unlock(&lock);
  if (fd >= 0 && (flags & O_TRUNC) != 0 && !is_new && ftruncate(fd, 0) != 0) return fd;
  return fd;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0; \
    va_end(more); \
    return open_any(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  REAL(int, close, int);
  if (fd >= 0 && fd < FDS) fds[fd] = NULL;
  return close_real(fd);
}

static ssize_t put(int fd, const struct iovec *parts, int count, off_t at, int has_place) {
  REAL(ssize_t, pwritev64, int, const struct iovec *, int, off_t);
  REAL(ssize_t, writev, int, const struct iovec *, int);
  struct file *file = file_of(fd);
  size_t length = 0;
  ssize_t done;
  if (file == NULL || file->is_folder) return has_place ? pwritev64_real(fd, parts, count, at) : writev_real(fd, parts, count);
  pthread_mutex_lock(&lock);
  maybe_cut();
  for (int part = 0; part < count; part++) length += parts[part].iov_len;
  struct stat info;
  off_t place = has_place ? at : (fcntl(fd, F_GETFL) & O_APPEND) != 0 && fstat(fd, &info) == 0 ? info.st_size : lseek(fd, 0, SEEK_CUR);
  if (is_full(file, place + (off_t)length)) {
    pthread_mutex_unlock(&lock);
    errno = ENOSPC;
    return -1;
  }
  struct change *change = length == 0 ? NULL : change_at(file, place, length);
  done = has_place ? pwritev64_real(fd, parts, count, at) : writev_real(fd, parts, count);
  if (done > 0 && change != NULL) {
    size_t left = (size_t)done, from = 0;
    change->length = (size_t)done;
    change->after = malloc((size_t)done);
    for (int part = 0; part < count && left > 0; part++) {
      size_t take = parts[part].iov_len < left ? parts[part].iov_len : left;
      memcpy(change->after + from, parts[part].iov_base, take);
      from += take, left -= take;
    }
    remember(file, change);
  }
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t);
  if (file_of(fd) == NULL) return write_real(fd, bytes, length);
  struct iovec part = { (void *)bytes, length };
  return put(fd, &part, 1, 0, 0);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  return put(fd, parts, count, 0, 0);
}
#define PWRITE(name) \
  ssize_t name(int fd, const void *bytes, size_t length, off_t at) { \
    struct iovec part = { (void *)bytes, length }; \
    return put(fd, &part, 1, at, 1); \
  }
#define PWRITEV(name) \
  ssize_t name(int fd, const struct iovec *parts, int count, off_t at) { return put(fd, parts, count, at, 1); }
PWRITE(pwrite)
PWRITE(pwrite64)
PWRITEV(pwritev)
PWRITEV(pwritev64)

static int cut_off(int fd, off_t size) {
  REAL(int, ftruncate64, int, off_t);
  struct file *file = file_of(fd);
  if (file == NULL) return ftruncate64_real(fd, size);
  pthread_mutex_lock(&lock);
  maybe_cut();
  struct change *change = change_at(file, size, 0);
  int done = ftruncate64_real(fd, size);
  if (done == 0) remember(file, change);
  pthread_mutex_unlock(&lock);
  return done;
}
int ftruncate(int fd, off_t size) { return cut_off(fd, size); }
int ftruncate64(int fd, off_t size) { return cut_off(fd, size); }

static int synced(int fd, int (*really)(int)) {
  struct file *file = file_of(fd);
  if (file == NULL) return really(fd);
  pthread_mutex_lock(&lock);
  maybe_cut();
  /* The disk itself is not asked: what counts is what the process asked for. */
  forget_changes(file);
  names_synced(file->is_folder ? 0 : file->ino);
  pthread_mutex_unlock(&lock);
  return 0;
}
int fsync(int fd) {
  REAL(int, fsync, int);
  return synced(fd, fsync_real);
}
int fdatasync(int fd) {
  REAL(int, fdatasync, int);
  return synced(fd, fdatasync_real);
}

static int renamed_or_removed(enum kind kind, const char *from, const char *path) {
  REAL(int, rename, const char *, const char *);
  REAL(int, unlink, const char *);
  if (!is_followed(path)) return kind == RENAMED ? rename_real(from, path) : unlink_real(path);
  pthread_mutex_lock(&lock);
  struct entry *entry = calloc(1, sizeof *entry);
  entry->kind = kind;
  snprintf(entry->path, sizeof entry->path, "%s", path);
  if (from != NULL) snprintf(entry->from, sizeof entry->from, "%s", from);
  keep_name(entry, path);
  int done = kind == RENAMED ? rename_real(from, path) : unlink_real(path);
  if (done == 0) {
    entry->previous = entries;
    entries = entry;
  } else {
    if (entry->kept[0] != 0) unlink_real(entry->kept);
    free(entry);
  }
  pthread_mutex_unlock(&lock);
  return done;
}
int rename(const char *from, const char *path) { return renamed_or_removed(RENAMED, from, path); }
int unlink(const char *path) { return renamed_or_removed(REMOVED, NULL, path); }
