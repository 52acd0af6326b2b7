/*
 * load: many downloads at once, measured by account.
 *
 * The bytes never reach this process: recv(MSG_TRUNC) drops them in the kernel, so that the client costs little beside the server it measures.
 * Bytes are counted for each stream and each 100 ms of this process's own clock, and judged at the end.
 *
 *   load -p PORT [-u PATH]... [-e RATE]... [-a ACCOUNTS] [-n STREAMS of each] [-b | -k KEYS [-K KEYS of each] [-A ADDRESSES]] [-z SLOW:BYTES] [-2]
 *        [-W REQUESTS] [-o CONNECTIONS a second] [-w WARM_SECONDS] [-s SECONDS] [-S STALLED] [-q MILLISECONDS] [-i MICROSECONDS] [-x SECOND:RATE:COMMAND] [-P SERVER_PID,...]
 *
 *   -k  a file with one API key a line; account i sends line i as a bearer token. Without it, account i sends "account-i".
 *   -K  each account has so many keys, lines i*K and on; its streams use them in turn.
 *   -A  the streams of each account come from so many addresses in turn, 127.0.0.1 and on.
 *   -z  the first SLOW streams of each account read only so many bytes a second.
 *   -2  HTTP/2 with prior knowledge: all streams of an account on one connection.
 *   -u  given several times: account i asks for the i-th of them, round and round; -e likewise.
 *   -e  the bytes a second that an account is promised; results are then relative to it.
 *   -b  account i comes from an address of its own, 127.1.x.y: clients without an account are told apart by it, and no token is sent.
 *   -i  pauses so many microseconds after each round of reading, 1000 by default: a client across a network does not wake at each packet, and on
 *       loopback each waking of this process would be counted as the server's work, against whoever sends in small pieces.
 *   -W  before anything is counted, so many requests for 8 KB: what a fresh server compiles and allocates once is no client's memory.
 *   -o  opens so many connections a second instead of all at once; -w counts from the first.
 *   -S  with -b: so many further clients, each from an address of its own, that ask and then read nothing. After the measured time the program
 *       waits until the server has dropped them all, and 10 s more, and tells of that time too.
 *   -q  with -b: every so often a client from another address asks for 4 KB, and how long the first byte takes is noted: probe_...
 *   -x  at this second of the measured time runs a command that gives the account another rate; what is judged begins a second after it ended.
 *
 * Prints one line of name=value pairs.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLICES_A_SECOND = 10, SERVERS = 16, HEAD = 4096, KINDS = 16, PROBES = 1 << 16, PROBERS = 200 };

enum { OWN = 0x7f010000, STALLED = 0x7f040000, PROBING = 0x7f080000, WARMING = 0x7f0c0000 }; /* addresses of clients that are told apart by them */

struct stream {
    int account;
    double asked, first;            /* when it was asked for, when its first body byte came; 0: not yet */
    uint32_t *slices;               /* bytes of each 100 ms after the warm-up */
    int64_t warm;                   /* bytes before */
};

struct connection {
    int fd, index, first;           /* first: its first stream */
    int in_body;
    int64_t left;                   /* bytes of body (HTTP/1) or of the current frame (HTTP/2) still to come */
    struct stream *frame;           /* HTTP/2: whose frame it is; null for a control frame */
    int head;                       /* bytes of head[] filled */
    char text[HEAD];
    double allowance;               /* slow reader: bytes it may read now */
};

struct stalled {
    int fd;
    double asked, dropped;          /* when it asked, when the server dropped it; 0: not yet */
};

struct probe {
    int fd;                         /* -1: free */
    double asked;
};

static int port = 8080, accounts = 1, streams_each = 1, slow, http2, own_addresses;
static double slow_rate, warm_time = 2, run_time = 10, expected[KINDS];
static const char *paths[KINDS];
static int path_count, expected_count, pause_us = 1000;
static char **keys;
static int key_count, keys_each = 1, addresses_each, warming, stalled_count, opened;
static double opening_rate, probe_every, change_at = -1, change_rate, change_began, change_done;
static char *change_command;
static pid_t changing;
static int servers[SERVERS], server_count;

