/*
 * A disk that forgets what was not synced. Preloaded (LD_PRELOAD) it keeps, in the folder $POWER_CUT_KEPT, each
 * file of the folder $POWER_CUT_WATCHED as it was when it was last synced. A file is gone from there when its
 * folder was synced after it was deleted.
 *
 * It reads by the descriptor that is being synced: to open the file anew and close it would end the locks that
 * the process holds on it (POSIX.1-2017, fcntl).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int keep(int from, const char *name)
{
    char made[PATH_MAX], kept[PATH_MAX], part[65536];
    const char *folder = getenv("POWER_CUT_KEPT");
    snprintf(kept, sizeof kept, "%s/%s", folder, name);
    snprintf(made, sizeof made, "%s/.%s.%ld", folder, name, (long)syscall(SYS_gettid));
    int to = open(made, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0)
        return -1;
    off_t at = 0;
    ssize_t got;
    while ((got = pread(from, part, sizeof part, at)) > 0) {
        if (pwrite(to, part, got, at) != got)
            got = -1;
        at += got;
    }
    /* In one go: a cut in the middle of a sync leaves what was there before it. */
    return close(to) == 0 && got == 0 && rename(made, kept) == 0 ? 0 : -1;
}

static int forget_deleted(const char *watched)
{
    char path[PATH_MAX];
    DIR *kept = opendir(getenv("POWER_CUT_KEPT"));
    if (kept == NULL)
        return -1;
    for (struct dirent *entry; (entry = readdir(kept)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", watched, entry->d_name);
        if (entry->d_name[0] != '.' && access(path, F_OK) != 0)
            unlinkat(dirfd(kept), entry->d_name, 0);
    }
    return closedir(kept);
}

static int sync_file(int file)
{
    char link[64], path[PATH_MAX];
    const char *watched = getenv("POWER_CUT_WATCHED");
    size_t length = strlen(watched);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t got = readlink(link, path, sizeof path - 1);
    if (got < 0)
        return -1;
    path[got] = '\0';
    if (strcmp(path, watched) == 0)
        return forget_deleted(watched);
    if (strncmp(path, watched, length) != 0 || path[length] != '/')
        return 0;
    const char *name = path + length + 1;
    return strchr(name, '/') || strstr(name, " (deleted)") ? 0 : keep(file, name);
}

int fsync(int file) { return sync_file(file); }

int fdatasync(int file) { return sync_file(file); }
