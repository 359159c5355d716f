#include "site/password.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DIFFERENT_MIN = 4, RUN_POINTS = 3, PERIOD_MAX = 8, OWN_WORD_MIN = 4, REST_MIN = 6 };

struct points { // folded: lower-case, where ASCII
	uint32_t at[PASSWORD_POINTS_MAX];
	size_t count;
};

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

static size_t count_points(struct view text)
{
	size_t count = 0;
	for (size_t i = 0; i < text.len; i++)
		count += !is_continuation(text.ptr[i]);
	return count;
}

static uint32_t fold(uint32_t point)
{
	return point >= 'A' && point <= 'Z' ? point - 'A' + 'a' : point;
}

// The bits of each code point, put together; for comparing alone.
static void read_points(struct view text, struct points *ret_points)
{
	ret_points->count = 0;
	for (size_t i = 0; i < text.len && ret_points->count < PASSWORD_POINTS_MAX;) {
		uint32_t point = text.ptr[i++];
		while (i < text.len && is_continuation(text.ptr[i]))
			point = point << 6 | (text.ptr[i++] & 0x3f);
		ret_points->at[ret_points->count++] = fold(point);
	}
}

// --- patterns

static bool repeats(const struct points *p)
{
	for (size_t period = 1; period <= PERIOD_MAX && period * 2 <= p->count; period++) {
		size_t i = period;
		while (i < p->count && p->at[i] == p->at[i - period])
			i++;
		if (i == p->count)
			return true;
	}
	return false;
}

static bool has_few_different(const struct points *p)
{
	size_t different = 0;
	for (size_t i = 0; i < p->count; i++) {
		size_t before = 0;
		while (before < i && p->at[before] != p->at[i])
			before++;
		different += before == i;
	}
	return different < DIFFERENT_MIN;
}

// Is b beside a in a row that fingers or heads run along? +1 behind it, -1 before it, 0: no.
static int step(uint32_t a, uint32_t b)
{
	static const char *const ROWS[] = {"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm",
					   "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn", "1qay2wsx3edc4rfv5tgb6zhn", "!\"$%&/()=", "!@#$%^&*()"};
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		for (const char *c = ROWS[i]; c[0] && c[1]; c++) {
			if ((uint32_t)c[0] == a && (uint32_t)c[1] == b)
				return 1;
			if ((uint32_t)c[0] == b && (uint32_t)c[1] == a)
				return -1;
		}
	return 0;
}

// Cut into runs (rows up, rows down, the same character), a password of a few of them is quickly typed and quickly guessed.
static bool is_runs(const struct points *p)
{
	size_t runs = 0;
	for (size_t i = 0; i < p->count; runs++) {
		bool same = i + 1 < p->count && p->at[i + 1] == p->at[i];
		int way = i + 1 < p->count ? step(p->at[i], p->at[i + 1]) : 0;
		i++;
		while (i < p->count && ((same && p->at[i] == p->at[i - 1]) || (!same && way && step(p->at[i - 1], p->at[i]) == way)))
			i++;
	}
	return runs * RUN_POINTS <= p->count;
}

// --- the commonest