static struct stream *streams;
static struct connection *connections;
static struct stalled *stalled;
static struct probe probes[PROBERS];
static double probe_times[2][PROBES]; /* while measured, and after the stalled were dropped */
static int probe_counts[2], probe_phase, probe_turn, probes_missed;
static int stream_count, connection_count, slice_count, epoll;
static double began;                /* the end of the warm-up */
static long errors, completed;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void count(struct stream *s, int64_t bytes, double at)
{
    if (s->first == 0)
        s->first = at;
    int slice = (int)((at - began) * SLICES_A_SECOND);
    if (at < began)
        s->warm += bytes;
    else if (slice < slice_count)
        s->slices[slice] += (uint32_t)bytes;
}

/* ---- requests ---- */

static const char *path_of(int account)
{
    return path_count ? paths[account % path_count] : "/";
}

static double unit_of(int account)
{
    return expected_count ? expected[account % expected_count] : 1e6;
}

static int key_of(int stream, char *to, size_t size)
{
    int account = streams[stream].account;
    return key_count ? snprintf(to, size, "%s", keys[(account * keys_each + stream % streams_each % keys_each) % key_count]) : snprintf(to, size, "account-%d", account);
}

static void send_all(int fd, const void *data, size_t size)
{
    if (send(fd, data, size, MSG_NOSIGNAL) != (ssize_t)size)
        die("send");
}

static void request(struct connection *c)
{
    struct stream *s = streams + c->first;
    char key[512], text[2048];
    key_of(c->first, key, sizeof key);
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s%s\r\n", path_of(s->account), port,
        own_addresses ? "" : "Authorization: Bearer ", own_addresses ? "" : key, own_addresses ? "" : "\r\n");
    s->asked = now();
    send_all(c->fd, text, (size_t)n);
}

static unsigned char *literal(unsigned char *to, int name, const char *value)
{
    /* RFC 7541, 6.2.2: literal without indexing, indexed name (below 15), plain value (below 127 bytes or two-byte length). */
    size_t n = strlen(value);
    if (name < 15) {
        *to++ = (unsigned char)name;
    } else {
        *to++ = 15;
        *to++ = (unsigned char)(name - 15);
    }
    if (n < 127) {
        *to++ = (unsigned char)n;
    } else {
        *to++ = 127;
        *to++ = (unsigned char)((n - 127) % 128 | (n - 127 >= 128 ? 128 : 0));
        if (n - 127 >= 128)
            *to++ = (unsigned char)((n - 127) / 128);
    }
    memcpy(to, value, n);
    return to + n;
}

static void frame(int fd, int type, int flags, uint32_t stream, const void *payload, size_t size)
{
    unsigned char b[9 + 2048] = { (unsigned char)(size >> 16), (unsigned char)(size >> 8), (unsigned char)size, (unsigned char)type, (unsigned char)flags,
        (unsigned char)(stream >> 24), (unsigned char)(stream >> 16), (unsigned char)(stream >> 8), (unsigned char)stream };
    memcpy(b + 9, payload, size);
    send_all(fd, b, 9 + size);
}

static void request_http2(struct connection *c)
{
    static const unsigned char settings[] = { 0, 4, 0x7f, 0xff, 0xff, 0xff };  /* INITIAL_WINDOW_SIZE: never the limit */
    static const unsigned char window[] = { 0x7f, 0xff, 0, 0 };                /* and so the connection's */
    send_all(c->fd, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    frame(c->fd, 4, 0, 0, settings, sizeof settings);
    frame(c->fd, 8, 0, 0, window, sizeof window);
    for (int i = 0; i < streams_each; i++) {
        struct stream *s = streams + c->first + i;
        char key[512], bearer[600], authority[64];
        unsigned char block[1600], *end = block;
        key_of(c->first + i, key, sizeof key);
        snprintf(bearer, sizeof bearer, "Bearer %s", key);
        snprintf(authority, sizeof authority, "127.0.0.1:%d", port);
        *end++ = 0x82;                              /* :method GET */
        *end++ = 0x86;                              /* :scheme http */
        end = literal(end, 4, path_of(s->account));                /* :path */
        end = literal(end, 1, authority);           /* :authority */
        if (!own_addresses)
            end = literal(end, 23, bearer);         /* authorization */
        s->asked = now();
        frame(c->fd, 1, 0x5, (uint32_t)(2 * i + 1), block, (size_t)(end - block));
    }
}

/* A connection from an address of this machine; 0: any. */
static int connect_from(uint32_t address, int small)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0)
        die("socket");
    if (small)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (address && (setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one) || bind(fd, (struct sockaddr *)&from, sizeof from)))
        die("bind");
    if (connect(fd, (struct sockaddr *)&to, sizeof to))
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void open_connection(struct connection *c)
{
    int is_slow = c->index % (http2 ? 1 : streams_each) < slow && !http2;
    uint32_t account = (uint32_t)streams[c->first].account;
    c->fd = connect_from(own_addresses ? OWN + 1 + account : addresses_each ? INADDR_LOOPBACK + (uint32_t)(c->first % addresses_each) : 0, is_slow ? 65536 : 0);
    c->in_body = c->head = 0;
    c->left = 0;
    if (http2)
        request_http2(c);
    else
        request(c);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = { .events = is_slow ? 0 : EPOLLIN, .data.ptr = c };
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e);
}

