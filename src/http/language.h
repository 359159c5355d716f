// Which of our languages somebody reads. Pure.
#pragma once
#include "base/view.h"
#include "base/error.h"

enum { HTTP_LANGUAGES_MAX = 8 };

// languages: tags such as "en", the first is for those who name none of ours. wish: what they chose themselves (a cookie's value, a link's), wins where it is one of ours.
// accept: the Accept-Language header (RFC 9110 §12.5.4); "de-AT" takes "de". Returns an index.
size_t http_language_choose(const char *const *languages, size_t count, struct view wish, struct view accept);
// The weight of a coding or range in a list such as Accept-Encoding or Accept-Language, in thousandths; -1: it isn't in it. A weight that isn't one counts as 0.
int http_language_weight(struct view list, struct view name);
// The value of a cookie; VIEW_NONE: there is none of that name (RFC 6265 §4.2.1).
struct view http_cookie(struct view header, const char *name);
