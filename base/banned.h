/* banned.h - forced into every translation unit: calls that cannot be used safely do not compile.
 * The headers that declare them come first, so that only our own lines are judged. */
#ifndef MINGDA_BANNED_H
#define MINGDA_BANNED_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atoll atof localtime gmtime ctime asctime mktime tmpnam mktemp
#endif