static void reopen(struct connection *c)
{
    if (++errors > 100) {
        fprintf(stderr, "load: too many errors\n");
        exit(1);
    }
    close(c->fd);
    open_connection(c);
}

/* ---- responses ---- */

/* Drops up to the rest of the body; how many bytes, 0 if none are there now, -1 if the connection ended. */
static int64_t drop(struct connection *c, int64_t most)
{
    int64_t want = c->left < most ? c->left : most;
    ssize_t n = recv(c->fd, NULL, (size_t)want, MSG_TRUNC | MSG_DONTWAIT);
    if (n > 0)
        c->left -= n;
    return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
}

/* Takes the head off the stream of bytes without touching the body; 1 when the body begins, 0 if more is needed, -1 on error. */
static int read_head(struct connection *c)
{
    ssize_t n = recv(c->fd, c->text + c->head, (size_t)(HEAD - 1 - c->head), MSG_PEEK | MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 && errno == EAGAIN ? 0 : -1;
    c->text[c->head + n] = 0;
    char *end = strstr(c->text, "\r\n\r\n");
    ssize_t take = end ? end + 4 - (c->text + c->head) : n;
    if (recv(c->fd, c->text + c->head, (size_t)take, 0) != take)
        return -1;
    c->head += (int)take;
    if (!end)
        return c->head < HEAD - 1 ? 0 : -1;
    char *length = strcasestr(c->text, "\r\ncontent-length:");
    if (!strstr(c->text, " 200 ") || !length) {
        fprintf(stderr, "load: %.60s\n", c->text);
        return -1;
    }
    c->left = atoll(length + 17);
    c->in_body = 1;
    c->head = 0;
    return 1;
}

static void receive(struct connection *c, int64_t most)
{
    for (int turn = 0; turn < 4 && most > 0; turn++) {
        if (!c->in_body) {
            int got = read_head(c);
            if (got < 0)
                reopen(c);
            if (got <= 0)
                return;
        }
        int64_t n = drop(c, most);
        if (n < 0)
            reopen(c);
        if (n <= 0)
            return;
        most -= n;
        c->allowance -= (double)n;
        count(streams + c->first, n, now());
        if (c->left == 0) {
            completed++;
            c->in_body = 0;
            request(c);
        }
    }
}

static void receive_http2(struct connection *c)
{
    for (int turn = 0; turn < 64; turn++) {
        if (c->left == 0) {
            ssize_t n = recv(c->fd, c->text + c->head, (size_t)(9 - c->head), MSG_DONTWAIT);
            if (n <= 0) {
                if (n == 0 || errno != EAGAIN)
                    die("HTTP/2 connection");
                return;
            }
            if ((c->head += (int)n) < 9)
                return;
            const unsigned char *h = (const unsigned char *)c->text;
            uint32_t id = ((uint32_t)(h[5] & 0x7f) << 24) | (uint32_t)h[6] << 16 | (uint32_t)h[7] << 8 | h[8];
            c->head = 0;
            c->left = h[0] << 16 | h[1] << 8 | h[2];
            c->frame = h[3] == 0 && id ? streams + c->first + (id - 1) / 2 : NULL;
            if (h[3] == 4 && !(h[4] & 1))
                frame(c->fd, 4, 1, 0, "", 0);
            if (h[3] == 3 || h[3] == 7)
                errors++;
            if (h[3] == 0 && h[4] & 1)
                completed++;
            continue;
        }
        int64_t n = drop(c, c->left);
        if (n < 0)
            die("HTTP/2 connection");
        if (n == 0)
            return;
        if (c->frame)
            count(c->frame, n, now());
    }
}

/* ---- those who only ask ---- */

static void ask(int fd, int bytes)
{
    char text[2048];
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", path_of(0), port);
    if (bytes)
        n += snprintf(text + n, sizeof text - (size_t)n, "Range: bytes=0-%d\r\n", bytes - 1);
    n += snprintf(text + n, sizeof text - (size_t)n, "\r\n");
    send_all(fd, text, (size_t)n);
}

/* Requests one after the other, until the server has seen what it will see. */
static void warm_up(void)
{
    static char sink[1 << 14];
    for (int i = 0; i < warming; i++) {
        /* From an address of its own each, so that no rate makes it wait. */
        int fd = connect_from(WARMING + 1 + (uint32_t)i, 0);
        struct timeval patience = { 5, 0 };
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ask(fd, 8192);
        for (int64_t got = 0; got < 8192;) {
            ssize_t n = recv(fd, sink, sizeof sink, 0);
            if (n <= 0)
                break;
            got += n;
        }
        close(fd);
    }
    if (warming)
        sleep(2);
}

static void open_stalled(int i)
{
    struct stalled *s = stalled + i;
    s->fd = connect_from(STALLED + 1 + (uint32_t)i, 4096);
    s->asked = now();
    ask(s->fd, 0);
    /* Nothing is read, so that there is always something to read: only the end of the connection is waited for. */
    struct epoll_event e = { .events = EPOLLRDHUP, .data.ptr = s };
    epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &e);
}

