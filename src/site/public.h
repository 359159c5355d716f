// What everybody may see: one file a subject, and the table of their routes in public.c.
#pragma once
#include "site/site.h"

site_work site_show_authorities;                    // authorities.c
site_work site_show_numbers, site_show_statistics, site_show_statistics_csv; // statistics.c
site_work site_confirm_code;                        // code.c
site_work site_check_server;                        // check.c
