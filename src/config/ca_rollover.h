// Roll-over of intermediates: what stands in a CA's folder, what a running xicad says besides, and what there is to do next. Nothing here needs a terminal.
//
// The way of one intermediate: it is made (or asked for at another's root, and imported); it issues once xicad is reloaded; some day another issues, and this one answers
// for status until its last certificate has ended; then it is retired. So one is always there that issues, and none goes whose status somebody may still ask.
#pragma once
#include <jansson.h>

#include "config/ca_dir.h"

enum ca_rollover_act {
	CA_ROLLOVER_BEGIN,     // make another intermediate: so early that certificates never have to end before their time
	CA_ROLLOVER_IMPORT,    // the request is out: its chain is to come back
	CA_ROLLOVER_RELOAD,    // xicad runs, and issues by an older one
	CA_ROLLOVER_ALTERNATE, // an older one leads to a root to which the new one doesn't
	CA_ROLLOVER_RETIRE,    // an older one whose last certificate has ended
};

enum ca_rollover_state { CA_ROLLOVER_DUE, CA_ROLLOVER_LATER, CA_ROLLOVER_UNKNOWN }; // the last: xicad would have to be asked

struct ca_rollover_step {
	enum ca_rollover_act act;
	enum ca_rollover_state state;
	const char *id;        // of the intermediate or request
	const char *root;      // of ALTERNATE: the name of the root
	xica_time when;        // of LATER: from then on; 0: not known
};

struct ca_rollover_plan {
	struct ca_rollover_step *list; // what is to be done first stands first; in arena
	size_t count;
};

// running: the answer to the operator's command issuer-list; NULL: nobody was asked. index: DIR/ca.json. Texts are the arena's, the folder's or the index'.
XICA_MUST_CHECK int ca_rollover_plan(const struct ca_dir *dir, const json_t *index, const json_t *running, xica_time now, struct arena *arena,
				     struct ca_rollover_plan *ret_plan);
// Until when the status of this intermediate may be asked for: its last certificate's end; 0: it made none; where nobody was asked, its own end.
xica_time ca_rollover_needed_until(const struct ca_issuer *issuer, const json_t *running);

// Takes an intermediate out of the folder, and destroys its key: one change of the index, and then the file. Where power was lost between the two, the next call with this id
// destroys it. XICA_EDENIED with a sentence: it issues, or is still needed at now (until: as above).
XICA_MUST_CHECK int ca_retire(const char *dir, const char *id, xica_time until, xica_time now, struct buf *why);