static void drop_stalled(struct stalled *s)
{
    s->dropped = now();
    close(s->fd);
}

static void open_probe(void)
{
    int i = probe_turn++ % PROBERS;
    if (probes[i].fd >= 0) {
        probes_missed++;            /* slower than all the others of its round */
        return;
    }
    probes[i].fd = connect_from(PROBING + 1 + (uint32_t)i, 0);
    probes[i].asked = now();
    ask(probes[i].fd, 4096);
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = probes + i };
    epoll_ctl(epoll, EPOLL_CTL_ADD, probes[i].fd, &e);
}

static void close_probe(struct probe *p)
{
    if (probe_phase >= 0 && probe_counts[probe_phase] < PROBES)
        probe_times[probe_phase][probe_counts[probe_phase]++] = now() - p->asked;
    close(p->fd);
    p->fd = -1;
}

static void read_slowly(double seconds)
{
    for (int i = 0; i < connection_count; i++) {
        struct connection *c = connections + i;
        if (i % streams_each < slow) {
            c->allowance += slow_rate * seconds;
            if (c->allowance >= 1)
                receive(c, (int64_t)c->allowance);
        }
    }
}

/* ---- the server's side ---- */

static double server_cpu(void)
{
    double sum = 0;
    for (int i = 0; i < server_count; i++) {
        char name[64], text[2048];
        unsigned long user = 0, system = 0;
        snprintf(name, sizeof name, "/proc/%d/stat", servers[i]);
        FILE *f = fopen(name, "r");
        if (f && fgets(text, sizeof text, f))
            sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
        if (f)
            fclose(f);
        sum += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    }
    return sum;
}

static long server_memory(void)
{
    long sum = 0;
    for (int i = 0; i < server_count; i++) {
        char name[64], line[256];
        long kb = 0;
        snprintf(name, sizeof name, "/proc/%d/status", servers[i]);
        FILE *f = fopen(name, "r");
        while (f && fgets(line, sizeof line, f))
            if (sscanf(line, "VmRSS: %ld", &kb) == 1)
                sum += kb;
        if (f)
            fclose(f);
    }
    return sum;
}

