// Step 5: accounts that rest with their person, who is suspended, are told from those that an operator suspended one by one.
#include "store/schema.h"

const char SCHEMA_REST[] = "ALTER TABLE account ADD COLUMN rests INTEGER NOT NULL DEFAULT 0 CHECK (rests IN (0, 1));";
