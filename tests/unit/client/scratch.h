// A folder for one test program, emptied and deleted by its own functions.
#pragma once
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch[] = "/tmp/xica-test-client-XXXXXX";

static int scratch_remove(const char *path, const struct stat *is, int kind, struct FTW *at)
{
	(void)is;
	(void)kind;
	return at->level ? remove(path) : 0;
}

static void scratch_clean(void)
{
	(void)nftw(scratch, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static int scratch_make(void **state)
{
	(void)state;
	return mkdtemp(scratch) ? 0 : -1;
}

static int scratch_delete(void **state)
{
	(void)state;
	scratch_clean();
	return rmdir(scratch);
}