/* ---- judging ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *sorted, int n, double q)
{
    return n ? sorted[(int)(q * (n - 1) + 0.5)] : 0;
}

static void report_probes(const char *name, int phase)
{
    qsort(probe_times[phase], (size_t)probe_counts[phase], sizeof(double), by_size);
    printf(" %s=%d %s_p50_ms=%.1f %s_p99_ms=%.1f", name, probe_counts[phase], name, quantile(probe_times[phase], probe_counts[phase], 0.5) * 1e3,
        name, quantile(probe_times[phase], probe_counts[phase], 0.99) * 1e3);
}

static void report_stalled(long idle_memory, long after)
{
    double *times = calloc((size_t)stalled_count, sizeof *times), last = 0;
    int n = 0;
    for (int i = 0; i < stalled_count; i++) {
        if (stalled[i].dropped > 0)
            times[n++] = stalled[i].dropped - stalled[i].asked;
        if (stalled[i].dropped > last)
            last = stalled[i].dropped;
    }
    qsort(times, (size_t)n, sizeof *times, by_size);
    printf(" stalled=%d shed=%d shed_p50_s=%.1f shed_max_s=%.1f MB_more_after=%.0f", stalled_count, n, quantile(times, n, 0.5), n ? times[n - 1] : 0, (double)(after - idle_memory) / 1024);
    report_probes("recovered", 1);
}

/* How long after the command the account was first within a tenth of its new rate, over 300 ms. */
static double settled(void)
{
    for (int t = (int)((change_done - began) * SLICES_A_SECOND) + 1; t + 3 <= slice_count; t++) {
        double sum = 0;
        for (int i = 0; i < streams_each; i++)
            for (int k = 0; k < 3; k++)
                sum += streams[i].slices[t + k];
        double rate = sum * SLICES_A_SECOND / 3 / change_rate;
        if (rate > 0.9 && rate < 1.1)
            return t / (double)SLICES_A_SECOND - (change_done - began);
    }
    return -1;
}

static void report(double cpu, double client_cpu, long idle_memory, long memory)
{
    double before = 0, settle = 0;
    if (change_command) {
        /* From here on only what comes after the change is judged, at the new rate. */
        int done = (int)((change_done - began + 1) * SLICES_A_SECOND), until = (int)(change_at * SLICES_A_SECOND);
        for (int i = 0; i < streams_each; i++)
            for (int t = 0; t < until; t++)
                before += streams[i].slices[t] / change_at / expected[0];
        settle = settled();
        cpu = 0;                    /* it was counted from before the change on */
        expected[0] = change_rate;
        for (int i = 0; i < stream_count; i++)
            memmove(streams[i].slices, streams[i].slices + done, (size_t)(slice_count - done) * sizeof(uint32_t));
        slice_count -= done;
    }
    double total = 0, jain = 1, spread = 0;
    double lo10 = 1e18, hi10 = 0, hi1 = 0;
    int long_window = 10 * SLICES_A_SECOND < slice_count ? 10 * SLICES_A_SECOND : slice_count;
    double *means = calloc((size_t)accounts, sizeof *means), *sums = calloc((size_t)slice_count + 1, sizeof *sums);
    double *seconds = calloc((size_t)accounts * (size_t)(slice_count / SLICES_A_SECOND + 1), sizeof *seconds);
    double *firsts = calloc((size_t)stream_count, sizeof *firsts), *tens = calloc((size_t)accounts * (size_t)(slice_count / SLICES_A_SECOND + 1), sizeof *tens);
    int second_count = 0, first_count = 0, ten_count = 0;
    for (int a = 0; a < accounts; a++) {
        double sum = 0, squares = 0, least = 1e18, most = 0;
        int fast = 0;
        double unit = unit_of(a);
        memset(sums, 0, ((size_t)slice_count + 1) * sizeof *sums);
        for (int i = 0; i < streams_each; i++) {
            struct stream *s = streams + a * streams_each + i;
            double bytes = 0;
            for (int t = 0; t < slice_count; t++) {
                bytes += s->slices[t];
                sums[t + 1] += s->slices[t];
            }
            if (s->first > 0)
                firsts[first_count++] = s->first - s->asked;
            total += bytes;
            if (i < slow)
                continue;
            fast++;
            sum += bytes;
            squares += bytes * bytes;
            least = bytes < least ? bytes : least;
            most = bytes > most ? bytes : most;
        }
        if (squares > 0 && sum * sum / (fast * squares) < jain)
            jain = sum * sum / (fast * squares);
        if (sum > 0 && (most - least) * fast / sum > spread)
            spread = (most - least) * fast / sum;
        for (int t = 0; t < slice_count; t++)
            sums[t + 1] += sums[t];
        means[a] = sums[slice_count] * SLICES_A_SECOND / slice_count / unit;
        for (int t = long_window; t <= slice_count; t++) {
            double rate = (sums[t] - sums[t - long_window]) * SLICES_A_SECOND / long_window / unit;
            lo10 = rate < lo10 ? rate : lo10;
            hi10 = rate > hi10 ? rate : hi10;
            if ((t - long_window) % SLICES_A_SECOND == 0)
                tens[ten_count++] = rate;
        }
        for (int t = SLICES_A_SECOND; t <= slice_count; t++) {
            double rate = (sums[t] - sums[t - SLICES_A_SECOND]) / unit;
            hi1 = rate > hi1 ? rate : hi1;
            if (t % SLICES_A_SECOND == 0)
                seconds[second_count++] = rate;
        }
    }
    qsort(means, (size_t)accounts, sizeof *means, by_size);
    qsort(seconds, (size_t)second_count, sizeof *seconds, by_size);
    qsort(tens, (size_t)ten_count, sizeof *tens, by_size);
    qsort(firsts, (size_t)first_count, sizeof *firsts, by_size);
    double gb = total / 1e9, mean = 0;
    for (int a = 0; a < accounts; a++)
        mean += means[a] / accounts;
    printf("MBps=%.2f mean=%.4f least=%.4f most=%.4f min10s=%.4f max10s=%.4f p1_10s=%.4f p99_10s=%.4f max1s=%.4f p1_1s=%.4f p99_1s=%.4f jain=%.5f spread=%.4f "
           "cpu_s_per_GB=%.4f client_cpu_s_per_GB=%.4f KB_per_stream=%.1f first_byte_p50_ms=%.1f first_byte_p99_ms=%.1f completed=%ld errors=%ld",
           total / 1e6 * SLICES_A_SECOND / slice_count, mean, means[0], means[accounts - 1], lo10, hi10, quantile(tens, ten_count, 0.01), quantile(tens, ten_count, 0.99), hi1, quantile(seconds, second_count, 0.01),
           quantile(seconds, second_count, 0.99), jain, spread, gb > 0 ? cpu / gb : 0, gb > 0 ? client_cpu / gb : 0, (double)(memory - idle_memory) / (stream_count + stalled_count),
           quantile(firsts, first_count, 0.5) * 1e3, quantile(firsts, first_count, 0.99) * 1e3, completed, errors);
    if (change_command)
        printf(" before=%.4f settled_ms=%.0f", before, settle * 1e3);
    if (probe_every > 0) {
        report_probes("probe", 0);
        printf(" probes_missed=%d", probes_missed);
    }
}