// Stems: what remains when digits and signs behind are dropped and digits that stand for letters are read as those. Those of fewer than ten letters are
// here because of what people put behind them.
static const char *const COMMON[] = {
	"abc", "access", "adgjmptw", "admin", "administrator", "america", "andrea", "angel", "asdf", "asdfasdf", "asdfgh", "asdfghjkl", "babygirl", "baseball",
	"basketball", "batman", "bayern", "berlin", "blink", "butterfly", "changeit", "changeme", "charlie", "cheese", "chelsea", "chocolate", "christian",
	"computer", "default", "demo", "dragon", "einloggen", "elizabeth", "everything", "facebook", "ficken", "football", "frankfurt", "freedom", "fuckyou",
	"geheim", "geheimnis", "guest", "hallo", "hallohallo", "hallowelt", "hamburg", "hello", "hellohello", "helloworld", "hockey", "ichliebedich", "iloveyou",
	"iloveyousomuch", "iloveu", "internet", "jabber", "jennifer", "jessica", "jordan", "joshua", "justin", "killer", "kennwort", "leavemealone",
	"letmein", "letmeinplease", "letmeinnow", "liverpool", "login", "lovelove", "loveyou", "manchester", "manchesterunited", "master", "masterkey", "meinpasswort",
	"michael", "michelle", "microsoft", "monkey", "motdepasse", "mustang", "mypassword", "mynewpassword", "myspace", "newpassword", "nothing", "office", "openfire",
	"pass", "passpass", "passphrase", "passwd", "password", "passwordpassword", "passwort", "passwortpasswort", "pokemon", "princess", "prosody", "pussy",
	"qwer", "qwert", "qwerty", "qwertyuiop", "qwertz", "qwertzuiop", "rockyou", "root", "samsung", "schalke", "schatz", "schnucki", "secret", "secretpassword",
	"security", "server", "shadow", "sicherheit", "slipknot", "sommer", "sonnenschein", "spiderman", "starwars", "summer", "sunshine", "superman",
	"support", "supersecret", "sysadmin", "system", "test", "testing", "testpassword", "testtest", "thisisapassword", "thomas", "tinkerbell", "topsecret",
	"toor", "trustnoone", "trustno", "unbekannt", "unknown", "user", "vergessen", "welcome", "welcomehome", "whatever", "william", "willkommen", "winter", "wonderland",
	"xmpp", "yourpassword", "zugang",
};

static uint32_t unleet(uint32_t point)
{
	static const char FROM[] = "013457@$!", TO[] = "oieastasi";
	const char *at = point && point < 128 ? strchr(FROM, (int)point) : NULL;
	return at ? (uint32_t)TO[at - FROM] : point;
}

static bool is_letter(uint32_t point)
{
	return (point >= 'a' && point <= 'z') || point >= 128;
}

static bool equals(const struct points *p, size_t len, const char *word)
{
	size_t i = 0;
	while (i < len && word[i] && unleet(p->at[i]) == (uint32_t)word[i])
		i++;
	return i == len && !word[i];
}

static bool is_common(const struct points *p)
{
	// every stem that leaves but digits and signs behind it: "passw0rd2024!" is tried as "passwordzoza", …, "password"
	for (size_t len = p->count; len; len--) {
		for (size_t i = 0; i < sizeof(COMMON) / sizeof(COMMON[0]); i++)
			if (equals(p, len, COMMON[i]))
				return true;
		if (is_letter(p->at[len - 1]))
			return false;
	}
	return false;
}

// --- their own names

static void take_out(struct points *p, struct view word)
{
	struct points w;
	read_points(word, &w);
	if (w.count < OWN_WORD_MIN)
		return;
	for (size_t i = 0; i + w.count <= p->count;)
		if (memcmp(p->at + i, w.at, w.count * sizeof(w.at[0])) == 0) {
			memmove(p->at + i, p->at + i + w.count, (p->count - i - w.count) * sizeof(p->at[0]));
			p->count -= w.count;
		} else {
			i++;
		}
}

// The name and each of its labels.
static void take_out_names(struct points *p, struct view name)
{
	take_out(p, name);
	while (name.len) {
		size_t end = view_index(name, '.', 0);
		take_out(p, view_sub(name, 0, end));
		name = end == SIZE_MAX ? VIEW_NONE : view_sub(name, end + 1, SIZE_MAX);
	}
}

static bool is_their_own(const struct points *password, struct view address, struct view site)
{
	struct points rest = *password;
	size_t at = view_index(address, '@', 0);
	take_out(&rest, address);
	take_out_names(&rest, view_sub(address, 0, at));
	if (at != SIZE_MAX)
		take_out_names(&rest, view_sub(address, at + 1, SIZE_MAX));
	take_out_names(&rest, site);
	return rest.count < password->count && rest.count < REST_MIN;
}

const char *password_refusal(struct view password, struct view address, struct view site)
{
	struct points points;
	size_t count = count_points(password);
	if (count < PASSWORD_POINTS_MIN)
		return "too-short";
	if (count > PASSWORD_POINTS_MAX)
		return "too-long";
	read_points(password, &points);
	bool refused = repeats(&points) || has_few_different(&points) || is_runs(&points) || is_common(&points) || is_their_own(&points, address, site);
	explicit_bzero(&points, sizeof(points));
	return refused ? "common-password" : NULL;
}
