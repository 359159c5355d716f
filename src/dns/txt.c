#include "dns/txt.h"

int dns_txt_join(struct view rdata, struct buf *out)
{
	size_t before = out->len;
	if (!rdata.len)
		return XICA_EPARSE;
	for (size_t at = 0; at < rdata.len;) {
		size_t len = rdata.ptr[at++];
		if (rdata.len - at < len) {
			buf_truncate(out, before);
			return XICA_EPARSE;
		}
		buf_add(out, view_sub(rdata, at, len));
		at += len;
	}
	return buf_error(out);
}