static double own_cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static void read_keys(const char *name)
{
    char line[512];
    FILE *f = fopen(name, "r");
    if (!f)
        die(name);
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line) {
            keys = realloc(keys, sizeof *keys * (size_t)(key_count + 1));
            keys[key_count++] = strdup(line);
        }
    }
    fclose(f);
}

static void read_arguments(int count, char **arguments)
{
    for (int o; (o = getopt(count, arguments, "p:u:a:n:k:K:A:z:2bW:o:w:s:S:q:x:P:e:i:")) != -1;) {
        switch (o) {
        case 'p': port = atoi(optarg); break;
        case 'u': if (path_count < KINDS) paths[path_count++] = optarg; break;
        case 'b': own_addresses = 1; break;
        case 'i': pause_us = atoi(optarg); break;
        case 'a': accounts = atoi(optarg); break;
        case 'n': streams_each = atoi(optarg); break;
        case 'k': read_keys(optarg); break;
        case 'z': if (sscanf(optarg, "%d:%lf", &slow, &slow_rate) != 2) exit(2); break;
        case 'K': keys_each = atoi(optarg); break;
        case 'A': addresses_each = atoi(optarg); break;
        case 'W': warming = atoi(optarg); break;
        case 'o': opening_rate = atof(optarg); break;
        case 'S': stalled_count = atoi(optarg); break;
        case 'q': probe_every = atof(optarg) / 1e3; break;
        case 'x': {
            int n = 0;
            if (sscanf(optarg, "%lf:%lf:%n", &change_at, &change_rate, &n) != 2 || n == 0)
                exit(2);
            change_command = optarg + n;
            break;
        }
        case '2': http2 = 1; break;
        case 'w': warm_time = atof(optarg); break;
        case 's': run_time = atof(optarg); break;
        case 'e': if (expected_count < KINDS) expected[expected_count++] = atof(optarg); break;
        case 'P':
            for (char *t = strtok(optarg, ","); t && server_count < SERVERS; t = strtok(NULL, ","))
                servers[server_count++] = atoi(t);
            break;
        default: exit(2);
        }
    }
}

/* Opens what is due by now: the stalled first, so that the others meet them. */
static void open_due(double since)
{
    int all = stalled_count + connection_count;
    double due = opening_rate > 0 ? opening_rate * since + 1 : all;
    for (; opened < all && opened < due; opened++)
        if (opened < stalled_count)
            open_stalled(opened);
        else
            open_connection(connections + opened - stalled_count);
}

static void poll_once(int milliseconds)
{
    struct epoll_event events[512];
    int n = epoll_wait(epoll, events, 512, milliseconds);
    for (int i = 0; i < n; i++) {
        void *what = events[i].data.ptr;
        if (what >= (void *)probes && what < (void *)(probes + PROBERS))
            close_probe(what);
        else if (stalled_count && what >= (void *)stalled && what < (void *)(stalled + stalled_count))
            drop_stalled(what);
        else if (http2)
            receive_http2(what);
        else
            receive(what, 4 << 20);
    }
    if (pause_us > 0)
        usleep((useconds_t)pause_us);
}

static void change_rate_if_due(double t)
{
    if (change_command && !changing && t >= began + change_at) {
        change_began = t;
        if ((changing = fork()) == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, 1);
            execl("/bin/sh", "sh", "-c", change_command, (char *)NULL);
            _exit(127);
        }
    }
    int status;
    if (changing > 0 && change_done == 0 && waitpid(changing, &status, WNOHANG) == changing) {
        change_done = t;
        if (status)
            die(change_command);
    }
}

/* What goes on at all times beside the downloads; one turn of the loop. */
static void turn(double began_opening, int most_milliseconds)
{
    static double last, next_probe;
    double t = now();
    if (opened < stalled_count + connection_count)
        open_due(t - began_opening);
    if (probe_every > 0 && t >= next_probe && opened == stalled_count + connection_count) {
        open_probe();
        next_probe = t + probe_every;
    }
    poll_once(slow || opening_rate > 0 || probe_every > 0 ? 5 : most_milliseconds);
    if (slow && t - last >= 0.02) {
        read_slowly(last > 0 ? t - last : 0);
        last = t;
    }
    change_rate_if_due(t);
}

int main(int argument_count, char **arguments)
{
    read_arguments(argument_count, arguments);
    stream_count = accounts * streams_each;
    connection_count = http2 ? accounts : stream_count;
    slice_count = (int)(run_time * SLICES_A_SECOND + 0.5);
    streams = calloc((size_t)stream_count, sizeof *streams);
    connections = calloc((size_t)connection_count, sizeof *connections);
    stalled = calloc((size_t)stalled_count + 1, sizeof *stalled);
    for (int i = 0; i < PROBERS; i++)
        probes[i].fd = -1;
    epoll = epoll_create1(0);
    struct rlimit files = { 1 << 16, 1 << 16 };
    setrlimit(RLIMIT_NOFILE, &files);
    began = now() + 3600;
    warm_up();
    long idle_memory = server_memory();
    for (int i = 0; i < stream_count; i++) {
        streams[i].account = i / streams_each;
        streams[i].slices = calloc((size_t)slice_count, sizeof *streams[i].slices);
    }
    for (int i = 0; i < connection_count; i++) {
        connections[i].index = i;
        connections[i].first = http2 ? i * streams_each : i;
    }
    double began_opening = now();
    began = began_opening + warm_time;
    double end = began + run_time, cpu = 0, client_cpu = 0;
    int measuring = 0;
    probe_phase = -1;
    for (double t; (t = now()) < end;) {
        if (!measuring && t >= began) {
            measuring = 1;
            probe_phase = 0;
            cpu = server_cpu();
            client_cpu = own_cpu();
        }
        turn(began_opening, 50);
    }
    double measured_cpu = server_cpu() - cpu;
    client_cpu = own_cpu() - client_cpu;
    long memory = server_memory();
    if (stalled_count) {
        int left = 1;
        probe_phase = -1;
        for (double give_up = now() + 120; left && now() < give_up;) {
            turn(began_opening, 50);
            left = 0;
            for (int i = 0; i < stalled_count; i++)
                left += stalled[i].dropped == 0;
        }
        for (double recovered = now() + 10; now() < recovered;)
            turn(began_opening, 50);
        probe_phase = 1;
        for (double enough = now() + 5; now() < enough;)
            turn(began_opening, 50);
    }
    report(measured_cpu, client_cpu, idle_memory, memory);
    if (stalled_count)
        report_stalled(idle_memory, server_memory());
    putchar('\n');
    return 0;
}
